package page

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"debug/elf"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/sizegate/sizegate/internal/attrib"
	"github.com/sizegate/sizegate/internal/badname"
	"github.com/sizegate/sizegate/internal/compare"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// measure is the report of a file, with its functions.
func measure(t *testing.T, path string, all bool) snapshot.Binary {
	t.Helper()
	b, err := elfscan.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	p, err := attrib.Attribute(b, attrib.Options{View: attrib.Defined, Functions: true,
		Section: func(s *elfscan.Section) bool { return all || s.Kind == elfscan.Code }})
	if err != nil {
		t.Fatal(err)
	}
	return snapshot.New(path[strings.LastIndexByte(path, '/')+1:], path, b, p, func(name string) string { return name })
}

func reportPage(t *testing.T, binaries ...snapshot.Binary) []byte {
	t.Helper()
	var out bytes.Buffer
	r := &snapshot.Report{Schema: snapshot.Schema, Sizegate: "v1.2.3", Binaries: binaries}
	if err := Report(&out, r, Options{View: "defined", Scope: "all sections"}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func diffPage(t *testing.T, old, new *snapshot.Binary) ([]byte, *compare.Diff) {
	t.Helper()
	d := compare.Binaries(old, new)
	if err := d.Check(); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := Diff(&out, d, Options{View: "defined", Scope: "all sections", Sizegate: "v1.2.3"}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), d
}

// cell is one box of the page, as the test reads it from the page's data.
type cell struct {
	section, kind, owner, id, function string // function "" for what is in none
	size, old                          int64
}

// cells reads the data of a page with one file.
func cells(t *testing.T, page []byte) (list []cell, doc map[string]any) {
	t.Helper()
	found := regexp.MustCompile(`<script type="application/octet-stream" id="data">([A-Za-z0-9+/=]*)</script>`).FindSubmatch(page)
	if found == nil {
		t.Fatal("the page has no data")
	}
	packed, err := base64.StdEncoding.DecodeString(string(found[1]))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(flate.NewReader(bytes.NewReader(packed)))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	f := doc["files"].([]any)[0].(map[string]any)
	column := func(table, name string) []any {
		c, _ := f[table].(map[string]any)[name].([]any)
		return c
	}
	number := func(c []any, i int) int64 {
		if c == nil {
			return 0
		}
		return int64(c[i].(float64))
	}
	text2 := func(of any, name string) string { s, _ := of.(map[string]any)[name].(string); return s }
	sections, owners := f["sections"].([]any), f["owners"].([]any)
	at := 0
	for g := range column("groups", "size") {
		base := cell{}
		if s := number(column("groups", "section"), g); s >= 0 {
			base.section = text2(sections[s], "name")
		}
		o := owners[number(column("groups", "owner"), g)]
		base.kind, base.owner, base.id = text2(o, "kind"), text2(o, "name"), text2(o, "id")
		rest := base
		rest.size, rest.old = number(column("groups", "size"), g), number(column("groups", "old"), g)
		var size, old int64
		for range number(column("groups", "count"), g) {
			size += number(column("functions", "size"), at)
			old += number(column("functions", "old"), at)
			c := base
			c.function, c.size, c.old = column("functions", "name")[at].(string), size, old
			list = append(list, c)
			rest.size -= size
			rest.old -= old
			at++
		}
		if rest.size != 0 || rest.old != 0 {
			list = append(list, rest)
		}
	}
	if n := len(column("functions", "name")); at != n {
		t.Errorf("%d of %d functions are in groups", at, n)
	}
	return list, doc
}

// TestReportAddsUp holds the cells of real files against the files, against their
// headers as the standard library reads them, and against the JSON report.
func TestReportAddsUp(t *testing.T) {
	for _, name := range []string{"c-exec-amd64", "c-noshdr-arm64", "rust-std-mixed-amd64", "rust-std-stripped-arm64", "rust-legacy-lto-arm64", "c-shared-arm64.so"} {
		for _, all := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s all=%v", name, all), func(t *testing.T) {
				path := "../../testdata/elf/" + name
				b := measure(t, path, all)
				list, _ := cells(t, reportPage(t, b))
				sum, bySection, byOwner, functions := int64(0), map[string]int64{}, map[string]int64{}, map[string]int64{}
				for _, c := range list {
					if c.size <= 0 {
						t.Errorf("a cell of %d bytes: %+v", c.size, c)
					}
					sum += c.size
					bySection[c.section] += c.size
					byOwner[c.section+"|"+c.owner+"|"+c.id] += c.size
					if c.function != "" {
						functions[c.section+"|"+c.owner+"|"+c.function] += c.size
					}
				}
				info, err := os.Stat(path)
				if err != nil {
					t.Fatal(err)
				}
				if sum != info.Size() {
					t.Errorf("the cells add up to %d, not to the file's %d", sum, info.Size())
				}
				f, err := elf.Open(path)
				if err != nil {
					t.Fatal(err)
				}
				defer f.Close()
				for _, s := range f.Sections {
					if s.Type != elf.SHT_NOBITS && s.Type != elf.SHT_NULL && bySection[s.Name] != int64(s.FileSize) {
						t.Errorf("section %s: %d, want %d", s.Name, bySection[s.Name], s.FileSize)
					}
				}
				want := map[string]int64{}
				for _, o := range b.Owners {
					for section, size := range o.Sections {
						want[section+"|"+o.Name+"|"+o.ID] += int64(size)
					}
				}
				for _, s := range b.Sections {
					want[s.Name+"|[padding]|"] += int64(s.Padding)
					want[s.Name+"|[unattributed]|"] += int64(s.Unattributed)
				}
				want["|[headers]|"], want["|[gaps]|"] = int64(b.Overhead.Headers), int64(b.Overhead.Gaps)
				compareSums(t, "owner", byOwner, want)
				want = map[string]int64{}
				for _, fn := range b.Functions {
					want[fn.Section+"|"+fn.Owner+"|"+fn.Name] += int64(fn.Size)
				}
				compareSums(t, "function", functions, want)
			})
		}
	}
}

