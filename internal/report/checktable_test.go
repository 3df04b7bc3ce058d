package report

import (
	"testing"

	"github.com/sizegate/sizegate/internal/budget"
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
		if got := checkTable(t, test.v, Options{Width: 100}); got != test.want {
			t.Errorf("%s:\n%s\nwant\n%s", test.name, got, test.want)
		}
	}
}
