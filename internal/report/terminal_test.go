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
