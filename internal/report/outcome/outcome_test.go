package outcome

import (
	"bytes"
	"io"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/compare"
	"github.com/sizegate/sizegate/internal/display"
)

func baseline(n uint64) *uint64 { return &n }

// verdict has a result of each status.
func verdict() *budget.Verdict {
	at := func(line, column int) budget.Position { return budget.Position{Line: line, Column: column} }
	return &budget.Verdict{
		Config: "ci/budgets.yaml",
		Results: []budget.Result{
			{Budget: "api", Path: "dist/api", Metric: budget.File, Value: 13_000_000, Limit: 14_000_000, Status: budget.Pass,
				Message: "file is 13,000,000 B (13.0 MB)", Position: at(8, 13)},
			{Budget: "api", Path: "dist/api", Metric: budget.Stripped, Value: 12_345_678, Limit: 12_000_000, Baseline: baseline(11_933_333),
				Status: budget.Fail, Message: "stripped is 12,345,678 B (12.3 MB), 345,678 B over the limit of 12 MB", Note: "See docs/size.md first.",
				Position: at(9, 41), Culprits: budget.Culprits{
					Heaviest:  []compare.Row{{Name: "runtime", New: 900_000}},
					Owners:    []compare.Row{{Name: "net/http", New: 312_345, Change: compare.Added}, {Name: "golang.org/x/net/html", Old: 1000, New: 42_000, Change: compare.Grew, OldVersion: "v0.30.0", NewVersion: "v0.31.0"}},
					Functions: []compare.Row{{Name: "_ZN4core3fmt5write17h0123456789abcdefE", Owner: "core", Old: 100, New: 1200, Change: compare.Grew}},
					Sections:  []compare.Row{{Name: ".text", Kind: "code", Old: 1_000_000, New: 1_300_000, Change: compare.Grew}},
				}},
			{Budget: "api", Path: "dist/api", Metric: budget.UPX, Level: "lzma", Value: 4_900_000, Limit: 4_800_000, Status: budget.Warn,
				Message: "upx lzma is 4,900,000 B (4.90 MB)", Position: at(10, 7), Culprits: budget.Culprits{
					Heaviest: []compare.Row{{Name: "runtime", New: 900_000}},
				}},
			{Budget: "api", Path: "dist/api", Metric: budget.Text, Subject: budget.MaxIncrease, Growth: true, Value: 2_100_000, Limit: 2_040_000, Baseline: baseline(2_000_000),
				Status: budget.Waived, Message: "text grew by 100,000 B (+5.0%); waived: TLS rewrite, #412", Position: at(12, 7)},
			{Budget: "api", Path: "dist/api", Metric: budget.Text, Subject: "net/...", Value: 500, Limit: 500, Status: budget.Pass, Position: at(14, 7)},
			{Budget: "api", Path: "dist/api", Metric: budget.Text, Subject: "openssl*", Deny: true, Status: budget.Pass, Position: at(15, 7)},
			{Budget: "tools", Path: "dist/b", Metric: "arch", Status: budget.Pass, Position: at(18, 11)},
			{Budget: "tools", Path: "dist/a", Metric: ".rodata", Value: 10, Status: budget.Fail, Message: ".rodata is 10 B", Position: at(20, 11)},
			{Budget: "tools", Path: "dist/b", Metric: budget.File, Subject: budget.MaxIncrease, Growth: true, Status: budget.Skipped, Message: "no baseline", Position: at(21, 11)},
		},
		Warnings: []budget.Warning{{Text: "the waiver of api for gzip has expired", Position: at(30, 3)}},
	}
}

// failed is a verdict of which not everything could be measured.
func failed() *budget.Verdict {
	v := verdict()
	v.Failures = []budget.Failure{{Budget: "tools", Path: "dist/c", Problem: "not an ELF file (name a program)", Position: budget.Position{Line: 19, Column: 11}}}
	return v
}