func compareSums(t *testing.T, what string, got, want map[string]int64) {
	t.Helper()
	for key, size := range want {
		if got[key] != size {
			t.Errorf("%s %s: %d, want %d", what, key, got[key], size)
		}
		delete(got, key)
	}
	for key, size := range got {
		if size != 0 {
			t.Errorf("%s %s: %d, and nothing of it in the report", what, key, size)
		}
	}
}

// TestDiffAddsUp holds the cells of differences against the lists of the
// difference.
func TestDiffAddsUp(t *testing.T) {
	for _, test := range []struct {
		old, new       string
		allOld, allNew bool
	}{
		{"rust-std-mixed-amd64", "rust-std-lto-amd64", true, true},
		{"rust-std-mixed-amd64", "rust-std-lto-amd64", false, true},
		{"rust-std-lto-amd64", "rust-std-stripped-arm64", true, false},
		{"c-exec-amd64", "rust-v0-amd64", true, true},
		{"c-noshdr-amd64", "c-basic-amd64", true, true},
		{"c-basic-amd64", "c-basic-amd64", true, true},
	} {
		t.Run(test.old+" "+test.new, func(t *testing.T) {
			old, new := measure(t, "../../testdata/elf/"+test.old, test.allOld), measure(t, "../../testdata/elf/"+test.new, test.allNew)
			page, d := diffPage(t, &old, &new)
			list, _ := cells(t, page)
			type sides struct{ old, new int64 }
			var total sides
			sections, owners, changed := map[string]sides{}, map[string]sides{}, map[string]int64{}
			add := func(m map[string]sides, key string, old, new int64) {
				m[key] = sides{m[key].old + old, m[key].new + new}
			}
			for _, c := range list {
				total = sides{total.old + c.old, total.new + c.size}
				section := c.section
				if c.section == "" {
					section = c.owner
				}
				add(sections, section, c.old, c.size)
				add(owners, c.kind+"|"+c.owner, c.old, c.size)
				if c.function != "" {
					changed[c.owner+"|"+c.function] += c.size - c.old
				}
			}
			if want := (sides{int64(old.FileSize), int64(new.FileSize)}); total != want {
				t.Errorf("the cells add up to %+v, not to the files' %+v", total, want)
			}
			wantSections, wantOwners, wantChanged := map[string]sides{}, map[string]sides{}, map[string]int64{}
			for _, r := range d.Sections {
				add(wantSections, r.Name, int64(r.Old), int64(r.New))
			}
			for _, r := range d.Owners {
				kind := r.Kind
				if r.Rest {
					kind = "rest"
				}
				add(wantOwners, kind+"|"+r.Name, int64(r.Old), int64(r.New))
			}
			for _, r := range d.Functions {
				wantChanged[r.Owner+"|"+r.Name] += r.Delta()
			}
			for _, list := range []struct {
				what      string
				got, want map[string]sides
			}{{"section", sections, wantSections}, {"owner", owners, wantOwners}} {
				for name, want := range list.want {
					if got := list.got[name]; got != want {
						t.Errorf("%s %s: %+v, want %+v", list.what, name, got, want)
					}
				}
			}
			compareSums(t, "function", changed, wantChanged)
		})
	}
}

