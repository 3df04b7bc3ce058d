package refit

import (
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/budget"
)

// TestRefitComments changes comments of the form that starter writes behind what
// was measured, and no other.
func TestRefitComments(t *testing.T) {
	const head = "version: 1\nbudgets:\n  - name: app\n    path: app\n    limits:\n"
	values := map[budget.Metric]uint64{budget.File: 12_345_678, budget.Stripped: 11_803_222, budget.UPX: 4_000_000, ".rodata": 1_000, budget.Zip: 1}
	for _, tt := range []struct {
		name, before, after string
		corrected           int
	}{
		{"moves", "      file: 14 MB  # 2,955,524 B now\n", "      file: 13 MB  # 12,345,678 B now\n", 1},
		{"stays", "      file: 13 MB  # 2,955,524 B now\n", "      file: 13 MB  # 12,345,678 B now\n", 1},
		{"is true", "      file: 13 MB  # 12,345,678 B now\n", "      file: 13 MB  # 12,345,678 B now\n", 0},
		{"two", "      file: 13 MB  # 1 B now\n      # a person\n      zip: 5   # 999 B now  \n", "      file: 13 MB  # 12,345,678 B now\n      # a person\n      zip: 2   # 1 B now  \n", 2},
		{"no line end", "      file: '13 MB' # 1 B now", "      file: '13 MB' # 12,345,678 B now", 1},
		{"a map", "      stripped: {warn: 11.9 MB, error: 12.4 MB}  # 1 B now\n", "      stripped: {warn: 11.9 MB, error: 12.4 MB}  # 11,803,222 B now\n", 1},
		{"a map turned round", "      stripped: {error: 12.4 MB, warn: 11.9 MB }  # 1 B now\n", "      stripped: {error: 12.4 MB, warn: 11.9 MB }  # 11,803,222 B now\n", 1},
		{"a map of lines", "      stripped:\n        warn: 11.9 MB  # 1 B now\n        error: 12.4 MB # 1 B now\n", "      stripped:\n        warn: 11.9 MB  # 1 B now\n        error: 12.4 MB # 11,803,222 B now\n", 1},
		{"a level", "      upx: {error: 4.2 MB, level: lzma}  # 1 B now\n", "      upx: {error: 4.2 MB, level: lzma}  # 4,000,000 B now\n", 1},
		{"not measured", "      gzip: 1 MB  # 1 B now\n", "      gzip: 1 MB  # 1 B now\n", 0},
		{"a share", "      unattributed: 1%  # 1 B now\n", "      unattributed: 1%  # 1 B now\n", 0},
		{"below", "      file: 13 MB\n      # 1 B now\n", "      file: 13 MB\n      # 1 B now\n", 0},
		{"above", "      # 1 B now\n      file: 13 MB\n", "      # 1 B now\n      file: 13 MB\n", 0},
		{"more", "      file: 13 MB  # 1 B now, see #7\n", "      file: 13 MB  # 1 B now, see #7\n", 0},
		{"other words", "      file: 13 MB  # was 1 B now\n", "      file: 13 MB  # was 1 B now\n", 0},
		{"other unit", "      file: 13 MB  # 1 MB now\n", "      file: 13 MB  # 1 MB now\n", 0},
		{"no commas", "      file: 13 MB  # 2955524 B now\n", "      file: 13 MB  # 2955524 B now\n", 0},
		{"two in one", "      file: 13 MB  # # 1 B now\n", "      file: 13 MB  # # 1 B now\n", 0},
	} {
		for _, end := range []string{"\n", "\r\n"} {
			before, after := strings.ReplaceAll(head+tt.before, "\n", end), strings.ReplaceAll(head+tt.after, "\n", end)
			r := New(parse(t, before), measuredAs("app", values), budget.Percent{Digits: 5})
			got, _, err := r.Rewrite("budgets.yaml", []byte(before))
			if err != nil || string(got) != after || r.Comments != tt.corrected {
				t.Errorf("%s: %v, %d corrected, got\n%q, want\n%q", tt.name, err, r.Comments, got, after)
			}
		}
	}
}

