package report

import (
	"bytes"
	"encoding/csv"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/badname"
	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/report/breakdown"
	"github.com/sizegate/sizegate/internal/report/sample"
	"github.com/sizegate/sizegate/internal/snapshot"
)

func options(by breakdown.By) Options {
	return Options{Choice: breakdown.Choice{By: by, Asked: asked, Scope: "executable sections"}, Medium: display.Medium{Width: 80}}
}

func asked(s *snapshot.Section) bool { return s.Kind == "code" }

func render(t *testing.T, o Options, binaries ...*snapshot.Binary) string {
	t.Helper()
	r := &snapshot.Report{Schema: snapshot.Schema}
	for _, b := range binaries {
		r.Binaries = append(r.Binaries, *b)
	}
	var out bytes.Buffer
	if err := Table(&out, r, o); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// bytesColumn returns the numbers with thousands in column i, counted from 1
// behind the name, of the lines between a heading and the line that begins with
// total.
func bytesColumn(t *testing.T, text, heading, total string, i int) (rows []uint64, sum uint64) {
	t.Helper()
	_, text, ok := strings.Cut(text, "\n"+heading)
	if !ok {
		t.Fatalf("no heading %q in\n%s", heading, text)
	}
	_, text, _ = strings.Cut(text, "\n")
	number, folded := regexp.MustCompile(` [0-9][0-9,]*`), regexp.MustCompile(`^… [0-9,]+ more`)
	for line := range strings.Lines(text) {
		line = folded.ReplaceAllString(line, "…")
		cells := number.FindAllString(line, -1)
		if len(cells) < i {
			t.Fatalf("no number %d in %q", i, line)
		}
		n, err := strconv.ParseUint(strings.ReplaceAll(strings.TrimSpace(cells[i-1]), ",", ""), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(line, total) {
			return rows, n
		}
		if !strings.HasPrefix(line, "total: ") { // of some rows
			rows = append(rows, n)
		}
	}
	t.Fatalf("no line %q", total)
	return nil, 0
}

// TestSmallSections checks that folded sections still add up to the file.
func TestSmallSections(t *testing.T) {
	text := render(t, options(breakdown.ByOrigin), sample.Binary())
	if !regexp.MustCompile(`(?m)^… 3 more small sections +18 +0\.2%$`).MatchString(text) {
		t.Errorf("small sections are not one row:\n%s", text)
	}
	if strings.Contains(text, ".small") || strings.Contains(text, ".bss") {
		t.Errorf("a small section has a row:\n%s", text)
	}
	text = render(t, options(breakdown.BySection), sample.Binary())
	for _, name := range []string{".small.1", ".small.2", ".small.3", ".bss"} {
		if !strings.Contains(text, "\n"+name+" ") {
			t.Errorf("by section, %s has no row:\n%s", name, text)
		}
	}
	for _, by := range []breakdown.By{breakdown.ByOrigin, breakdown.BySection} {
		rows, total := bytesColumn(t, render(t, options(by), sample.Binary()), "SECTION", "total: file", 1)
		sum := uint64(0)
		for _, n := range rows {
			sum += n
		}
		if sum != 10_000 || total != 10_000 {
			t.Errorf("by %s: the sections add up to %d, total %d", by, sum, total)
		}
	}
}

// TestTopAddsUp checks that rows which are left out are counted in one.
func TestTopAddsUp(t *testing.T) {
	for top := range 9 {
		for _, filter := range []*regexp.Regexp{nil, regexp.MustCompile("alpha|memchr|m/a"), regexp.MustCompile("none")} {
			o := options(breakdown.ByPackage)
			o.Top, o.Filter = top, filter
			text := render(t, o, sample.Binary(), sample.Binary())
			rows, total := bytesColumn(t, text, "PACKAGE", "total: executable sections", 2)
			sum := uint64(0)
			for _, n := range rows {
				sum += n
			}
			if sum != 1000 || total != 1000 {
				t.Errorf("top %d, filter %v: the rows add up to %d, total %d\n%s", top, filter, sum, total, text)
			}
		}
	}
}

// TestRunning checks that the running share ends at all of it, in the order of
// the rows.
func TestRunning(t *testing.T) {
	o := options(breakdown.ByModule)
	o.Top = 2
	text := render(t, o, sample.Binary())
	want := []string{"MODULE", "std (go1.26.8) 9 400 40.0% 40.0%", "example.com/m (v1.0.0) 3 200 20.0% 60.0%", "… 4 more modules 18 300 30.0% 90.0%",
		"[padding] 60 6.0% 96.0%", "[unattributed] 40 4.0% 100.0%", "total: executable sections 1,000 100.0%"}
	squeezed := regexp.MustCompile(` +`).ReplaceAllString(text, " ")
	for _, line := range want {
		if !strings.Contains(squeezed, "\n"+line) {
			t.Errorf("no line %q in\n%s", line, text)
		}
	}
}

func TestHeading(t *testing.T) {
	for _, test := range []struct {
		change func(b *snapshot.Binary)
		want   string
	}{
		{func(*snapshot.Binary) {}, "dist/app\namd64 exec, go + rust, not stripped\nfile 10,000 B (10.0 kB), .text 1,000 B (1.00 kB)\n\nPACKAGE, CRATE OR LIBRARY"},
		{func(b *snapshot.Binary) { b.Languages = []string{"go", "c"} }, "\n\nPACKAGE "},
		{func(b *snapshot.Binary) { b.Languages = []string{"rust"} }, "\n\nCRATE "},
		{func(b *snapshot.Binary) { b.Languages = nil }, "dist/app\namd64 exec, not stripped\n"},
		{func(b *snapshot.Binary) { b.Compiler, b.Main, b.Version = "go1.26.8", "example.com/m", "v1.0.0" }, ", go1.26.8, not stripped\nmain example.com/m v1.0.0\nfile"},
		{func(b *snapshot.Binary) { b.Main = "m" }, "\nmain m\n"},
		{func(b *snapshot.Binary) { b.Compiler = strings.Repeat("x", 1000) }, "x…x"},
		{func(b *snapshot.Binary) { b.Path = "a\nb" }, `a\x0ab` + "\namd64 exec"},
		{func(b *snapshot.Binary) { b.Symbols = "pclntab" }, ", stripped\n"},
		{func(b *snapshot.Binary) { b.Symbols = "dynsym" }, ", stripped: only exported functions have names\n"},
		{func(b *snapshot.Binary) { b.Symbols = "none" }, ", stripped: no function has a name\n"},
		{func(b *snapshot.Binary) { b.Sections[0].Name = ".code" }, "file 10,000 B (10.0 kB)\n"},
	} {
		b := sample.Binary()
		test.change(b)
		if text := render(t, options(breakdown.ByPackage), b); !strings.Contains(text, test.want) {
			t.Errorf("no %q in\n%s", test.want, text)
		}
	}
}

func TestSideBySide(t *testing.T) {
	one, two := sample.Binary(), sample.Binary()
	two.Path, two.Compiler, two.Owners[0].Name, two.Functions[2].Name = "other", "rustc 1.95.0", "net/url", "else"
	o := options(breakdown.ByFunction)
	o.Color = true
	text := render(t, o, one, two)
	squeezed := regexp.MustCompile(` +`).ReplaceAllString(text, " ")
	for _, line := range []string{
		"[1] dist/app: amd64 exec, file 10,000 B, names from symtab\n",
		"[2] other: amd64 exec, rustc 1.95.0, file 10,000 B, names from symtab\n",
		"\x1b[1mFUNCTION [1] BYTES [2] BYTES\x1b[0m\n",
		"\nrest 750 0\n", "\nelse 0 750\n", "\nalpha::run 90 90\n",
		"\nother sections 8,018 8,018\n",
		"\x1b[1mtotal: file 10,000 10,000\x1b[0m\n",
	} {
		if !strings.Contains(squeezed, line) {
			t.Errorf("no %q in\n%s", line, text)
		}
	}
	if text := render(t, o); text != "" {
		t.Errorf("no files: %q", text)
	}
}

func TestCSV(t *testing.T) {
	for _, test := range []struct {
		by     breakdown.By
		column string
		lines  int
		sum    uint64
	}{
		{breakdown.ByPackage, "size", 9, 1000},
		{breakdown.ByModule, "size", 8, 1000},
		{breakdown.ByOrigin, "size", 5, 1000},
		{breakdown.ByFunction, "size", 5, 1000},
		{breakdown.BySection, "file_size", 8, 10_000},
	} {
		t.Run(string(test.by), func(t *testing.T) {
			var out bytes.Buffer
			b := sample.Binary()
			b.Path = "-x\n##[error]"
			if err := CSV(&out, &snapshot.Report{Binaries: []snapshot.Binary{*b}}, options(test.by)); err != nil {
				t.Fatal(err)
			}
			rows, err := csv.NewReader(&out).ReadAll()
			if err != nil || len(rows) != 1+test.lines {
				t.Fatalf("%d rows, %v", len(rows), err)
			}
			sum := uint64(0)
			for _, r := range rows[1:] {
				for i, cell := range r {
					if rows[0][i] == test.column {
						n, err := strconv.ParseUint(cell, 10, 64)
						if err != nil {
							t.Error(err)
						}
						sum += n
					}
				}
				if r[0] != `'-x\x0a\x23#[error]` {
					t.Errorf("the file is %q", r[0])
				}
			}
			if sum != test.sum {
				t.Errorf("the rows add up to %d, want %d", sum, test.sum)
			}
		})
	}
}

func TestCell(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"", ""}, {"a=b", "a=b"}, {"=cmd()", "'=cmd()"}, {"+1", "'+1"}, {"-1", "'-1"}, {"@SUM(A1)", "'@SUM(A1)"},
		{"\t=1", `\x09=1`}, {"\r=1", `\x0d=1`}, {"::error::x", `\x3a:error::x`}, {"a\nb", `a\x0ab`},
		{" =1", "' =1"}, {"\u00a0=1", `\u{a0}=1`}, {"\uff1d1", "'\uff1d1"}, {"\uff0b1", "'\uff0b1"}, {"\uff0d1", "'\uff0d1"}, {"\uff201", "'\uff201"},
		{"a;=1", "a;'=1"}, {"a; -1;b;\uff1d1;", "a;' -1;b;'\uff1d1;"}, {"=1;+1", "'=1;'+1"}, {"struct { a int; b int }", "struct { a int; b int }"},
	} {
		if got := cell(test.in); got != test.want {
			t.Errorf("cell(%q) = %q, want %q", test.in, got, test.want)
		}
	}
}

