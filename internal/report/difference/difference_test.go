package difference

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/compare"
	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// before and after are two builds of a program. .text: 1,000 → 1,250, .rodata:
// 500 → 400, .note 8 stays, headers 64, gaps 28 → 30.
//
//	net/http             400 → 590
//	crypto/tls             0 → 100
//	old/pkg               60 → 0
//	fmt                  300 → 295
//	main, x/net           90, 50 stay
//	padding              100 → 125
func before() *snapshot.Binary {
	b := build(map[string]uint64{"net/http": 400, "old/pkg": 60, "fmt": 300, "main": 90, "golang.org/x/net/idna": 50}, 100, 500, 28, "v0.30.0")
	b.Path, b.Compiler = "old/app", "go1.25.1"
	return b
}

func after() *snapshot.Binary {
	return build(map[string]uint64{"net/http": 590, "crypto/tls": 100, "fmt": 295, "main": 90, "golang.org/x/net/idna": 50}, 125, 400, 30, "v0.31.0")
}

func build(owners map[string]uint64, padding, rodata, gaps uint64, net string) *snapshot.Binary {
	b := &snapshot.Binary{Name: "app", Path: "dist/app", Arch: "arm64", Type: "exec", Languages: []string{"go"}, Compiler: "go1.26.0",
		Version: "v1.4.0", Overhead: snapshot.Overhead{Headers: 64, Gaps: gaps}, Functions: []snapshot.Function{}}
	text := snapshot.Section{Name: ".text", Kind: "code", Padding: padding}
	for name, size := range owners {
		o := snapshot.Owner{Kind: "package", Name: name, Size: size, Sections: map[string]uint64{".text": size}, Confidence: "exact"}
		if strings.HasPrefix(name, "golang.org/x/net") {
			o.Module, o.Version = "golang.org/x/net", net
		}
		text.Attributed += size
		b.Owners = append(b.Owners, o)
		b.Functions = append(b.Functions, snapshot.Function{Name: name + ".f", Owner: name, Section: ".text", Size: size})
	}
	text.FileSize = text.Attributed + padding
	b.Sections = []snapshot.Section{text, {Name: ".rodata", Kind: "rodata", FileSize: rodata, Unattributed: rodata}, {Name: ".note", FileSize: 8, Unattributed: 8}}
	b.FileSize = text.FileSize + rodata + 8 + 64 + gaps
	return b
}

func differ(t *testing.T, old, new *snapshot.Binary) *compare.Diff {
	t.Helper()
	for _, b := range []*snapshot.Binary{old, new} {
		if err := b.Check(); err != nil {
			t.Fatal(err)
		}
	}
	d := compare.Binaries(old, new)
	if err := d.Check(); err != nil {
		t.Fatal(err)
	}
	return d
}

