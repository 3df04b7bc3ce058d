package attrib

import (
	"slices"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/elfscan"
)

// TestUnknownInlining checks who is told that nothing is known.
func TestUnknownInlining(t *testing.T) {
	for _, tt := range []struct {
		file string
		opt  Options
		want bool
	}{
		{"c-stripped-amd64", Options{View: Source}, true},
		{"rust-v0-stripped-arm64", Options{View: Source}, true},
		{"rust-v0-stripped-arm64", Options{View: Defined}, false},
		{"rust-v0-stripped-arm64", Options{View: Source, Section: func(s *elfscan.Section) bool { return s.Name == ".rodata" }}, false},
	} {
		_, p := profileOf(t, "../../testdata/elf/"+tt.file, tt.opt)
		told := slices.ContainsFunc(p.Warnings, func(w string) bool { return strings.Contains(w, "what was inlined is not known") })
		if told != tt.want {
			t.Errorf("%s, %+v: %q", tt.file, tt.opt, p.Warnings)
		}
	}
}
