package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

const root = "../.."

// TestReference: the pages in docs/reference are what would be written.
func TestReference(t *testing.T) {
	want, err := references(root)
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(root, "docs", "reference")
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if _, ok := want[e.Name()]; !ok {
			t.Errorf("docs/reference/%s is not written by this program (remove it)", e.Name())
		}
	}
	for name, text := range want {
		got, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Error(err)
		} else if string(got) != text {
			t.Errorf("docs/reference/%s is not what the program says today (run go run ./docs/generate)", name)
		}
	}
}

func build(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "sizegate")
	cmd := exec.Command("go", "build", "-buildvcs=false", "-o", program, "./cmd/sizegate")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return program
}

// TestFlags: every flag that a command's help names is in the reference of that
// command and in its manual page.
func TestFlags(t *testing.T) {
	program := build(t)
	commands, err := readCommands(root)
	if err != nil {
		t.Fatal(err)
	}
	page := commandsPage(commands)
	name := regexp.MustCompile(`(?m)^ {2,6}(?:-\w, )?(--[a-z-]+)`)
	for i := range commands {
		c := &commands[i]
		help, err := exec.Command(program, c.name, "--help").Output()
		if err != nil {
			t.Fatal(err)
		}
		_, part, ok := strings.Cut(page, "\n## "+c.name+"\n")
		part, _, _ = strings.Cut(part, "\n## ")
		man := manual(c, "")
		_, flags, _ := strings.Cut(string(help), "\nFlags:\n")
		found := name.FindAllStringSubmatch(flags, -1)
		if !ok || len(found) < 4 || len(found) != len(c.flags) {
			t.Errorf("%s: %d flags in its help, %d read", c.name, len(found), len(c.flags))
		}
		for _, m := range found {
			if !strings.Contains(part, "`"+m[1]+"`") && !strings.Contains(part, "`"+m[1]+" ") {
				t.Errorf("docs/reference/commands.md lacks %s of %s", m[1], c.name)
			}
			if !strings.Contains(man, `\fB`+strings.ReplaceAll(m[1], "-", `\-`)+`\fR`) {
				t.Errorf("sizegate-%s(1) lacks %s", c.name, m[1])
			}
		}
	}
}

func TestParse(t *testing.T) {
	const help = `Does one thing.
And a second.

Then another | thing.

Examples:
  sizegate try a
  sizegate try -n 3 'b c'

Usage:
  sizegate try [flags] FILE...

Flags:
  -n, --top int              rows (0 is all) (default 20)
      --at os/arch[/v]       the one for os/arch[/v]
      --runs int[=10]        run it
      --kind string          a (b), or c (default "a")
  -q, --quiet                no warnings
`
	c := command{name: "try"}
	if err := c.parse(help); err != nil {
		t.Fatal(err)
	}
	if c.usage != "sizegate try [flags] FILE..." || len(c.paragraphs) != 2 || c.paragraphs[0] != "Does one thing. And a second." ||
		len(c.examples) != 2 || c.examples[1] != "sizegate try -n 3 'b c'" {
		t.Errorf("read %+v", c)
	}
	want := []option{
		{"n", "top", "int", "rows (0 is all)", "20"},
		{"", "at", "os/arch[/v]", "the one for os/arch[/v]", ""},
		{"", "runs", "int[=10]", "run it", ""},
		{"", "kind", "string", "a (b), or c", "a"},
		{"q", "quiet", "", "no warnings", ""},
	}
	if len(c.flags) != len(want) {
		t.Fatalf("%d flags: %+v", len(c.flags), c.flags)
	}
	for i := range want {
		if c.flags[i] != want[i] {
			t.Errorf("flag %d is %+v, want %+v", i, c.flags[i], want[i])
		}
	}
	for _, bad := range []string{"", "text", "text\n\nUsage:\n  x\n\nFlags:\nnot a flag\n"} {
		if err := new(command).parse(bad); err == nil {
			t.Errorf("%q is no help, and no error", bad)
		}
	}
}

func TestEscapes(t *testing.T) {
	for text, want := range map[string]string{
		"a-b": `a\-b`, `a\b`: `a\eb`, ".x": `\&.x`, "'x'": `\(aqx\(aq`, `"x"`: `\(dqx\(dq`, "…": `\[u2026]`, "^~": `\(ha\(ti`,
	} {
		if got := line(text); got != want {
			t.Errorf("roff of %q is %q, want %q", text, got, want)
		}
	}
	for text, want := range map[string]string{"a|b": `a\|b`, "a_b `c_d`": "a\\_b `c_d`", "<x>": "&lt;x>", "a ` b_c": "a ` b\\_c"} {
		if got := cell(text); got != want {
			t.Errorf("Markdown of %q is %q, want %q", text, got, want)
		}
	}
}