func diffTable(t *testing.T, d *compare.Diff, top int, m display.Medium) string {
	t.Helper()
	var out bytes.Buffer
	if err := Table(&out, d, top, m); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestDiffTable(t *testing.T) {
	want := `old old/app: arm64 exec, go1.25.1, v1.4.0
new dist/app: arm64 exec, go1.26.0, v1.4.0
file 1,600 B → 1,752 B: +152 B (+9.5%)

NEW VERSION OF                       OLD  NEW  DELTA  CHANGE
golang.org/x/net v0.30.0 → v0.31.0   50   50      0

SECTION        OLD    NEW  DELTA  CHANGE
.text        1,000  1,250   +250  +25.0%
.rodata        500    400   -100  -20.0%
… 1 unchanged    8      8      0
[gaps]          28     30     +2   +7.1%
[headers]       64     64      0
total: file  1,600  1,752   +152   +9.5%

PACKAGE                    OLD    NEW  DELTA   CHANGE
net/http                   400    590   +190   +47.5%
crypto/tls                   0    100   +100    added
… 2 more packages          360    295    -65   -18.1%
… 2 unchanged              140    140      0
[unattributed]             508    408   -100   -19.7%
[padding]                  100    125    +25   +25.0%
[gaps]                      28     30     +2    +7.1%
[headers]                   64     64      0
total: file              1,600  1,752   +152    +9.5%

FUNCTION                 OLD  NEW  DELTA   CHANGE
net/http.f               400  590   +190   +47.5%
crypto/tls.f               0  100   +100    added
… 2 more functions       360  295    -65   -18.1%
`
	got := diffTable(t, differ(t, before(), after()), 2, display.Medium{Width: 80})
	spaces := regexp.MustCompile(` +`)
	if squeeze := func(s string) string { return spaces.ReplaceAllString(s, " ") }; squeeze(got) != squeeze(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for line := range strings.Lines(got) {
		if len([]rune(line)) > 81 {
			t.Errorf("wider than 80 columns: %s", line)
		}
	}
}

// TestDiffTableAddsUp checks each column of the tables that end in a total, with
// numbers read back from the text.
func TestDiffTableAddsUp(t *testing.T) {
	row := regexp.MustCompile(`^(.*?) +([0-9,]+) +([0-9,]+) +([-+]?[0-9,]+)(?: +\S+)?$`)
	number := func(s string) int64 {
		n, err := strconv.ParseInt(strings.ReplaceAll(s, ",", ""), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	d := differ(t, before(), after())
	for top := range 6 {
		totals := 0
		var sums [3]int64
		for _, line := range strings.Split(diffTable(t, d, top, display.Medium{Width: 80}), "\n") {
			m := row.FindStringSubmatch(line)
			if m == nil {
				sums = [3]int64{}
				continue
			}
			cells := [3]int64{number(m[2]), number(m[3]), number(m[4])}
			if m[1] == "total: file" {
				totals++
				if cells != sums || cells != [3]int64{1600, 1752, 152} {
					t.Errorf("top %d: the rows add up to %v, total %v", top, sums, cells)
				}
				continue
			}
			for i := range sums {
				sums[i] += cells[i]
			}
		}
		if totals != 2 {
			t.Errorf("%d totals", totals)
		}
	}
}

func TestDiffColor(t *testing.T) {
	text := diffTable(t, differ(t, before(), after()), 0, display.Medium{Width: 80, Color: true})
	for _, want := range []string{"\x1b[1mSECTION", "\x1b[31m.text ", "\x1b[32m.rodata ", "\n[headers] ", "\x1b[31mtotal: file ", "\x1b[32mold/pkg.f ", "removed\x1b[0m\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if plain := diffTable(t, differ(t, before(), after()), 0, display.Medium{Width: 80}); regexp.MustCompile("\x1b\\[[0-9]*m").ReplaceAllString(text, "") != plain {
		t.Error("colour changes more than colour")
	}
}

func TestDiffIdentical(t *testing.T) {
	d := differ(t, before(), before())
	if text := diffTable(t, d, 0, display.Medium{Width: 80}); !strings.HasSuffix(text, "file 1,600 B → 1,600 B: 0 B\n\n"+noDifference+"\n") {
		t.Error(text)
	}
	other := before()
	other.Owners = build(map[string]uint64{"net/http": 400, "old/pkg": 60, "fmt": 300, "main": 90, "golang.org/x/net/idna": 50}, 100, 500, 28, "v0.31.0").Owners
	if text := diffTable(t, differ(t, before(), other), 0, display.Medium{Width: 80}); !strings.Contains(text, "golang.org/x/net v0.30.0 → v0.31.0") || !strings.Contains(text, noDifference) {
		t.Error(text)
	}
	if text := diffMarkdownText(t, d, 0); !strings.Contains(text, "No difference:") || strings.Contains(text, "<details>") {
		t.Error(text)
	}
}

func TestOwnerLabel(t *testing.T) {
	for _, test := range []struct {
		row  compare.Row
		want string
	}{
		{compare.Row{Kind: "package", Name: "fmt", OldVersion: "go1.25", NewVersion: "go1.26"}, "fmt"},
		{compare.Row{Kind: "crate", Name: "toml", ID: "0123456789abcdef", OldVersion: "1.0.0", NewVersion: "1.1.0"}, "toml#01234567 (1.0.0 → 1.1.0)"},
		{compare.Row{Kind: "crate", Name: "toml", OldVersion: "1.0.0", NewVersion: "1.0.0", Confidence: "inferred"}, "toml (1.0.0, inferred)"},
		{compare.Row{Kind: "crate", Name: "toml", OldVersion: "1.0.0"}, "toml (1.0.0)"},
		{compare.Row{Kind: "crate", Name: "toml", NewVersion: "1.0.0"}, "toml (1.0.0)"},
		{compare.Row{Kind: "library", Name: "zlib.c"}, "zlib.c"},
	} {
		if got := ownerLabel(&test.row); got != test.want {
			t.Errorf("%s, want %s", got, test.want)
		}
	}
}

func TestRelative(t *testing.T) {
	for _, test := range []struct {
		old, new uint64
		want     string
	}{
		{0, 0, ""}, {0, 5, ""}, {5, 5, ""}, {5, 0, "-100.0%"}, {100, 150, "+50.0%"}, {100, 350, "+250.0%"},
		{100_000, 100_001, "<+0.1%"}, {100_000, 99_999, ">-0.1%"},
	} {
		if got := relative(test.old, test.new); got != test.want {
			t.Errorf("relative(%d, %d) = %s, want %s", test.old, test.new, got, test.want)
		}
	}
}

// TestDiffFields holds the names of the fields against the contract.
func TestDiffFields(t *testing.T) {
	d := differ(t, before(), after())
	d.Warnings = []string{"w"}
	var out bytes.Buffer
	if err := JSON(&out, d); err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Schema string
		Old    struct {
			Name, Path string
			Size       uint64 `json:"file_size"`
		}
		New struct {
			Name, Path string
			Size       uint64 `json:"file_size"`
		}
		Delta    int64
		Warnings []string
		Sections, Owners, Functions,
		Modules []map[string]any
	}
	if err := json.Unmarshal(out.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Schema != "sizegate.diff/v1" || doc.Delta != 152 || doc.Old.Size != 1600 || doc.New.Size != 1752 || doc.Old.Path != "old/app" ||
		doc.New.Path != "dist/app" || doc.Old.Name != "app" || doc.New.Name != "app" || !reflect.DeepEqual(doc.Warnings, []string{"w"}) {
		t.Errorf("%+v", doc)
	}
	for _, list := range []struct {
		what        string
		rows        []map[string]any
		count       int
		delta       float64
		first, last map[string]any // parts of these rows
	}{
		{"sections", doc.Sections, 5, 152, map[string]any{"name": ".text", "old": 1000.0, "new": 1250.0, "delta": 250.0, "change": "grown"}, map[string]any{"name": "[headers]", "change": "same"}},
		{"owners", doc.Owners, 10, 152, map[string]any{"name": "net/http", "kind": "package", "confidence": "exact", "old": 400.0, "new": 590.0, "delta": 190.0, "change": "grown"},
			map[string]any{"name": "main", "delta": 0.0, "change": "same"}},
		{"functions", doc.Functions, 6, 225, map[string]any{"name": "net/http.f", "owner": "net/http", "delta": 190.0}, map[string]any{"name": "main.f"}},
		{"modules", doc.Modules, 1, 0, map[string]any{"name": "golang.org/x/net", "old_version": "v0.30.0", "new_version": "v0.31.0", "old": 50.0, "new": 50.0, "change": "same"}, nil},
	} {
		sum := 0.0
		for _, r := range list.rows {
			sum += r["delta"].(float64)
			if r["new"].(float64)-r["old"].(float64) != r["delta"].(float64) || r["name"] == nil || r["change"] == nil {
				t.Errorf("%s: %v", list.what, r)
			}
		}
		if len(list.rows) != list.count || sum != list.delta {
			t.Fatalf("%s: %d rows, sum %v, want %d and %v", list.what, len(list.rows), sum, list.count, list.delta)
		}
		for name, want := range list.first {
			if got := list.rows[0][name]; got != want {
				t.Errorf("%s: the first row's %s is %v, want %v", list.what, name, got, want)
			}
		}
		for name, want := range list.last {
			if got := list.rows[len(list.rows)-1][name]; got != want {
				t.Errorf("%s: the last row's %s is %v, want %v", list.what, name, got, want)
			}
		}
	}
	empty := &compare.Diff{Old: &snapshot.Binary{}, New: &snapshot.Binary{}}
	out.Reset()
	if err := JSON(&out, empty); err != nil || strings.Contains(out.String(), "null") {
		t.Error(err, out.String())
	}
}

// hostile are names that mean something to Markdown, HTML, GitHub or a terminal.
var diffHostile = []string{
	"a|b", "a\nb\n\n# c", "<script>alert(1)</script>", "</code></details><img src=x>", "`x`", "@octocat", "#123", "![x](http://example.com/x)",
	"[x]: https://example.com", "*a* _b_ ~~c~~ $d$", "::error file=x::y", "##[error]z", "\x1b[31mred", "\u202eright", "&lt;", "\\|", "https://example.com www.example.com",
	strings.Repeat("x", 100_000), strings.Repeat("e\u0301\u0301", 50_000), "\xff\xfe", "", "- x", "<!-- ",
}

func hostileDiff(t *testing.T) *compare.Diff {
	old, new := before(), after()
	for i, name := range diffHostile {
		for _, b := range []*snapshot.Binary{old, new} {
			size := uint64(5 + i)
			if b == new {
				size += 1000 + uint64(i)
			}
			b.Owners = append(b.Owners, snapshot.Owner{Kind: "crate", Name: name, Module: name, Version: fmt.Sprint(name, b == new), Size: size, Sections: map[string]uint64{".text": size}})
			b.Functions = append(b.Functions, snapshot.Function{Name: name, Owner: name, Section: ".text", Size: size})
			b.Sections[0].Attributed += size
			b.Sections[0].FileSize += size
			b.Sections = append(b.Sections, snapshot.Section{Name: "s" + name, FileSize: size, Unattributed: size})
			b.FileSize += 2 * size
		}
	}
	new.Name, new.Path, new.Compiler, new.Version = diffHostile[3], diffHostile[1], diffHostile[1], diffHostile[10]
	d := differ(t, old, new)
	d.Warnings = append(d.Warnings, diffHostile...)
	return d
}

func diffMarkdownText(t *testing.T, d *compare.Diff, top int) string {
	t.Helper()
	var out bytes.Buffer
	if err := Markdown(&out, d, top); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestDiffMarkdownHostile checks that nothing but the renderer's own markup is
// left, and that every row has its cells.
func TestDiffMarkdownHostile(t *testing.T) {
	d := hostileDiff(t)
	text := diffMarkdownText(t, d, 0)
	if len(text) > 400_000 {
		t.Errorf("%d bytes", len(text))
	}
	tags := regexp.MustCompile(`</?(code|details|summary)>`)
	entity := regexp.MustCompile(`&#[0-9]+;`)
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		left := entity.ReplaceAllString(tags.ReplaceAllString(line, ""), "")
		if strings.ContainsAny(left, "<>&`@#\\[]\x1b\r") || strings.Contains(left, "://") || strings.Contains(left, "www.") {
			t.Errorf("markup is left in %.200q", left)
		}
		if strings.HasPrefix(line, "|") && strings.Count(line, "|") != 6 {
			t.Errorf("not 5 cells: %.200q", line)
		}
		if trimmed := strings.TrimLeft(line, " "); strings.HasPrefix(trimmed, "::") || strings.Contains(line, "##[") {
			t.Errorf("a command: %.200q", line)
		}
		if strings.Count(line, "<code>") != strings.Count(line, "</code>") {
			t.Errorf("tags are not closed: %.200q", line)
		}
	}
	if strings.Count(text, "<details>") != 2 || strings.Count(text, "</details>") != 2 {
		t.Error("owners and functions are not folded away")
	}
	if !strings.Contains(html.UnescapeString(text), "<code><script>alert(1)</script></code>") {
		t.Error("a name is lost")
	}
}

// TestDiffTableHostile checks that a name cannot break out of its line.
func TestDiffTableHostile(t *testing.T) {
	text := diffTable(t, hostileDiff(t), 0, display.Medium{Width: 80})
	for line := range strings.Lines(text) {
		if strings.ContainsAny(line, "\x1b\r\u202e") || strings.HasPrefix(strings.TrimLeft(line, " "), "::") || strings.Contains(line, "##[") {
			t.Errorf("%.200q", line)
		}
	}
	if strings.Contains(text, "# c\n") {
		t.Error("a name is on two lines")
	}
}

// TestDiffMarkdownBounded checks that long lists are cut, with their sums.
func TestDiffMarkdownBounded(t *testing.T) {
	owners := make(map[string]uint64)
	for i := range 5000 {
		owners[fmt.Sprintf("example.com/some/module/with/a/path/p%d", i)] = uint64(i + 1)
	}
	d := differ(t, before(), build(owners, 0, 400, 30, ""))
	text := diffMarkdownText(t, d, 0)
	if len(text) > 40_000 || !strings.Contains(text, "<summary>Owners: 5,005 changed</summary>") || !strings.Contains(text, "| … 4,955 more packages |") || strings.Count(text, ".f</code>") != 50 {
		t.Errorf("%d bytes:\n%s", len(text), text)
	}
	if text := diffMarkdownText(t, d, 3); strings.Count(text, ".f</code>") != 3 || !strings.Contains(text, "| … 5,002 more functions |") {
		t.Error(text)
	}
}

func TestDiffMarkdown(t *testing.T) {
	d := differ(t, before(), after())
	d.Warnings = []string{"only one side\nhas it"}
	text := diffMarkdownText(t, d, 0)
	for _, want := range []string{
		"**<code>app</code>: +152 B (+9.5%)**\n\n",
		"- <code>only one side&#92;x0ahas it</code>\n\n",
		"| <code>golang.org/x/net</code> <code>v0.30.0</code> → <code>v0.31.0</code> | 50 | 50 | 0 |  |\n",
		"| <code>.text</code> | 1,000 | 1,250 | +250 | +25.0% |\n",
		"| <code>&#91;gaps&#93;</code> | 28 | 30 | +2 | +7.1% |\n| **file** | 1,600 | 1,752 | +152 | +9.5% |\n\n",
		"<details><summary>Owners: 4 changed</summary>\n\n| package | old |",
		"| <code>&#91;padding&#93;</code> | 100 | 125 | +25 | +25.0% |\n",
		"| <code>old/pkg.f</code> | 60 | 0 | -60 | removed |\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

type failingWriter struct{ left int }

func (w *failingWriter) Write(p []byte) (int, error) {
	if w.left -= len(p); w.left < 0 {
		return 0, errors.New("disk full")
	}
	return len(p), nil
}

// TestDiffWriteErrors: a disk that is full is told, whenever that is.
func TestDiffWriteErrors(t *testing.T) {
	d := differ(t, before(), after())
	for name, write := range map[string]func(w *failingWriter) error{
		"table":    func(w *failingWriter) error { return Table(w, d, 0, display.Medium{Width: 80}) },
		"json":     func(w *failingWriter) error { return JSON(w, d) },
		"markdown": func(w *failingWriter) error { return Markdown(w, d, 0) },
	} {
		whole := &failingWriter{left: 1 << 20}
		if err := write(whole); err != nil {
			t.Fatal(err)
		}
		total := 1<<20 - whole.left
		for n := 0; n < total; n += 1 + total/100 {
			if write(&failingWriter{left: n}) == nil {
				t.Errorf("%s: no error after %d bytes", name, n)
			}
		}
	}
}

// TestDivideDiff: of what changed no row says that a single one is left out, and what
// did not change is not counted among it.
func TestDivideDiff(t *testing.T) {
	rows := []compare.Row{{Name: "a", Old: 9, New: 1, Change: compare.Shrank}, {Name: "s", Old: 4, New: 4, Change: compare.Same},
		{Name: "b", Old: 1, New: 3, Change: compare.Grew}, {Name: "c", Old: 0, New: 1, Change: compare.Added}}
	for _, test := range []struct {
		top, shown, left int
		old, new         uint64 // of what is left
	}{{0, 3, 0, 0, 0}, {1, 1, 2, 1, 4}, {2, 3, 0, 0, 0}, {3, 3, 0, 0, 0}} {
		p := divide(rows, test.top, false)
		if len(p.shown) != test.shown || p.left != test.left || p.more.Old != test.old || p.more.New != test.new || p.unchanged != 1 || p.same.Old != 4 {
			t.Errorf("--top %d: %+v", test.top, p)
		}
	}
}
