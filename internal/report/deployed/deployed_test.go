package deployed

import (
	"slices"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/report"
	"github.com/sizegate/sizegate/internal/report/breakdown"
	"github.com/sizegate/sizegate/internal/report/sample"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// TestDeployedBars: the tables of packages and images have bars too, to the scale of
// their largest row, as wide as the terminal at most, and none elsewhere.
func TestDeployedBars(t *testing.T) {
	draw := func(o report.Options, images bool) string {
		var out strings.Builder
		var err error
		if images {
			err = ImageTable(&out, &snapshot.Images{Images: demoImages().Images[:1]}, o)
		} else {
			err = PackageTable(&out, &snapshot.Packages{Packages: demoPackages().Packages[:1]}, o)
		}
		if err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	full := strings.Repeat("█", 20)
	for _, test := range []struct {
		images bool
		by     breakdown.By
		want   []string // how lines begin and what bar they end in
	}{
		{false, breakdown.ByCategory, []string{"program 1 1,217 2,000 48.9% " + full, "data 3 33 30 0.7% ▎", "dependencies 0 0 0 0.0%", "[overhead] 990", "total: package 8 4,000 4,090 100.0%",
			"huge program 1,000 2,000 48.9% " + full, "d1 data 10 10 0.2% ▏", "a.so 75.3% core 1,000 50 930 " + full, "total: ELF files 2,000 1,860", "e1 and 1 more 2 30 30 0.7% " + full, "e2 30 30 0.7% " + full}},
		{false, breakdown.ByPackage, []string{"core 2 1,200 64.5% " + full, "own_a 1 200 10.8% ███▍", "[padding] 40 2.2%"}},
		{true, breakdown.ByLayer, []string{"1 ADD file base 2,000 3,000 64.5% " + full, "[config] 40 1.3%", "total: image 3,100 5,090 100.0%", "1 ADD file 3,000 0 0 1,000 " + full,
			"d2 2 1,070 26.2% " + full, "e1 2 10 0.2% ▏", "e1 2 610 " + full, "gone 2 400 █████████████▏"}},
		{true, breakdown.ByEntry, []string{"d2 2 1,070 26.2% " + full, "total: final files 4,090 100.0%"}},
	} {
		o := demoOptions(test.by)
		o.Terminal, o.Bars, o.Width = true, true, 132
		text := draw(o, test.images)
		var lines []string
		for line := range strings.Lines(text) {
			lines = append(lines, strings.Join(strings.Fields(line), " "))
		}
		for _, want := range test.want {
			if !slices.Contains(lines, want) {
				t.Errorf("by %s: no line %q in\n%s", test.by, want, text)
			}
		}
		for width := 40; width < 140; width += 9 {
			o.Width = width
			_, tables, _ := strings.Cut(draw(o, test.images), "\n\n")
			for line := range strings.Lines(tables) {
				if n := display.Columns(strings.TrimRight(line, "\n")); n > width && !strings.HasPrefix(line, "whose code") {
					t.Errorf("by %s in %d columns: one of %d: %q", test.by, width, n, line)
				}
			}
		}
		o = demoOptions(test.by)
		if text := draw(o, test.images); strings.ContainsAny(text, "█▏▎▍▌▋▊▉") {
			t.Errorf("by %s: bars elsewhere than on a terminal:\n%s", test.by, text)
		}
	}
}

// TestFixedRows: sums and headings are whole or shortened, and never cut in the middle.
func TestFixedRows(t *testing.T) {
	whole := []string{"… 4 more modules", "… 4 more", "[padding]", "[unattributed]", "total: executable sections", "total", "[headers]", "[gaps]", "total: file",
		"… 3 more small sections", "… 3 more", "[overhead]", "total: package", "… 7 more entries", "… 7 more", "total: ELF files", "total: duplicates", "total: debug files"}
	for width := 40; width <= 100; width++ {
		for _, terminal := range []bool{false, true} {
			o := demoOptions(breakdown.ByCategory)
			o.Terminal, o.Bars, o.Width, o.Top = terminal, terminal, width, 2
			var out strings.Builder
			if err := PackageTable(&out, &snapshot.Packages{Packages: demoPackages().Packages[:1]}, o); err != nil {
				t.Fatal(err)
			}
			o.By = breakdown.ByModule
			text := out.String() + "\n" + renderFiles(t, o, sample.Binary())
			for line := range strings.Lines(text) {
				label, _, _ := strings.Cut(strings.TrimSpace(line), "  ")
				fixed := strings.HasPrefix(label, "… ") || strings.HasPrefix(label, "[") || strings.HasPrefix(label, "to")
				if fixed && !slices.Contains(whole, label) {
					t.Errorf("%d columns, terminal %t: a row %q", width, terminal, label)
				}
				if strings.HasPrefix(label, "FOR") && label != "FOR DEBUGGERS" && label != "FOR DEBUGGERS, NOT TO SHIP" {
					t.Errorf("%d columns, terminal %t: a heading %q", width, terminal, label)
				}
			}
		}
	}
}

// TestPartsPiped: several files that have no room are below each other without a
// terminal too, and so are packages and images.
func TestPartsPiped(t *testing.T) {
	o := demoOptions(breakdown.ByModule)
	o.Width = 60
	var binaries []*snapshot.Binary
	for range 30 {
		binaries = append(binaries, sample.Binary())
	}
	packages, images := demoPackages().Packages, demoImages().Images
	var out strings.Builder
	for _, by := range []breakdown.By{breakdown.ByCategory, breakdown.ByPackage} {
		o.By = by
		if err := PackageTable(&out, &snapshot.Packages{Packages: slices.Repeat(packages, 9)}, o); err != nil {
			t.Fatal(err)
		}
	}
	o.By = breakdown.ByLayer
	if err := ImageTable(&out, &snapshot.Images{Images: slices.Repeat(images, 9)}, o); err != nil {
		t.Fatal(err)
	}
	o.By = breakdown.ByModule
	text := renderFiles(t, o, binaries...)
	if got := strings.Count(text, "\ntotal: file "); got != 10 {
		t.Errorf("%d tables of 30 files, want 10 of 3 each\n%s", got, text)
	}
	for line := range strings.Lines(text + out.String()) {
		if n := display.Columns(strings.TrimSuffix(line, "\n")); n > o.Width && !strings.HasPrefix(line, "[") {
			t.Errorf("%d columns: %s", n, line)
		}
	}
}

// renderFiles is the table of ELF files that are not in a package.
func renderFiles(t *testing.T, o report.Options, binaries ...*snapshot.Binary) string {
	t.Helper()
	r := &snapshot.Report{Schema: snapshot.Schema}
	for _, b := range binaries {
		r.Binaries = append(r.Binaries, *b)
	}
	var out strings.Builder
	if err := report.Table(&out, r, o); err != nil {
		t.Fatal(err)
	}
	return out.String()
}
