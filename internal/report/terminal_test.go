package report

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/report/breakdown"
	"github.com/sizegate/sizegate/internal/report/sample"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// TestNarrow: which columns there are at which width.
func TestNarrow(t *testing.T) {
	squeeze := regexp.MustCompile(` +`)
	for _, test := range []struct {
		width int
		bars  bool
		want  string
	}{
		{120, true, "MODULE FUNCTIONS BYTES SHARE RUNNING"},
		{59, false, "MODULE FUNCTIONS BYTES SHARE RUNNING"},
		{59, true, "MODULE FUNCTIONS BYTES SHARE"},
		{51, false, "MODULE FUNCTIONS BYTES SHARE RUNNING"},
		{50, false, "MODULE FUNCTIONS BYTES SHARE"},
		{38, false, "MODULE BYTES SHARE"},
		{30, false, "MODULE BYTES"},
		{20, false, "MODULE BYTES"},
	} {
		o := options(breakdown.ByModule)
		o.Terminal, o.Bars, o.Width = true, test.bars, test.width
		text := render(t, o, sample.Binary())
		_, table, _ := strings.Cut(text, "\n\n")
		table, _, _ = strings.Cut(table, "\n\n")
		heading, _, _ := strings.Cut(table, "\n")
		if got := squeeze.ReplaceAllString(heading, " "); got != test.want {
			t.Errorf("%d columns, bars %t: %s, want %s", test.width, test.bars, got, test.want)
		}
		for line := range strings.Lines(table) {
			if n := display.Columns(strings.TrimSuffix(line, "\n")); n > test.width {
				t.Errorf("%d columns: %d are taken: %s", test.width, n, line)
			}
		}
	}
}

// TestParts: files that have no room beside each other are below each other.
func TestParts(t *testing.T) {
	o := options(breakdown.ByModule)
	o.Terminal, o.Width = true, 42
	text := render(t, o, sample.Binary(), sample.Binary(), sample.Binary(), sample.Binary(), sample.Binary())
	var headings []string
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "MODULE ") {
			headings = append(headings, strings.Join(strings.Fields(line), " "))
		}
	}
	want := []string{"MODULE [1] BYTES [2] BYTES", "MODULE [3] BYTES [4] BYTES", "MODULE [5] BYTES"}
	if !slices.Equal(headings, want) || strings.Count(text, "\ntotal: file ") != 3 {
		t.Errorf("%q, want %q\n%s", headings, want, text)
	}
}

// TestBarsAreSizes: the largest row has the longest bar, and sums have none.
func TestBarsAreSizes(t *testing.T) {
	o := options(breakdown.ByModule)
	o.Terminal, o.Bars, o.Width = true, true, 120
	text := render(t, o, sample.Binary())
	for start, want := range map[string]int{"std (go1.26.8) ": 20, "example.com/m ": 10, "total: ": 0, "[padding] ": 0, "[headers]": 0, ".rodata": 20} {
		_, line, ok := strings.Cut(text, "\n"+start)
		line, _, _ = strings.Cut(line, "\n")
		if got := strings.Count(line, "█"); !ok || got != want {
			t.Errorf("%s: %d blocks, want %d\n%s", start, got, want, text)
		}
	}
}

