package judge

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/budget/budgettest"
	"github.com/sizegate/sizegate/internal/budget/wording"
	"github.com/sizegate/sizegate/internal/bytesize"
	"github.com/sizegate/sizegate/internal/snapshot"
)

func bytesAt(line int, text string, n uint64) *budget.Bound {
	return &budget.Bound{Size: bytesize.Size(n), Text: text, Position: budget.Position{Line: line, Column: 9}}
}

func shareAt(line int, text string, digits uint64, scale int) *budget.Bound {
	return &budget.Bound{Percent: budget.Percent{Digits: digits, Scale: scale}, Share: true, Text: text, Position: budget.Position{Line: line, Column: 9}}
}

// judged holds the sample against one budget.
func judged(b budget.Budget, change func(*Input)) *budget.Verdict {
	b.Name = "api"
	c := &budget.Config{Path: "budgets.yaml", Budgets: []budget.Budget{b}}
	in := Input{Config: c, Binaries: []Measured{{Budget: &c.Budgets[0], Binary: budgettest.Binary()}}, Sizegate: "v0.2.0"}
	if change != nil {
		change(&in)
	}
	return Budgets(in)
}

// sampleBaseline is the sample with other sizes of what most limits are about.
func sampleBaseline(change func(*snapshot.Binary)) func(*Input) {
	return func(in *Input) {
		b := budgettest.Binary()
		b.Name = "api"
		if change != nil {
			change(b)
		}
		in.Baseline = &snapshot.Report{Schema: snapshot.Schema, Sizegate: "v0.1.0", Binaries: []snapshot.Binary{*b}}
	}
}

func wasStripped(size uint64) func(*Input) {
	return sampleBaseline(func(b *snapshot.Binary) { b.Variants[0].Size = size })
}

func TestLimitOfEachMetric(t *testing.T) {
	for _, m := range []struct {
		metric budget.Metric
		level  string
		value  uint64
	}{
		{budget.File, "", 2000000}, {budget.Text, "", 1000100}, {budget.Data, "", 102000}, {budget.BSS, "", 1100000}, {budget.VM, "", 3000000}, {budget.Stripped, "", 1500000},
		{budget.UPX, "lzma", 600000}, {budget.UPX, "", 700000}, {budget.Zip, "", 900000}, {budget.Gzip, "", 899000}, {budget.Zstd, "", 880000}, {".rodata", "", 800000},
	} {
		for limit, want := range map[uint64]budget.Status{m.value: budget.Pass, m.value + 1: budget.Pass, m.value - 1: budget.Fail, 0: budget.Fail} {
			v := judged(budget.Budget{Limits: []budget.Limit{{Metric: m.metric, Level: m.level, Error: bytesAt(5, "", limit)}}}, nil)
			r := v.Results[0]
			if len(v.Results) != 1 || r.Status != want || r.Value != m.value || r.Limit != limit || r.Metric != m.metric || r.Level != m.level {
				t.Errorf("%s %d with limit %d: %+v", m.metric, m.value, limit, v.Results)
			}
			if exit := map[budget.Status]int{budget.Pass: budget.ExitPassed, budget.Fail: budget.ExitExceeded}[want]; v.Exit() != exit {
				t.Errorf("%s with limit %d: exit %d, want %d", m.metric, limit, v.Exit(), exit)
			}
		}
	}
}