// TestRefitCommentsInFlow leaves comments alone that are behind several limits, or
// are none.
func TestRefitCommentsInFlow(t *testing.T) {
	values := map[budget.Metric]uint64{budget.File: 12_345_678, budget.Zip: 1_000}
	const head = "version: 1\nbudgets:\n  - {name: app, path: app, "
	for _, tt := range []struct{ before, after string }{
		{"limits: {file: 13 MB, zip: 1050}}  # 1 B now\n", "limits: {file: 13 MB, zip: 1050}}  # 1 B now\n"},
		{"limits: {file: 13 MB}}  # 1 B now\n", "limits: {file: 13 MB}}  # 12,345,678 B now\n"},
		{"limits: {file: 13 MB}, message: 'a  # 1 B now\n    b'}\n", "limits: {file: 13 MB}, message: 'a  # 1 B now\n    b'}\n"},
	} {
		r := New(parse(t, head+tt.before), measuredAs("app", values), budget.Percent{Digits: 5})
		got, _, err := r.Rewrite("budgets.yaml", []byte(head+tt.before))
		if err != nil || string(got) != head+tt.after {
			t.Errorf("%v, got\n%q, want\n%q", err, got, head+tt.after)
		}
	}
}

// TestRefitLayers has a number of things and not of bytes.
func TestRefitLayers(t *testing.T) {
	const text = "version: 1\nbudgets:\n  - name: app\n    path: app\n    limits:\n      layers: 4  # 3 layers now\n      wasted: 0\n      image: 0 B\n"
	r := New(parse(t, text), measuredAs("app", map[budget.Metric]uint64{budget.Layers: 4, budget.Wasted: 20, budget.ImageSize: 0}), budget.Percent{Digits: 5})
	got, _, err := r.Rewrite("budgets.yaml", []byte(text))
	want := strings.NewReplacer("layers: 4  # 3 layers", "layers: 5  # 4 layers").Replace(text)
	if err != nil || string(got) != want || len(r.Moves) != 1 || !r.Moves[0].Rounded || r.Changed != 1 || r.Kept != 2 {
		t.Errorf("%v, %+v, got\n%s", err, r.Moves, got)
	}
	for _, tt := range []struct {
		result budget.Result
		want   bool
	}{
		{budget.Result{Budget: "app", Metric: budget.Wasted, Value: 20}, true},
		{budget.Result{Budget: "app", Metric: budget.Wasted, Subject: budget.MaxIncrease, Growth: true, Value: 20}, false},
		{budget.Result{Budget: "app", Metric: budget.Layers, Value: 4, Limit: 5}, false},
		{budget.Result{Budget: "app", Metric: "arch"}, false},
	} {
		if got := r.IsBan(&tt.result); got != tt.want {
			t.Errorf("%+v: %t", tt.result, got)
		}
	}
}

// TestRefitRounded: 5% of 14,490,529 are no whole number of bytes, of 100,000 they
// are 5,000.
func TestRefitRounded(t *testing.T) {
	for _, tt := range []struct {
		limit string
		value uint64
		want  bool
	}{{"14 MB", 14_490_529, true}, {"14 MB", 100_000, false}, {"9", 647, true}, {"9", 100, false}, {"1 MB", 1_000_001, true}} {
		text := "version: 1\nbudgets: [{name: app, path: app, limits: {file: " + tt.limit + "}}]\n"
		r := New(parse(t, text), measuredAs("app", map[budget.Metric]uint64{budget.File: tt.value}), budget.Percent{Digits: 5})
		if len(r.Moves) != 1 || r.Moves[0].Rounded != tt.want {
			t.Errorf("%s of %d: %+v", tt.limit, tt.value, r.Moves)
		}
	}
}

// TestRefitNoBan keeps limits of what weighs nothing, and says so.
func TestRefitNoBan(t *testing.T) {
	r := New(parse(t, "version: 1\nbudgets: [{name: app, path: app, limits: {wasted: 1 kB, layers: 0}}]\n"),
		measuredAs("app", map[budget.Metric]uint64{budget.Wasted: 0, budget.Layers: 0}), budget.Percent{Digits: 5})
	if len(r.Moves) != 0 || r.Kept != 2 || len(r.Absent) != 1 || r.Absent[0].Why != "wasted is 0 B, and a limit of 0 would be a ban" {
		t.Errorf("%+v", r)
	}
}