// TestFilterSums holds the sums of a filter against those made by hand.
func TestFilterSums(t *testing.T) {
	o := options(breakdown.ByPackage)
	o.Filter, o.Top = regexp.MustCompile("^(alpha|memchr)$"), 1
	text := regexp.MustCompile(` +`).ReplaceAllString(render(t, o, sample.Binary()), " ")
	for _, want := range []string{
		"--filter ^(alpha|memchr)$ keeps 3 of 7 owners: 240 of 1,000 B (24.0%; 2.4% of the file)\n",
		"PACKAGE, CRATE OR LIBRARY FUNCTIONS BYTES OF MATCHED SHARE\n",
		"alpha#00112233 (1.0.0) 3 90 37.5% 9.0%\n",
		"… 2 more owners 9 150 62.5% 15.0%\n",
		"total: matched by --filter 12 240 100.0% 24.0%\n",
		"… not matched by --filter 18 660 66.0%\n",
		"[padding] 60 6.0%\n",
		"total: executable sections 1,000 100.0%\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	o.By, o.Top = breakdown.BySection, 0
	o.Filter = regexp.MustCompile("^.small")
	text = regexp.MustCompile(` +`).ReplaceAllString(render(t, o, sample.Binary()), " ")
	for _, want := range []string{
		"--filter ^.small keeps 3 of 6 sections: 18 of 10,000 B (0.2%)\n",
		"total: matched by --filter 18 0.2%\n", "… not matched by --filter 9,000 90.0%\n", "total: file 10,000 100.0%\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

// TestTopSections: the largest are shown, in the file's order, and the rest is a row.
func TestTopSections(t *testing.T) {
	// b and d are as large: the first is taken.
	b := &snapshot.Binary{Path: "app", Arch: "amd64", Type: "exec", Symbols: "symtab", FileSize: 1000, Overhead: snapshot.Overhead{Headers: 100, Gaps: 50}}
	for _, s := range []struct {
		name string
		size uint64
	}{{"a", 100}, {"b", 200}, {"c", 350}, {"d", 200}, {"e", 0}} {
		b.Sections = append(b.Sections, snapshot.Section{Name: s.name, Kind: "rodata", FileSize: s.size, Unattributed: s.size})
	}
	o := options(breakdown.BySection)
	for _, test := range []struct {
		by     breakdown.By
		filter string
		top    int
		want   string
	}{
		{breakdown.BySection, "", 0, "a b c d e [headers] [gaps] total: file"},
		{breakdown.BySection, "", 5, "a b c d e [headers] [gaps] total: file"},
		{breakdown.BySection, "", 2, "b c … 3 more sections=300 [headers] [gaps] total: file"},
		{breakdown.BySection, "", 3, "b c d … 2 more sections=100 [headers] [gaps] total: file"},
		{breakdown.BySection, "", 4, "a b c d e [headers] [gaps] total: file"}, // one more is shown
		{breakdown.BySection, "[abd]", 1, "b … 2 more sections=300 total: matched by --filter=500 … not matched by --filter=350 [headers] [gaps] total: file"},
		{breakdown.ByModule, "", 2, "a b c d [headers] [gaps] total: file"}, // below another table
	} {
		o.By, o.Top, o.Filter = test.by, test.top, nil
		if test.filter != "" {
			o.Filter = regexp.MustCompile(test.filter)
		}
		text := render(t, o, b)
		_, text, _ = strings.Cut(text, "PADDING\n")
		var got []string
		for line := range strings.Lines(text) {
			cells := regexp.MustCompile(" {2,}").Split(strings.TrimSpace(line), -1)
			if strings.HasPrefix(line, "… ") || strings.HasPrefix(line, "total: matched") {
				cells[0] += "=" + cells[1]
			}
			got = append(got, cells[0])
		}
		if got := strings.Join(got, " "); got != test.want {
			t.Errorf("--by %s --filter %q --top %d: %s, want %s", test.by, test.filter, test.top, got, test.want)
		}
	}
}

// TestDeployedBars: the tables of packages and images have bars too, to the scale of
// their largest row, as wide as the terminal at most, and none elsewhere.
func TestDeployedBars(t *testing.T) {
	draw := func(o Options, images bool) string {
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
		o := options(test.by)
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
		o = options(test.by)
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
			o := options(breakdown.ByCategory)
			o.Terminal, o.Bars, o.Width, o.Top = terminal, terminal, width, 2
			var out strings.Builder
			if err := PackageTable(&out, &snapshot.Packages{Packages: demoPackages().Packages[:1]}, o); err != nil {
				t.Fatal(err)
			}
			o.By = breakdown.ByModule
			text := out.String() + "\n" + render(t, o, sample.Binary())
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
	o := options(breakdown.ByModule)
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
	text := render(t, o, binaries...)
	if got := strings.Count(text, "\ntotal: file "); got != 10 {
		t.Errorf("%d tables of 30 files, want 10 of 3 each\n%s", got, text)
	}
	for line := range strings.Lines(text + out.String()) {
		if n := display.Columns(strings.TrimSuffix(line, "\n")); n > o.Width && !strings.HasPrefix(line, "[") {
			t.Errorf("%d columns: %s", n, line)
		}
	}
}
