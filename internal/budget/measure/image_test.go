package measure

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/budget/budgettest"
	"github.com/sizegate/sizegate/internal/snapshot"
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

// TestMatchLayers: by contents, then by the step, then by the number; each once.
func TestMatchLayers(t *testing.T) {
	layers := func(list ...string) *layered {
		m := &snapshot.Image{}
		for i, s := range list {
			id, step, _ := strings.Cut(s, " ")
			m.Layers = append(m.Layers, snapshot.ImageLayer{Number: i + 1, DiffID: id, CreatedBy: step})
		}
		return (*layered)(m)
	}
	for _, tt := range []struct {
		name     string
		old, now *layered
		want     []int // numbers, 0 for a new one
	}{
		{"none", layers(), layers("a x"), []int{0}},
		{"the same", layers("a x", "b y"), layers("a x", "b y"), []int{1, 2}},
		{"one before", layers("a x", "b y"), layers("n z", "a x", "b y"), []int{0, 1, 2}},
		{"changed", layers("a x", "b y"), layers("a x", "c y"), []int{1, 2}},
		{"swapped and changed", layers("a x", "b y"), layers("c y", "d x"), []int{2, 1}},
		{"another step in its place", layers("a x", "b y"), layers("a x", "c z"), []int{1, 2}},
		{"twice the same step", layers("a x", "b x"), layers("c x", "d x", "e x"), []int{1, 2, 0}},
		{"twice the same contents", layers("a x"), layers("a x", "a x"), []int{1, 0}},
		{"no history", layers("a", "b"), layers("a", "c"), []int{1, 2}},
		{"fewer", layers("a x", "b y"), layers("b y"), []int{2}},
	} {
		got := make([]int, 0)
		for _, was := range tt.now.matchLayers(tt.old) {
			n := 0
			if was != nil {
				n = was.Number
			}
			got = append(got, n)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
}
