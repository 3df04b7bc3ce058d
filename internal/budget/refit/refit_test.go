package refit

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/budget/configfile"
	"github.com/sizegate/sizegate/internal/budget/headroom"
	"github.com/sizegate/sizegate/internal/budget/strictyaml"
	"github.com/sizegate/sizegate/internal/bytesize"
)

// measuredAs makes results as Judge makes them.
func measuredAs(name string, values map[budget.Metric]uint64) []budget.Result {
	var results []budget.Result
	for m, v := range values {
		r := budget.Result{Budget: name, Metric: m, Value: v, Status: budget.Pass}
		if m == budget.UPX {
			r.Level = "lzma"
		}
		results = append(results, r)
	}
	return results
}

func parse(t *testing.T, text string) *budget.Config {
	t.Helper()
	c, err := configfile.Parse("budgets.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestRefitLayouts changes limits in files of every layout and compares all
// bytes with what a person would have written.
func TestRefitLayouts(t *testing.T) {
	const head = "version: 1\nbudgets:\n  - name: app\n    path: app\n"
	values := map[budget.Metric]uint64{budget.File: 12_345_678, budget.Stripped: 11_803_222, budget.UPX: 4_000_000, ".rodata": 1_000, budget.Unattributed: 10}
	for _, tt := range []struct{ name, before, after string }{
		{"block", head + "    limits:\n      file: 14 MB # mine\n", head + "    limits:\n      file: 13 MB # mine\n"},
		{"flow", head + "    limits: {file: 14 MB, stripped: {warn: 11 MB,error: 12 MB}}\n", head + "    limits: {file: 13 MB, stripped: {warn: 11.9 MB,error: 12.4 MB}}\n"},
		{"no line end", head + "    limits: {file: 14MB}", head + "    limits: {file: 13MB}"},
		{"no line end, block", head + "    limits:\n      file: 14.50 MB", head + "    limits:\n      file: 12.97 MB"},
		{"quotes", head + "    limits: {\"file\": '14 MB', stripped: \"14 MiB\"}\n", head + "    limits: {\"file\": '13 MB', stripped: \"11.875 MiB\"}\n"},
		{"lines", head + "    limits:\n      file:\n\n        # here\n        14 MB\n\n# end\n", head + "    limits:\n      file:\n\n        # here\n        13 MB\n\n# end\n"},
		{"same numbers", head + "    message: 14 MB\n    limits: {stripped: 14 MB, file: 14 MB}  # 14 MB\n", head + "    message: 14 MB\n    limits: {stripped: 12.4 MB, file: 13 MB}  # 14 MB\n"},
		{"bytes", head + "    limits: {file: 20000000, .rodata: 5 B}\n", head + "    limits: {file: 12962962, .rodata: 1.05 kB}\n"},
		{"level", head + "    limits: {upx: {level: lzma, error: 5 MB}}\n", head + "    limits: {upx: {level: lzma, error: 4.2 MB}}\n"},
		{"other level", head + "    limits: {upx: {level: best, error: 5 MB}}\n", head + "    limits: {upx: {level: best, error: 5 MB}}\n"},
		{"shares", head + "    limits: {unattributed: {warn: 1%, error: 2%}}\n    max-increase: {file: 1 MB, stripped: 2%}\n", head + "    limits: {unattributed: {warn: 1%, error: 2%}}\n    max-increase: {file: 1 MB, stripped: 2%}\n"},
		{"wide characters", head + "    limits: {.日本: 5 B, \"file\":    14 MB } # ä\n", head + "    limits: {.日本: 5 B, \"file\":    13 MB } # ä\n"},
	} {
		for _, layout := range []struct {
			name string
			make func(string) string
		}{
			{"", func(s string) string { return s }},
			{" in CRLF", func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }},
			{" behind a mark", func(s string) string { return "\ufeff" + s }},
		} {
			before, after := layout.make(tt.before), layout.make(tt.after)
			r := New(parse(t, before), measuredAs("app", values), budget.Percent{Digits: 5})
			got, _, err := r.Rewrite("budgets.yaml", []byte(before))
			if err != nil || string(got) != after {
				t.Errorf("%s%s: %v, got\n%q, want\n%q", tt.name, layout.name, err, got, after)
			}
		}
	}
}

func TestRefitBounds(t *testing.T) {
	for _, tt := range []struct {
		limit string
		value uint64
		want  string
	}{
		// The value is 100 kB, the error limit becomes 105 kB.
		{"{warn: 180 kB, error: 200 kB}", 100_000, "{warn: 100 kB, error: 105 kB}"}, // 94.5 would warn at once
		{"{warn: 198 kB, error: 200 kB}", 100_000, "{warn: 104 kB, error: 105 kB}"},
		{"{warn: 200 kB, error: 200 kB}", 100_000, "{warn: 105 kB, error: 105 kB}"},
		{"{warn: 1 kB, error: 1 kB}", 100_000, "{warn: 105 kB, error: 105 kB}"},
		// 0 is a ban, which stays.
		{"{warn: 0, error: 0}", 100_000, "{warn: 0, error: 0}"},
		{"{warn: 0, error: 1 kB}", 100_000, "{warn: 0, error: 105 kB}"},
		{"0 MB", 100_000, "0 MB"},
		{"{warn: 0}", 1, "{warn: 0}"},
		{"{warn: 200 kB}", 100_000, "{warn: 105 kB}"},
		{"{error: 200 kB}", 100_000, "{error: 105 kB}"},
		// Rounded up in its own unit the warning would be above the error: 1 MB
		// is 0.11 MB, above 105,000 B.
		{"{warn: 1 MB, error: 1000000}", 100_000, "{warn: 0.105 MB, error: 105000}"},
		{"{warn: 100 KiB, error: 102400}", 100_000, "{warn: 102.5390625 KiB, error: 105000}"},
		{"200 kB", 0, "200 kB"}, // 0 kB would be a ban
		{"{warn: 1 kB, error: 2 kB}", 0, "{warn: 1 kB, error: 2 kB}"},
		{"0", 0, "0"},
		// 14,490,529 and 5% are 15,215,056 (rounded up), 14.51 MiB.
		{"14 MB", 14_490_529, "15.3 MB"},
		{"14 MiB", 14_490_529, "14.5625 MiB"},
		{"14000 kB", 14_490_529, "15216 kB"}, // finer than three digits as it stands
		{"{warn: 12 MB, error: 15 MB}", 14_490_529, "{warn: 14.5 MB, error: 15.3 MB}"},
		{"105 kB", 100_000, "105 kB"},
		{"105.0 kB", 100_000, "105.0 kB"},
		{"105000", 100_000, "105000"},
		{"1 B", math.MaxUint64, "18446744073.709551615 GB"},
		// 2,585,425 and 5% are 2,714,697 (rounded up): never 1000 of a unit where there were fewer.
		{"676 kB", 2_585_425, "2.72 MB"},
		{"676KB", 2_585_425, "2.72MB"},
		{"676.25 kB", 2_585_425, "2.72 MB"},
		{"1000 kB", 2_585_425, "2715 kB"},
		{"676 KiB", 2_585_425, "2652 KiB"}, // in MiB it would be 2.59375
		{"832 B", 647_000, "680 kB"},
		{"676000", 2_585_425, "2714697"},
		{"900 MB", 1_000_000_000, "1.05 GB"},
		// 951,800 and 5% are 999,390, rounded up 1000 kB.
		{"900 kB", 951_800, "1 MB"},
		{"{warn: 650 kB, error: 676 kB}", 2_585_425, "{warn: 2.62 MB, error: 2.72 MB}"},
		{"{warn: 900 kB, error: 1 MB}", 1_000_000, "{warn: 1 MB, error: 1.05 MB}"},
		{"{warn: 900 kB, error: 1 MB}", 900_000, "{warn: 900 kB, error: 0.945 MB}"},
	} {
		const head = "version: 1\nbudgets: [{name: app, path: app, limits: {vm: "
		before := head + tt.limit + "}}]\n"
		r := New(parse(t, before), measuredAs("app", map[budget.Metric]uint64{budget.VM: tt.value}), budget.Percent{Digits: 5})
		got, _, err := r.Rewrite("budgets.yaml", []byte(before))
		if want := head + tt.want + "}}]\n"; err != nil || string(got) != want {
			t.Errorf("%s of %d: %v, got\n%s, want\n%s", tt.limit, tt.value, err, got, want)
		}
	}
}

// TestRefitValues takes the largest of several binaries, tells rules about the
// same packages apart, and leaves alone what is not in the results.
func TestRefitValues(t *testing.T) {
	c := parse(t, `version: 1
budgets:
  - name: a
    path: a*
    limits: {file: 1 MB, stripped: 1 MB}
    packages:
      - {match: net, limit: 1 MB}
      - {match: net, metric: total, limit: 1 MB}
      - {match: net, deny: true}
      - {match: os, limit: 1 MB}
  - {name: b, path: b, limits: {file: 1 MB}}
`)
	results := []budget.Result{
		{Budget: "a", Metric: budget.File, Value: 10, Status: budget.Pass}, {Budget: "a", Metric: budget.File, Value: 30, Status: budget.Fail}, {Budget: "a", Metric: budget.File, Value: 20, Status: budget.Waived},
		{Budget: "a", Metric: budget.Stripped, Subject: budget.MaxIncrease, Growth: true, Value: 7, Status: budget.Pass}, {Budget: "a", Metric: budget.Stripped, Status: budget.Skipped},
		{Budget: "a", Metric: budget.Text, Subject: "net", Value: 40, Status: budget.Pass}, {Budget: "a", Metric: budget.Total, Subject: "net", Value: 50, Status: budget.Warn},
	}
	r := New(c, results, budget.Percent{})
	want := []Move{
		{Budget: "a", Metric: budget.File, Bound: "error", Value: 30, To: 30},
		{Budget: "a", Metric: budget.Text, Subject: "net", Bound: "error", Value: 40, To: 40},
		{Budget: "a", Metric: budget.Total, Subject: "net", Bound: "error", Value: 50, To: 50},
	}
	if len(r.Moves) != len(want) || r.Changed != 3 || r.Kept != 2 {
		t.Fatalf("%+v", r)
	}
	for i, m := range r.Moves {
		m.Edit, m.From = strictyaml.Edit{}, 0
		if m != want[i] {
			t.Errorf("%+v, want %+v", m, want[i])
		}
	}
}

// TestRefitAbsent: limits of what no binary has stay, and are named. What one of
// several binaries has counts.
func TestRefitAbsent(t *testing.T) {
	const text = `version: 1
budgets:
  - name: a
    path: a*
    limits: {.gone: {warn: 1 MB, error: 2 MB}, .some: 9, unattributed: 1%, text: {warn: 3 MB}}
    max-increase: {.gone: 1%}
    packages:
      - {match: nobody, limit: 1 MB}
      - {match: max-increase, limit: 9}
      - {match: nobody, deny: true}
`
	absent := func(m budget.Metric, subject string) budget.Result {
		return budget.Result{Budget: "a", Metric: m, Subject: subject, Status: budget.Pass, Absent: true}
	}
	r := New(parse(t, text), []budget.Result{
		absent(".gone", ""), absent(".some", ""), {Budget: "a", Metric: ".some", Value: 20, Status: budget.Pass}, absent(budget.Unattributed, ""), absent(budget.Text, ""),
		{Budget: "a", Metric: ".gone", Subject: budget.MaxIncrease, Growth: true, Status: budget.Pass, Absent: true},
		{Budget: "a", Metric: budget.Text, Subject: budget.MaxIncrease, Growth: true, Value: 7000, Status: budget.Pass},
		absent(budget.Text, "nobody"), {Budget: "a", Metric: budget.Text, Subject: "max-increase", Value: 40, Status: budget.Pass},
		{Budget: "a", Metric: budget.Text, Subject: "nobody", Deny: true, Status: budget.Pass},
	}, budget.Percent{})
	want := []absence{
		{Budget: "a", Metric: ".gone", Why: "there is no section .gone", Position: budget.Position{Line: 5, Column: 41}},
		{Budget: "a", Metric: budget.Text, Why: "there is no section .text", Position: budget.Position{Line: 5, Column: 89}},
		{Budget: "a", Metric: budget.Text, Subject: "nobody", Why: "no package or crate matches nobody", Position: budget.Position{Line: 8, Column: 32}},
	}
	if !slices.Equal(r.Absent, want) || r.Changed != 2 || r.Kept != 7 {
		t.Errorf("%d kept, %+v\nwant %+v", r.Kept, r.Absent, want)
	}
	var moved []string
	for _, m := range r.Moves {
		moved = append(moved, strings.TrimSpace(string(m.Metric)+" "+m.Subject+" "+m.Edit.New))
	}
	if got := strings.Join(moved, ", "); got != ".some  20, text max-increase 40" {
		t.Errorf("moved %s", got)
	}
	out, _, err := r.Rewrite("budgets.yaml", []byte(text))
	if err != nil || !strings.Contains(string(out), ".gone: {warn: 1 MB, error: 2 MB}") {
		t.Errorf("%v: %s", err, out)
	}
}

// FuzzRefit checks what New promises: the result reads back, holds, differs
// in nothing but the limits, and stays as it is the next time.
func FuzzRefit(f *testing.F) {
	f.Add("11 MB", "12 MB", uint64(11_803_222), uint64(5))
	f.Add("1 GiB", "1073741824", uint64(3), uint64(0))
	f.Add("0.5MiB", "1 MB", uint64(math.MaxUint64), uint64(1000))
	f.Fuzz(func(t *testing.T, warn, fail string, value, percent uint64) {
		for _, text := range []string{warn, fail} {
			if _, err := bytesize.Parse(text); err != nil {
				return
			}
		}
		before := "version: 1\nbudgets:\n- name: app\n  path: app\n  limits: {vm: {warn: '" + warn + "', error: \"" + fail + "\"}} # " + warn + "\n"
		c, err := configfile.Parse("budgets.yaml", []byte(before))
		if err != nil {
			return
		}
		results := measuredAs("app", map[budget.Metric]uint64{budget.VM: value})
		added := budget.Percent{Digits: percent % 1001}
		r := New(c, results, added)
		after, rewritten, err := r.Rewrite("budgets.yaml", []byte(before))
		if err != nil {
			t.Fatalf("%v\n%s", err, before)
		}
		l := rewritten.Budgets[0].Limits[0]
		need := headroom.Above(added, value)
		if value == 0 || c.Budgets[0].Limits[0].Warn.Size == 0 {
			if l.Warn.Size != c.Budgets[0].Limits[0].Warn.Size {
				t.Fatalf("%d of %s: %s", value, before, after)
			}
			return
		}
		if uint64(l.Error.Size) < need || l.Warn.Size > l.Error.Size || uint64(l.Warn.Size) < value {
			t.Fatalf("%d of %s: %s", value, before, after)
		}
		if over := uint64(l.Error.Size) - need; over > need/100 {
			t.Fatalf("%d is %d too much: %s", l.Error.Size, over, after)
		}
		if again := New(rewritten, results, added); len(again.Moves) > 0 || again.Kept != 1 {
			t.Fatalf("%s moves again: %+v", after, again.Moves)
		}
	})
}
