package configfile

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/budget/strictyaml"
	"github.com/sizegate/sizegate/internal/bytesize"
)

// layouts are the ways to write limits down. @N@ marks the N-th number as it
// stands, so that what is wanted is made by a replacement of text.
var layouts = map[string]string{
	"block":       "version: 1\nbudgets:\n  # why\n  - name: a   # name\n    path: a\n    limits:\n      file:   @14 MB@   # 14 MB\n\n      zip: {warn: @1 MB@, error: @2MB@}\n",
	"flow":        `{version: 1, budgets: [{name: é𝄞, path: "14 MB", limits: {file: @14 MB@,zip: {warn: @1 MB@ , error: @14 MB@}}}]}`,
	"quotes":      "version: 1\nbudgets:\n- name: '14 MB'\n  path: a\n  limits: {file: '@14 MB@', \"zip\": \"@1 MB@\"}\n",
	"crlf":        "version: 1\r\nbudgets:\r\n- name: a\r\n  path: a\r\n  limits:\r\n    file: @14 MB@\r\n    zip: @1 MB@\r\n",
	"bom":         "\uFEFFversion: 1\nbudgets: [{name: a, path: a, limits: {file: @14 MB@}}]\n",
	"bom at once": "\uFEFF{version: 1, budgets: [{name: a, path: a, limits: {file: @14 MB@}}]}",
	"no line end": "version: 1\nbudgets:\n- name: a\n  path: a\n  limits:\n    file: @14000000@",
	"next line":   "version: 1\nbudgets:\n- name: a\n  path: a\n  limits:\n    file:\n      @14 MB@\n    ? zip\n    : @1 MB@\n",
	"increases":   "version: 1\ndefaults: {max-increase: {file: {error: @1 MB@, floor: @16 KiB@}}}\nbudgets:\n- name: a\n  path: a\n  packages: [{match: 14 MB, limit: @14 MB@}]\n",
	"documents":   "%YAML 1.1\n---\nversion: 1\nbudgets:\n- {name: a, path: a, limits: {file: @14 MB@}}\n...\n# end\n",
	"same line":   "version: 1\nbudgets: [{name: a, path: a, limits: {file: @9 kB@, zip: @9 kB@, text: @9 kB@, .a: @9 kB@}}]\n",
	"tabs":        "version: 1\nbudgets: [{name: a, path: a, limits: {file:\t@14 MB@\t, zip: @1 MB@}}]\t# x\n",
}

// bounds are all numbers of a configuration, in the order of the file.
func bounds(c *budget.Config) []*budget.Bound {
	var list []*budget.Bound
	add := func(bs ...*budget.Bound) {
		for _, b := range bs {
			if b != nil {
				list = append(list, b)
			}
		}
	}
	for _, b := range c.Budgets {
		for _, l := range b.Limits {
			add(l.Warn, l.Error)
		}
		for _, i := range b.Increases {
			add(i.Warn, i.Error, i.Floor)
		}
		for _, p := range b.Packages {
			add(p.Warn, p.Error)
		}
	}
	for i := range c.Waivers {
		add(&c.Waivers[i].Limit)
	}
	return list
}

func TestRewrite(t *testing.T) {
	for name, layout := range layouts {
		t.Run(name, func(t *testing.T) {
			parts := strings.Split(layout, "@")
			old := []byte(strings.Join(parts, ""))
			c, err := Parse("b.yaml", old)
			if err != nil {
				t.Fatal(err)
			}
			all := bounds(c)
			if len(all) != len(parts)/2 {
				t.Fatalf("%d bounds, want %d", len(all), len(parts)/2)
			}
			// Every set of bounds, at most four of them.
			for set := range 1 << len(all) {
				var edits []strictyaml.Edit
				want := append([]string(nil), parts...)
				for i, b := range all {
					if b.Text != parts[2*i+1] {
						t.Fatalf("bound %d is %q, want %q", i, b.Text, parts[2*i+1])
					}
					if set>>i&1 == 1 {
						e := strictyaml.Edit{Position: b.Position, Old: b.Text, New: []string{"20.5 MB", "20000000", "20 GB", "20.123456GB"}[i]}
						want[2*i+1] = e.New
						edits = append([]strictyaml.Edit{e}, edits...) // in any order
					}
				}
				got, err := Rewrite("b.yaml", old, edits)
				if wanted := strings.Join(want, ""); string(got) != wanted && !warnAboveError(err) {
					t.Errorf("%v\n got %q, %v\nwant %q", edits, got, err, wanted)
				}
			}
		})
	}
}

