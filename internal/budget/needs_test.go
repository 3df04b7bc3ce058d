package budget

import (
	"reflect"
	"testing"
)

func TestNeeds(t *testing.T) {
	tests := []struct {
		budget Budget
		want   Needs
	}{
		{Budget{Arch: "arm64"}, Needs{Archs: true}},
		{Budget{Arch: "arm64", Preset: "aws-lambda-zip"}, Needs{Zip: true}},
		{Budget{Limits: []Limit{{Metric: File}, {Metric: ".rodata"}, {Metric: BSS}}}, Needs{}},
		{Budget{Limits: []Limit{{Metric: Stripped}, {Metric: Zip}}, Increases: []Increase{{Metric: Gzip}, {Metric: Zstd}}},
			Needs{Zip: true, Gzip: true, Zstd: true}},
		{Budget{Limits: []Limit{{Metric: UPX, Level: "lzma"}}, Increases: []Increase{{Metric: UPX}, {Metric: UPX, Level: "lzma"}}},
			Needs{UPX: true, Levels: []string{"lzma", "default"}}},
		{Budget{Increases: []Increase{{Metric: Unattributed}}}, Needs{}},
		{Budget{Packages: []Rule{{Match: "net", Metric: Text}}}, Needs{Members: true}},
		{Budget{Packages: []Rule{{Match: "net", Metric: Text}, {Match: "os", Metric: Total}}}, Needs{Total: true, Members: true}},
	}
	for _, tt := range tests {
		if got := tt.budget.Needs(); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%+v needs %+v, want %+v", tt.budget, got, tt.want)
		}
	}
}
