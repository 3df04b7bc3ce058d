package outcome

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sizegate/sizegate/internal/badname"
	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/compare"
	"github.com/sizegate/sizegate/internal/display"
)

// hostileNames are names as a file or a configuration can hold them, and as they
// are shown: in the middle of a line, and where one begins.
var hostileNames = []struct{ raw, inside, begins string }{
	{"100%", "100%", "100%"},
	{"a,b", "a,b", "a,b"},
	{"a:b", "a:b", "a:b"},
	{"a=b", "a=b", "a=b"},
	{"a\rb", `a\x0db`, `a\x0db`},
	{"a\nb", `a\x0ab`, `a\x0ab`},
	{"a\r\n::error::b", `a\x0d\x0a::error::b`, `a\x0d\x0a::error::b`},
	{"\x1b[31mred\x1b[0m", `\x1b[31mred\x1b[0m`, `\x1b[31mred\x1b[0m`},
	{"\x1b]8;;http://x\x07y", `\x1b]8;;http://x\x07y`, `\x1b]8;;http://x\x07y`},
	{"::error::x", "::error::x", `\x3a:error::x`},
	{"  ::error::x", "  ::error::x", `  \x3a:error::x`},
	{"::ERROR file=a,line=1::x", "::ERROR file=a,line=1::x", `\x3a:ERROR file=a,line=1::x`},
	{"x,title=y::z", "x,title=y::z", "x,title=y::z"},
	{"##[error]x", `\x23#[error]x`, `\x23#[error]x`},
	{"a##[add-mask]b##[group]c", `a\x23#[add-mask]b\x23#[group]c`, `a\x23#[add-mask]b\x23#[group]c`},
	{"]]>", "]]>", "]]>"},
	{"<script>alert(1)</script>", "<script>alert(1)</script>", "<script>alert(1)</script>"},
	{"%0A::error::x", "%0A::error::x", "%0A::error::x"},
	{"%25%0a%3A%2C", "%25%0a%3A%2C", "%25%0a%3A%2C"},
	{"%2525250A", "%2525250A", "%2525250A"},
	{"a\u202eb\u2066c", `a\u{202e}b\u{2066}c`, `a\u{202e}b\u{2066}c`},
	{"\u200b::error::x", `\u{200b}::error::x`, `\u{200b}::error::x`},
	{"\u00a0\u0085\u2028::stop-commands::x", `\u{a0}\u{85}\u{2028}::stop-commands::x`, `\u{a0}\u{85}\u{2028}::stop-commands::x`},
	{"\xff\xfe::error::", `\xff\xfe::error::`, `\xff\xfe::error::`},
	{"caf\xe9", `caf\xe9`, `caf\xe9`},
	{"a\x00b", `a\x00b`, `a\x00b`},
	{"a|b`c`*d*_e_[f](g)~h~", "a|b`c`*d*_e_[f](g)~h~", "a|b`c`*d*_e_[f](g)~h~"},
	{"@octocat #1 www.example.com https://example.com", "@octocat #1 www.example.com https://example.com", "@octocat #1 www.example.com https://example.com"},
	{"漢字 🦀", "漢字 🦀", "漢字 🦀"},
}

// hostile is a verdict in which everything that can be untrusted has this name.
func hostile(name string) *budget.Verdict {
	rows := []compare.Row{{Name: name, Owner: name, Old: 1, New: 6, Change: compare.Grew, OldVersion: name, NewVersion: name + "2"}}
	result := func(s budget.Status) budget.Result {
		return budget.Result{Budget: name, Path: name, Metric: budget.Text, Level: "", Subject: name, Value: 6, Limit: 5, Status: s,
			Message: name, Note: name, Position: budget.Position{Line: 3, Column: 5},
			Culprits: budget.Culprits{Heaviest: rows, Owners: rows, Functions: rows, Sections: rows}}
	}
	return &budget.Verdict{
		Config: name,
		Results: []budget.Result{result(budget.Pass), result(budget.Fail), result(budget.Warn), result(budget.Waived), result(budget.Skipped),
			{Budget: name, Path: name + "2", Metric: budget.Metric("." + name), Value: 1, Limit: 2, Status: budget.Pass}},
		Failures: []budget.Failure{{Budget: name, Path: name, Problem: name, Position: budget.Position{Line: 4}}},
		Warnings: []budget.Warning{{Text: name}},
	}
}

func checkGitHub(t *testing.T, v *budget.Verdict) (commands []runnerCommand, rest []string) {
	t.Helper()
	var out bytes.Buffer
	if err := GitHub(&out, v); err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(out.String(), "\n") {
		t.Errorf("no end of line: %q", out.String())
	}
	return runnerCommands(out.String())
}

