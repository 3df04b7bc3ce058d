package outcome

import (
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/display"
)

const tableRows = `
BUDGET        LIMIT                   VALUE     AT MOST          HEADROOM    CHANGE   STATUS
api           file               13,000,000  14,000,000  1,000,000 (7.1%)               pass
api           stripped           12,345,678  12,000,000  -345,678 (-2.9%)  +412,345     fail
api           upx lzma            4,900,000   4,800,000  -100,000 (-2.1%)               warn
api           text max-increase   2,100,000   2,040,000   -60,000 (-2.9%)  +100,000   waived
api           text of net/...           500         500          0 (0.0%)               pass
api           deny openssl*               0           0                 0               pass
tools dist/b  arch                                                                      pass
tools dist/a  .rodata                    10           0               -10               fail
tools dist/b  file max-increase                                                      skipped
`

const tableRemarks = `
ci/budgets.yaml:9: api: stripped is 12,345,678 B (12.3 MB), 345,678 B over the limit of 12 MB
  grew most:
    +312,345  net/http (new)
     +41,000  golang.org/x/net/html (v0.30.0 → v0.31.0)
  sections that grew most:
    +300,000  .text
  functions that grew most:
    +1,100  core::fmt::write
  See docs/size.md first.

ci/budgets.yaml:10: api: upx lzma is 4,900,000 B (4.90 MB)
  weighs most:
    900,000  runtime

ci/budgets.yaml:12: api: text grew by 100,000 B (+5.0%); waived: TLS rewrite, #412

ci/budgets.yaml:20: tools dist/a: .rodata is 10 B

ci/budgets.yaml:30: warning: the waiver of api for gzip has expired
`

func TestCheckTable(t *testing.T) {
	pass := budget.Result{Budget: "api", Path: "a", Metric: budget.File, Value: 1, Limit: 2, Status: budget.Pass}
	skipped := budget.Result{Budget: "api", Metric: "path", Status: budget.Skipped, Message: "no file"}
	for _, test := range []struct {
		name string
		v    *budget.Verdict
		want string
	}{
		{"all", verdict(), "2 of 9 limits exceeded, 1 waived, 2 warnings, 1 skipped\n" + tableRows + tableRemarks},
		{"failed", failed(), "could not be measured: 1 problem\n" + tableRows +
			"\nci/budgets.yaml:19: tools: dist/c: not an ELF file (name a program)\n" + tableRemarks},
		{"pass", &budget.Verdict{Config: "budgets.yaml", Results: []budget.Result{pass}},
			"every limit holds\n\nBUDGET  LIMIT  VALUE  AT MOST   HEADROOM  STATUS\napi     file       1        2  1 (50.0%)    pass\n"},
		// Limits that were not checked are a list without gaps.
		{"skipped", &budget.Verdict{Results: []budget.Result{skipped, skipped}},
			"no limit was checked, 2 skipped\n\nBUDGET  LIMIT  VALUE  AT MOST  HEADROOM   STATUS\n" +
				"api     path                             skipped\napi     path                             skipped\n\napi: no file\napi: no file\n"},
		{"nothing", &budget.Verdict{}, "no limit was checked\n"},
		{"only a failure", &budget.Verdict{Config: "budgets.yaml", Failures: []budget.Failure{{Problem: "upx is missing (install it)"}}},
			"could not be measured: 1 problem\n\nbudgets.yaml: upx is missing (install it)\n"},
	} {
		if got := checkTable(t, test.v, display.Medium{Width: 100}); got != test.want {
			t.Errorf("%s:\n%s\nwant\n%s", test.name, got, test.want)
		}
	}
}

// longNames is a verdict with a budget of two files and a limit with a long name.
func longNames() *budget.Verdict {
	result := func(name, path string, metric budget.Metric, growth bool) budget.Result {
		return budget.Result{Budget: name, Path: path, Metric: metric, Growth: growth, Value: 1000, Limit: 2000, Status: budget.Pass}
	}
	return &budget.Verdict{Results: []budget.Result{
		result("frontend-server", "build/output/linux/amd64/server", "image-unpacked", true),
		result("frontend-server", "build/output/linux/amd64/worker", "file", false),
		result("api", "dist/api", "file", false),
	}}
}