func TestJudge(t *testing.T) {
	limit := func(m budget.Metric, warn, fail *budget.Bound) budget.Budget {
		return budget.Budget{Limits: []budget.Limit{{Metric: m, Warn: warn, Error: fail, Position: budget.Position{Line: 3, Column: 7}}}}
	}
	increase := func(m budget.Metric, warn, fail, floor *budget.Bound) budget.Budget {
		return budget.Budget{Increases: []budget.Increase{{Metric: m, Warn: warn, Error: fail, Floor: floor, Position: budget.Position{Line: 3, Column: 7}}}}
	}
	rule := func(match string, m budget.Metric, warn, fail *budget.Bound) budget.Budget {
		return budget.Budget{Packages: []budget.Rule{{Match: match, Metric: m, Warn: warn, Error: fail, Position: budget.Position{Line: 3, Column: 16}}}}
	}
	deny := func(match string) budget.Budget {
		return budget.Budget{Packages: []budget.Rule{{Match: match, Deny: true, Metric: budget.Text, Position: budget.Position{Line: 3, Column: 16}}}}
	}
	was := func(n uint64) *uint64 { return &n }
	tests := []struct {
		name     string
		budget   budget.Budget
		change   func(*Input)
		status   budget.Status
		value    uint64
		limit    uint64
		baseline *uint64
		line     int
		message  string
	}{
		// Absolute limits.
		{"below", limit(budget.Stripped, nil, bytesAt(5, "2 MB", 2e6)), nil, budget.Pass, 1500000, 2000000, nil, 3,
			"stripped is 1,500,000 B (1.50 MB), 500,000 B (25.0%) below the limit of 2 MB (2,000,000 B)"},
		{"above", limit(budget.Stripped, nil, bytesAt(5, "1.4 MB", 1400000)), nil, budget.Fail, 1500000, 1400000, nil, 5,
			"stripped is 1,500,000 B (1.50 MB), 100,000 B over the limit of 1.4 MB (1,400,000 B)"},
		{"a bare number", limit(budget.Stripped, nil, bytesAt(5, "1499999", 1499999)), nil, budget.Fail, 1500000, 1499999, nil, 5,
			"stripped is 1,500,000 B (1.50 MB), 1 B over the limit of 1,499,999 B"},
		{"exact", limit(budget.Stripped, bytesAt(4, "1.5 MB", 1500000), bytesAt(5, "1.5 MB", 1500000)), nil, budget.Pass, 1500000, 1500000, nil, 3,
			"stripped is 1,500,000 B (1.50 MB), exactly the limit of 1.5 MB (1,500,000 B)"},
		{"warning", limit(budget.Stripped, bytesAt(4, "1 MB", 1e6), bytesAt(5, "2 MB", 2e6)), nil, budget.Warn, 1500000, 1000000, nil, 4,
			"stripped is 1,500,000 B (1.50 MB), 500,000 B over the warning limit of 1 MB (1,000,000 B) and 500,000 B (25.0%) below the limit of 2 MB (2,000,000 B)"},
		{"above both", limit(budget.Stripped, bytesAt(4, "1 MB", 1e6), bytesAt(5, "1.4 MB", 1400000)), nil, budget.Fail, 1500000, 1400000, nil, 5,
			"stripped is 1,500,000 B (1.50 MB), 100,000 B over the limit of 1.4 MB (1,400,000 B)"},
		{"only a warning limit, above", limit(budget.Stripped, bytesAt(4, "1 MB", 1e6), nil), nil, budget.Warn, 1500000, 1000000, nil, 4,
			"stripped is 1,500,000 B (1.50 MB), 500,000 B over the warning limit of 1 MB (1,000,000 B)"},
		{"only a warning limit, below", limit(budget.Stripped, bytesAt(4, "2 MB", 2e6), nil), nil, budget.Pass, 1500000, 2000000, nil, 3,
			"stripped is 1,500,000 B (1.50 MB), 500,000 B (25.0%) below the warning limit of 2 MB (2,000,000 B)"},
		{"the level of upx", budget.Budget{Limits: []budget.Limit{{Metric: budget.UPX, Level: "lzma", Error: bytesAt(5, "500 kB", 5e5)}}}, nil, budget.Fail, 600000, 500000, nil, 5,
			"upx (lzma) is 600,000 B (600 kB), 100,000 B over the limit of 500 kB (500,000 B)"},
		{"no such section", limit(".nosuch", nil, bytesAt(5, "1 kB", 1e3)), nil, budget.Pass, 0, 1000, nil, 3,
			".nosuch is 0 B (the file has no section .nosuch), 1,000 B (100.0%) below the limit of 1 kB (1,000 B)"},
		{"small", limit(".text[9]", nil, bytesAt(5, "100 B", 100)), nil, budget.Pass, 100, 100, nil, 3, ".text[9] is 100 B, exactly the limit of 100 B"},
		{"with a baseline", limit(budget.Stripped, nil, bytesAt(5, "2 MB", 2e6)), wasStripped(1), budget.Pass, 1500000, 2000000, was(1), 3, ""},

		// 0.604% of 1,000,100 is 6040.604, and the value is 6040.
		{"unattributed, exact", limit(budget.Unattributed, nil, shareAt(5, "0.604%", 604, 3)), nil, budget.Pass, 6040, 6040, nil, 3,
			"unattributed is 6,040 B (6.04 kB), 0.60% of .text, exactly the limit of 0.604% of .text (6,040 B)"},
		{"unattributed, above", limit(budget.Unattributed, nil, shareAt(5, "0.6039%", 6039, 4)), nil, budget.Fail, 6040, 6039, nil, 5,
			"unattributed is 6,040 B (6.04 kB), 0.60% of .text, 1 B over the limit of 0.6039% of .text (6,039 B)"},

		// Growth.
		{"3% allowed, 3% grown", increase(budget.Stripped, nil, shareAt(5, "50%", 50, 0), nil), wasStripped(1000000), budget.Pass, 1500000, 1500000, was(1000000), 3,
			"stripped grew by 500,000 B (+50.0%) from 1,000,000 B to 1,500,000 B; 50% (up to 1,500,000 B) is allowed"},
		{"a byte more", increase(budget.Stripped, nil, shareAt(5, "50%", 50, 0), nil), wasStripped(999999), budget.Fail, 1500000, 1499998, was(999999), 5,
			"stripped grew by 500,001 B (+50.0%) from 999,999 B to 1,500,000 B; 50% (up to 1,499,998 B) is allowed"},
		{"within the floor", increase(budget.Stripped, nil, shareAt(5, "0.01%", 1, 2), bytesAt(6, "16 KiB", 16384)), wasStripped(1500000 - 16384), budget.Pass, 1500000, 1500000, was(1500000 - 16384), 3,
			"stripped grew by 16,384 B (+1.1%) from 1,483,616 B to 1,500,000 B; 0.01% or 16 KiB (up to 1,500,000 B) is allowed"},
		{"above the floor", increase(budget.Stripped, nil, shareAt(5, "0.01%", 1, 2), bytesAt(6, "16 KiB", 16384)), wasStripped(1500000 - 16385), budget.Fail, 1500000, 1499999, was(1500000 - 16385), 5, ""},
		{"above the floor, within the share", increase(budget.Stripped, nil, shareAt(5, "2%", 2, 0), bytesAt(6, "16 KiB", 16384)), wasStripped(1480000), budget.Pass, 1500000, 1509600, was(1480000), 3, ""},
		{"bytes", increase(budget.Stripped, nil, bytesAt(5, "100 kB", 1e5), nil), wasStripped(1400000), budget.Pass, 1500000, 1500000, was(1400000), 3,
			"stripped grew by 100,000 B (+7.1%) from 1,400,000 B to 1,500,000 B; 100 kB (up to 1,500,000 B) is allowed"},
		{"bytes and one", increase(budget.Stripped, nil, bytesAt(5, "100 kB", 1e5), nil), wasStripped(1399999), budget.Fail, 1500000, 1499999, was(1399999), 5, ""},
		{"nothing allowed", increase(budget.Stripped, nil, bytesAt(5, "0", 0), nil), wasStripped(1499999), budget.Fail, 1500000, 1499999, was(1499999), 5,
			"stripped grew by 1 B (<0.1%) from 1,499,999 B to 1,500,000 B; 0 B (up to 1,499,999 B) is allowed"},
		{"no growth", increase(budget.Stripped, nil, bytesAt(5, "0", 0), nil), wasStripped(1500000), budget.Pass, 1500000, 1500000, was(1500000), 3,
			"stripped has not changed from 1,500,000 B; 0 B (up to 1,500,000 B) is allowed"},
		{"shrunk", increase(budget.Stripped, nil, shareAt(5, "3%", 3, 0), nil), wasStripped(2000000), budget.Pass, 1500000, 2060000, was(2000000), 3,
			"stripped shrank by 500,000 B (-25.0%) from 2,000,000 B to 1,500,000 B; 3% (up to 2,060,000 B) is allowed"},
		{"warning of growth", increase(budget.Stripped, shareAt(4, "1%", 1, 0), shareAt(5, "90%", 90, 0), nil), wasStripped(1000000), budget.Warn, 1500000, 1010000, was(1000000), 4,
			"stripped grew by 500,000 B (+50.0%) from 1,000,000 B to 1,500,000 B; a warning begins above 1% (up to 1,010,000 B), and 90% (up to 1,900,000 B) is allowed"},
		{"a new section", increase(".rodata", nil, shareAt(5, "3%", 3, 0), nil), sampleBaseline(func(b *snapshot.Binary) { b.Sections[3].Name = ".other" }), budget.Fail, 800000, 0, was(0), 5,
			".rodata grew by 800,000 B from 0 B to 800,000 B; 3% (up to 0 B) is allowed"},
		{"saturation", increase(budget.Stripped, nil, shareAt(5, "100000%", 100000, 0), nil), wasStripped(1 << 63), budget.Pass, 1500000, 1<<64 - 1, was(1 << 63), 3, ""},
		// 1% of 100,000 before, and 0.5 points more of 1,000,100 now: 15,001.5.
		{"points", increase(budget.Unattributed, nil, shareAt(5, "0.5%", 5, 1), nil), sampleBaseline(func(b *snapshot.Binary) {
			b.Sections[0].FileSize, b.Sections[0].Attributed, b.Sections[0].Unattributed = 99900, 94940, 960
		}), budget.Pass, 6040, 15001, was(1000), 3,
			"unattributed is 0.60% of .text (6,040 B), in the baseline 1.00% (1,000 B); 0.5 percentage points more (up to 15,001 B) is allowed"},
		// From 6040/2000200, which is 0.302%, to 0.604%.
		{"points, too many", increase(budget.Unattributed, nil, shareAt(5, "0.3%", 3, 1), nil), sampleBaseline(func(b *snapshot.Binary) {
			b.Sections[0].FileSize += 1000100
			b.Sections[0].Attributed += 1000100
		}), budget.Fail, 6040, 6020, was(6040), 5, ""},

		// Baselines that cannot be used.
		{"no baseline", increase(budget.Stripped, nil, shareAt(5, "3%", 3, 0), nil), nil, budget.Skipped, 1500000, 0, nil, 3, "not checked: no baseline"},
		{"not in the baseline", increase(budget.Stripped, nil, shareAt(5, "3%", 3, 0), nil), func(in *Input) {
			in.Baseline = &snapshot.Report{Binaries: []snapshot.Binary{{Name: "web"}, {Name: "cli"}}}
		}, budget.Skipped, 1500000, 0, nil, 3, "not checked: the baseline has no such binary"},
		{"metric not in the baseline", increase(budget.Stripped, nil, shareAt(5, "3%", 3, 0), nil), sampleBaseline(func(b *snapshot.Binary) { b.Variants = nil }), budget.Skipped, 1500000, 0, nil, 3,
			"not checked: the baseline was measured without stripped"},
		{"owners not in the baseline", increase(budget.Unattributed, nil, shareAt(5, "3%", 3, 0), nil), sampleBaseline(func(b *snapshot.Binary) {
			for i := range b.Sections {
				s := &b.Sections[i]
				s.Attributed, s.Padding, s.Unattributed = 0, 0, s.FileSize
			}
			b.Owners = nil
		}), budget.Skipped, 6040, 0, nil, 3, "not checked: the baseline was measured without unattributed"},
		{"another compiler", increase(budget.Stripped, nil, shareAt(5, "3%", 3, 0), nil), sampleBaseline(func(b *snapshot.Binary) {
			b.Variants[0].Size, b.Compiler = 1000000, "go1.25.1"
		}), budget.Warn, 1500000, 1030000, was(1000000), 5,
			"stripped grew by 500,000 B (+50.0%) from 1,000,000 B to 1,500,000 B; 3% (up to 1,030,000 B) is allowed; only a warning, since the baseline cannot be compared: the baseline was built by go1.25.1, this file by go1.26.8"},
		{"another compiler, but within the limit", increase(budget.Stripped, nil, shareAt(5, "50%", 50, 0), nil), sampleBaseline(func(b *snapshot.Binary) {
			b.Variants[0].Size, b.Compiler = 1000000, "go1.25.1"
		}), budget.Pass, 1500000, 1500000, was(1000000), 3,
			"stripped grew by 500,000 B (+50.0%) from 1,000,000 B to 1,500,000 B; 50% (up to 1,500,000 B) is allowed"},
		{"another compiler, absolute", limit(budget.Stripped, nil, bytesAt(5, "1 MB", 1e6)), sampleBaseline(func(b *snapshot.Binary) { b.Compiler = "go1.25.1" }), budget.Fail, 1500000, 1000000, was(1500000), 5, ""},

		// Packages.
		{"a package", rule("net/...", budget.Text, nil, bytesAt(5, "600 kB", 6e5)), nil, budget.Pass, 600000, 600000, nil, 3,
			"net/... is 600,000 B (600 kB) of .text, exactly the limit of 600 kB (600,000 B); 1 owner matches"},
		{"a byte over", rule("net/...", budget.Text, nil, bytesAt(5, "599999", 599999)), nil, budget.Fail, 600000, 599999, nil, 5,
			"net/... is 600,000 B (600 kB) of .text, 1 B over the limit of 599,999 B; 1 owner matches"},
		{"several sections of the name", rule("crypto/tls", budget.Text, nil, bytesAt(5, "1 MB", 1e6)), nil, budget.Pass, 300060, 1000000, nil, 3, ""},
		{"kinds and confidences", rule("openssl*", budget.Text, bytesAt(4, "80 kB", 8e4), bytesAt(5, "1 MB", 1e6)), nil, budget.Warn, 90000, 80000, nil, 4,
			"openssl* is 90,000 B (90.0 kB) of .text, 10,000 B over the warning limit of 80 kB (80,000 B) and 910,000 B (91.0%) below the limit of 1 MB (1,000,000 B); 2 owners match"},
		{"total", rule("net/http", budget.Total, nil, bytesAt(5, "800 kB", 8e5)), nil, budget.Pass, 800000, 800000, nil, 3,
			"net/http is 800,000 B (800 kB) of all sections, exactly the limit of 800 kB (800,000 B); 1 owner matches; it may be more, since 608,050 B of the file have no owner"},
		{"total, a byte over", rule("net/http", budget.Total, nil, bytesAt(5, "", 799999)), nil, budget.Fail, 800000, 799999, nil, 5, ""},
		{"nobody", rule("nobody", budget.Text, nil, bytesAt(5, "0", 0)), nil, budget.Pass, 0, 0, nil, 3, "nobody is 0 B of .text, exactly the limit of 0 B; no owner matches"},
		{"a package in the baseline", rule("net/...", budget.Text, nil, bytesAt(5, "1 MB", 1e6)), sampleBaseline(func(b *snapshot.Binary) { b.Owners[0].Sections[".text[1]"] = 7 }),
			budget.Pass, 600000, 1000000, was(7), 3, ""},
		{"a rule that is called as limits of growth are", rule("max-increase", budget.Text, nil, bytesAt(5, "0", 0)), nil, budget.Pass, 0, 0, nil, 3,
			"max-increase is 0 B of .text, exactly the limit of 0 B; no owner matches"},
		{"a baseline with less divided", rule("net/...", budget.Total, nil, bytesAt(5, "1 MB", 1e6)), sampleBaseline(func(b *snapshot.Binary) {
			b.Sections[3].Attributed, b.Sections[3].Unattributed = 0, 800000
		}), budget.Pass, 800000, 1000000, nil, 3, ""},
		{"denied", deny("openssl*"), nil, budget.Fail, 90000, 0, nil, 3, "openssl* must not be in the binary, but openssl_sys (55,000 B), openssl (35,000 B) match"},
		{"denied without bytes", deny("empty"), nil, budget.Fail, 0, 0, nil, 3, "empty must not be in the binary, but empty (0 B) matches"},
		{"denied, many", deny("..."), nil, budget.Fail, 990060, 0, nil, 3,
			"... must not be in the binary, but net/http (600,000 B), crypto/tls (300,060 B), openssl_sys (55,000 B), 2 more match"},
		{"denied, not there", deny("os/exec"), nil, budget.Pass, 0, 0, nil, 3, "os/exec is not in the binary"},

		// Architectures.
		{"the right architecture", budget.Budget{Arch: "arm64", Position: budget.Position{Line: 2, Column: 11}}, nil, budget.Pass, 0, 0, nil, 2, "the file is for arm64, as the budget says"},
		{"the wrong architecture", budget.Budget{Arch: "amd64", Position: budget.Position{Line: 2, Column: 11}}, nil, budget.Fail, 0, 0, nil, 2,
			"the file is for arm64, but the budget is for amd64 (build it for amd64, or correct arch)"},
	}
	for _, tt := range tests {
		tt.budget.Message = "See docs/size.md."
		v := judged(tt.budget, tt.change)
		if len(v.Results) != 1 || len(v.Failures) != 0 {
			t.Errorf("%s: %+v", tt.name, v)
			continue
		}
		r := v.Results[0]
		if r.Status != tt.status || r.Value != tt.value || r.Limit != tt.limit || r.Position.Line != tt.line || r.Budget != "api" || r.Path != "dist/api" {
			t.Errorf("%s: %+v\nwant %s %d %d, line %d", tt.name, r, tt.status, tt.value, tt.limit, tt.line)
		}
		if (r.Baseline == nil) != (tt.baseline == nil) || r.Baseline != nil && *r.Baseline != *tt.baseline {
			t.Errorf("%s: baseline %v, want %v", tt.name, r.Baseline, tt.baseline)
		}
		if want := tt.message; want != "" && r.Message != want {
			t.Errorf("%s:\n%s\nwant\n%s", tt.name, r.Message, want)
		}
		if breach := tt.status == budget.Fail || tt.status == budget.Warn; (r.Note != "") != breach {
			t.Errorf("%s: note %q", tt.name, r.Note)
		}
		if want := map[budget.Status]int{budget.Fail: budget.ExitExceeded}[tt.status]; v.Exit() != want {
			t.Errorf("%s: exit %d, want %d", tt.name, v.Exit(), want)
		}
		warnOnly := judged(tt.budget, func(in *Input) {
			if tt.change != nil {
				tt.change(in)
			}
			in.WarnOnly = true
		})
		if w := warnOnly.Results[0]; w.Message != r.Message || w.Status != r.Status && (r.Status != budget.Fail || w.Status != budget.Warn) || w.Status == budget.Fail {
			t.Errorf("%s, only warnings: %+v", tt.name, w)
		}
	}
}