// warnAboveError: some sets raise a warning alone.
func warnAboveError(err error) bool {
	return err != nil && strings.Contains(err.Error(), "is above error") && !strings.Contains(err.Error(), "\n")
}

func TestRewriteRefuses(t *testing.T) {
	file := []byte("version: 1\nbudgets:\n- name: a\n  path: a\n  limits: {file: \"14\\x20MB\", zip: {warn: 1 MB, error: 2 MB}, text: '14\n    MB'}\n")
	tests := []struct {
		name  string
		edits []strictyaml.Edit
		want  string
	}{
		{"escape", []strictyaml.Edit{{Position: budget.Position{Line: 5, Column: 18}, Old: "14 MB", New: "15 MB"}}, `b.yaml:5:18: "14 MB" is not written as it reads (change it to "15 MB" by hand)`},
		{"two lines", []strictyaml.Edit{{Position: budget.Position{Line: 5, Column: 68}, Old: "14 MB", New: "15 MB"}}, `b.yaml:5:68: "14 MB" is not written as it reads (change it to "15 MB" by hand)`},
		{"other text", []strictyaml.Edit{{Position: budget.Position{Line: 5, Column: 42}, Old: "9 MB", New: "1 MB"}}, `b.yaml:5:42: "9 MB" is not written as it reads (change it to "1 MB" by hand)`},
		{"not there", []strictyaml.Edit{{Position: budget.Position{Line: 9, Column: 1}, Old: "1 MB", New: "2 MB"}}, `b.yaml:9:1: "1 MB" is not written as it reads (change it to "2 MB" by hand)`},
		{"within a line end", []strictyaml.Edit{{Position: budget.Position{Line: 1, Column: 40}, Old: "1 MB", New: "2 MB"}}, `b.yaml:1:40: "1 MB" is not written as it reads (change it to "2 MB" by hand)`},
		{"twice", []strictyaml.Edit{{Position: budget.Position{Line: 5, Column: 42}, Old: "1 MB", New: "1 kB"}, {Position: budget.Position{Line: 5, Column: 42}, Old: "1 MB", New: "1 kB"}}, `b.yaml:5:42: "1 MB" is not written as it reads (change it to "1 kB" by hand)`},
		{"nothing", []strictyaml.Edit{{Position: budget.Position{Line: 5, Column: 42}, Old: "", New: "1 kB"}}, `b.yaml:5:42: "" is not written as it reads (change it to "1 kB" by hand)`},
		{"half a number", []strictyaml.Edit{{Position: budget.Position{Line: 5, Column: 42}, Old: "1", New: "2"}}, `b.yaml: the limits cannot be changed without changing more (change them by hand)`},
		{"part of a number", []strictyaml.Edit{{Position: budget.Position{Line: 5, Column: 43}, Old: " MB", New: " kB"}}, `b.yaml: the limits cannot be changed without changing more (change them by hand)`},
		{"comment", []strictyaml.Edit{{Position: budget.Position{Line: 5, Column: 42}, Old: "1 MB", New: "1 MB #"}}, ``},
		{"key", []strictyaml.Edit{{Position: budget.Position{Line: 5, Column: 42}, Old: "1 MB", New: "1 MB, floor: 1 kB"}}, ``},
		{"quote", []strictyaml.Edit{{Position: budget.Position{Line: 5, Column: 42}, Old: "1 MB", New: "'1 MB'"}}, `b.yaml: the limits cannot be changed without changing more (change them by hand)`},
		{"above", []strictyaml.Edit{{Position: budget.Position{Line: 5, Column: 42}, Old: "1 MB", New: "3 MB"}}, `b.yaml:5:42: warn "3 MB" is above error "2 MB" (lower warn or raise error); the file was left as it is, because it would not be valid with the new limits`},
	}
	for _, tt := range tests {
		got, err := Rewrite("b.yaml", file, tt.edits)
		if got != nil || err == nil || tt.want != "" && err.Error() != tt.want {
			t.Errorf("%s: %q\n got %v\nwant %s", tt.name, got, err, tt.want)
		}
	}
}