// TestCheckTableNames: in a pipe every name is whole at any width; in a terminal
// paths are cut first, then limits, then the names of the budgets.
func TestCheckTableNames(t *testing.T) {
	const whole = `
BUDGET                                           LIMIT                        VALUE  AT MOST       HEADROOM  STATUS
frontend-server build/output/linux/amd64/server  image-unpacked max-increase  1,000    2,000  1,000 (50.0%)    pass
frontend-server build/output/linux/amd64/worker  file                         1,000    2,000  1,000 (50.0%)    pass
api                                              file                         1,000    2,000  1,000 (50.0%)    pass
`
	for _, test := range []struct {
		name string
		o    display.Medium
		want string
	}{
		{"pipe", display.Medium{Width: 40}, whole},
		{"wide", display.Medium{Width: 115, Terminal: true}, whole},
		{"the path", display.Medium{Width: 104, Terminal: true}, `
BUDGET                                LIMIT                        VALUE  AT MOST       HEADROOM  STATUS
frontend-server …/linux/amd64/server  image-unpacked max-increase  1,000    2,000  1,000 (50.0%)    pass
frontend-server …/linux/amd64/worker  file                         1,000    2,000  1,000 (50.0%)    pass
api                                   file                         1,000    2,000  1,000 (50.0%)    pass
`},
		{"the limit", display.Medium{Width: 82, Terminal: true}, `
BUDGET                    LIMIT              VALUE  AT MOST       HEADROOM  STATUS
frontend-server …/server  image…ax-increase  1,000    2,000  1,000 (50.0%)    pass
frontend-server …/worker  file               1,000    2,000  1,000 (50.0%)    pass
api                       file               1,000    2,000  1,000 (50.0%)    pass
`},
		{"numbers", display.Medium{Width: 50, Terminal: true}, `
BUDGET                    LIMIT             STATUS
frontend-server …/server  image…x-increase    pass
frontend-server …/worker  file                pass
api                       file                pass
`},
		{"the budget", display.Medium{Width: 35, Terminal: true}, `
BUDGET             LIMIT     STATUS
fr…erver …/server  im…rease    pass
fr…erver …/worker  file        pass
api                file        pass
`},
	} {
		got := checkTable(t, longNames(), test.o)
		_, got, _ = strings.Cut(got, "\n")
		if got != test.want {
			t.Errorf("%s:\n%s\nwant\n%s", test.name, got, test.want)
		}
	}
}

// TestCheckTableWraps: a terminal's lines are divided between words, and leave to
// standard error why something could not be measured.
func TestCheckTableWraps(t *testing.T) {
	v := &budget.Verdict{Config: "budgets.yaml",
		Results: []budget.Result{{Budget: "my api", Path: "dist/api", Metric: "arch", Status: budget.Fail, Position: budget.Position{Line: 3},
			Message: "built for amd64 (build it with -ldflags='-s -w', for the architecture named arm64) ::error::x", Note: "Ask the team of the platform before this is raised."}},
		Failures: []budget.Failure{
			{Budget: "tools", Path: "dist/c", Problem: "not an ELF file (name a program)", Position: budget.Position{Line: 9}},
			{Problem: "internal error: something is wrong with all of it", Position: budget.Position{Line: 1}},
		},
	}
	const terminal = `could not be measured: 2 problems

BUDGET  LIMIT  VALUE  AT MOST  STATUS
my api  arch                     fail

budgets.yaml:9: tools: dist/c: not
    measured (standard error says why)
budgets.yaml:1: internal error:
    something is wrong with all of it

budgets.yaml:3: my api: built for amd64
    (build it with -ldflags='-s -w', for
    the architecture named arm64)
    \x3a:error::x
  Ask the team of the platform before
    this is raised.
`
	if got := checkTable(t, v, display.Medium{Width: 40, Terminal: true}); got != terminal {
		t.Errorf("%s\nwant\n%s", got, terminal)
	}
	const piped = `
budgets.yaml:9: tools: dist/c: not an ELF file (name a program)
budgets.yaml:1: internal error: something is wrong with all of it

budgets.yaml:3: my api: built for amd64 (build it with -ldflags='-s -w', for the architecture named arm64) ::error::x
  Ask the team of the platform before this is raised.
`
	if got := checkTable(t, v, display.Medium{Width: 40}); !strings.HasSuffix(got, piped) {
		t.Errorf("%s\nwant\n%s", got, piped)
	}
}

// TestLimitColors: over the limit is red, near it yellow, and the bar is full.
func TestLimitColors(t *testing.T) {
	result := func(name string, value, limit uint64, s budget.Status) budget.Result {
		return budget.Result{Budget: name, Metric: budget.File, Value: value, Limit: limit, Status: s}
	}
	growth := result("growth", 99, 100, budget.Pass)
	growth.Growth = true
	v := &budget.Verdict{Results: []budget.Result{
		result("over", 101, 100, budget.Fail), result("warned", 101, 100, budget.Warn), result("full", 100, 100, budget.Pass),
		result("near", 96, 100, budget.Pass), result("far", 95, 100, budget.Pass), result("half", 50, 100, budget.Pass), growth,
	}}
	text := checkTable(t, v, display.Medium{Width: 100, Color: true, Terminal: true, Bars: true})
	for name, want := range map[string]struct {
		color string
		full  int // columns of the bar
	}{"over": {display.Red, 20}, "warned": {display.Yellow, 20}, "full": {display.Yellow, 20}, "near": {display.Yellow, 19}, "far": {display.Green, 19}, "half": {display.Green, 10}, "growth": {display.Green, 19}} {
		_, line, _ := strings.Cut(text, "\n"+name+" ")
		line, _, _ = strings.Cut(line, "\n")
		if got := strings.Count(line, "█"); got != want.full || strings.Count(line, want.color) != 2 || strings.Count(line, "\x1b[") != 4 {
			t.Errorf("%s: %q: %d blocks, want %d, colour %q", name, line, got, want.full, want.color)
		}
	}
}
