package measure

import (
	"errors"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/budget/budgettest"
)

func TestImageMetrics(t *testing.T) {
	for _, tt := range []struct {
		metric budget.Metric
		want   uint64
		refuse string // part of the error
	}{
		{budget.ImageSize, 1000, ""}, {budget.ImageUnpacked, 560, ""}, {budget.Layers, 3, ""}, {budget.Wasted, 270, ""}, {budget.File, 4000, ""},
		{"layer:1", 500, ""}, {"layer:3", 100, ""}, {"layer:4", 0, ""}, {"layer:1024", 0, ""},
		{"file:*.js", 110, ""}, {"file:**/*.js", 210, ""}, {"file:**", 400, ""}, {"file:lib/[c].js", 100, ""}, {"file:lib", 0, ""}, {"file:/a.js", 0, ""},
		{budget.Zipped, 0, "zipped is a measure of packages, and this is an image (docker-archive) (limit image, "}, {budget.Unzipped, 0, "packages"},
		{"category:data", 0, "packages"}, {budget.Text, 0, "text is a measure of ELF files"}, {".rodata", 0, "or name the ELF file)"}, {budget.Zip, 0, "ELF files"},
	} {
		got, err := (*layered)(budgettest.Image()).Value(tt.metric)
		if got != tt.want || (err != nil) != (tt.refuse != "") || err != nil && (!strings.Contains(err.Error(), tt.refuse) || !errors.As(err, new(*Unfit))) {
			t.Errorf("%s: %d, %v, want %d, %q", tt.metric, got, err, tt.want, tt.refuse)
		}
	}
	other := budgettest.Image()
	other.Format, other.Archive = "oci-layout", 0
	if _, err := (*layered)(other).Value(budget.File); err == nil || err.Error() != "this image is no archive (oci-layout), whose bytes file is about (limit image, or save it to an archive)" {
		t.Errorf("file of a directory: %v", err)
	}
}