func TestVerdictLine(t *testing.T) {
	of := func(statuses ...budget.Status) *budget.Verdict {
		v := &budget.Verdict{}
		for _, s := range statuses {
			v.Results = append(v.Results, budget.Result{Status: s})
		}
		return v
	}
	for _, test := range []struct {
		v    *budget.Verdict
		want string
	}{
		{of(budget.Pass), "every limit holds"},
		{of(budget.Pass, budget.Warn, budget.Warn), "every limit holds, 2 warnings"},
		{of(budget.Pass, budget.Warn, budget.Waived, budget.Skipped), "every limit holds, 1 waived, 1 warning, 1 skipped"},
		{of(budget.Fail), "1 of 1 limit exceeded"},
		{verdict(), "2 of 9 limits exceeded, 1 waived, 2 warnings, 1 skipped"},
		{&budget.Verdict{Results: []budget.Result{{Status: budget.Warn, Exceeded: true}, {Status: budget.Pass}}}, "1 of 2 limits exceeded, shown as warnings"},
		{of(budget.Skipped), "no limit was checked, 1 skipped"},
		{of(), "no limit was checked"},
		{failed(), "could not be measured: 1 problem"},
		{&budget.Verdict{Failures: make([]budget.Failure, 1234)}, "could not be measured: 1,234 problems"},
	} {
		if got := summary(test.v); got != test.want {
			t.Errorf("%v: %q, want %q", test.v.Results, got, test.want)
		}
	}
}

func TestFigures(t *testing.T) {
	const huge = 1<<64 - 1
	for _, test := range []struct {
		r    budget.Result
		want figures
	}{
		{budget.Result{Metric: budget.File, Value: 900, Limit: 1000}, figures{"900", "1,000", "100 (10.0%)", ""}},
		{budget.Result{Metric: budget.File, Value: 1000, Limit: 1000}, figures{"1,000", "1,000", "0 (0.0%)", ""}},
		{budget.Result{Metric: budget.File, Value: 1001, Limit: 1000, Baseline: baseline(1001)}, figures{"1,001", "1,000", "-1 (-0.1%)", "+0"}},
		{budget.Result{Metric: budget.File, Value: 10_000_001, Limit: 10_000_000, Baseline: baseline(10_000_002)},
			figures{"10,000,001", "10,000,000", "-1 (<0.1%)", "-1"}},
		{budget.Result{Metric: budget.File, Value: 3000, Limit: 1000, Baseline: baseline(0)}, figures{"3,000", "1,000", "-2,000 (-200.0%)", "+3,000"}},
		{budget.Result{Metric: budget.File, Value: 5, Limit: 0}, figures{"5", "0", "-5", ""}},
		{budget.Result{Metric: budget.File, Value: 0, Limit: 0}, figures{"0", "0", "0", ""}},
		{budget.Result{Metric: budget.File, Value: huge, Limit: 0, Baseline: baseline(0)},
			figures{"18,446,744,073,709,551,615", "0", "-18,446,744,073,709,551,615", "+18,446,744,073,709,551,615"}},
		{budget.Result{Metric: "arch", Status: budget.Fail}, figures{}},
		{budget.Result{Metric: budget.File, Status: budget.Skipped, Value: 1}, figures{}},
	} {
		if got := figuresOf(&test.r); got != test.want {
			t.Errorf("%+v: %+v, want %+v", test.r, got, test.want)
		}
	}
}

