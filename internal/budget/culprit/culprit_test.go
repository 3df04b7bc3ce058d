package culprit_test

import (
	"testing"
	"time"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/budget/configfile"
	"github.com/sizegate/sizegate/internal/budget/judge"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// TestCulpritsOfSections: what grew is named with its growth in the sections that the
// metric is made of, also where others have owners.
func TestCulpritsOfSections(t *testing.T) {
	file := func(text, rodata uint64) *snapshot.Binary {
		debug := 7 * text
		return &snapshot.Binary{Name: "app", Path: "app", FileSize: text + rodata + debug,
			Sections: []snapshot.Section{
				{Name: ".text", Kind: "code", FileSize: text, VMSize: text, Attributed: text},
				{Name: ".rodata", Kind: "rodata", FileSize: rodata, VMSize: rodata, Attributed: rodata},
				{Name: ".debug_info", Kind: "debug", FileSize: debug, Attributed: debug},
			},
			Owners: []snapshot.Owner{
				{Kind: "package", Name: "net/http", Size: text - 10 + rodata + debug, Sections: map[string]uint64{".text": text - 10, ".rodata": rodata, ".debug_info": debug}, Confidence: "exact"},
				{Kind: "package", Name: "main", Size: 10, Sections: map[string]uint64{".text": 10}, Confidence: "exact"},
			},
			Functions: []snapshot.Function{
				{Name: "net/http.Get", Owner: "net/http", Section: ".text", Size: text - 10},
				{Name: "main.main", Owner: "main", Section: ".text", Size: 10},
				{Name: "net/http.table", Owner: "net/http", Section: ".rodata", Size: rodata},
				{Name: "[.debug_info of net/http]", Owner: "net/http", Section: ".debug_info", Size: debug},
			},
			Variants: []snapshot.Variant{{Name: "stripped", Status: "ok", Size: text + rodata}}}
	}
	config, err := configfile.Parse("b.yaml", []byte("version: 1\nbudgets:\n  - {name: app, path: app, limits: {text: 1 B, stripped: 1 B, file: 1 B}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	v := judge.Budgets(judge.Input{Config: config, Today: time.Now(), Binaries: []judge.Measured{{Budget: &config.Budgets[0], Binary: file(150, 1200)}},
		Baseline: &snapshot.Report{Binaries: []snapshot.Binary{*file(100, 1000)}}})
	want := map[budget.Metric]struct{ owners, functions int64 }{budget.Text: {50, 50}, budget.Stripped: {250, 200}, budget.File: {600, 350}}
	for i := range v.Results {
		r := &v.Results[i]
		if len(r.Culprits.Owners) == 0 || len(r.Culprits.Functions) == 0 {
			t.Fatalf("%s: %+v", r.Metric, r.Culprits)
		}
		o, f := &r.Culprits.Owners[0], &r.Culprits.Functions[0]
		if w := want[r.Metric]; o.Name != "net/http" || o.Delta() != w.owners || f.Delta() != w.functions {
			t.Errorf("%s: %s grew by %d, %s by %d, want %+v", r.Metric, o.Name, o.Delta(), f.Name, f.Delta(), w)
		}
	}
}