// TestDiffOfMoves: a function that moved between owners and one of a crate that
// has another ID now.
func TestDiffOfMoves(t *testing.T) {
	build := func(id string, size uint64, mover string) *snapshot.Binary {
		owner := func(name, id string, size uint64) snapshot.Owner {
			return snapshot.Owner{Kind: "crate", Name: name, ID: id, Module: name, Version: "1.0." + id, Size: size, Sections: map[string]uint64{".text": size}}
		}
		b := &snapshot.Binary{Name: "p", Path: "p", Owners: []snapshot.Owner{owner("a", "", 300), owner("b", "", 300), owner("toml", id, size), owner("toml", "f"+id, 10)},
			Functions: []snapshot.Function{
				{Name: "moves", Owner: mover, Section: ".text", Size: 100}, {Name: "grows", Owner: mover, Section: ".text", Size: 100 + size},
				{Name: "toml::f", Owner: "toml", OwnerID: id, Section: ".text", Size: size}}}
		b.FileSize = 610 + size
		b.Sections = []snapshot.Section{{Name: ".text", Kind: "code", FileSize: b.FileSize, Attributed: b.FileSize}}
		return b
	}
	page, _ := diffPage(t, build("1", 50, "a"), build("2", 70, "b"))
	got, _ := cells(t, page)
	want := []cell{
		// By owner nothing changed in a and b: what moved is in their rests.
		{".text", "crate", "toml", "", "toml::f", 70, 50},
		{".text", "crate", "toml", "", "", 10, 10},
		{".text", "crate", "a", "", "", 300, 300},
		{".text", "crate", "b", "", "grows", 170, 150},
		{".text", "crate", "b", "", "", 130, 150},
	}
	if !slices.Equal(got, want) {
		t.Errorf("\n%v, want\n%v", got, want)
	}
}

// TestUnclearFunctions: a saved report can say of functions what cannot be.
func TestUnclearFunctions(t *testing.T) {
	b := handMade()
	b.Functions = append(b.Functions,
		snapshot.Function{Name: "too large", Owner: "fmt", Section: ".text", Size: 1 << 40},
		snapshot.Function{Name: "of nobody", Owner: "nobody", Section: ".text", Size: 1},
		snapshot.Function{Name: "nowhere", Owner: "fmt", Section: ".nowhere", Size: 1})
	b.Owners = append(b.Owners, snapshot.Owner{Kind: "library", Name: "main", Size: 0, Sections: map[string]uint64{".text": 0}})
	list, doc := cells(t, reportPage(t, b))
	for _, c := range list {
		if c.owner == "fmt" && c.function != "" || c.owner == "main" && c.function != "" {
			t.Errorf("%+v is shown", c)
		}
	}
	warnings := fmt.Sprint(doc["files"].([]any)[0].(map[string]any)["warnings"])
	if !strings.Contains(warnings, "the functions of 2 owners are not shown") {
		t.Errorf("warnings: %s", warnings)
	}
}

