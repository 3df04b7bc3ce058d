package configfile

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/bytesize"
)

// example is the one of the documentation.
const example = `version: 1
defaults:
  max-increase: {stripped: {warn: 1%, error: 3%, floor: 16 KiB}}
budgets:
  - name: api-arm64                      # unique; titles the annotation; keys the baseline
    path: dist/api/bootstrap             # relative to this file; a string or a list; globs with **; !excludes; a row a match
    arch: arm64                          # optional: amd64 | arm64; another one built is a breach (exit 1)
    build: cargo lambda build --release --arm64      # optional; run by --build and --base
    limits:                              # absolute; a scalar is an error limit
      file: 14 MB
      stripped: {warn: 11 MB, error: 12 MB}
      upx: {error: 5 MB, level: lzma}
      zip: {warn: 45 MiB, error: 50 MiB}
      text: 5 MB
      .rodata: 2 MB                      # any section by its name
      unattributed: 1%                   # share of .text with no owner
    max-increase:                        # against the baseline; needs both % and floor exceeded where both are given
      text: {error: 2%, floor: 8 KiB}
    packages:                            # each rule is checked by itself; one owner may meet several
      - match: github.com/aws/aws-sdk-go-v2/...      # a Go pattern, a crate name, or a glob
        limit: 3 MB                      # of .text, or metric: total
        metric: text
      - match: openssl*
        deny: true                       # must not be in the binary at all
    allow-missing: false                 # a path that matches nothing is a configuration error (exit 2) unless true
    message: See docs/size.md before raising this.
waivers:
  - {budget: api-arm64, metric: stripped, limit: 13 MB, reason: "TLS rewrite, #412", expires: 2026-12-31}
`

func sizeBound(text string, bytes uint64, line, column int) *budget.Bound {
	return &budget.Bound{Size: bytesize.Size(bytes), Text: text, Position: budget.Position{Line: line, Column: column}}
}

func shareBound(text string, digits uint64, scale, line, column int) *budget.Bound {
	return &budget.Bound{Percent: budget.Percent{Digits: digits, Scale: scale}, Share: true, Text: text, Position: budget.Position{Line: line, Column: column}}
}

