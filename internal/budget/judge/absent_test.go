package judge

import (
	"slices"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/budget/budgettest"
	"github.com/sizegate/sizegate/internal/budget/wording"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// withCode is the sample with this many bytes of code, of which so many have no
// owner.
func withCode(code, nobody uint64) func(*Input) {
	return func(in *Input) {
		b := in.Binaries[0].Binary
		for i := range b.Sections {
			if s := &b.Sections[i]; s.Kind == "code" {
				s.FileSize, s.Attributed, s.Padding, s.Unattributed = 0, 0, 0, 0
			}
		}
		// Two sections: both count.
		b.Sections[0].FileSize, b.Sections[0].Attributed = code-nobody, code-nobody
		b.Sections[2].FileSize, b.Sections[2].Unattributed = nobody, nobody
	}
}

// TestCoverage: rules about packages hold nothing where the code has no owners.
func TestCoverage(t *testing.T) {
	const problem = "most of the code of the file has no owner: rules about packages cannot be judged (build with symbols, or measure before stripping)"
	rules := budget.Budget{
		Limits: []budget.Limit{{Metric: budget.File, Error: bytesAt(3, "", 1e9)}},
		Packages: []budget.Rule{
			{Match: "std", Deny: true, Metric: budget.Text, Position: budget.Position{Line: 5, Column: 16}},
			{Match: "net/...", Metric: budget.Text, Error: bytesAt(6, "", 1e9), Position: budget.Position{Line: 6, Column: 16}},
			{Match: "net/...", Metric: budget.Total, Error: bytesAt(7, "", 1e9), Position: budget.Position{Line: 7, Column: 16}},
		},
	}
	blind := func(size, share string) []string {
		return []string{"dist/api: rules about packages cannot see " + size + " B (" + share + ") of its code, which have no owner (build with symbols, or measure before stripping)"}
	}
	tests := []struct {
		name         string
		budget       budget.Budget
		code, nobody uint64
		failed       bool
		warnings     []string
	}{
		{"all owned", rules, 1000, 0, false, nil},
		{"one in a hundred", rules, 1000, 10, false, nil},
		{"a byte more", rules, 1000, 11, false, blind("11", "1.1%")},
		{"more than 1%, in part bytes", rules, 1099, 11, false, blind("11", "1.0%")},
		{"half", rules, 1000, 500, false, blind("500", "50.0%")},
		{"a byte more than half", rules, 1000, 501, true, nil},
		{"half of an odd number", rules, 1001, 500, false, blind("500", "50.0%")},
		{"more than half of an odd number", rules, 1001, 501, true, nil},
		{"nothing owned", rules, 1000, 1000, true, nil},
		{"no code", rules, 0, 0, true, nil},
		{"no rules", budget.Budget{Limits: rules.Limits}, 1000, 1000, false, nil},
	}
	for _, tt := range tests {
		v := judged(tt.budget, func(in *Input) {
			withCode(tt.code, tt.nobody)(in)
			in.WarnOnly = true
		})
		var failures []budget.Failure
		status, exit := budget.Pass, budget.ExitPassed
		if tt.failed {
			failures = []budget.Failure{{Budget: "api", Path: "dist/api", Problem: problem, Position: budget.Position{Line: 5, Column: 16}}}
			status, exit = budget.Skipped, budget.ExitFailed
		}
		if !slices.Equal(v.Failures, failures) || v.Exit() != exit {
			t.Errorf("%s: exit %d, %+v", tt.name, v.Exit(), v.Failures)
		}
		if got := warnings(v); !slices.Equal(got, tt.warnings) || len(got) > 0 && v.Warnings[0].Position.Line != 5 {
			t.Errorf("%s: %+v\nwant %q", tt.name, v.Warnings, tt.warnings)
		}
		for i, r := range v.Results {
			want := status
			if i == 0 {
				want = budget.Pass
			}
			if r.Status != want || tt.failed && i > 0 && r.Message != "not checked: "+problem {
				t.Errorf("%s: %+v, want %s", tt.name, r, want)
			}
		}
	}
}

// TestAbsent: a limit of what is not there holds, but not in silence.
func TestAbsent(t *testing.T) {
	section := func(m budget.Metric, line int) budget.Limit {
		return budget.Limit{Metric: m, Error: bytesAt(line, "", 1e9), Position: budget.Position{Line: line, Column: 7}}
	}
	rule := func(match string, line int) budget.Rule {
		return budget.Rule{Match: match, Metric: budget.Text, Error: bytesAt(line, "", 1e9), Position: budget.Position{Line: line, Column: 16}}
	}
	second := func(change func(*snapshot.Binary)) func(*Input) {
		return func(in *Input) {
			b := budgettest.Binary()
			b.Path = "dist/b"
			change(b)
			in.Binaries = append(in.Binaries, Measured{Budget: in.Binaries[0].Budget, Binary: b})
		}
	}
	tests := []struct {
		name   string
		budget budget.Budget
		change func(*Input)
		want   []string
		line   int
	}{
		{"there", budget.Budget{Limits: []budget.Limit{section(".rodata", 4)}, Packages: []budget.Rule{rule("net/...", 5)}}, nil, nil, 0},
		{"a section", budget.Budget{Limits: []budget.Limit{section(".rodata", 4), section(".nosuch", 5)}}, nil,
			[]string{"dist/api: the file has no section .nosuch (correct the name, or remove the limit)"}, 5},
		{"in memory alone", budget.Budget{Limits: []budget.Limit{section(".bss", 4)}}, nil, nil, 0},
		{"a section that grows", budget.Budget{Increases: []budget.Increase{{Metric: ".nosuch", Error: bytesAt(6, "", 1), Position: budget.Position{Line: 6, Column: 7}}}}, sampleBaseline(nil),
			[]string{"dist/api: the file has no section .nosuch (correct the name, or remove the limit)"}, 6},
		{"two limits of a section", budget.Budget{Limits: []budget.Limit{section(".nosuch", 5)}, Increases: []budget.Increase{{Metric: ".nosuch", Error: bytesAt(6, "", 1)}}}, sampleBaseline(nil),
			[]string{"dist/api: the file has no section .nosuch (correct the name, or remove the limit)"}, 5},
		{"no .text", budget.Budget{Limits: []budget.Limit{section(budget.Text, 4), section(budget.File, 5)}}, func(in *Input) {
			in.Binaries[0].Binary.Sections = in.Binaries[0].Binary.Sections[2:]
		}, []string{"dist/api: the file has no section .text (correct the name, or remove the limit)"}, 4},
		{"one file of two", budget.Budget{Limits: []budget.Limit{section(".rodata", 4)}}, second(func(b *snapshot.Binary) { b.Sections = b.Sections[:3] }),
			[]string{"1 of the 2 files of budget api have no section .rodata, dist/b for one (correct the name, or remove the limit)"}, 4},
		{"a rule", budget.Budget{Packages: []budget.Rule{rule("net/...", 4), rule("nobody", 5)}}, nil,
			[]string{"dist/api: no package or crate matches nobody (correct the name, or remove the limit)"}, 5},
		{"a ban", budget.Budget{Packages: []budget.Rule{{Match: "nobody", Deny: true, Metric: budget.Text}}}, nil, nil, 0},
		{"a rule for one file of two", budget.Budget{Packages: []budget.Rule{rule("net/...", 4)}}, second(func(b *snapshot.Binary) { b.Owners = b.Owners[1:] }), nil, 0},
		{"a rule for none of two", budget.Budget{Packages: []budget.Rule{rule("nobody", 4)}}, second(func(*snapshot.Binary) {}),
			[]string{"no package or crate matches nobody in any of the 2 files of budget api (correct the name, or remove the limit)"}, 4},
	}
	for _, tt := range tests {
		v := judged(tt.budget, tt.change)
		if got := warnings(v); !slices.Equal(got, tt.want) || len(got) > 0 && v.Warnings[0].Position.Line != tt.line {
			t.Errorf("%s: %+v\nwant %q on line %d", tt.name, v.Warnings, tt.want, tt.line)
		}
		for _, r := range v.Results {
			if r.Status != budget.Pass {
				t.Errorf("%s: %+v", tt.name, r)
			}
		}
	}
	// Each budget for itself, though the limit is a default of both.
	grows := []budget.Increase{{Metric: ".nosuch", Error: bytesAt(2, "", 1), Position: budget.Position{Line: 2, Column: 7}}}
	c := &budget.Config{Budgets: []budget.Budget{{Name: "a", Increases: grows}, {Name: "b", Increases: grows}}}
	v := Budgets(Input{Config: c, Binaries: []Measured{{Budget: &c.Budgets[0], Binary: budgettest.Binary()}, {Budget: &c.Budgets[1], Binary: budgettest.Binary()}}})
	if got := strings.Count(strings.Join(warnings(v), "\n"), "the file has no section .nosuch"); got != 2 {
		t.Errorf("%q", warnings(v))
	}
}

// asSegments is the sample as it is without section headers.
func asSegments(in *Input) {
	b := in.Binaries[0].Binary
	b.Sections = []snapshot.Section{
		{Name: "LOAD[0]", Kind: "code", FileSize: 1000000, VMSize: 1000000, Attributed: 995000, Unattributed: 5000},
		{Name: "LOAD[1]", Kind: "data", FileSize: 5000, VMSize: 70000, Unattributed: 5000},
	}
	b.Owners = []snapshot.Owner{
		{Kind: "package", Name: "net/http", Size: 600000, Sections: map[string]uint64{"LOAD[0]": 600000}},
		{Kind: "package", Name: "os", Size: 395000, Sections: map[string]uint64{"LOAD[0]": 395000}},
	}
}

// TestHeaderless: what only section headers tell is a failure without them, and
// never 0 bytes.
func TestHeaderless(t *testing.T) {
	limit := func(m budget.Metric) budget.Budget {
		return budget.Budget{Limits: []budget.Limit{{Metric: m, Error: bytesAt(4, "", 1e9), Position: budget.Position{Line: 4, Column: 7}}}}
	}
	for _, m := range []budget.Metric{budget.Text, budget.Data, budget.BSS, budget.Unattributed} {
		problem := "has no section headers: " + string(m) + " cannot be measured (keep the headers, or limit file instead)"
		want := []budget.Failure{{Budget: "api", Path: "dist/api", Problem: problem, Position: budget.Position{Line: 4, Column: 7}}}
		v := judged(limit(m), asSegments)
		if !slices.Equal(v.Failures, want) || v.Results[0].Status != budget.Skipped || v.Results[0].Message != "not checked: "+problem || v.Exit() != budget.ExitFailed {
			t.Errorf("%s: %+v", m, v)
		}
	}
	for _, m := range []budget.Metric{budget.File, budget.VM, budget.Stripped, budget.Zip} {
		if v := judged(limit(m), asSegments); v.Exit() != budget.ExitPassed || v.Results[0].Value == 0 {
			t.Errorf("%s: %+v", m, v)
		}
	}
	v := judged(budget.Budget{Packages: []budget.Rule{
		{Match: "net/...", Metric: budget.Text, Error: bytesAt(4, "", 1e9), Position: budget.Position{Line: 4, Column: 16}},
		{Match: "os", Metric: budget.Text, Error: bytesAt(5, "", 1e9), Position: budget.Position{Line: 5, Column: 16}},
		{Match: "os", Metric: budget.Total, Error: bytesAt(6, "", 395000), Position: budget.Position{Line: 6, Column: 16}},
		{Match: "net/...", Deny: true, Metric: budget.Text, Position: budget.Position{Line: 7, Column: 16}},
	}}, asSegments)
	var got []budget.Status
	for _, r := range v.Results {
		got = append(got, r.Status)
	}
	if !slices.Equal(got, []budget.Status{budget.Skipped, budget.Skipped, budget.Pass, budget.Fail}) || len(v.Failures) != 1 || v.Failures[0].Position.Line != 4 || v.Exit() != budget.ExitFailed {
		t.Errorf("%+v", v)
	}
	if r := v.Results[3]; r.Value != 600000 || len(r.Culprits.Heaviest) != 1 {
		t.Errorf("a ban: %+v", r)
	}
	// The bytes of a ban are compared with what they are of in the baseline.
	for _, same := range []bool{true, false} {
		v := judged(budget.Budget{Packages: []budget.Rule{{Match: "net/...", Deny: true, Metric: budget.Text}}}, func(in *Input) {
			sampleBaseline(nil)(in)
			asSegments(in)
			if same {
				in.Baseline.Binaries[0] = *in.Binaries[0].Binary
			}
		})
		if r := v.Results[0]; (r.Baseline != nil) != same || same && *r.Baseline != 600000 {
			t.Errorf("%+v", r)
		}
	}
	// A baseline without headers is one without the metric.
	growing := budget.Budget{Increases: []budget.Increase{{Metric: budget.Text, Error: bytesAt(4, "", 0)}}}
	v = judged(growing, func(in *Input) {
		in.Baseline = &snapshot.Report{Binaries: []snapshot.Binary{{Name: "api", Sections: []snapshot.Section{{Name: "LOAD[0]", Kind: "code"}}}}}
	})
	if r := v.Results[0]; r.Status != budget.Skipped || r.Message != "not checked: the baseline was measured without text" || len(v.Failures) > 0 {
		t.Errorf("a baseline without headers: %+v", v)
	}
}

// TestGrownSections: the sections that a metric is made of, five at most.
func TestGrownSections(t *testing.T) {
	grew := func(in *Input) {
		now := in.Binaries[0].Binary
		now.Sections = append(now.Sections,
			snapshot.Section{Name: ".debug_info", Kind: "debug", FileSize: 90000, Unattributed: 90000},
			snapshot.Section{Name: ".shrunk", Kind: "other", FileSize: 1, VMSize: 1, Unattributed: 1})
		now.FileSize += 90001
		sampleBaseline(func(b *snapshot.Binary) {
			shrink := func(i int, n uint64) {
				b.Sections[i].FileSize -= n
				b.Sections[i].Unattributed -= n
				b.FileSize -= n
			}
			shrink(0, 5000)
			shrink(3, 400)
			shrink(4, 30000)
			shrink(5, 2)
			shrink(2, 1)
			b.Sections = append(b.Sections, snapshot.Section{Name: ".shrunk", Kind: "other", FileSize: 700, VMSize: 700, Unattributed: 700})
			b.Overhead.Gaps -= 6000
			b.FileSize -= 6000 - 700
		})(in)
	}
	const loaded = ".data 30,000 B, .text[1] 5,000 B, .rodata 400 B, .data.rel.ro 2 B, .textual 1 B"
	const file = ".debug_info 90,000 B, .data 30,000 B, [gaps] 6,000 B, .text[1] 5,000 B, .rodata 400 B"
	for m, want := range map[budget.Metric]string{
		budget.File: file, budget.Zip: file, budget.Gzip: file, budget.Zstd: file, budget.Stripped: loaded, budget.UPX: loaded, budget.VM: loaded,
		budget.Data: ".data 30,000 B, .data.rel.ro 2 B", ".rodata": ".rodata 400 B", budget.Text: "", budget.BSS: "", budget.Unattributed: "",
	} {
		bound := bytesAt(4, "", 1)
		if m == budget.Unattributed {
			bound = shareAt(4, "0%", 0, 0)
		}
		for i, b := range []budget.Budget{{Limits: []budget.Limit{{Metric: m, Error: bound}}}, {Increases: []budget.Increase{{Metric: m, Error: shareAt(4, "0%", 0, 0)}}}} {
			v := judged(b, grew)
			if len(v.Failures) > 0 {
				t.Fatalf("%s: %+v", m, v.Failures)
			}
			var rows []string
			for _, r := range v.Results[0].Culprits.Sections {
				rows = append(rows, r.Name+" "+wording.Exact(r.New-r.Old))
			}
			if got := strings.Join(rows, ", "); got != want && (i == 0 || v.Results[0].Status == budget.Fail) {
				t.Errorf("%s: %q, want %q", m, got, want)
			}
		}
	}
	for name, change := range map[string]func(*Input){"a rule": grew, "no baseline": nil} {
		b := budget.Budget{Packages: []budget.Rule{{Match: "net/...", Metric: budget.Total, Error: bytesAt(4, "", 1)}}}
		if name == "no baseline" {
			b = budget.Budget{Limits: []budget.Limit{{Metric: budget.File, Error: bytesAt(4, "", 1)}}}
		}
		if r := judged(b, change).Results[0]; r.Status != budget.Fail || r.Culprits.Sections != nil {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// TestInferredCode: what is inferred of a file without symbols can break a rule, and
// never keep one.
func TestInferredCode(t *testing.T) {
	const problem = "the file has no symbols, and who owns its code is inferred: a rule about packages that seems to hold proves nothing (build with symbols, or measure before stripping)"
	rules := budget.Budget{Packages: []budget.Rule{
		{Match: "std", Deny: true, Metric: budget.Text, Position: budget.Position{Line: 5, Column: 16}},
		{Match: "openssl", Deny: true, Metric: budget.Text, Position: budget.Position{Line: 6, Column: 16}},
		{Match: "tokio", Metric: budget.Text, Error: bytesAt(7, "", 599), Position: budget.Position{Line: 7, Column: 16}},
		{Match: "tokio", Metric: budget.Text, Error: bytesAt(8, "", 600), Position: budget.Position{Line: 8, Column: 16}},
	}}
	tests := []struct {
		name, symbols, confidence string
		want                      []budget.Status
	}{
		{"stripped", "none", "inferred", []budget.Status{budget.Skipped, budget.Fail, budget.Fail, budget.Skipped}},
		{"exported functions have names", "dynsym", "inferred", []budget.Status{budget.Skipped, budget.Fail, budget.Fail, budget.Skipped}},
		{"exported functions are all", "dynsym", "exact", []budget.Status{budget.Pass, budget.Fail, budget.Fail, budget.Pass}},
		{"legacy names", "symtab", "inferred", []budget.Status{budget.Pass, budget.Fail, budget.Fail, budget.Pass}},
	}
	for _, tt := range tests {
		v := judged(rules, func(in *Input) {
			withCode(1000, 0)(in)
			b := in.Binaries[0].Binary
			b.Symbols = tt.symbols
			b.Owners = []snapshot.Owner{
				{Kind: "crate", Name: "tokio", Size: 600, Sections: map[string]uint64{b.Sections[0].Name: 600}, Confidence: tt.confidence},
				{Kind: "crate", Name: "openssl", Size: 400, Sections: map[string]uint64{b.Sections[0].Name: 400}, Confidence: tt.confidence},
			}
		})
		var got []budget.Status
		for _, r := range v.Results {
			got = append(got, r.Status)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
		if blind := tt.want[0] == budget.Skipped; blind && (v.Exit() != budget.ExitFailed || len(v.Failures) != 1 || v.Failures[0].Problem != problem) || !blind && len(v.Failures) > 0 {
			t.Errorf("%s: exit %d, %+v", tt.name, v.Exit(), v.Failures)
		}
	}
}