// FuzzParse checks what any bytes must hold to: errors with positions, in order,
// one line each; or a configuration of sound values, whose numbers can be
// rewritten.
func FuzzParse(f *testing.F) {
	f.Add([]byte(example))
	for _, text := range good {
		f.Add([]byte(text))
	}
	for _, m := range malformed {
		if len(m.text) < 1000 {
			f.Add([]byte(m.text))
		}
	}
	for _, l := range layouts {
		f.Add([]byte(strings.ReplaceAll(l, "@", "")))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Parse("b.yaml", data)
		if err != nil {
			checkErrors(t, data, err)
			return
		}
		if len(c.Budgets) == 0 || c.Path != "b.yaml" {
			t.Fatalf("%+v", c)
		}
		names := make(map[string]bool)
		for _, b := range c.Budgets {
			if b.Name == "" || names[b.Name] || len(b.Paths) == 0 {
				t.Fatalf("%+v", b)
			}
			names[b.Name] = true
			if len(b.Limits)+len(b.Increases)+len(b.Packages) == 0 && b.Arch == "" && b.Preset == "" {
				t.Fatalf("nothing to check: %+v", b)
			}
			for _, l := range b.Limits {
				checkTiers(t, l.Metric, l.Level, l.Warn, l.Error)
			}
			for _, i := range b.Increases {
				checkTiers(t, i.Metric, i.Level, i.Warn, i.Error)
			}
			for _, p := range b.Packages {
				if p.Match == "" || p.Deny == (p.Warn != nil || p.Error != nil) || p.Metric != budget.Text && p.Metric != budget.Total {
					t.Fatalf("%+v", p)
				}
			}
		}
		for _, w := range c.Waivers {
			if !names[w.Budget] || w.Reason == "" || w.Limit.Text == "" {
				t.Fatalf("%+v", w)
			}
		}
		var edits []strictyaml.Edit
		for _, b := range bounds(c) {
			if !b.Share && b.Position.Line > 0 && !strings.Contains(fmt.Sprint(edits), fmt.Sprint(b.Position)) {
				edits = append(edits, strictyaml.Edit{Position: b.Position, Old: b.Text, New: bytesize.Restyle(b.Text, b.Size)})
			}
		}
		out, err := Rewrite("b.yaml", data, edits)
		if err == nil {
			if _, err := Parse("b.yaml", out); err != nil {
				t.Fatalf("%q: %v", out, err)
			}
		}
	})
}

func checkErrors(t *testing.T, data []byte, err error) {
	errs, ok := err.(budget.Errors)
	if !ok || len(errs) == 0 {
		t.Fatalf("%T %v", err, err)
	}
	lines := bytes.Count(data, []byte("\n")) + 1
	last := budget.Position{Line: 1, Column: 1}
	for _, e := range errs {
		if e.Line < 1 || e.Line > lines || e.Column < 1 || e.Compare(last) < 0 || e.Problem == "" || strings.Contains(e.Error(), "\n") {
			t.Fatalf("%q: %v", data, e)
		}
		last = e.Position
	}
}

func checkTiers(t *testing.T, m budget.Metric, level string, warn, fail *budget.Bound) {
	if m == "" || (m == budget.UPX) != (level != "") || warn == nil && fail == nil {
		t.Fatalf("%s %s %v %v", m, level, warn, fail)
	}
	for _, b := range []*budget.Bound{warn, fail} {
		if b != nil && (b.Text == "" || b.Position.Line == 0 || m == budget.Unattributed && !b.Share) {
			t.Fatalf("%s: %+v", m, b)
		}
	}
	if warn != nil && fail != nil && !warn.Share && !fail.Share && warn.Size > fail.Size {
		t.Fatalf("%s: %v above %v", m, warn, fail)
	}
}