// TestCheckGitHubHostile reads the output back as GitHub's runner does.
func TestCheckGitHubHostile(t *testing.T) {
	for _, h := range hostileNames {
		commands, rest := checkGitHub(t, hostile(h.raw))
		if want := []string{"sizegate: could not be measured: 1 problem"}; !slices.Equal(rest, want) {
			t.Errorf("%q: lines %q, want %q", h.raw, rest, want)
		}
		message := h.begins + ":3: " + h.inside + " " + h.inside + ": " + h.inside + "\n" +
			"grew most: " + h.begins + " +5 B (" + h.begins + " → " + h.inside + "2)\n" +
			"sections that grew most: " + h.begins + " +5 B (" + h.begins + " → " + h.inside + "2)\n" +
			"functions that grew most: " + h.begins + " +5 B (" + h.begins + " → " + h.inside + "2)\n" +
			h.begins
		properties := func(line, column, title string) map[string]string {
			p := map[string]string{"file": h.begins, "title": title}
			if line != "" {
				p["line"], p["endline"] = line, line
			}
			if column != "" {
				p["col"] = column
			}
			return p
		}
		limit := properties("3", "5", "sizegate: "+h.inside+" text of "+h.inside)
		want := []runnerCommand{
			{"error", properties("4", "", "sizegate: "+h.inside+" could not be measured"),
				fmt.Sprintf("%s:4: %s: %s: %s", h.begins, h.inside, h.inside, h.inside)},
			{"error", limit, message},
			{"warning", limit, message},
			{"warning", properties("", "", "sizegate"), fmt.Sprintf("%s: %s", h.begins, h.inside)},
			{"notice", limit, message},
		}
		if !reflect.DeepEqual(commands, want) {
			t.Errorf("%q:\n%+q\nwant\n%+q", h.raw, commands, want)
		}
	}
}

func FuzzCheckGitHub(f *testing.F) {
	for _, h := range hostileNames {
		f.Add(h.raw)
	}
	f.Fuzz(func(t *testing.T, name string) {
		v := hostile(name)
		v.Config = "budgets.yaml"
		commands, rest := checkGitHub(t, v)
		var kinds []string
		for _, c := range commands {
			kinds = append(kinds, c.name)
			for key, value := range c.properties {
				if !slices.Contains([]string{"file", "line", "endline", "col", "title"}, key) {
					t.Errorf("%q: property %q", name, key)
				}
				if strings.ContainsAny(value, "\r\n") {
					t.Errorf("%q: %s is %q", name, key, value)
				}
			}
			if c.properties["file"] != "budgets.yaml" || !strings.HasPrefix(c.properties["title"], "sizegate") {
				t.Errorf("%q: %q", name, c.properties)
			}
			if n := dotnetLength(c.data); n > 4096 {
				t.Errorf("%q: a message of %d units", name, n)
			}
			if !utf8.ValidString(c.data) {
				t.Errorf("%q: message %q", name, c.data)
			}
		}
		if !slices.Equal(kinds, []string{"error", "error", "warning", "warning", "notice"}) || len(rest) != 1 {
			t.Fatalf("%q: %q, %q", name, kinds, rest)
		}
		if whole := display.Clean("budgets.yaml: " + name); name != "" && len(whole) < 4096 && commands[3].data != whole {
			t.Errorf("%q: %q", name, commands[3].data)
		}
	})
}