// TestManuals: groff finds nothing wrong with the pages, and shows what they say.
func TestManuals(t *testing.T) {
	groff, err := exec.LookPath("groff")
	if err != nil {
		t.Skip("groff not found (Debian: apt install groff)")
	}
	files, err := manuals(root, "v1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := write(dir, files); err != nil {
		t.Fatal(err)
	}
	for name := range files {
		cmd := exec.Command(groff, "-man", "-ww", "-Tutf8", "-P-cbou", filepath.Join(dir, name))
		var problems strings.Builder
		cmd.Stderr = &problems
		shown, err := cmd.Output()
		if err != nil || problems.Len() > 0 {
			t.Errorf("%s: %v\n%s", name, err, &problems)
		}
		page := strings.Join(strings.Fields(string(shown)), " ")
		if !strings.Contains(page, "sizegate v1.2.3") || !strings.Contains(page, "SYNOPSIS sizegate ") {
			t.Errorf("%s shows\n%s", name, shown)
		}
		if name == "sizegate-report.1" && !strings.Contains(page, `sizegate report --by function --filter '^net/http$' dist/api`) {
			t.Errorf("%s does not show an example as it is typed:\n%s", name, shown)
		}
	}
}

// TestJSONFields: every field of what the program writes is documented.
func TestJSONFields(t *testing.T) {
	program := build(t)
	page, err := jsonPage(root)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	config := filepath.Join(dir, "budgets.yaml")
	elf, err := filepath.Abs(filepath.Join(root, "testdata", "elf", "rust-std-mixed-amd64"))
	if err != nil {
		t.Fatal(err)
	}
	text := "version: 1\nbudgets:\n  - {name: app, path: " + elf + ", limits: {file: 1 kB}, packages: [{match: core, deny: true}]}\n"
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"report", "--by", "generic", "testdata/elf/rust-std-mixed-amd64"},
		{"report", "testdata/package/function.zip"},
		{"check", "-c", config},
		{"diff", "testdata/elf/rust-v0-amd64", "testdata/elf/rust-v0-lto-amd64"},
		{"diff", "testdata/package/function.zip", "testdata/package/function.zip"},
		{"lambda", "testdata/elf/rust-v0-amd64"},
		{"advise", "testdata/elf/rust-std-mixed-amd64"},
	} {
		cmd := exec.Command(program, append(args, "-f", "json")...)
		cmd.Dir = root
		cmd.Env = append(os.Environ(), "SIZEGATE_UPX=no-upx", "XDG_CACHE_HOME="+dir)
		out, err := cmd.Output()
		if err != nil && args[0] != "check" { // which fails, as it is meant to
			t.Fatalf("%v: %v", args, err)
		}
		var document map[string]any
		if err := json.Unmarshal(out, &document); err != nil {
			t.Fatalf("%v: %v", args, err)
		}
		schema, _ := document["schema"].(string)
		_, part, ok := strings.Cut(page, "\n## "+schema+"\n")
		if !ok {
			t.Errorf("docs/reference/json.md lacks %s", schema)
			continue
		}
		part, _, _ = strings.Cut(part, "\n## ")
		rows := make(map[string]string)
		for row := range strings.Lines(part) {
			if cells := strings.Split(row, "|"); len(cells) > 4 {
				rows[strings.Trim(cells[1], " `")] = strings.Join(cells[2:], "|")
			}
		}
		missing := make(map[string]bool)
		undocumented(rows, "", document, missing)
		for path := range missing {
			t.Errorf("docs/reference/json.md lacks %s of %s", path, schema)
		}
	}
}

// allowed are the values that a meaning lists, as "a", "b" or "c" at its start.
var allowed = regexp.MustCompile(`^[^|]*\| (?:"[^"]+"(?:, | or ))+"[^"]+"`)

var elsewhere = regexp.MustCompile("Its fields are those of `([^`]+)`")

// undocumented adds the paths of an object that have no row, and values that a row
// does not list.
func undocumented(rows map[string]string, path string, value any, missing map[string]bool) {
	switch value := value.(type) {
	case []any:
		for _, v := range value {
			undocumented(rows, path+"[]", v, missing)
		}
	case map[string]any:
		// Keys of these are names of sections, or fields that stand elsewhere.
		row := rows[strings.TrimRight(path, "[]")]
		if strings.Contains(row, "object of integer") || strings.Contains(row, " As in [sizegate.") {
			return
		}
		if m := elsewhere.FindStringSubmatch(row); m != nil {
			path = m[1]
		}
		for key, v := range value {
			at := strings.TrimPrefix(path+"."+key, ".")
			if rows[at] == "" {
				missing[at] = true
				continue
			}
			if text, ok := v.(string); ok {
				if list := allowed.FindString(rows[at]); list != "" && !strings.Contains(list, `"`+text+`"`) {
					missing[at+" "+strconv.Quote(text)] = true
				}
			}
			undocumented(rows, at, v, missing)
		}
	}
}
