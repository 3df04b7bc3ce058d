package judge

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/budget/budgettest"
	"github.com/sizegate/sizegate/internal/budget/configfile"
	"github.com/sizegate/sizegate/internal/lambda"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// verdictOf is each result as "metric subject value limit status", then failures
// and warnings.
func verdictOf(v *budget.Verdict) []string {
	var lines []string
	for _, r := range v.Results {
		was := ""
		if r.Baseline != nil {
			was = fmt.Sprintf(" was %d", *r.Baseline)
		}
		lines = append(lines, strings.Join(strings.Fields(fmt.Sprintf("%s %s %d/%d%s %s", r.Metric, r.Subject, r.Value, r.Limit, was, r.Status)), " "))
	}
	for _, f := range v.Failures {
		lines = append(lines, "failure: "+f.Problem)
	}
	for _, w := range v.Warnings {
		lines = append(lines, "warning: "+w.Text)
	}
	return lines
}

// judgeDeployed judges a package or image by the first budget of text.
func judgeDeployed(t *testing.T, text string, m Measured, change func(*Measured, *Input)) *budget.Verdict {
	t.Helper()
	c, err := configfile.Parse("b.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	m.Budget = &c.Budgets[0]
	in := Input{Config: c, Binaries: []Measured{m}, Sizegate: "v1.0.0"}
	if change != nil {
		change(&in.Binaries[0], &in)
	}
	return Budgets(in)
}

func TestJudgePackage(t *testing.T) {
	const begin = "version: 1\nbudgets: [{name: api, path: dist/f.zip, "
	old := func(change func(p *snapshot.Package)) func(*Measured, *Input) {
		return func(_ *Measured, in *Input) {
			p := budgettest.Package()
			change(p)
			in.Baseline = &snapshot.Report{Sizegate: "v1.0.0", Packages: []snapshot.Package{*p}}
		}
	}
	member := snapshot.Binary{Name: "bootstrap", Path: "bootstrap", Arch: "arm64", FileSize: 150,
		Sections: []snapshot.Section{{Name: ".text", Kind: "code", FileSize: 100, Attributed: 100}},
		Owners:   []snapshot.Owner{{Kind: "crate", Name: "ring", Size: 100, Sections: map[string]uint64{".text": 100}, Confidence: "exact"}}}
	withMember := func(m *Measured, _ *Input) { m.Package.Binaries = []snapshot.Binary{member} }
	for _, tt := range []struct {
		name, text string
		change     func(*Measured, *Input)
		want       []string
	}{
		{"limits", "limits: {zipped: 500, unzipped: {warn: 449, error: 450}, \"file:*.js\": 119}}]", nil,
			[]string{"zipped 500/500 pass", "unzipped 450/449 warn", "file:*.js 120/119 fail"}},
		{"absent", "limits: {\"file:*.ts\": 1}}]", nil,
			[]string{"file:*.ts 0/1 pass", "warning: dist/f.zip: no file in the package matches *.ts (correct the name, or remove the limit)"}},
		{"no baseline", "max-increase: {unzipped: 1%}}]", nil,
			[]string{"unzipped max-increase 450/0 skipped", "warning: increase limits were not checked: no baseline was given (use --baseline FILE or --base REF)"}},
		{"growth", "max-increase: {unzipped: 5 B, category:data: {error: 0%, floor: 10}}}]", old(func(p *snapshot.Package) {
			p.Unzipped, p.Categories[3].Unzipped = 444, 89
		}), []string{"unzipped max-increase 450/449 was 444 fail", "category:data max-increase 100/99 was 89 fail"}},
		{"the baseline has another name and path", "limits: {unzipped: 450}, max-increase: {unzipped: 5 B}}]", old(func(p *snapshot.Package) { p.Name, p.Path, p.Unzipped = "x", "y", 450 }),
			[]string{"unzipped 450/450 was 450 pass", "unzipped max-increase 450/455 was 450 pass"}},
		{"the baseline has a binary alone", "max-increase: {file: 5 B}}]", func(_ *Measured, in *Input) {
			in.Baseline = &snapshot.Report{Sizegate: "v1.0.0", Binaries: []snapshot.Binary{{Name: "api", Path: "dist/f.zip", FileSize: 1}}}
		}, []string{"file max-increase 500/0 skipped", "warning: the baseline has no package of budget api, path dist/f.zip: its increase limits were not checked (save a new baseline with --save-baseline)"}},
		{"the baseline is of another version", "max-increase: {unzipped: 5 B}}]", func(m *Measured, in *Input) {
			old(func(p *snapshot.Package) { p.Unzipped = 1 })(m, in)
			in.Baseline.Sizegate = "v0.1.0"
		}, []string{"unzipped max-increase 450/6 was 1 warn", "warning: the baseline of budget api, path dist/f.zip, cannot be compared, so growth is no error: the baseline was measured by sizegate v0, this file by v1"}},
		{"the baseline was a directory", "max-increase: {zipped: 5 B}}]", old(func(p *snapshot.Package) { p.Format = "directory" }),
			[]string{"zipped max-increase 500/0 skipped", "warning: the growth of zipped of budget api, path dist/f.zip, was not checked: the baseline was measured without it (save a new one with --save-baseline)"}},
		{"metric of a file", "limits: {stripped: 1}, max-increase: {stripped: 1%}}]", nil,
			[]string{"stripped 0/0 skipped", "stripped max-increase 0/0 skipped",
				"failure: stripped is a measure of ELF files, and this is a package (zip) (limit zipped, unzipped, category:NAME or file:GLOB, or name the ELF file)",
				"warning: increase limits were not checked: no baseline was given (use --baseline FILE or --base REF)"}},
		{"arch", "arch: amd64}]", withMember, []string{"arch 0/0 fail"}},
		{"right arch", "arch: arm64}]", withMember, []string{"arch 0/0 pass"}},
		{"rules", "packages: [{match: ring, deny: true}, {match: openssl*, deny: true}, {match: ring, limit: 100}]}]", withMember,
			[]string{"text ring 100/0 fail", "text openssl* 0/0 pass", "text ring 100/100 pass"}},
		{"rules without a file", "packages: [{match: ring, deny: true}], limits: {zipped: 1 MB}}]", nil,
			[]string{"zipped 500/1000000 pass", "failure: no ELF file in it could be analysed: rules about packages cannot be judged (remove them, or name another package)"}},
		{"preset", "preset: aws-lambda-zip, arch: arm64}]", withMember,
			[]string{"zipped 500/52428800 pass", "unzipped 450/262144000 pass", "preset 0/0 pass"}},
		{"over the preset's limits", "preset: aws-lambda-zip}]", func(m *Measured, _ *Input) { m.Package.Size, m.Package.Unzipped = 52428801, 262144001 },
			[]string{"zipped 52428801/52428800 warn", "unzipped 262144001/262144000 fail", "preset 0/0 pass"}},
		{"near the preset's limits", "preset: aws-lambda-layer}]", func(m *Measured, _ *Input) { m.Package.Size, m.Package.Unzipped = 47185921, 235929601 },
			[]string{"zipped 47185921/47185920 warn", "unzipped 235929601/235929600 warn", "preset 0/0 pass"}},
		{"own limit beside a preset", "preset: aws-lambda-zip, limits: {unzipped: {warn: 400}}}]", nil,
			[]string{"unzipped 450/400 warn", "zipped 500/52428800 pass", "unzipped 450/262144000 pass", "preset 0/0 pass"}},
		{"own limit below a preset's", "preset: aws-lambda-zip, limits: {unzipped: 250 MiB, zipped: 60 MB}}]", func(m *Measured, _ *Input) { m.Package.Size, m.Package.Unzipped = 52428801, 262144001 },
			[]string{"unzipped 262144001/262144000 fail", "zipped 52428801/60000000 pass", "preset 0/0 pass"}},
		{"own limit above a preset's", "preset: aws-lambda-zip, limits: {unzipped: {warn: 290 MB, error: 300 MB}}}]", func(m *Measured, _ *Input) { m.Package.Unzipped = 262144001 },
			[]string{"unzipped 262144001/300000000 pass", "zipped 500/52428800 pass", "unzipped 262144001/262144000 fail", "preset 0/0 pass"}},
		{"own limit above a preset's that holds", "preset: aws-lambda-zip, limits: {unzipped: 300 MB}}]", func(m *Measured, _ *Input) { m.Package.Unzipped = 262144000 },
			[]string{"unzipped 262144000/300000000 pass", "zipped 500/52428800 pass", "unzipped 262144000/262144000 pass", "preset 0/0 pass"}},
		{"waiver of a preset's limit", "preset: aws-lambda-zip}]\nwaivers: [{budget: api, metric: unzipped, limit: 251 MiB, reason: x}]",
			func(m *Measured, _ *Input) { m.Package.Unzipped = 262144001 },
			[]string{"zipped 500/52428800 pass", "unzipped 262144001/262144000 waived", "preset 0/0 pass"}},
		{"findings", "preset: aws-lambda-zip}]", func(m *Measured, _ *Input) {
			m.Findings = []lambda.Finding{
				{Severity: lambda.Failure, Code: lambda.BootstrapMissing, Subject: "bootstrap", Message: "not there (put it there)"},
				{Severity: lambda.Failure, Code: lambda.OverLimit, Message: "too large", Value: 5, Limit: 4},
				{Severity: lambda.Warning, Code: lambda.DebugFile, Subject: "a.map", Message: "5 bytes", Value: 5},
				{Severity: lambda.Warning, Code: lambda.DebugFile, Subject: "b.map", Message: "6 bytes", Value: 6},
				{Severity: lambda.Warning, Code: lambda.BootstrapMissing, Message: "x"},
			}
		}, []string{"zipped 500/52428800 pass", "unzipped 450/262144000 pass", "preset bootstrap-missing 0/0 fail", "preset debug-file 11/0 warn", "preset bootstrap-missing 0/0 warn"}},
		{"a directory with a preset", "preset: aws-lambda-zip}]", func(m *Measured, _ *Input) { m.Package.Format = "directory" },
			[]string{"zipped 0/0 skipped", "unzipped 450/262144000 pass", "preset 0/0 pass",
				"warning: dist/f.zip: the limit of aws-lambda-zip for a zip was not checked: this is a directory (name the zip that is made of it)"}},
		{"a file with a preset", "preset: aws-lambda-zip, limits: {text: 1 MB}}]", func(m *Measured, _ *Input) {
			m.Package, m.Binary = nil, &snapshot.Binary{Path: "app", FileSize: 262144001, Variants: []snapshot.Variant{{Name: "zip", Status: "ok", Size: 7}}}
		}, []string{"text 0/1000000 pass", "zipped 7/52428800 pass", "unzipped 262144001/262144000 fail", "preset 0/0 pass", "warning: app: the file has no section .text (correct the name, or remove the limit)"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := judgeDeployed(t, begin+tt.text+"\n", Measured{Package: budgettest.Package()}, tt.change)
			if got := verdictOf(v); !slices.Equal(got, tt.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
			}
		})
	}
}

// TestDefaultsThatFit: defaults are for all budgets, whatever those are about.
func TestDefaultsThatFit(t *testing.T) {
	const defaults = "version: 1\ndefaults: {max-increase: {stripped: 1%, unzipped: 1%}}\nbudgets: [{name: api, path: a, "
	packs := func(_ *Measured, in *Input) {
		in.Baseline = &snapshot.Report{Sizegate: "v1.0.0", Packages: []snapshot.Package{*budgettest.Package()}}
	}
	if got := verdictOf(judgeDeployed(t, defaults+"limits: {zipped: 500}}]\n", Measured{Package: budgettest.Package()}, packs)); !slices.Equal(got, []string{"zipped 500/500 was 500 pass", "unzipped max-increase 450/454 was 450 pass"}) {
		t.Errorf("%q", got)
	}
	const none = "version: 1\ndefaults: {max-increase: {stripped: 1%}}\nbudgets: [{name: api, path: a}]\n"
	if got := verdictOf(judgeDeployed(t, none, Measured{Package: budgettest.Package()}, packs)); !slices.Equal(got, []string{"failure: the budget checks nothing of a package (add limits: for it)"}) {
		t.Errorf("%q", got)
	}
}

func TestPackageCulprits(t *testing.T) {
	v := judgeDeployed(t, "version: 1\nbudgets: [{name: api, path: a, limits: {zipped: 1, \"file:**/*.js\": 1}}]\n", Measured{Package: budgettest.Package()}, func(_ *Measured, in *Input) {
		p := budgettest.Package()
		p.Entries[4].Unzipped, p.Entries[4].Zipped = 70, 41
		p.Entries = slices.Delete(p.Entries, 5, 6)
		in.Baseline = &snapshot.Report{Sizegate: "v1.0.0", Packages: []snapshot.Package{*p}}
	})
	rows := func(r *budget.Result) string {
		var list []string
		for _, row := range r.Culprits.Heaviest {
			list = append(list, fmt.Sprintf("%s %d", row.Name, row.New))
		}
		for _, row := range r.Culprits.Owners {
			list = append(list, fmt.Sprintf("%s %d-%d %s", row.Name, row.New, row.Old, row.Change))
		}
		return strings.Join(list, ", ")
	}
	// In the archive each path has all that its entries take there.
	if got, want := rows(&v.Results[0]), "bootstrap 90, a.js 60, lib/[b].js 50, c.txt 30, c.txt 30-0 added"; got != want {
		t.Errorf("zipped: %s, want %s", got, want)
	}
	if got, want := rows(&v.Results[1]), "a.js 120, lib/[b].js 80, lib/[b].js 80-70 grown"; got != want {
		t.Errorf("files: %s, want %s", got, want)
	}
}

func TestHostileFindings(t *testing.T) {
	v := judgeDeployed(t, "version: 1\nbudgets: [{name: api, path: a, preset: aws-lambda-zip}]\n", Measured{Package: budgettest.Package()}, func(m *Measured, _ *Input) {
		for _, path := range []string{strings.Repeat("\x80", 5000), "a\n::error::b", "\x1b[2J", "\u202e"} {
			m.Findings = append(m.Findings, lambda.Finding{Severity: lambda.Warning, Code: lambda.DebugFile, Subject: path, Message: "5 bytes"})
		}
	})
	for _, r := range v.Results {
		if len(r.Message) > 2000 || strings.ContainsAny(r.Message, "\n\x1b\u202e") {
			t.Errorf("%q", r.Message)
		}
	}
}

// TestFindingMessages: several findings of one code share a message. The sums are
// worked out by hand.
func TestFindingMessages(t *testing.T) {
	bytesOf := func(path string, n uint64) lambda.Finding {
		const about = "that only a debugger reads (leave it out)"
		return lambda.Finding{Severity: lambda.Warning, Code: lambda.DebugFile, Subject: path, Message: fmt.Sprint(n, " bytes ", about), About: about, Value: n}
	}
	missing := func(path, library string) lambda.Finding {
		return lambda.Finding{Severity: lambda.Failure, Code: lambda.LibraryMissing, Subject: path, Message: "needs " + library + " (put it there)"}
	}
	deep := strings.Repeat("folder/", 20) + "name.so"
	var many []lambda.Finding
	for i := range 4300 {
		many = append(many, bytesOf(fmt.Sprintf("f%d.map", i), 1000))
	}
	many[7].Value, many[9].Value, many[4299].Value = 2_000_000, 1_500_000, 3_000_000
	for _, tt := range []struct {
		name string
		list []lambda.Finding
		want string
	}{
		{"one", []lambda.Finding{bytesOf("a.map", 5)}, `"a.map": 5 bytes that only a debugger reads (leave it out)`},
		{"two", []lambda.Finding{bytesOf("a.map", 4038), bytesOf("b.map", 1234567)},
			`2 files, together 1,238,605 bytes that only a debugger reads (leave it out); the largest: "b.map" 1,234,567, "a.map" 4,038`},
		{"equal ones", []lambda.Finding{bytesOf("b", 1), bytesOf("a", 1)},
			`2 files, together 2 bytes that only a debugger reads (leave it out); the largest: "b" 1, "a" 1`},
		// 4,297 of 1,000 bytes, and 6,500,000.
		{"many", many, `4,300 files, together 10,797,000 bytes that only a debugger reads (leave it out); the largest: "f4299.map" 3,000,000, "f7.map" 2,000,000, "f9.map" 1,500,000, 4,297 more`},
		{"one text of several files", []lambda.Finding{missing("a", "x"), missing("b", "x"), missing("c", "x"), missing("d", "x"), missing("e", "x")},
			`5 files ("a", "b", "c", 2 more): needs x (put it there)`},
		{"several texts", []lambda.Finding{missing("a", "x"), missing("b", "y"), missing("c", "x"), missing("a", "z"), missing("a", "u"), missing("a", "v")},
			`6 findings: 2 files ("a", "c"): needs x (put it there); "b": needs y (put it there); "a": needs z (put it there); and 2 more`},
		{"a deep path", []lambda.Finding{missing(deep, "x")}, `"…/` + strings.Repeat("folder/", 13) + `name.so": needs x (put it there)`},
	} {
		v := judgeDeployed(t, "version: 1\nbudgets: [{name: api, path: a, preset: aws-lambda-zip}]\n", Measured{Package: budgettest.Package()}, func(m *Measured, _ *Input) { m.Findings = tt.list })
		sum := uint64(0)
		for _, f := range tt.list {
			sum += f.Value
		}
		if r := v.Results[2]; r.Message != tt.want || r.Value != sum {
			t.Errorf("%s: %d, %s\nwant %s", tt.name, r.Value, r.Message, tt.want)
		}
	}
}

func TestPresetMessage(t *testing.T) {
	v := judgeDeployed(t, "version: 1\nbudgets: [{name: api, path: a, preset: aws-lambda-zip}]\n", Measured{Package: budgettest.Package()}, func(m *Measured, _ *Input) { m.Package.Unzipped = 262144001 })
	const want = "unzipped is 262,144,001 B (262 MB), 1 B over the limit of 250 MiB (262,144,000 B); the limit is aws-lambda-zip's: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html, read 2026-11"
	if got := v.Results[1].Message; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