func TestWorstFirst(t *testing.T) {
	const huge = 1<<64 - 1
	v := &budget.Verdict{}
	v.Results = append(v.Results, []budget.Result{
		{Budget: "warn", Status: budget.Warn, Value: huge, Limit: 1},
		{Budget: "a tenth", Status: budget.Fail, Value: 110, Limit: 100},
		{Budget: "double", Status: budget.Fail, Value: 2, Limit: 1},
		{Budget: "a tenth too", Status: budget.Fail, Value: 11 << 50, Limit: 10 << 50},
		{Budget: "pass", Status: budget.Pass, Value: 1, Limit: 1},
		{Budget: "arch", Metric: "arch", Status: budget.Fail},
		{Budget: "a little more than a tenth", Status: budget.Fail, Value: 11<<50 + 1, Limit: 10 << 50},
		{Budget: "deny", Subject: "x", Status: budget.Fail, Value: huge},
		{Budget: "skipped", Status: budget.Skipped},
		{Budget: "waived", Status: budget.Waived, Value: 9, Limit: 1},
	}...)
	var got []string
	for _, r := range worstFirst(v, func(budget.Status) bool { return true }) {
		got = append(got, r.Budget)
	}
	want := "arch, deny, double, a little more than a tenth, a tenth, a tenth too, warn, waived, skipped, pass"
	if strings.Join(got, ", ") != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func checkTable(t *testing.T, v *budget.Verdict, m display.Medium) string {
	t.Helper()
	var out bytes.Buffer
	if err := Table(&out, v, m); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

var escapes = regexp.MustCompile("\x1b\\[[0-9]+m")

// TestCheckTableColor: colour changes no other character.
func TestCheckTableColor(t *testing.T) {
	for _, v := range []*budget.Verdict{verdict(), failed()} {
		plain := checkTable(t, v, display.Medium{Width: 100})
		colored := checkTable(t, v, display.Medium{Width: 100, Color: true})
		if got := escapes.ReplaceAllString(colored, ""); got != plain {
			t.Errorf("without its colours:\n%s\nwant:\n%s", got, plain)
		}
		if strings.Contains(plain, "\x1b") {
			t.Error("colours that were not asked for")
		}
		for _, want := range []string{"\x1b[31mfail\x1b[0m\n", "\x1b[33mwarn\x1b[0m\n", "\x1b[33mwaived\x1b[0m\n", "\x1b[32mpass\x1b[0m\n", " skipped\n"} {
			if !strings.Contains(colored, want) {
				t.Errorf("no %q in %q", want, colored)
			}
		}
	}
}

// TestCheckTableWidth: names give way so that rows fit into a terminal.
func TestCheckTableWidth(t *testing.T) {
	v := verdict()
	for i := range v.Results {
		v.Results[i].Budget = strings.Repeat("漢", 100)
		v.Results[i].Subject = strings.Repeat("x", 1<<16)
	}
	_, rows, _ := strings.Cut(checkTable(t, v, display.Medium{Width: 140, Terminal: true}), "\n\n")
	rows, _, _ = strings.Cut(rows, "\n\n")
	for line := range strings.Lines(rows) {
		if n := display.Columns(strings.TrimSuffix(line, "\n")); n > 140 {
			t.Errorf("%d columns: %q", n, line)
		}
	}
}

// failing is a writer that takes n bytes.
type failing struct{ n int }

func (f *failing) Write(p []byte) (int, error) {
	if f.n -= len(p); f.n < 0 {
		return 0, io.ErrShortWrite
	}
	return len(p), nil
}

// TestCheckWriteErrors: what cannot be written is an error in every format.
func TestCheckWriteErrors(t *testing.T) {
	for name, write := range checkFormats() {
		for _, n := range []int{0, 30, 200} {
			if err := write(&failing{n}, failed()); err == nil {
				t.Errorf("%s: no error after %d bytes", name, n)
			}
		}
	}
}

func checkFormats() map[string]func(w io.Writer, v *budget.Verdict) error {
	return map[string]func(w io.Writer, v *budget.Verdict) error{
		"table":    func(w io.Writer, v *budget.Verdict) error { return Table(w, v, display.Medium{Width: 80}) },
		"json":     func(w io.Writer, v *budget.Verdict) error { return JSON(w, v, "v0.1.0") },
		"markdown": func(w io.Writer, v *budget.Verdict) error { return Markdown(w, v) },
		"github":   func(w io.Writer, v *budget.Verdict) error { return GitHub(w, v) },
		"sarif":    func(w io.Writer, v *budget.Verdict) error { return SARIF(w, v, "v0.1.0") },
	}
}

// TestCheckIsPrintable: no format lets through what a terminal would act on, and
// only the format for GitHub makes commands of its runner.
func TestCheckIsPrintable(t *testing.T) {
	for name, write := range checkFormats() {
		for _, h := range hostileNames {
			var out bytes.Buffer
			if err := write(&out, hostile(h.raw)); err != nil {
				t.Fatal(err)
			}
			if !utf8.Valid(out.Bytes()) {
				t.Errorf("%s, %q: not UTF-8", name, h.raw)
			}
			for _, r := range out.String() {
				if r != '\n' && !unicode.IsPrint(r) {
					t.Errorf("%s, %q: holds %q", name, h.raw, r)
				}
			}
			if commands, _ := runnerCommands(out.String()); name != "github" && len(commands) > 0 {
				t.Errorf("%s, %q: commands %+v", name, h.raw, commands)
			}
		}
	}
}

// TestCheckSame: the same verdict gives the same bytes, and is not changed.
func TestCheckSame(t *testing.T) {
	for name, write := range checkFormats() {
		v := failed()
		var first, second bytes.Buffer
		if err := write(&first, v); err != nil {
			t.Fatal(err)
		}
		if err := write(&second, v); err != nil {
			t.Fatal(err)
		}
		var fresh bytes.Buffer
		if err := write(&fresh, failed()); err != nil {
			t.Fatal(err)
		}
		if first.String() != second.String() || first.String() != fresh.String() {
			t.Errorf("%s: differs from run to run", name)
		}
	}
}

// TestBlames: sections stand behind the owners, and before all where no owner
// grew; then nothing is said of what weighs most.
func TestBlames(t *testing.T) {
	row := []compare.Row{{Name: "x", Old: 1, New: 2, Change: compare.Grew}}
	for _, test := range []struct {
		c    budget.Culprits
		want string
	}{
		{budget.Culprits{Heaviest: row}, "weighs most"},
		{budget.Culprits{Heaviest: row, Layers: row}, "layers that grew most"},
		{budget.Culprits{Heaviest: row, Owners: row, Layers: row}, "grew most, layers that grew most"},
		{budget.Culprits{Heaviest: row, Sections: row}, "sections that grew most"},
		{budget.Culprits{Heaviest: row, Sections: row, Functions: row}, "sections that grew most, functions that grew most"},
		{budget.Culprits{Heaviest: row, Owners: row, Sections: row, Functions: row}, "grew most, sections that grew most, functions that grew most"},
	} {
		var titles []string
		for _, b := range blames(&test.c) {
			titles = append(titles, b.title)
		}
		if got := strings.Join(titles, ", "); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}

// TestLimitKinds: a rule about packages can have any match.
func TestLimitKinds(t *testing.T) {
	for _, test := range []struct {
		r    budget.Result
		kind limitKind
		name string
	}{
		{budget.Result{Metric: "arch"}, architecture, "arch"},
		{budget.Result{Metric: budget.UPX, Level: "best"}, absoluteLimit, "upx best"},
		{budget.Result{Metric: budget.Text, Subject: budget.MaxIncrease, Growth: true}, growthLimit, "text max-increase"},
		{budget.Result{Metric: budget.Text, Subject: "max-increase"}, packageLimit, "text of max-increase"},
		{budget.Result{Metric: budget.Text, Subject: "max-increase", Deny: true}, packageBan, "deny max-increase"},
	} {
		if kind, name := kindOf(&test.r), limitName(&test.r); kind != test.kind || name != test.name {
			t.Errorf("%+v: %s, %q, want %s, %q", test.r, kind, name, test.kind, test.name)
		}
	}
}