// TestLargeFunctions: sizes of functions in a saved report can be more than a
// browser adds up.
func TestLargeFunctions(t *testing.T) {
	old, new := handMade(), handMade()
	for i := range new.Functions {
		new.Functions[i].Size = 1 << 60
	}
	page, _ := diffPage(t, &old, &new)
	list, doc := cells(t, page)
	for _, c := range list {
		if c.function != "" {
			t.Errorf("%+v is shown", c)
		}
	}
	if warnings := fmt.Sprint(doc["files"].([]any)[0].(map[string]any)["warnings"]); !strings.Contains(warnings, "5 functions are not shown") {
		t.Errorf("warnings: %s", warnings)
	}
}

func TestTooLarge(t *testing.T) {
	b := snapshot.Binary{Name: "big", Path: "dist/big", FileSize: 1 << 53, Sections: []snapshot.Section{{Name: ".text", FileSize: 1 << 53, Unattributed: 1 << 53}}}
	err := Report(io.Discard, &snapshot.Report{Binaries: []snapshot.Binary{b}}, Options{})
	if err == nil || !strings.HasPrefix(err.Error(), "dist/big: has sizes that a browser cannot add up exactly") {
		t.Error(err)
	}
	if err := Diff(io.Discard, compare.Binaries(&b, &b), Options{}); err == nil || strings.Contains(err.Error(), "\n") {
		t.Error(err)
	}
	b.FileSize--
	b.Sections[0].FileSize--
	b.Sections[0].Unattributed--
	list, _ := cells(t, reportPage(t, b))
	if len(list) != 1 || list[0].size != 1<<53-1 {
		t.Error(list)
	}
}

// TestBadTitles: a page can go to a log, where GitHub Actions looks for commands, and
// has no characters that cannot be seen.
func TestBadTitles(t *testing.T) {
	for _, name := range badname.All() {
		b := handMade()
		b.Name, b.Warnings = name, []string{name}
		for line := range strings.SplitSeq(string(reportPage(t, b)), "\n") {
			if strings.Contains(line, "##[") || strings.HasPrefix(strings.TrimLeft(line, " \t"), "::") {
				t.Errorf("%.100q: a command: %.200q", name, line)
			}
			if at := strings.IndexFunc(line, func(r rune) bool {
				return r == utf8.RuneError && !utf8.ValidString(line) || !unicode.IsPrint(r) && r != '\t'
			}); at >= 0 {
				t.Errorf("%.100q: %.200q", name, line[at:])
			}
		}
	}
}

