package attrib

import (
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/attrib/ownership"
	"github.com/sizegate/sizegate/internal/elfscan"
)

// TestOneSection: a section has the same owners whether it alone is asked for or
// the whole file is.
func TestOneSection(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(fixtures, "*.truth.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range files {
		files[i] = strings.TrimSuffix(files[i], ".truth.tsv")
	}
	if gofmt, err := exec.LookPath("gofmt"); err == nil {
		files = append(files, gofmt)
	} else {
		t.Run("gofmt", func(t *testing.T) { t.Skip("gofmt not found (it comes with Go: https://go.dev/dl)") })
	}
	checked := 0
	for _, path := range files {
		b, whole := profileOf(t, path, Options{View: Defined, Section: everything})
		for i := range b.Sections {
			// Sections of one kind are alike; some of each will do.
			if kind := b.Sections[i].Kind; b.Sections[i].FileSize == 0 || kind == elfscan.Debug && b.Sections[i].Base != ".debug_info" {
				continue
			}
			name := b.Sections[i].Name
			_, alone := profileOf(t, path, Options{View: Defined, Section: func(s *elfscan.Section) bool { return s.Name == name }})
			if alone.Sections[i] != whole.Sections[i] {
				t.Errorf("%s: %s alone: %+v, in the whole file: %+v", filepath.Base(path), name, alone.Sections[i], whole.Sections[i])
			}
			if got, want := sectionSizes(b, alone, name), sectionSizes(b, whole, name); !maps.Equal(got, want) {
				t.Errorf("%s: %s alone: %v, in the whole file: %v", filepath.Base(path), name, got, want)
			}
			if slices.ContainsFunc(alone.Owners, func(o ownership.Owner) bool {
				return slices.ContainsFunc(o.Sections, func(s ownership.SectionSize) bool { return s.Section != i })
			}) {
				t.Errorf("%s: %s alone: an owner has bytes elsewhere", filepath.Base(path), name)
			}
			checked++
		}
	}
	if checked < 100 {
		t.Errorf("only %d sections were checked", checked)
	}
}
