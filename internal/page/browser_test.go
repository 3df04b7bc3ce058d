package page

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/sizegate/sizegate/internal/oneline"
	"github.com/sizegate/sizegate/internal/snapshot"
)

const rustProgram = "../../testdata/elf/rust-std-mixed-amd64"

func TestBrowser(t *testing.T) {
	b := newBrowser(t)
	hand := reportPage(t, handMade())

	// The tests below believe what the browser says: this one makes it speak.
	t.Run("control", func(t *testing.T) {
		p := b.blank(t)
		p.load([]byte(`<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'"><script>
			console.error("spoken"); fetch("https://example.invalid/x").catch(() => {}); setTimeout(() => { document.title = "done"; nothing.here(); });</script>`), "")
		p.wait(`document.title === "done"`)
		said := strings.Join(p.said(), "\n")
		for _, want := range []string{`console: "spoken"`, "Content Security Policy", "exception: Uncaught"} {
			if !strings.Contains(said, want) {
				t.Errorf("the browser did not say %q, but %q", want, said)
			}
		}
	})

	t.Run("load", func(t *testing.T) {
		bin := measure(t, rustProgram, true)
		p := b.open(t, reportPage(t, bin), "")
		info, err := os.Stat(rustProgram)
		if err != nil {
			t.Fatal(err)
		}
		size := grouped(info.Size())
		if got := p.text("#total td"); got != size {
			t.Errorf("total %s, want %s", got, size)
		}
		if got := p.text("#sum"); !strings.Contains(got, "cells add up to "+size+" bytes, the size of the file.") {
			t.Errorf("%q", got)
		}
		bySize := map[string]string{}
		for _, row := range p.rows() {
			bySize[row[0]] = row[1]
		}
		for _, s := range bin.Sections {
			if s.FileSize > 0 && bySize[s.Name] != grouped(int64(s.FileSize)) {
				t.Errorf("%s: %s, want %d", s.Name, bySize[s.Name], s.FileSize)
			}
		}
		p.screenshot("report-light")
		p.media("", "dark")
		p.screenshot("report-dark")
		p.quiet()
	})

	t.Run("zoom by click", func(t *testing.T) {
		p := b.open(t, hand, "")
		p.wantNames(".text", ".rodata", "[headers]", "[gaps]")
		p.click(".text")
		p.wantCrumbs("hand > .text")
		p.wantNames("std", "example.com/app", "[padding]", "[unattributed]")
		p.click("std")
		p.wantNames("net/http", "fmt")
		p.click("net/http")
		p.wantCrumbs("hand > .text > std > net/http")
		p.wantNames("net/http.Serve", "net/http.Get", "[in no function]")
		if got := p.rows(); got[0][1] != "500" || got[0][2] != "71.4%" || got[0][3] != "function" || p.text("#total td") != "700" {
			t.Errorf("%q", got)
		}
		p.screenshot("functions")
		p.do(chromedp.NavigateBack())
		p.wait(`document.querySelectorAll("#crumbs li").length === 3`)
		p.wantNames("net/http", "fmt")
		p.do(chromedp.Click(chromedp.CSS("#crumbs li:first-child a")))
		p.wantNames(".text", ".rodata", "[headers]", "[gaps]")
		p.do(chromedp.Click(chromedp.CSS("#rows a")))
		p.wantCrumbs("hand > .text")
		p.quiet()
	})

	t.Run("hover", func(t *testing.T) {
		p := b.open(t, hand, "")
		box := eval[[]float64](p, `(() => { const b = document.getElementById("map").getBoundingClientRect(); return [b.right - 60, b.top + 60]; })()`)
		p.do(chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, box[0], box[1]))
		p.wait(`!document.getElementById("tip").hidden`)
		if got := p.text("#tip"); !strings.Contains(got, "400 bytes, 20.0% of hand") || !strings.Contains(got, ".rodata") {
			t.Errorf("%q", got)
		}
		p.screenshot("hover")
		p.quiet()
	})

	t.Run("keyboard", func(t *testing.T) {
		p := b.open(t, hand, "")
		p.do(chromedp.Focus(chromedp.CSS("#search")))
		for range 4 {
			if eval[string](p, `document.activeElement.id`) == "map" {
				break
			}
			p.do(chromedp.KeyEvent(kb.Tab))
		}
		if got := p.text("#status"); !strings.Contains(got, ".text, 1,500 bytes") {
			t.Errorf("on focus: %q", got)
		}
		if eval[string](p, `getComputedStyle(document.getElementById("cursor")).visibility`) != "visible" {
			t.Error("the focus is not visible")
		}
		p.do(chromedp.KeyEvent(kb.ArrowRight))
		if got := p.text("#status"); !strings.Contains(got, ".rodata, 400 bytes") {
			t.Errorf("right: %q", got)
		}
		if got := p.text("#tip"); !strings.Contains(got, "400 bytes") || eval[bool](p, `document.getElementById("tip").hidden`) {
			t.Errorf("right: the box says %q", got)
		}
		p.screenshot("keyboard")
		p.do(chromedp.KeyEvent(kb.ArrowLeft), chromedp.KeyEvent(kb.Enter))
		p.wantCrumbs("hand > .text")
		p.do(chromedp.KeyEvent(kb.Enter), chromedp.KeyEvent(kb.Enter))
		p.wantCrumbs("hand > .text > std > net/http")
		p.do(chromedp.KeyEvent(kb.End))
		if got := p.text("#status"); !strings.Contains(got, "[in no function], 50 bytes") {
			t.Errorf("end: %q", got)
		}
		p.do(chromedp.KeyEvent(kb.Enter)) // has no parts
		p.wantCrumbs("hand > .text > std > net/http")
		p.do(chromedp.KeyEvent(kb.Escape))
		p.wantCrumbs("hand > .text > std")
		p.do(chromedp.KeyEvent(kb.Backspace), chromedp.KeyEvent(kb.Escape), chromedp.KeyEvent(kb.Escape))
		p.wantCrumbs("hand")
		if got := eval[string](p, `document.activeElement.id`); got != "map" {
			t.Errorf("the focus went to %q", got)
		}
		p.quiet()
	})

	t.Run("many small parts", func(t *testing.T) {
		bin := snapshot.Binary{Name: "many", Sections: []snapshot.Section{{Name: ".text", Kind: "code"}}}
		for i := range 5000 {
			size := uint64(i + 1)
			bin.FileSize += size
			bin.Functions = append(bin.Functions, snapshot.Function{Name: fmt.Sprintf("main.f%d", i), Owner: "main", Section: ".text", Size: size})
		}
		bin.Sections[0].FileSize, bin.Sections[0].Attributed = bin.FileSize, bin.FileSize
		bin.Owners = []snapshot.Owner{{Kind: "package", Name: "main", Module: "main", Origin: "own code", Size: bin.FileSize, Sections: map[string]uint64{".text": bin.FileSize}}}
		html := reportPage(t, bin)
		p := b.open(t, html, "#path=.text/main")
		p.screenshot("many-small")
		p.do(chromedp.Focus(chromedp.CSS("#map")), chromedp.KeyEvent(kb.End), chromedp.KeyEvent(kb.Enter))
		hash, crumbs, sum := eval[string](p, `location.hash`), p.crumbs(), p.text("#total td")
		var first, count, smaller int64
		if _, err := fmt.Sscanf(hash, "#path=.text/main/+%d", &first); err != nil {
			t.Fatalf("%s: %v", hash, err)
		}
		// The functions are the numbers from 5000 down: those from position first on
		// are 5000-first and all smaller ones.
		count = 5000 - first
		smaller = count * (count + 1) / 2
		if sum != grouped(smaller) || crumbs != "many > .text > main > "+grouped(count)+" smaller" || count < 2 {
			t.Errorf("%s shows %s, of %s bytes, want %d bytes", hash, crumbs, sum, smaller)
		}
		again := b.open(t, html, hash)
		if got := again.text("#total td"); got != sum {
			t.Errorf("the link shows %s bytes, not %s", got, sum)
		}
		p.quiet()
	})

	t.Run("search", func(t *testing.T) {
		p := b.open(t, hand, "")
		p.search("SERVE")
		p.wait(`document.getElementById("caption").textContent.includes("found")`)
		p.wantNames("net/http.Serve", "main.serveAll")
		if got := p.text("#total td"); got != "650" {
			t.Errorf("found %s bytes", got)
		}
		if got := p.text("#rows .where"); got != "in .text › std › net/http" {
			t.Errorf("%q", got)
		}
		p.screenshot("search")
		// What is in a node that was found is not listed again.
		p.search("net/http")
		p.wait(`document.querySelectorAll("#rows tr").length === 1`)
		p.wantNames("net/http")
		if got := p.text("#total td"); got != "700" {
			t.Errorf("found %s bytes", got)
		}
		p.search("no such name")
		p.wait(`document.getElementById("caption").textContent.startsWith("0 found")`)
		p.quiet()
	})

	t.Run("sort", func(t *testing.T) {
		p := b.open(t, hand, "")
		for _, step := range []struct {
			column int
			want   []string
			state  string
		}{
			{1, []string{".rodata", ".text", "[gaps]", "[headers]"}, "ascending"},
			{1, []string{"[headers]", "[gaps]", ".text", ".rodata"}, "descending"},
			{2, []string{".text", ".rodata", "[headers]", "[gaps]"}, "descending"},
			{2, []string{"[gaps]", "[headers]", ".rodata", ".text"}, "ascending"},
		} {
			p.do(chromedp.Click(chromedp.CSS(fmt.Sprintf("#columns th:nth-child(%d) button", step.column))))
			p.wantNames(step.want...)
			if got := eval[string](p, `document.querySelector("#columns th:nth-child(%d)").getAttribute("aria-sort")`, step.column); got != step.state {
				t.Errorf("aria-sort %s, want %s", got, step.state)
			}
		}
		p.quiet()
	})

	t.Run("switches", func(t *testing.T) {
		p := b.open(t, hand, "")
		p.choose("view", "owner")
		p.wantNames("std", "[unattributed]", "example.com/app", "[headers]", "[padding]", "[gaps]")
		p.screenshot("by-owner")
		p.choose("section", ".rodata")
		p.wantNames("[unattributed]")
		if got := p.text("#total td"); got != "400" {
			t.Errorf("%s bytes", got)
		}
		p.choose("section", ".text")
		p.wantNames("std", "example.com/app", "[padding]", "[unattributed]")
		p.choose("view", "section")
		p.wantNames(".text")
		p.choose("section", ".bss")
		p.wantNames()
		if got := p.text("#empty"); got != "There are no bytes here." {
			t.Errorf("%q", got)
		}
		p.quiet()
	})

	t.Run("fragment", func(t *testing.T) {
		p := b.open(t, hand, "#path=std/fmt&view=owner&section=.text&sort=name&q=print")
		p.wantCrumbs("hand > std > fmt")
		p.wantNames("fmt.Println")
		state := eval[[]string](p, `["view", "section", "search"].map((id) => document.getElementById(id).value)`)
		if !slices.Equal(state, []string{"owner", ".text", "print"}) {
			t.Errorf("%q", state)
		}
		p.search("x")
		p.wait(`location.hash.endsWith("q=x")`)
		if got := eval[string](p, `location.hash`); got != "#path=std/fmt&view=owner&section=.text&sort=name&q=x" {
			t.Errorf("%q", got)
		}
		p.quiet()
	})

	t.Run("hostile fragments", func(t *testing.T) {
		p := b.open(t, hand, "")
		for _, fragment := range []string{
			"#%", "#path=%E0%A4%A", "#path=__proto__/constructor", "#path=" + strings.Repeat("a/", 5000), "#path=+99999999999999", "#path=+0", "#path=+1/+1/+1",
			"#view=__proto__&section=__proto__&sort=__proto__&area=constructor", "#q=" + strings.Repeat("%F0%9F%98%80", 500), "#q=%ED%A0%80", "#===&&&=",
			"#q=%3Cimg%20src=x%20onerror=alert(1)%3E", "#section=%3Cscript%3E", "#path=.text&path=.rodata", "#path=.text/..//./std",
		} {
			eval[string](p, `location.hash = %q`, fragment)
			p.wait(`document.querySelectorAll("#crumbs li").length > 0`)
			if got := eval[int](p, `document.images.length`); got != 0 {
				t.Errorf("%.40s: %d images", fragment, got)
			}
		}
		eval[string](p, `location.hash = ""`)
		p.wait(`document.querySelectorAll("#rows tr").length === 4`)
		p.quiet()
	})

	t.Run("hostile names", func(t *testing.T) {
		hostile := hostileReport()
		p := b.open(t, reportPage(t, hostile), "#view=owner")
		got := p.names()
		for _, o := range hostile.Owners {
			if want := shortenName(oneline.Printable(o.Module), 400); !slices.Contains(got, want) {
				t.Errorf("%.60q is not a row", want)
			}
		}
		p.screenshot("hostile")
		// Every module opens by its link, and has its package and that its function.
		for i := range hostile.Owners {
			eval[bool](p, `(() => { location.hash = "#view=owner"; return true; })()`)
			p.wait(`document.querySelectorAll("#crumbs li").length === 1`)
			if !eval[bool](p, `(() => { const a = document.querySelectorAll("#rows a")[%d]; if (a) a.click(); return !!a; })()`, i) {
				continue
			}
			p.wait(`document.querySelectorAll("#crumbs li").length > 1`)
		}
		p.search("<img")
		p.wait(`document.getElementById("caption").textContent.includes("found")`)
		if n := eval[int](p, `document.images.length + document.querySelectorAll("script").length`); n != 2 {
			t.Errorf("%d images and scripts, want the page's 2 scripts", n)
		}
		if eval[bool](p, `"polluted" in {} || Object.keys(Object.prototype).length > 0`) {
			t.Error("a name changed the prototype of objects")
		}
		p.quiet()
	})

	t.Run("several files", func(t *testing.T) {
		other := handMade()
		other.Path, other.Warnings = "dist/other", []string{"the debug information is not used"}
		p := b.open(t, reportPage(t, handMade(), other, measure(t, rustProgram, false)), "")
		p.wantNames("rust-std-mixed-amd64", "hand", "hand")
		if got, want := eval[string](p, `document.querySelector("#warnings li").textContent`), "dist/other: the debug information is not used"; got != want {
			t.Errorf("%q, want %q", got, want)
		}
		p.do(chromedp.Click(chromedp.CSS("#rows tr:nth-child(3) a")))
		p.wantCrumbs("All files > hand")
		if got := eval[string](p, `location.hash`); got != "#path=hand~1" {
			t.Errorf("%q", got)
		}
		p.quiet()
	})

	// Of very many files the page says little until it is asked.
	t.Run("300 files", func(t *testing.T) {
		list := make([]snapshot.Binary, 300)
		for i := range list {
			list[i] = handMade()
			list[i].Path = fmt.Sprintf("dist/%d/hand", i)
		}
		p := b.open(t, reportPage(t, list...), "")
		if got, want := p.text("#sum"), "3,300 cells add up to 600,000 bytes, the size of the 300 files."; got != want {
			t.Errorf("%q, want %q", got, want)
		}
		p.do(chromedp.Click(chromedp.CSS("#facts > summary")))
		if got := eval[int](p, `document.getElementById("facts").offsetHeight`); got > 600 {
			t.Errorf("what is known of the measurement is %d pixels high", got)
		}
		if got := eval[int](p, `document.querySelectorAll("#facts dt").length`); got != 1 {
			t.Errorf("%d terms before a file is opened", got)
		}
		if got, want := p.text("#facts .files summary"), "dist/0/hand, 2,000 bytes"; got != want {
			t.Errorf("%q, want %q", got, want)
		}
		p.do(chromedp.Click(chromedp.CSS("#facts .files summary")))
		p.wait(`document.querySelectorAll("#facts dt").length > 1`)
		if got, want := p.text("#facts .files p"), "11 cells add up to 2,000 bytes, the size of the file."; got != want {
			t.Errorf("%q, want %q", got, want)
		}
		if got := p.text("#facts .files dl"); !strings.Contains(got, "Pathdist/0/hand") {
			t.Errorf("%q", got)
		}
		eval[bool](p, `(() => { scrollTo(0, document.body.scrollHeight); return true; })()`)
		p.screenshot("300-files")
		p.quiet()
	})

	// A sum that is right must not hide files that are not.
	t.Run("wrong sums", func(t *testing.T) {
		small, large := handMade(), handMade()
		files := []file{}
		for i, b := range []snapshot.Binary{small, large} {
			f, err := reportFile(&b)
			if err != nil {
				t.Fatal(err)
			}
			f.Size += int64(2*i - 1)
			files = append(files, f)
		}
		var out bytes.Buffer
		if err := write(&out, "wrong", &document{Kind: "report", Files: files}); err != nil {
			t.Fatal(err)
		}
		p := b.open(t, out.Bytes(), "")
		if got, want := p.text("#sum"), "22 cells add up to 4,000 bytes, which is NOT the size of the 2 files: please report this."; got != want {
			t.Errorf("%q, want %q", got, want)
		}
		p.quiet()
	})

	t.Run("difference", func(t *testing.T) {
		old, new := measure(t, rustProgram, true), measure(t, "../../testdata/elf/rust-std-lto-amd64", true)
		html, d := diffPage(t, &old, &new)
		p := b.open(t, html, "")
		want := map[string][]string{}
		for _, r := range d.Sections {
			if r.Old > 0 || r.New > 0 {
				want[r.Name] = []string{r.Name, signedGroup(r.Delta()), grouped(int64(r.Old)), grouped(int64(r.New))}
			}
		}
		for _, row := range p.rows() {
			if !slices.Equal(row, want[row[0]]) {
				t.Errorf("%q, want %q", row, want[row[0]])
			}
			delete(want, row[0])
		}
		if len(want) > 0 {
			t.Errorf("not in the table: %v", want)
		}
		if got := p.text("#total"); got != "Total"+signedGroup(int64(new.FileSize-old.FileSize))+grouped(int64(old.FileSize))+grouped(int64(new.FileSize)) {
			t.Errorf("%q", got)
		}
		p.screenshot("diff-light")
		p.choose("area", "size")
		p.media("", "dark")
		p.screenshot("diff-dark")
		p.choose("view", "owner")
		p.screenshot("diff-by-owner")
		p.do(chromedp.EmulateViewport(375, 812, chromedp.EmulateMobile))
		p.wantWideNames()
		eval[bool](p, `(() => { document.getElementById("table-pane").scrollIntoView(); return true; })()`)
		p.screenshot("diff-narrow")
		p.quiet()
	})

	t.Run("no difference", func(t *testing.T) {
		bin := handMade()
		html, _ := diffPage(t, &bin, &bin)
		p := b.open(t, html, "")
		if got := p.text("#empty"); !strings.HasPrefix(got, "Nothing here changed its size.") {
			t.Errorf("%q", got)
		}
		p.wantNames(".rodata", ".text", "[headers]", "[gaps]") // by name, as nothing tells them apart
		p.screenshot("diff-none")
		p.quiet()
	})

	t.Run("dark and print", func(t *testing.T) {
		p := b.open(t, reportPage(t, measure(t, rustProgram, true)), "#path=.text")
		light := p.brightness()
		p.media("", "dark")
		dark := p.brightness()
		if light < 150 || dark > 110 {
			t.Errorf("brightness %.0f in light, %.0f in dark", light, dark)
		}
		p.media("print", "dark")
		if got := p.brightness(); got < 150 {
			t.Errorf("brightness %.0f in print", got)
		}
		if eval[bool](p, `document.getElementById("controls").offsetParent !== null`) {
			t.Error("the controls are printed")
		}
		p.screenshot("print")
		p.media("", "")
		pdf, err := chromedp.Run(p.ctx, chromedp.PrintToPDF(chromedp.PDFPaper(chromedp.PaperA4)))
		p.must(err)
		if !bytes.HasPrefix(pdf, []byte("%PDF-")) {
			t.Error("no PDF")
		}
		if directory := os.Getenv("SIZEGATE_SCREENSHOTS"); directory != "" {
			p.must(os.WriteFile(directory+"/print.pdf", pdf, 0o644))
		}
		p.quiet()
	})

	t.Run("narrow", func(t *testing.T) {
		p := b.open(t, reportPage(t, measure(t, rustProgram, true)), "")
		p.do(chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile))
		p.wait(`document.getElementById("canvas").width < 500`)
		if wide := eval[int](p, `document.documentElement.scrollWidth`); wide > 390 {
			t.Errorf("the page is %d pixels wide on a screen of 390", wide)
		}
		p.screenshot("narrow")
		p.do(chromedp.EmulateViewport(375, 812, chromedp.EmulateMobile))
		p.wantWideNames()
		p.quiet()
	})

	t.Run("accessible names", func(t *testing.T) {
		p := b.open(t, hand, "")
		p.do(chromedp.Focus(chromedp.CSS("#map")))
		tree, err := chromedp.Call(p.ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
		p.must(err)
		roles := map[string][]string{}
		for _, n := range tree.Nodes {
			if n.Ignored || n.Role == nil {
				continue
			}
			role, name := unquote(string(n.Role.Value)), ""
			if n.Name != nil {
				name = unquote(string(n.Name.Value))
			}
			roles[role] = append(roles[role], name)
		}
		for _, role := range []string{"tree", "treeitem", "table", "columnheader", "rowheader", "searchbox", "combobox", "link", "button", "navigation", "search"} {
			if len(roles[role]) == 0 {
				t.Errorf("nothing has the role %s", role)
			}
			if slices.Contains(roles[role], "") {
				t.Errorf("a %s has no name: %q", role, roles[role])
			}
		}
		if item := roles["treeitem"]; len(item) != 1 || !strings.HasPrefix(item[0], ".text, 1,500 bytes (1.50 kB), 75.0% of hand") {
			t.Errorf("%q", item)
		}
		p.quiet()
	})

	t.Run("an old browser", func(t *testing.T) {
		p := b.blank(t)
		p.withoutUnpacking()
		p.load(hand, "")
		p.wait(`document.getElementById("problem").textContent.includes("cannot unpack")`)
		if !eval[bool](p, `document.getElementById("app").hidden`) {
			t.Error("the page shows itself without data")
		}
		p.quiet()
	})
}