// TestPage holds the page against its content security policy.
func TestPage(t *testing.T) {
	b := handMade()
	b.Name = `</title><script>alert(1)</script>{{data}}{{script}}` + strings.Repeat("long", 1000)
	b.Warnings = []string{"</script><img src=x onerror=alert(1)>\u2028\u202e\x1b[31m\xff"}
	page := string(reportPage(t, b))
	policy := regexp.MustCompile(`<meta http-equiv="Content-Security-Policy" content="([^"]*)">`).FindAllStringSubmatch(page, -1)
	style := regexp.MustCompile(`(?s)<style>(.*?)</style>`).FindAllStringSubmatch(page, -1)
	script := regexp.MustCompile(`(?s)<script([^>]*)>(.*?)</script>`).FindAllStringSubmatch(page, -1)
	if len(policy) != 1 || len(style) != 1 || len(script) != 2 {
		t.Fatalf("%d policies, %d styles, %d scripts", len(policy), len(style), len(script))
	}
	hash := func(s string) string {
		sum := sha256.Sum256([]byte(s))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	want := "default-src 'none'; script-src " + hash(script[1][2]) + "; style-src " + hash(style[0][1]) + "; base-uri 'none'; form-action 'none'"
	if policy[0][1] != want {
		t.Errorf("policy %s, want %s", policy[0][1], want)
	}
	if script[1][1] != "" {
		t.Errorf("a script with%s", script[1][1])
	}
	body := page[:strings.Index(page, "<style>")] + page[strings.Index(page, "</style>"):strings.Index(page, `id="data">`)]
	for _, pattern := range []string{`(?i)\son[a-z]+\s*=`, `(?i)\s(src|href|action|style)\s*=`, `(?i)javascript:`, `[^\n\x20-\x7e…–›“”]`} {
		if found := regexp.MustCompile(pattern).FindString(body); found != "" {
			t.Errorf("the page has %q", found)
		}
	}
	if regexp.MustCompile(`(?i)@import|url\(|</`).MatchString(style[0][1]) {
		t.Error("the style loads something")
	}
	if !strings.Contains(script[1][2], "Permission to use, copy, modify") {
		t.Error("the library has lost its licence")
	}
	if again := reportPage(t, b); string(again) != page {
		t.Error("the same report gives another page")
	}
}

// handMade is a small Go program: a table to compare with by eye. .rodata is not
// divided among owners.
func handMade() snapshot.Binary {
	owner := func(name, module, origin string, size uint64) snapshot.Owner {
		return snapshot.Owner{Kind: "package", Name: name, Module: module, Origin: origin, Size: size, Sections: map[string]uint64{".text": size}, Confidence: "exact"}
	}
	function := func(name, owner string, size uint64) snapshot.Function {
		return snapshot.Function{Name: name, Owner: owner, Section: ".text", Size: size}
	}
	inferred := owner("fmt", "std", "standard library", 50)
	inferred.Confidence = "inferred"
	return snapshot.Binary{
		Name: "hand", Path: "dist/hand", Arch: "amd64", Languages: []string{"go"}, FileSize: 2000, Overhead: snapshot.Overhead{Headers: 64, Gaps: 36},
		Sections: []snapshot.Section{
			{Name: ".text", Kind: "code", FileSize: 1500, Attributed: 1450, Padding: 40, Unattributed: 10},
			{Name: ".rodata", Kind: "rodata", FileSize: 400, Unattributed: 400},
			{Name: ".bss", Kind: "bss", VMSize: 5000}},
		Owners: []snapshot.Owner{owner("net/http", "std", "standard library", 700), owner("main", "example.com/app", "own code", 400), owner("fmt", "std", "standard library", 300), inferred},
		Functions: []snapshot.Function{
			function("net/http.Serve", "net/http", 500), function("net/http.Get", "net/http", 150),
			function("main.main", "main", 250), function("main.serveAll", "main", 150), function("fmt.Println", "fmt", 350)},
		Variants: []snapshot.Variant{{Name: "stripped", Status: "ok", Size: 1900}, {Name: "upx", Status: "skipped", Reason: "not asked for"}},
	}
}

func TestHandMade(t *testing.T) {
	got, doc := cells(t, reportPage(t, handMade()))
	want := []cell{
		{".text", "package", "net/http", "", "net/http.Serve", 500, 0},
		{".text", "package", "net/http", "", "net/http.Get", 150, 0},
		{".text", "package", "net/http", "", "", 50, 0},
		{".text", "package", "main", "", "main.main", 250, 0},
		{".text", "package", "main", "", "main.serveAll", 150, 0},
		{".text", "package", "fmt", "", "fmt.Println", 350, 0},
		{".text", "rest", "[padding]", "", "", 40, 0},
		{".text", "rest", "[unattributed]", "", "", 10, 0},
		{".rodata", "rest", "[unattributed]", "", "", 400, 0},
		{"", "rest", "[headers]", "", "", 64, 0},
		{"", "rest", "[gaps]", "", "", 36, 0},
	}
	if !slices.Equal(got, want) {
		t.Errorf("\n%v, want\n%v", got, want)
	}
	if got := fmt.Sprintln(doc["kind"], doc["charged"], doc["scope"], doc["sizegate"]); got != "report  all sections v1.2.3\n" {
		t.Error(got)
	}
	facts := fmt.Sprint(doc["files"].([]any)[0].(map[string]any)["facts"])
	for _, fact := range []string{"[Path dist/hand]", "[File size 2.00 kB (2,000 bytes)]", "[Size stripped 1.90 kB (1,900 bytes)]", "[Size upx skipped: not asked for]"} {
		if !strings.Contains(facts, fact) {
			t.Errorf("%s lacks %s", facts, fact)
		}
	}
}