func TestCheckGitHub(t *testing.T) {
	var out bytes.Buffer
	if err := GitHub(&out, verdict()); err != nil {
		t.Fatal(err)
	}
	want := `::error file=ci/budgets.yaml,line=20,endLine=20,col=11,title=sizegate%3A tools .rodata::ci/budgets.yaml:20: tools dist/a: .rodata is 10 B
::error file=ci/budgets.yaml,line=9,endLine=9,col=41,title=sizegate%3A api stripped::ci/budgets.yaml:9: api: stripped is 12,345,678 B (12.3 MB), 345,678 B over the limit of 12 MB%0Agrew most: net/http +312,345 B (new), golang.org/x/net/html +41,000 B (v0.30.0 → v0.31.0)%0Asections that grew most: .text +300,000 B%0Afunctions that grew most: core::fmt::write +1,100 B%0ASee docs/size.md first.
::warning file=ci/budgets.yaml,line=10,endLine=10,col=7,title=sizegate%3A api upx lzma::ci/budgets.yaml:10: api: upx lzma is 4,900,000 B (4.90 MB)%0Aweighs most: runtime 900,000 B
::warning file=ci/budgets.yaml,line=30,endLine=30,col=3,title=sizegate::ci/budgets.yaml:30: the waiver of api for gzip has expired
::notice file=ci/budgets.yaml,line=12,endLine=12,col=7,title=sizegate%3A api text max-increase::ci/budgets.yaml:12: api: text grew by 100,000 B (+5.0%25); waived: TLS rewrite, #412
sizegate: 2 of 9 limits exceeded, 1 waived, 2 warnings, 1 skipped
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", &out, want)
	}

	for _, test := range []struct {
		v    *budget.Verdict
		want string
	}{
		{&budget.Verdict{Config: "budgets.yaml", Results: []budget.Result{{Status: budget.Pass}}}, "sizegate: every limit holds\n"},
		{&budget.Verdict{Config: "budgets.yaml", Results: []budget.Result{{Status: budget.Skipped}}}, "sizegate: no limit was checked, 1 skipped\n"},
	} {
		out.Reset()
		if err := GitHub(&out, test.v); err != nil || out.String() != test.want {
			t.Errorf("%q, %v, want %q", &out, err, test.want)
		}
	}
}

// TestCheckGitHubMany: ten of each kind, the worst, and the tenth counts the rest
// however long it is.
func TestCheckGitHubMany(t *testing.T) {
	v := many(10_000)
	for i := range 12 {
		v.Results = append(v.Results, budget.Result{Budget: "w", Status: budget.Waived, Value: uint64(20 + i), Limit: 10, Message: fmt.Sprint("waived ", i)})
		v.Warnings = append(v.Warnings, budget.Warning{Text: fmt.Sprint("warning ", i)})
	}
	commands, rest := checkGitHub(t, v)
	of := make(map[string][]runnerCommand)
	for _, c := range commands {
		of[c.name] = append(of[c.name], c)
		if n := dotnetLength(c.data); n > 4096 {
			t.Errorf("a message of %d units", n)
		}
	}
	if len(of["error"]) != 10 || len(of["warning"]) != 10 || len(of["notice"]) != 10 || len(commands) != 30 || len(rest) != 1 {
		t.Fatalf("%d commands, %d errors, %d warnings, %d notices", len(commands), len(of["error"]), len(of["warning"]), len(of["notice"]))
	}
	for kind, want := range map[string]string{"error": "\nand 9,990 more: see the summary", "warning": "\nand 2 more: see the summary", "notice": "\nand 2 more: see the summary"} {
		for i, c := range of[kind] {
			if strings.HasSuffix(c.data, want) != (i == 9) {
				t.Errorf("%s %d: %q", kind, i, c.data)
			}
		}
	}
	// many makes the last one the worst.
	if got := of["error"][0].properties["title"]; got != "sizegate: b9999 file" {
		t.Errorf("first is %q", got)
	}
	if got := of["notice"][0].data; got != ": w: waived 11" && got != "budgets.yaml: w: waived 11" {
		t.Errorf("first notice is %q", got)
	}
}

// many is a verdict with n breaches of long names and messages.
func many(n int) *budget.Verdict {
	v := &budget.Verdict{Config: "budgets.yaml"}
	var rows []compare.Row
	for i := range 10 {
		rows = append(rows, compare.Row{Name: fmt.Sprintf("example.com/%d/%s", i, strings.Repeat("<|漢🦀", 1000)), Old: 1, New: 2, Change: compare.Grew})
	}
	message := "file " + strings.Repeat("🦀", 5000)
	for i := range n {
		v.Results = append(v.Results, budget.Result{Budget: fmt.Sprintf("b%d", i), Path: "x", Metric: budget.File,
			Value: uint64(1000 + i), Limit: 999, Status: budget.Fail, Message: message,
			Position: budget.Position{Line: i + 1, Column: 1}, Culprits: budget.Culprits{Owners: rows, Functions: rows}})
	}
	return v
}

// TestMistakesGitHub: ten annotations at most, of which the last counts all the
// others, those that the list of mistakes itself leaves out too.
func TestMistakesGitHub(t *testing.T) {
	mistakes := func(n, omitted int) budget.Errors {
		var list budget.Errors
		for i := range n {
			list = append(list, budget.Error{Path: "x", Position: budget.Position{Line: i + 1, Column: 2}, Problem: fmt.Sprint("mistake ", i+1)})
		}
		if n > 0 {
			list[n-1].Omitted = omitted
		}
		return list
	}
	for _, test := range []struct {
		n, omitted, shown int
		last              string
	}{
		{0, 0, 0, ""},
		{1, 0, 1, "ci/b.yaml:1:2: mistake 1"},
		{10, 0, 10, "ci/b.yaml:10:2: mistake 10"},
		{11, 0, 10, "ci/b.yaml:10:2: mistake 10\nand 1 more: see the log"},
		{100, 23, 10, "ci/b.yaml:10:2: mistake 10\nand 112 more: see the log"},
	} {
		var out bytes.Buffer
		if err := MistakesGitHub(&out, "ci/b.yaml", mistakes(test.n, test.omitted)); err != nil {
			t.Fatal(err)
		}
		commands, _ := runnerCommands(out.String())
		if len(commands) != test.shown || test.shown > 0 && commands[test.shown-1].data != test.last {
			t.Errorf("%d and %d: %+v\nwant %d, the last %q", test.n, test.omitted, commands, test.shown, test.last)
		}
	}
}

func TestCutUTF16(t *testing.T) {
	for _, test := range []struct {
		in   string
		n    int
		want string
	}{
		{"", 0, ""},
		{"abc", 3, "abc"},
		{"abcd", 3, "ab…"},
		{"ab🦀", 4, "ab🦀"},
		{"ab🦀", 3, "ab…"},
		{"a🦀b", 3, "a…"},
		{"🦀🦀🦀", 5, "🦀🦀…"},
		{"🦀🦀🦀", 4, "🦀…"},
		{"漢字漢字", 3, "漢字…"},
	} {
		if got := cutUTF16(test.in, test.n); got != test.want || dotnetLength(got) > max(test.n, 0) {
			t.Errorf("cutUTF16(%q, %d) = %q, want %q", test.in, test.n, got, test.want)
		}
	}
}

func TestEscapeCommand(t *testing.T) {
	for _, test := range []struct{ in, data, property string }{
		{"", "", ""},
		{"100%", "100%25", "100%25"},
		{"%0A", "%250A", "%250A"},
		{"%25", "%2525", "%2525"},
		{"a\r\nb", "a%0D%0Ab", "a%0D%0Ab"},
		{"a:b,c", "a:b,c", "a%3Ab%2Cc"},
		{"::error::", "::error::", "%3A%3Aerror%3A%3A"},
	} {
		if got := escapeData(test.in); got != test.data {
			t.Errorf("data %q: %q, want %q", test.in, got, test.data)
		}
		if got := escapeProperty(test.in); got != test.property {
			t.Errorf("property %q: %q, want %q", test.in, got, test.property)
		}
	}
}

// TestRunnerCommands tries the parser on what the runner's own tests hold of, so
// that a parser that sees nothing does not pass for proof.
func TestRunnerCommands(t *testing.T) {
	for _, test := range []struct {
		line string
		want []runnerCommand
	}{
		{"::do-something::msg", []runnerCommand{{"do-something", map[string]string{}, "msg"}}},
		{"   ::do-something k1=v1,::msg", []runnerCommand{{"do-something", map[string]string{"k1": "v1"}, "msg"}}},
		{"::do-something k1=%253B=%250D=%250A=%255D,::%253B-%250D-%250A-%255D-%3A-%2C",
			[]runnerCommand{{"do-something", map[string]string{"k1": "%3B=%0D=%0A=%5D"}, "%3B-%0D-%0A-%5D-%3A-%2C"}}},
		{"::ERROR k1=v1,k2=::", []runnerCommand{{"error", map[string]string{"k1": "v1"}, ""}}},
		{"##[do-something k1=v1;]msg", []runnerCommand{{"do-something", map[string]string{"k1": "v1"}, "msg"}}},
		{">>>   ##[do-something k1=%3B=%0D=%0A=%5D;]%3B-%0D-%0A-%5D",
			[]runnerCommand{{"do-something", map[string]string{"k1": ";=\r=\n=]"}, ";-\r-\n-]"}}},
		{"a ::error::b", nil},
		{"::error", nil},
		{"##[error", nil},
		{"a\r::error::b", []runnerCommand{{"error", map[string]string{}, "b"}}},
	} {
		if got, _ := runnerCommands(test.line); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%q: %+q, want %+q", test.line, got, test.want)
		}
	}
}

// TestBadNamesInCommands: nothing ends a command or one of its properties, and a name
// comes back as it was.
func TestBadNamesInCommands(t *testing.T) {
	for _, name := range badname.All() {
		data, property := escapeData(name), escapeProperty(name)
		if strings.ContainsAny(data, "\r\n") || strings.ContainsAny(property, "\r\n:,") {
			t.Errorf("%.100q is in a command %.100q and %.100q", name, data, property)
		}
		unescape := strings.NewReplacer("%3A", ":", "%2C", ",", "%0D", "\r", "%0A", "\n", "%25", "%")
		if unescape.Replace(data) != name || unescape.Replace(property) != name {
			t.Errorf("%.100q does not come back from a command", name)
		}
	}
}