// wantWideNames fails the test if the names have less than half of the table, or
// the table does not fit.
func (p *tab) wantWideNames() {
	p.Helper()
	p.wait(`document.getElementById("canvas").clientWidth < 375`)
	widths := eval[[]float64](p, `["#columns th", "table", "#table-pane"].map((s) => document.querySelector(s).getBoundingClientRect().width)`)
	if widths[0] < widths[1]/2 || widths[1] > widths[2] {
		p.Errorf("names have %.0f of %.0f pixels, in a space of %.0f", widths[0], widths[1], widths[2])
	}
}

// hostileReport has a module, a package and a function of every hostile name.
func hostileReport() snapshot.Binary {
	names := []string{
		"<img src=x onerror=alert(1)>", "</script><script>alert(1)</script>", "\u2028\u2029", "\u202eright to left\u2066", "\x1b[31mred\x07", "__proto__", "constructor", "toString",
		"a/b", "..", "+1", "%2F", "&path=x", "#", "javascript:alert(1)", "{{title}}", "two\nlines", "\xff\xfe", "🙂" + strings.Repeat("🙂", 300),
		strings.Repeat("long", 25_000), "[padding]", "漢字の関数", strings.Repeat("e\u0301", 300), "", "null",
	}
	b := snapshot.Binary{Name: names[0], Path: names[0], Warnings: names, Compiler: names[1]}
	for i, name := range names {
		size := uint64(1000 - i)
		module := name
		if name == "" {
			module = "empty"
		}
		b.Owners = append(b.Owners, snapshot.Owner{Kind: "package", Name: name + "/p", Module: module, Size: size, Sections: map[string]uint64{names[0]: size}})
		b.Functions = append(b.Functions, snapshot.Function{Name: name, Owner: name + "/p", Section: names[0], Size: size - 1})
		b.FileSize += size
	}
	b.Sections = []snapshot.Section{{Name: names[0], Kind: "code", FileSize: b.FileSize, Attributed: b.FileSize}}
	return b
}