// TestBadCells: no name is a formula.
func TestBadCells(t *testing.T) {
	for _, name := range badname.All() {
		for part := range strings.SplitSeq(cell(name), ";") {
			if strings.IndexAny(strings.TrimSpace(part), "=+-@\uff1d\uff0b\uff0d\uff20") == 0 {
				t.Errorf("%.100q has the formula %.100q", name, part)
			}
		}
	}
}

// failAfter fails once n bytes have been written.
type failAfter struct{ n int }

func (f *failAfter) Write(p []byte) (int, error) {
	if f.n -= len(p); f.n < 0 {
		return 0, errors.New("full")
	}
	return len(p), nil
}

func TestWriteErrors(t *testing.T) {
	one := &snapshot.Report{Binaries: []snapshot.Binary{*sample.Binary()}}
	two := &snapshot.Report{Binaries: []snapshot.Binary{*sample.Binary(), *sample.Binary()}}
	for _, test := range []struct {
		name   string
		render func(f *failAfter) error
	}{
		{"heading", func(f *failAfter) error { return Table(f, one, options(breakdown.ByPackage)) }},
		{"owners", func(f *failAfter) error { f.n = 200; return Table(f, one, options(breakdown.ByPackage)) }},
		{"sections", func(f *failAfter) error { f.n = 1000; return Table(f, one, options(breakdown.ByPackage)) }},
		{"several", func(f *failAfter) error { return Table(f, two, options(breakdown.ByPackage)) }},
		{"csv", func(f *failAfter) error { return CSV(f, one, options(breakdown.ByPackage)) }},
	} {
		if err := test.render(new(failAfter)); err == nil {
			t.Errorf("%s: no error", test.name)
		}
	}
}
