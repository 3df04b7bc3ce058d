package budget

import "testing"

// TestMetricKinds: what is of what, and the errors of the others.
func TestMetricKinds(t *testing.T) {
	for _, tt := range []struct {
		metric Metric
		want   string
	}{
		{File, "ELF files and packages and images"}, {Text, "ELF files"}, {".layer", "ELF files"}, {Zipped, "packages"}, {"category:data", "packages"},
		{"file:a", "packages and images"}, {Layers, "images"}, {"layer:7", "images"}, {ImageSize, "images"}, {ImageUnpacked, "images"}, {Wasted, "images"},
	} {
		if got := tt.metric.Kinds().Several(); got != tt.want {
			t.Errorf("%s is a measure of %s, want %s", tt.metric, got, tt.want)
		}
	}
	for text, want := range map[Metric]int{"layer:1": 1, "layer:1024": 1024, "layer:1025": 0, "layer:0": 0, "layer:01": 0, "layer:+1": 0, "layer:-1": 0,
		"layer:": 0, "layer:1.0": 0, "layers": 0, "layer:99999999999999999999": 0} {
		if got := text.Layer(); got != want {
			t.Errorf("%s is layer %d, want %d", text, got, want)
		}
	}
}
