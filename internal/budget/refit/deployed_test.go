package refit

import (
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/budget/budgettest"
	"github.com/sizegate/sizegate/internal/budget/configfile"
	"github.com/sizegate/sizegate/internal/budget/judge"
)

// refit gives the only budget of a file new limits with a tenth of headroom.
func refit(t *testing.T, text string, m judge.Measured) (*Refit, []byte) {
	t.Helper()
	c, err := configfile.Parse("b.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	m.Budget = &c.Budgets[0]
	v := judge.Budgets(judge.Input{Config: c, Binaries: []judge.Measured{m}})
	r := New(c, v.Results, budget.Percent{Digits: 10})
	out, _, err := r.Rewrite("b.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return r, out
}

// TestRefitPackage: limits of a preset are not in the file. Besides two that change
// there are the one for a zip and what it finds.
func TestRefitPackage(t *testing.T) {
	const text = "version: 1\nbudgets:\n  - name: api\n    path: a\n    preset: aws-lambda-zip\n    limits:\n      unzipped: 400 B # why\n      file:*.js: {warn: 50, error: 100}\n"
	r, out := refit(t, text, judge.Measured{Package: budgettest.Package()})
	want := strings.NewReplacer("400 B", "495 B", "warn: 50, error: 100", "warn: 120, error: 132").Replace(text)
	if string(out) != want || r.Changed != 2 || r.Kept != 2 {
		t.Errorf("kept %d, got\n%s", r.Kept, out)
	}
}

// TestRefitImage: layers stay whole numbers, and what is not there stays.
func TestRefitImage(t *testing.T) {
	const text = "version: 1\nbudgets:\n  - name: api\n    path: a\n    preset: aws-lambda-image\n    limits:\n      layers: {warn: 1, error: 2} # why\n      layer:7: 4 kB\n      layer:2: 1 kB\n"
	r, out := refit(t, text, judge.Measured{Image: budgettest.Image()})
	want := strings.NewReplacer("warn: 1, error: 2", "warn: 3, error: 4", "layer:2: 1 kB", "layer:2: 0.33 kB").Replace(text)
	if string(out) != want || len(r.Absent) != 1 || r.Absent[0].Why != "there is no layer 7" {
		t.Errorf("absent %+v, got\n%s", r.Absent, out)
	}
}