func TestExample(t *testing.T) {
	got, err := Parse("budgets.yaml", []byte(example))
	if err != nil {
		t.Fatal(err)
	}
	want := &budget.Config{
		Text: []byte(example), Path: "budgets.yaml",
		Budgets: []budget.Budget{{
			Name:  "api-arm64",
			Paths: []string{"dist/api/bootstrap"},
			Arch:  "arm64",
			Build: "cargo lambda build --release --arm64",
			Limits: []budget.Limit{
				{Metric: budget.File, Error: sizeBound("14 MB", 14e6, 10, 13), Position: budget.Position{Line: 10, Column: 7}},
				{Metric: budget.Stripped, Warn: sizeBound("11 MB", 11e6, 11, 24), Error: sizeBound("12 MB", 12e6, 11, 38), Position: budget.Position{Line: 11, Column: 7}},
				{Metric: budget.UPX, Level: "lzma", Error: sizeBound("5 MB", 5e6, 12, 20), Position: budget.Position{Line: 12, Column: 7}},
				{Metric: budget.Zip, Warn: sizeBound("45 MiB", 47185920, 13, 19), Error: sizeBound("50 MiB", 52428800, 13, 34), Position: budget.Position{Line: 13, Column: 7}},
				{Metric: budget.Text, Error: sizeBound("5 MB", 5e6, 14, 13), Position: budget.Position{Line: 14, Column: 7}},
				{Metric: ".rodata", Error: sizeBound("2 MB", 2e6, 15, 16), Position: budget.Position{Line: 15, Column: 7}},
				{Metric: budget.Unattributed, Error: shareBound("1%", 1, 0, 16, 21), Position: budget.Position{Line: 16, Column: 7}},
			},
			Increases: []budget.Increase{
				{Metric: budget.Text, Error: shareBound("2%", 2, 0, 18, 21), Floor: sizeBound("8 KiB", 8192, 18, 32), Position: budget.Position{Line: 18, Column: 7}},
				{Metric: budget.Stripped, Warn: shareBound("1%", 1, 0, 3, 35), Error: shareBound("3%", 3, 0, 3, 46), Floor: sizeBound("16 KiB", 16384, 3, 57), Position: budget.Position{Line: 3, Column: 18}, Default: true},
			},
			Packages: []budget.Rule{
				{Match: "github.com/aws/aws-sdk-go-v2/...", Metric: budget.Text, Error: sizeBound("3 MB", 3e6, 21, 16), Position: budget.Position{Line: 20, Column: 16}},
				{Match: "openssl*", Metric: budget.Text, Deny: true, Position: budget.Position{Line: 23, Column: 16}},
			},
			Message:       "See docs/size.md before raising this.",
			Position:      budget.Position{Line: 5, Column: 11},
			PathPosition:  budget.Position{Line: 6, Column: 11},
			BuildPosition: budget.Position{Line: 8, Column: 12},
		}},
		Waivers: []budget.Waiver{{
			Budget: "api-arm64", Metric: budget.Stripped, Limit: *sizeBound("13 MB", 13e6, 28, 50), Reason: "TLS rewrite, #412",
			Expires: time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC), Position: budget.Position{Line: 28, Column: 5},
		}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// good are valid files beside the example.
var good = map[string]string{
	"minimal":         "version: 1\nbudgets:\n  - name: a\n    path: a\n    limits: {file: 1 MB}\n",
	"arch alone":      "version: 1\nbudgets: [{name: a, path: a, arch: amd64}]\n",
	"defaults alone":  "version: 1\ndefaults: {max-increase: {file: 100 kB}}\nbudgets: [{name: a, path: a}]\n",
	"json":            `{"version": 1, "budgets": [{"name": "a", "path": ["a", "!b"], "limits": {"file": 14000000, "text": "5 MB"}}]}`,
	"no line end":     "version: 1\nbudgets:\n- name: a\n  path: /opt/a\n  limits:\n    file: 0",
	"crlf and bom":    "\uFEFFversion: 1\r\nbudgets:\r\n- name: a\r\n  path: a\r\n  limits:\r\n    file: 1 MB\r\n",
	"document start":  "# sizes\n---\nversion: 1\nbudgets: [{name: a, path: a, arch: arm64}]\n...\n",
	"equal tiers":     "version: 1\nbudgets: [{name: a, path: a, limits: {file: {warn: 1 kB, error: 1000 B}}}]\n",
	"mixed tiers":     "version: 1\nbudgets: [{name: a, path: a, max-increase: {file: {warn: 50%, error: 1 kB}}}]\n",
	"quoted":          "version: 1\nbudgets: [{name: '1.10', path: \"\\x61\\t*\", limits: {\"file\": '1 MB'}}, {name: yes, path: b, arch: amd64}]\n",
	"total":           "version: 1\nbudgets: [{name: a, path: a, packages: [{match: 'std/...', limit: {warn: 1 MB}, metric: total}]}]\n",
	"waived package":  "version: 1\nbudgets: [{name: a, path: a, packages: [{match: b, deny: true}]}]\nwaivers: [{budget: a, metric: b, limit: 5 kB, reason: soon}]\n",
	"waived share":    "version: 1\nbudgets: [{name: a, path: a, limits: {unattributed: 1.5 %}}]\nwaivers: [{budget: a, metric: unattributed, limit: 2%, reason: soon}]\n",
	"waived increase": "version: 1\nbudgets: [{name: a, path: a, max-increase: {zip: 1%}}]\nwaivers: [{budget: a, metric: zip, limit: 2 MB, reason: soon}]\n",
	"waived metric beside a rule of the name": "version: 1\nbudgets: [{name: a, path: a, limits: {zip: 1 MB}, packages: [{match: '{zip}', limit: 1 kB}]}]\nwaivers: [{budget: a, metric: zip, limit: 2 MB, reason: soon}, {budget: a, metric: '{zip}', limit: 2 kB, reason: soon}]\n",
	"ambiguous names without a waiver":        "version: 1\nbudgets: [{name: a, path: a, limits: {zip: 1 MB}, packages: [{match: zip, limit: 1 kB}]}]\n",
	"first year":                              "version: 1\nbudgets: [{name: a, path: a, limits: {zip: 1 MB}}]\nwaivers: [{budget: a, metric: zip, limit: 2 MB, reason: soon, expires: 2000-01-01}]\n",
	"package":                                 "version: 1\ndefaults: {max-increase: {stripped: 1%}}\nbudgets:\n  - name: a\n    path: a.zip\n    limits:\n      zipped: 5 MB\n      category:native: 1 MB\n      file:**/*.js: {warn: 1 kB}\n      file: 1 MB\n    max-increase: {unzipped: 1%, \"file:a b\": 5}\n    arch: amd64\n",
	"image":                                   "version: 1\nbudgets:\n  - name: a\n    path: [a.tar, 'registry:ghcr.io/a/b:v1']\n    limits:\n      image: 5 MB\n      layers: {warn: 10, error: '12'}\n      layer:1024: 1 MB\n      file:**/*.js: 1 kB\n    max-increase: {layers: {warn: 10%, error: 2, floor: 1}, wasted: 1%}\nwaivers: [{budget: a, metric: layers, limit: 13, reason: soon}]\n",
	"preset alone":                            "version: 1\nbudgets: [{name: a, path: a.zip, preset: aws-lambda-image}]\n",
	"preset and all metrics":                  "version: 1\nbudgets: [{name: a, path: a, preset: aws-lambda-layer, runtime: nodejs22.x, limits: {text: 1 MB, zipped: 1 MB}}]\nwaivers: [{budget: a, metric: unzipped, limit: 300 MiB, reason: soon}]\n",
	"folded message":                          "version: 1\nbudgets:\n  - name: a\n    path: a\n    arch: arm64\n    message: >\n      one\n      two\n",
}

func TestGood(t *testing.T) {
	for name, text := range good {
		if _, err := Parse("b.yaml", []byte(text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestBudgetReplacesDefaults(t *testing.T) {
	c, err := Parse("b.yaml", []byte(`version: 1
defaults: {max-increase: {file: 1%, upx: 2%, text: 3%}}
budgets:
  - {name: a, path: a, max-increase: {text: 4%, upx: {error: 5%, level: lzma}}}
  - {name: b, path: b}
`))
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"text  4%", "upx lzma 5%", "file  1%", "upx default 2%"},
		{"file  1%", "upx default 2%", "text  3%"},
	}
	for i, b := range c.Budgets {
		var got []string
		for _, inc := range b.Increases {
			got = append(got, fmt.Sprintf("%s %s %s", inc.Metric, inc.Level, inc.Error.Text))
		}
		if !slices.Equal(got, want[i]) {
			t.Errorf("%s: %q, want %q", b.Name, got, want[i])
		}
	}
}

// TestMalformed checks each file for all of its errors, in order.
func TestMalformed(t *testing.T) {
	for _, tt := range malformed {
		t.Run(tt.name, func(t *testing.T) {
			c, err := Parse("b.yaml", []byte(tt.text))
			var errs budget.Errors
			if !errors.As(err, &errs) || c != nil {
				t.Fatalf("%v, %v, want errors", c, err)
			}
			var want []string
			for _, w := range tt.want {
				want = append(want, "b.yaml:"+w)
			}
			if got := strings.Split(errs.Error(), "\n"); !slices.Equal(got, want) {
				t.Errorf("%s\n got %s\nwant %s", tt.text, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
			}
		})
	}
}

// TestOneLine: what people read is one line, however it is written.
func TestOneLine(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"See docs.", "See docs."},
		{"'  See  docs. '", "See  docs."},
		{">\n      See\n      docs.\n\n      Then ask.\n", "See docs. Then ask."},
		{"|\n      See  \n        docs.\n", "See docs."},
		{`"See\r\n\n\tdocs.\Lor\Nask\Pme\v.\f"`, "See docs. or ask me ."},
	} {
		c, err := Parse("b.yaml", []byte("version: 1\nbudgets:\n  - name: a\n    path: a\n    limits: {zip: 1 MB}\n    message: "+tt.text+
			"\nwaivers:\n  - budget: a\n    metric: zip\n    limit: 2 MB\n    reason: "+tt.text+"\n"))
		if err != nil {
			t.Errorf("%s: %v", tt.text, err)
			continue
		}
		if message, reason := c.Budgets[0].Message, c.Waivers[0].Reason; message != tt.want || reason != tt.want {
			t.Errorf("%s: message %q, reason %q, want %q", tt.text, message, reason, tt.want)
		}
	}
}

// TestManyErrors: the first hundred are shown, or all but what the last counts,
// in whatever order they are found.
func TestManyErrors(t *testing.T) {
	for _, n := range []int{1, 99, 100, 101, 399, 400, 401, 999} {
		// Waivers are read last, and stand first.
		text := "version: 1\nwaivers: [x]\nbudgets:\n"
		for i := range n - 1 {
			text += fmt.Sprintf("  - %d\n", i)
		}
		if n == 1 {
			text += "  - {name: a, path: a, arch: arm64}\n"
		}
		_, err := Parse("b.yaml", []byte(text))
		var errs budget.Errors
		if !errors.As(err, &errs) || len(errs) != min(n, 100) {
			t.Errorf("%d: %d errors", n, len(errs))
			continue
		}
		for i, e := range errs {
			want := budget.Error{Path: "b.yaml", Position: budget.Position{Line: i + 3, Column: 5}, Problem: "a budget is a number, where a map is meant", Hint: `write "key: value" lines below it`}
			if i == 0 {
				want.Position, want.Problem = budget.Position{Line: 2, Column: 11}, "a waiver is text, where a map is meant"
			}
			if i == 99 && n > 100 {
				want.Problem, want.Hint, want.Omitted = fmt.Sprintf("%d more mistakes from here on", n-99), "correct those above first", n-99
			}
			if e != want {
				t.Errorf("%d: error %d is %+v, want %+v", n, i, e, want)
			}
		}
	}
}
