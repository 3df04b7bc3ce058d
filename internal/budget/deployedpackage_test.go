package budget

import (
	"strings"
	"testing"
)

func TestPackageMetrics(t *testing.T) {
	for _, tt := range []struct {
		metric Metric
		format string
		want   uint64
		refuse string // part of the error
	}{
		{File, "zip", 500, ""}, {Zipped, "zip", 500, ""}, {Zipped, "tar+gzip", 500, ""}, {Unzipped, "zip", 450, ""},
		{"category:program", "zip", 200, ""}, {"category:dependencies", "zip", 0, ""}, {"category:unheard", "zip", 0, ""},
		{"file:*.js", "zip", 120, ""}, {"file:**/*.js", "zip", 200, ""}, {"file:**", "zip", 450, ""}, {"file:lib/[b].js", "zip", 80, ""},
		{"file:{bootstrap,c.*}", "zip", 250, ""}, {"file:lib", "zip", 0, ""}, {"file:/a.js", "zip", 0, ""},
		{Unzipped, "directory", 450, ""}, {Zipped, "directory", 0, "zipped is about (limit unzipped"}, {File, "directory", 0, "file is about"},
		{Text, "zip", 0, "text is a measure of ELF files, and this is a package (zip)"}, {".rodata", "tar", 0, "(tar)"}, {Zip, "zip", 0, "zip is a measure of ELF files"},
		{UPX, "zip", 0, "ELF files"}, {Unattributed, "zip", 0, "ELF files"},
	} {
		p := samplePackage()
		p.Format = tt.format
		got, err := (*packed)(p).measured(tt.metric)
		if got != tt.want || (err != nil) != (tt.refuse != "") || err != nil && !strings.Contains(err.Error(), tt.refuse) {
			t.Errorf("%s of a %s: %d, %v, want %d, %q", tt.metric, tt.format, got, err, tt.want, tt.refuse)
		}
	}
}