// TestOrder: the budgets and their limits in the order of the configuration,
// files in the order of their paths.
func TestOrder(t *testing.T) {
	c := &budget.Config{Budgets: []budget.Budget{
		{Name: "first", Arch: "arm64", Limits: []budget.Limit{{Metric: budget.Zip, Error: bytesAt(1, "", 1)}, {Metric: budget.File, Error: bytesAt(2, "", 1)}},
			Increases: []budget.Increase{{Metric: budget.Text, Error: bytesAt(3, "", 1)}}, Packages: []budget.Rule{{Match: "os", Deny: true}}},
		{Name: "gone", Paths: []string{"dist/*", "!dist/a"}, AllowMissing: true, PathPosition: budget.Position{Line: 9, Column: 11}, Limits: []budget.Limit{{Metric: budget.File, Error: bytesAt(4, "", 1)}}},
		{Name: "last", Limits: []budget.Limit{{Metric: budget.File, Error: bytesAt(5, "", 1)}}},
		{Name: "not asked for", Limits: []budget.Limit{{Metric: budget.File, Error: bytesAt(6, "", 1)}}},
	}}
	at := func(path string) *snapshot.Binary {
		b := budgettest.Binary()
		b.Path = path
		return b
	}
	v := Budgets(Input{Config: c, Missing: []*budget.Budget{&c.Budgets[1]}, Binaries: []Measured{
		{Budget: &c.Budgets[0], Binary: at("b")}, {Budget: &c.Budgets[0], Binary: at("a")}, {Budget: &c.Budgets[2], Binary: at("z")},
	}})
	var got []string
	for _, r := range v.Results {
		got = append(got, strings.Join([]string{r.Budget, r.Path, string(r.Metric), r.Subject}, " "))
	}
	want := []string{
		"first b arch ", "first b zip ", "first b file ", "first b text max-increase", "first b text os",
		"first a arch ", "first a zip ", "first a file ", "first a text max-increase", "first a text os",
		"gone  path ", "last z file ",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if r := v.Results[10]; r.Status != budget.Skipped || r.Position.Line != 9 || r.Message != "not checked: no file matches dist/*, !dist/a, which allow-missing permits" {
		t.Errorf("missing: %+v", r)
	}
}

// TestFailures: a limit that could not be measured never passes and is never
// exceeded.
func TestFailures(t *testing.T) {
	b := budget.Budget{
		Limits: []budget.Limit{
			{Metric: budget.UPX, Level: "lzma", Error: bytesAt(4, "", 1e9), Position: budget.Position{Line: 4, Column: 7}},
			{Metric: budget.File, Error: bytesAt(5, "", 1), Position: budget.Position{Line: 5, Column: 7}},
		},
		Increases: []budget.Increase{{Metric: budget.UPX, Level: "lzma", Error: bytesAt(6, "", 1e9), Position: budget.Position{Line: 6, Column: 7}}},
	}
	earlier := []budget.Failure{{Budget: "web", Path: "dist/web", Problem: "no such file", Position: budget.Position{Line: 9, Column: 1}}}
	v := judged(b, func(in *Input) {
		sampleBaseline(nil)(in)
		in.Failures, in.WarnOnly = earlier, true
		v := &in.Binaries[0].Binary.Variants[3]
		v.Status, v.Size, v.Reason = "skipped", 0, "NotCompressibleException"
	})
	const problem = "upx (lzma) could not be measured: UPX declines the file: NotCompressibleException (remove this limit, or build a file that UPX packs)"
	want := []budget.Failure{earlier[0], {Budget: "api", Path: "dist/api", Problem: problem, Position: budget.Position{Line: 4, Column: 7}}}
	if !slices.Equal(v.Failures, want) {
		t.Errorf("failures %+v\nwant %+v", v.Failures, want)
	}
	if v.Exit() != budget.ExitFailed {
		t.Errorf("exit %d", v.Exit())
	}
	for i, status := range []budget.Status{budget.Skipped, budget.Warn, budget.Skipped} {
		if r := v.Results[i]; r.Status != status || status == budget.Skipped && r.Message != "not checked: "+problem {
			t.Errorf("result %d: %+v, want %s", i, r, status)
		}
	}
}

func warnings(v *budget.Verdict) []string {
	var texts []string
	for _, w := range v.Warnings {
		texts = append(texts, w.Text)
	}
	return texts
}

func TestBaselineWarnings(t *testing.T) {
	growing := budget.Budget{Increases: []budget.Increase{
		{Metric: budget.Stripped, Error: shareAt(4, "3%", 3, 0), Position: budget.Position{Line: 4, Column: 7}},
		{Metric: budget.Text, Error: shareAt(5, "3%", 3, 0), Position: budget.Position{Line: 5, Column: 7}},
	}}
	tests := []struct {
		name   string
		budget budget.Budget
		change func(*Input)
		want   []string
		line   int
	}{
		{"nobody asked", growing, nil, []string{"increase limits were not checked: no baseline was given (use --baseline FILE or --base REF)"}, 4},
		{"missing", growing, func(in *Input) { in.NoBaseline = "base.json does not exist (save one with --save-baseline)" },
			[]string{"increase limits were not checked: base.json does not exist (save one with --save-baseline)"}, 4},
		{"missing, for two files", growing, func(in *Input) {
			in.NoBaseline = "base.json does not exist"
			in.Binaries = append(in.Binaries, Measured{Budget: in.Binaries[0].Budget, Binary: budgettest.Binary()})
		}, []string{"increase limits were not checked: base.json does not exist"}, 4},
		{"nothing to check", budget.Budget{}, func(in *Input) { in.NoBaseline = "base.json does not exist" }, nil, 0},
		{"another program", growing, func(in *Input) {
			in.Baseline = &snapshot.Report{Binaries: []snapshot.Binary{{Name: "web"}, {Name: "cli"}}}
		},
			[]string{"the baseline has no binary of budget api, path dist/api: its increase limits were not checked (save a new baseline with --save-baseline)"}, 4},
		{"another program in the base commit", growing, func(in *Input) {
			in.Baseline, in.FromBase = &snapshot.Report{Binaries: []snapshot.Binary{{Name: "web"}, {Name: "cli"}}}, true
		},
			[]string{"the base commit has no binary of budget api, path dist/api: its increase limits were not checked (its budgets.yaml has no such budget, or its build: makes no such file)"}, 4},
		{"the only one on both sides", growing, func(in *Input) { sampleBaseline(func(b *snapshot.Binary) { b.Name, b.Path = "x", "y" })(in) }, nil, 0},
		{"the only one that was measured", growing, func(in *Input) {
			sampleBaseline(func(b *snapshot.Binary) { b.Name, b.Path = "x", "y" })(in)
			in.Failures = []budget.Failure{{Budget: "x", Path: "y"}}
		}, []string{"the baseline has no binary of budget api, path dist/api: its increase limits were not checked (save a new baseline with --save-baseline)"}, 4},
		{"the only one, of another budget", growing, func(in *Input) {
			sampleBaseline(func(b *snapshot.Binary) { b.Name, b.Path = "web", "y" })(in)
			in.Known = []string{"api", "web"}
		}, []string{"the baseline has no binary of budget api, path dist/api: its increase limits were not checked (save a new baseline with --save-baseline)"}, 4},
		{"the only one, of another budget that has no file", growing, func(in *Input) {
			sampleBaseline(func(b *snapshot.Binary) { b.Name, b.Path = "web", "y" })(in)
			in.Config.Budgets = append(in.Config.Budgets, budget.Budget{Name: "web"})
		}, []string{"the baseline has no binary of budget api, path dist/api: its increase limits were not checked (save a new baseline with --save-baseline)"}, 4},
		{"the only one, of a budget that is no more", growing, func(in *Input) {
			sampleBaseline(func(b *snapshot.Binary) { b.Name, b.Path = "old", "y" })(in)
			in.Known = []string{"api", "web"}
		}, nil, 0},
		{"its own, at another path", growing, func(in *Input) {
			sampleBaseline(func(b *snapshot.Binary) { b.Path = "y" })(in)
			in.Known = []string{"api", "web"}
		}, nil, 0},
		{"a metric less", growing, sampleBaseline(func(b *snapshot.Binary) { b.Variants = nil }),
			[]string{"the growth of stripped of budget api, path dist/api, was not checked: the baseline was measured without it (save a new one with --save-baseline)"}, 4},
		{"no increase limits", budget.Budget{Limits: []budget.Limit{{Metric: budget.Stripped, Error: bytesAt(4, "", 1e9)}}}, sampleBaseline(func(b *snapshot.Binary) { b.Variants = nil }), nil, 0},
		{"two files, one of them in the baseline", growing, func(in *Input) {
			sampleBaseline(nil)(in)
			second := budgettest.Binary()
			second.Path = "dist/new"
			in.Binaries = append(in.Binaries, Measured{Budget: in.Binaries[0].Budget, Binary: second})
		}, []string{"the baseline has no binary of budget api, path dist/new: its increase limits were not checked (save a new baseline with --save-baseline)"}, 4},
		{"two files without a baseline", growing, func(in *Input) {
			second := budgettest.Binary()
			in.Binaries = append(in.Binaries, Measured{Budget: in.Binaries[0].Budget, Binary: second})
		}, []string{"increase limits were not checked: no baseline was given (use --baseline FILE or --base REF)"}, 4},
	}
	for _, tt := range tests {
		v := judged(tt.budget, tt.change)
		if got := warnings(v); !slices.Equal(got, tt.want) || len(got) > 0 && v.Warnings[0].Position.Line != tt.line {
			t.Errorf("%s: %+v\nwant %q", tt.name, v.Warnings, tt.want)
		}
	}
}

func TestCulprits(t *testing.T) {
	names := func(b budget.Budget, change func(*Input)) (heaviest, owners, functions string) {
		c := judged(b, change).Results[0].Culprits
		var list [3][]string
		for _, r := range c.Heaviest {
			list[0] = append(list[0], r.Name+" "+wording.Exact(r.New))
		}
		for _, r := range c.Owners {
			list[1] = append(list[1], r.Name+" "+wording.Exact(r.New-r.Old))
		}
		for _, r := range c.Functions {
			list[2] = append(list[2], r.Name)
		}
		return strings.Join(list[0], ", "), strings.Join(list[1], ", "), strings.Join(list[2], ", ")
	}
	// net/http had 100,000 bytes less, its function did not exist, and
	// crypto/tls was larger.
	grew := func(in *Input) {
		sampleBaseline(func(b *snapshot.Binary) {
			b.FileSize -= 90000
			b.Sections[0].FileSize -= 90000
			b.Sections[0].Attributed -= 90000
			b.Owners[0].Size -= 100000
			b.Owners[0].Sections[".text[1]"] -= 100000
			b.Owners[1].Size += 10000
			b.Owners[1].Sections[".text[1]"] += 10000
			b.Functions = []snapshot.Function{{Name: "tls.A", Owner: "crypto/tls", Section: ".text[1]", Size: 10}}
		})(in)
		in.Binaries[0].Binary.Functions = []snapshot.Function{
			{Name: "tls.A", Owner: "crypto/tls", Section: ".text[1]", Size: 11}, {Name: "http.B", Owner: "net/http", Section: ".text[1]", Size: 20},
		}
	}
	limit := func(m budget.Metric, n uint64) budget.Budget {
		return budget.Budget{Limits: []budget.Limit{{Metric: m, Error: bytesAt(4, "", n)}}}
	}
	rule := func(match string) budget.Budget {
		return budget.Budget{Packages: []budget.Rule{{Match: match, Metric: budget.Text, Error: bytesAt(4, "", 1)}}}
	}
	const bySize = "net/http 800,000 B, crypto/tls 400,060 B, openssl_sys 55,000 B, openssl 35,000 B"
	const byText = "net/http 600,000 B, crypto/tls 300,060 B, openssl_sys 55,000 B, openssl 35,000 B"
	tests := []struct {
		name                        string
		budget                      budget.Budget
		change                      func(*Input)
		heaviest, owners, functions string
	}{
		{"a limit that holds", limit(budget.File, 1e9), grew, "", "", ""},
		{"no baseline", limit(budget.File, 1), nil, bySize, "", ""},
		{"file", limit(budget.File, 1), grew, bySize, "net/http 100,000 B", "http.B, tls.A"},
		{"text", limit(budget.Text, 1), grew, byText, "net/http 100,000 B", "http.B, tls.A"},
		{"a section", limit(".rodata", 1), nil, "net/http 200,000 B, crypto/tls 100,000 B", "", ""},
		{"a section without owners", limit(".data", 1), nil, "", "", ""},
		{"bss", limit(budget.BSS, 1), grew, "", "", ""},
		{"growth", budget.Budget{Increases: []budget.Increase{{Metric: budget.File, Error: bytesAt(4, "", 0)}}}, grew, bySize, "net/http 100,000 B", "http.B, tls.A"},
		{"a rule", rule("crypto/..."), grew, "crypto/tls 300,060 B", "", "tls.A"},
		{"a rule about others", rule("net/..."), grew, "net/http 600,000 B", "net/http 100,000 B", "http.B"},
		{"a ban", budget.Budget{Packages: []budget.Rule{{Match: "openssl*", Deny: true, Metric: budget.Text}}}, grew, "openssl_sys 55,000 B, openssl 35,000 B", "", ""},
		{"the architecture", budget.Budget{Arch: "amd64"}, grew, "", "", ""},
	}
	for _, tt := range tests {
		heaviest, owners, functions := names(tt.budget, tt.change)
		if heaviest != tt.heaviest || owners != tt.owners || functions != tt.functions {
			t.Errorf("%s: %q, %q, %q\nwant %q, %q, %q", tt.name, heaviest, owners, functions, tt.heaviest, tt.owners, tt.functions)
		}
	}
}

func day(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

func TestWaivers(t *testing.T) {
	stripped := budget.Budget{Limits: []budget.Limit{{Metric: budget.Stripped, Error: bytesAt(4, "1 MB", 1e6), Position: budget.Position{Line: 4, Column: 7}}}}
	waiver := func(m budget.Metric, text string, n uint64, expires string) budget.Waiver {
		w := budget.Waiver{Budget: "api", Metric: m, Limit: *bytesAt(20, text, n), Reason: "TLS rewrite, #412", Position: budget.Position{Line: 20, Column: 5}}
		if expires != "" {
			w.Expires = day(expires + "T00:00:00Z")
		}
		return w
	}
	high := waiver(budget.Stripped, "2 MB", 2e6, "2026-12-31")
	share := waiver(budget.Unattributed, "1%", 0, "")
	share.Limit = *shareAt(20, "1%", 1, 0)
	both := budget.Budget{Limits: stripped.Limits, Increases: []budget.Increase{{Metric: budget.Stripped, Error: shareAt(6, "3%", 3, 0), Position: budget.Position{Line: 6, Column: 7}}}}
	tests := []struct {
		name     string
		budget   budget.Budget
		waivers  []budget.Waiver
		today    string
		change   func(*Input)
		status   []budget.Status
		limit    uint64 // of the first result
		message  string // how that of the first result ends
		warnings []string
	}{
		{"waived", stripped, []budget.Waiver{high}, "2026-06-01T12:00:00Z", nil, []budget.Status{budget.Waived}, 1000000,
			", 500,000 B over the limit of 1 MB (1,000,000 B); waived up to 2 MB (2,000,000 B) until 2026-12-31: TLS rewrite, #412", nil},
		{"the last day", stripped, []budget.Waiver{high}, "2026-12-31T23:59:59Z", nil, []budget.Status{budget.Waived}, 1000000, "", nil},
		{"the last day elsewhere", stripped, []budget.Waiver{high}, "2027-01-01T08:00:00+09:00", nil, []budget.Status{budget.Waived}, 1000000, "", nil},
		{"the day after", stripped, []budget.Waiver{high}, "2027-01-01T00:00:00Z", nil, []budget.Status{budget.Fail}, 1000000,
			", 500,000 B over the limit of 1 MB (1,000,000 B); the waiver for it expired on 2026-12-31",
			[]string{"the waiver of stripped for budget api expired on 2026-12-31 and no longer counts (remove it, or agree on a new date): TLS rewrite, #412"}},
		{"the day after, elsewhere", stripped, []budget.Waiver{high}, "2026-12-31T20:00:00-05:00", nil, []budget.Status{budget.Fail}, 1000000, "",
			[]string{"the waiver of stripped for budget api expired on 2026-12-31 and no longer counts (remove it, or agree on a new date): TLS rewrite, #412"}},
		{"expired and not needed", budget.Budget{Limits: []budget.Limit{{Metric: budget.Stripped, Error: bytesAt(4, "", 1e9)}}}, []budget.Waiver{high}, "2027-06-01T00:00:00Z", nil, []budget.Status{budget.Pass}, 1000000000, "",
			[]string{"the waiver of stripped for budget api expired on 2026-12-31 and no longer counts (remove it, or agree on a new date): TLS rewrite, #412"}},
		{"no end", stripped, []budget.Waiver{waiver(budget.Stripped, "1.5 MB", 1500000, "")}, "2099-01-01T00:00:00Z", nil, []budget.Status{budget.Waived}, 1000000,
			"; waived up to 1.5 MB (1,500,000 B): TLS rewrite, #412", nil},
		{"a byte above it", stripped, []budget.Waiver{waiver(budget.Stripped, "1499999", 1499999, "")}, "2026-06-01T00:00:00Z", nil, []budget.Status{budget.Fail}, 1499999,
			"; that is also 1 B over what a waiver allows, 1,499,999 B", nil},
		{"not above the limit", stripped, []budget.Waiver{waiver(budget.Stripped, "1 MB", 1e6, "")}, "2026-06-01T00:00:00Z", nil, []budget.Status{budget.Fail}, 1000000,
			", 500,000 B over the limit of 1 MB (1,000,000 B)",
			[]string{"the waiver of stripped for budget api can be removed: its limit of 1 MB is not above the budget's own"}},
		{"not needed", budget.Budget{Limits: []budget.Limit{{Metric: budget.Stripped, Error: bytesAt(4, "", 1500000)}}}, []budget.Waiver{high}, "2026-06-01T00:00:00Z", nil, []budget.Status{budget.Pass}, 1500000, "",
			[]string{"the waiver of stripped for budget api can be removed: no binary needs it"}},
		{"not needed, as far as is known", budget.Budget{Limits: []budget.Limit{{Metric: budget.Stripped, Error: bytesAt(4, "", 1500000)}}}, []budget.Waiver{high}, "2026-06-01T00:00:00Z",
			func(in *Input) { in.Failures = []budget.Failure{{Budget: "api", Path: "dist/other"}} }, []budget.Status{budget.Pass}, 1500000, "", nil},
		{"another metric", stripped, []budget.Waiver{waiver(budget.File, "2 MB", 2e6, "")}, "2026-06-01T00:00:00Z", nil, []budget.Status{budget.Fail}, 1000000, "",
			[]string{"the waiver of file for budget api can be removed: its limit of 2 MB is not above the budget's own"}},
		{"absolute and growth", both, []budget.Waiver{high}, "2026-06-01T00:00:00Z", wasStripped(1000000), []budget.Status{budget.Waived, budget.Waived}, 1000000, "", nil},
		{"absolute and growth, the latter not checked", both, []budget.Waiver{high}, "2026-06-01T00:00:00Z", nil, []budget.Status{budget.Waived, budget.Skipped}, 1000000, "",
			[]string{"increase limits were not checked: no baseline was given (use --baseline FILE or --base REF)"}},
		{"growth alone, not checked", budget.Budget{Increases: both.Increases}, []budget.Waiver{high}, "2026-06-01T00:00:00Z", nil, []budget.Status{budget.Skipped}, 0, "",
			[]string{"increase limits were not checked: no baseline was given (use --baseline FILE or --base REF)"}},
		{"a package", budget.Budget{Packages: []budget.Rule{{Match: "net/...", Metric: budget.Text, Error: bytesAt(4, "1 kB", 1e3)}}}, []budget.Waiver{waiver("net/...", "600 kB", 6e5, "")}, "2026-06-01T00:00:00Z", nil,
			[]budget.Status{budget.Waived}, 1000, "; 1 owner matches; waived up to 600 kB (600,000 B): TLS rewrite, #412", nil},
		{"a ban", budget.Budget{Packages: []budget.Rule{{Match: "openssl*", Deny: true, Metric: budget.Text}}}, []budget.Waiver{waiver("openssl*", "90 kB", 9e4, "")}, "2026-06-01T00:00:00Z", nil,
			[]budget.Status{budget.Waived}, 0, " match; waived up to 90 kB (90,000 B): TLS rewrite, #412", nil},
		{"a ban, a byte more", budget.Budget{Packages: []budget.Rule{{Match: "openssl*", Deny: true, Metric: budget.Text}}}, []budget.Waiver{waiver("openssl*", "89999 B", 89999, "")}, "2026-06-01T00:00:00Z", nil,
			[]budget.Status{budget.Fail}, 89999, "; that is also 1 B over what a waiver allows, 89,999 B", nil},
		{"a share", budget.Budget{Limits: []budget.Limit{{Metric: budget.Unattributed, Error: shareAt(4, "0.5%", 5, 1)}}}, []budget.Waiver{share}, "2026-06-01T00:00:00Z", nil,
			[]budget.Status{budget.Waived}, 5000, "; waived up to 1% of .text (10,001 B): TLS rewrite, #412", nil},
		{"a baseline that cannot be compared", budget.Budget{Increases: both.Increases}, []budget.Waiver{waiver(budget.Stripped, "1.4 MB", 1400000, "")}, "2026-06-01T00:00:00Z",
			sampleBaseline(func(b *snapshot.Binary) { b.Variants[0].Size, b.Arch = 1000000, "amd64" }), []budget.Status{budget.Warn}, 1400000,
			"; only a warning, since the baseline cannot be compared: the baseline is for amd64, this file for arm64",
			[]string{"the baseline of budget api, path dist/api, cannot be compared, so growth is no error: the baseline is for amd64, this file for arm64"}},
	}
	for _, tt := range tests {
		v := judged(tt.budget, func(in *Input) {
			in.Config.Waivers, in.Today = tt.waivers, day(tt.today)
			if tt.change != nil {
				tt.change(in)
			}
		})
		var got []budget.Status
		for _, r := range v.Results {
			got = append(got, r.Status)
		}
		if !slices.Equal(got, tt.status) || v.Results[0].Limit != tt.limit || !strings.HasSuffix(v.Results[0].Message, tt.message) {
			t.Errorf("%s: %+v\nwant %v %d %s", tt.name, v.Results, tt.status, tt.limit, tt.message)
		}
		if got := warnings(v); !slices.Equal(got, tt.warnings) {
			t.Errorf("%s: warnings %q\nwant %q", tt.name, got, tt.warnings)
		}
	}
}
