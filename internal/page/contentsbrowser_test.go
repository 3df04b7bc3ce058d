package page

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/sizegate/sizegate/internal/oneline"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// wantRows fails the test if the names and bytes of the table are others.
func (p *tab) wantRows(total string, rows ...string) {
	p.Helper()
	var got []string
	for _, row := range p.rows() {
		got = append(got, row[0]+" "+row[1])
	}
	if !slices.Equal(got, rows) {
		p.Errorf("the table has %q, want %q", got, rows)
	}
	if got := p.text("#total td"); got != total {
		p.Errorf("total %s, want %s", got, total)
	}
}

// wantLegend fails the test if the lines of the legend that are seen are others,
// each a colour and its words.
func (p *tab) wantLegend(lines ...string) {
	p.Helper()
	if got := eval[[]string](p, `[...document.querySelectorAll("#legend li:not([hidden])")].map((li) => li.className + " " + li.textContent)`); !slices.Equal(got, lines) {
		p.Errorf("the legend has %q, want %q", got, lines)
	}
}

// described is what the map says of its box in a fragment, by the keyboard.
func (p *tab) described(key string) string {
	p.Helper()
	p.do(chromedp.Focus(chromedp.CSS("#map")), chromedp.KeyEvent(key))
	return p.text("#tip")
}

func TestBrowserPackage(t *testing.T) {
	b := newBrowser(t)
	hand := packagePage(t, handMadePackage())

	t.Run("load", func(t *testing.T) {
		p := b.open(t, hand, "")
		p.wantRows("2,530", "native 2,000", "dependencies 250", "data 180", "program 100", "other 0")
		if got, want := p.text("#sum"), "14 cells add up to 2,530 bytes, the unzipped size; in the archive to 1,500 bytes, the size of the archive."; got != want {
			t.Errorf("%q, want %q", got, want)
		}
		if got, want := p.text("#summary"), "2,530 bytes (2.53 kB) unzipped, 1,500 bytes (1.50 kB) in the archive. Divided among owners in ELF files: executable sections."; got != want {
			t.Errorf("%q, want %q", got, want)
		}
		p.wantLegend("own program, own code", "dependencies dependencies", "standard standard library", "native native", "data data", "rest no owner")
		p.screenshot("package-light")
		p.media("", "dark")
		p.screenshot("package-dark")
		p.quiet()
	})

	t.Run("zoom", func(t *testing.T) {
		p := b.open(t, hand, "")
		p.click("native")
		p.click("bin")
		p.click("bootstrap")
		p.wantCrumbs("f.zip > native > bin > bootstrap")
		p.wantRows("2,000", ".text 1,500", ".rodata 400", "[headers] 64", "[gaps] 36")
		p.click(".text")
		p.wantNames("std", "example.com/app", "[padding]", "[unattributed]")
		p.click("std")
		p.wantRows("1,050", "net/http 700", "fmt 350")
		p.screenshot("package-elf")
		again := b.open(t, hand, eval[string](p, "location.hash"))
		again.wantCrumbs("f.zip > native > bin > bootstrap > .text > std")
		for range 3 {
			p.do(chromedp.Focus(chromedp.CSS("#map")), chromedp.KeyEvent(kb.Escape))
		}
		p.wantCrumbs("f.zip > native > bin")
		p.do(chromedp.NavigateBack())
		p.wantCrumbs("f.zip > native > bin > bootstrap")
		p.quiet()
	})

	t.Run("search", func(t *testing.T) {
		p := b.open(t, hand, "")
		p.search("X/Y") // a part of a path: the folder, and not what is in it again
		p.wait(`document.getElementById("caption").textContent.startsWith("1 found")`)
		p.wantRows("150", "y 150")
		if got := p.text("#rows .where"); got != "in dependencies › node_modules/x" {
			t.Errorf("%q", got)
		}
		p.search(".js")
		p.wait(`document.getElementById("caption").textContent.startsWith("3 found")`)
		p.wantRows("350", "b.js 150", "a.js 100", "a.js 100")
		p.search("net/http")
		p.wait(`document.getElementById("caption").textContent.startsWith("1 found")`)
		p.wantRows("700", "net/http 700")
		// Below a folder its own name matches nothing.
		p = b.open(t, hand, "#path=dependencies/node_modules%2Fx&q=node_modules")
		p.wantCrumbs("f.zip > dependencies > node_modules/x")
		p.wantNames()
		p.quiet()
	})

	t.Run("sort", func(t *testing.T) {
		p := b.open(t, hand, "")
		p.do(chromedp.Click(chromedp.CSS("#columns th:nth-child(1) button")))
		p.wantNames("data", "dependencies", "native", "other", "program")
		p.do(chromedp.Click(chromedp.CSS("#columns th:nth-child(2) button")), chromedp.Click(chromedp.CSS("#columns th:nth-child(2) button")))
		p.wantNames("other", "program", "data", "dependencies", "native")
		p.quiet()
	})

	t.Run("switches", func(t *testing.T) {
		p := b.open(t, hand, "")
		p.choose("area", "packed")
		p.wantRows("1,500", "native 1,000", "[overhead] 270", "dependencies 130", "program 60", "data 40", "other 0")
		p.wantLegend("own program", "dependencies dependencies", "native native", "data data", "hidden replaced by a later entry (stripes)", "rest [overhead]")
		p.screenshot("package-archive")
		p.choose("section", "data")
		p.wantRows("40", "data 40")
		p.do(chromedp.Click(chromedp.CSS("#rows a")))
		p.wantRows("40", "c.map 30", "c.map 10")
		if got := p.rows(); got[0][3] != "file" || got[1][3] != "replaced" {
			t.Errorf("%q", got)
		}
		p.choose("section", "")
		p.choose("view", "path")
		p.wantRows("1,500", "bin 1,000", "[overhead] 270", "node_modules/x 130", "a.js 60", "c.map 30", "c.map 10", "link 0")
		// In the archive an ELF file has no parts.
		p.do(chromedp.Click(chromedp.CSS("#rows a")))
		p.wantRows("1,000", "bootstrap 1,000")
		if n := eval[int](p, `document.querySelectorAll("#rows a").length`); n != 0 {
			t.Errorf("%d links", n)
		}
		if got := eval[string](p, "location.hash"); got != "#path=bin&view=path&area=packed" {
			t.Errorf("%q", got)
		}
		p.quiet()
	})

	t.Run("notes", func(t *testing.T) {
		p := b.open(t, hand, "#path=dependencies/node_modules%2Fx")
		if got := p.described(kb.End); !strings.Contains(got, "a.js100 bytes, 40.0% of node_modules/x") || !strings.Contains(got, "one of 2 files with the same contents, which waste 100 bytes") {
			t.Errorf("%q", got)
		}
		box := eval[[]float64](p, `(() => { const b = document.getElementById("map").getBoundingClientRect(); return [b.right - 20, b.bottom - 20]; })()`)
		p.do(chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, box[0], box[1]))
		if got := p.text("#tip"); !strings.Contains(got, "which waste 100 bytes") {
			t.Errorf("%q", got)
		}
		p.quiet()
	})

	t.Run("no archive", func(t *testing.T) {
		directory := handMadePackage()
		directory.Format, directory.Size, directory.Zipped, directory.Overhead, directory.Binaries = "directory", directory.Unzipped, 0, 0, nil
		p := b.open(t, packagePage(t, directory), "#area=packed")
		if !eval[bool](p, `document.getElementById("area-label").hidden`) {
			t.Error("a directory has a switch to the archive")
		}
		p.wantNames("native", "dependencies", "data", "program", "other")
		if got := p.text("#sum") + p.text("#summary"); strings.Contains(got, "archive") || strings.Contains(got, "owners") {
			t.Errorf("%q", got)
		}
		p.quiet()
	})

	t.Run("several", func(t *testing.T) {
		other := handMadePackage()
		p := b.open(t, packagePage(t, handMadePackage(), other), "")
		p.wantRows("5,060", "f.zip 2,530", "f.zip 2,530")
		if got := p.rows(); got[0][3] != "package" {
			t.Errorf("%q", got)
		}
		if got, want := p.text("#sum"), "28 cells add up to 5,060 bytes, the unzipped size of the 2 packages; in the archive to 3,000 bytes, the size of the archives."; got != want {
			t.Errorf("%q, want %q", got, want)
		}
		p.choose("section", "native")
		p.wantRows("4,000", "f.zip 2,000", "f.zip 2,000")
		p.quiet()
	})

	t.Run("hostile names", func(t *testing.T) {
		hostile := hostilePackage()
		p := b.open(t, packagePage(t, hostile), "#view=path&path=%5Bhidden%5D/__proto__")
		for range 8 {
			eval[bool](p, `(() => { document.getElementById("more").click(); return true; })()`)
		}
		got := p.names()
		for i := range hostile.Entries {
			first, _, _ := strings.Cut(oneline.Printable(hostile.Entries[i].Path), "/")
			first = shortenName(first, 400)
			if first != "" && !slices.ContainsFunc(got, func(name string) bool { return name == first || strings.HasPrefix(name, first+"/") }) {
				t.Errorf("%.60q is not a row", first)
			}
		}
		p.search("<img")
		p.wait(`document.getElementById("caption").textContent.includes("found")`)
		if got := p.names(); !slices.Contains(got, "<img src=x onerror=alert(1)>") {
			t.Errorf("found %q", got)
		}
		p.screenshot("package-hostile")
		if n := eval[int](p, `document.images.length + document.querySelectorAll("script").length`); n != 2 {
			t.Errorf("%d images and scripts, want the page's 2 scripts", n)
		}
		if eval[bool](p, `Object.keys(Object.prototype).length > 0`) {
			t.Error("a name changed the prototype of objects")
		}
		for _, fragment := range []string{"#view=owner", "#view=__proto__&area=change", "#area=constructor", "#section=%3Cscript%3E", "#path=+1/+1", "#q=%2F"} {
			eval[string](p, `location.hash = %q`, fragment)
			p.wait(`document.querySelectorAll("#crumbs li").length > 0`)
		}
		p.quiet()
	})

	t.Run("narrow", func(t *testing.T) {
		p := b.open(t, packagePage(t, syntheticPackage(2000)), "")
		p.do(chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile))
		p.wait(`document.getElementById("canvas").width < 500`)
		if wide := eval[int](p, `document.documentElement.scrollWidth`); wide > 390 {
			t.Errorf("the page is %d pixels wide on a screen of 390", wide)
		}
		p.screenshot("package-narrow")
		p.wantWideNames()
		eval[bool](p, `(() => { document.getElementById("table-pane").scrollIntoView(); return true; })()`)
		p.screenshot("package-narrow-table")
		p.media("", "dark")
		p.screenshot("package-narrow-dark")
		p.quiet()
	})
}

func TestBrowserImage(t *testing.T) {
	b := newBrowser(t)
	hand := imagePage(t, handMadeImage())

	t.Run("by layer", func(t *testing.T) {
		p := b.open(t, hand, "")
		p.wantRows("2,700", "layer 2: COPY app 2,060", "layer 1: ADD rootfs 640")
		if got, want := p.text("#sum"), "12 cells add up to 2,700 bytes, the unpacked size; as they are stored to 1,700 bytes, the stored size."; got != want {
			t.Errorf("%q, want %q", got, want)
		}
		if got := p.text("#summary"); !strings.HasPrefix(got, "2,700 bytes (2.70 kB) unpacked, 400 bytes (400 B) of it hidden by layers above; 1,700 bytes (1.70 kB) stored. ") {
			t.Errorf("%q", got)
		}
		p.wantLegend("own files of the application, own code", "dependencies files of the base image", "standard standard library", "hidden hidden by a layer above (stripes)", "rest no owner")
		p.screenshot("image-light")
		p.media("", "dark")
		p.screenshot("image-dark")
		p.media("", "")
		p.do(chromedp.Click(chromedp.CSS("#rows tr:nth-child(2) a")))
		p.wantRows("640", "[hidden] 400", "etc 240")
		if got := p.rows(); got[0][3] != "hidden" {
			t.Errorf("%q", got)
		}
		if got := p.described(kb.Home); !strings.Contains(got, "[hidden]400 bytes, 62.5% of layer 1: ADD rootfs") || !strings.Contains(got, "files that a layer above overwrites or deletes") {
			t.Errorf("%q", got)
		}
		p.screenshot("image-hidden")
		p.quiet()
	})

	t.Run("by path", func(t *testing.T) {
		p := b.open(t, hand, "")
		p.choose("view", "path")
		p.wantRows("2,700", "srv 2,000", "[hidden] 400", "etc 300")
		p.do(chromedp.Click(chromedp.CSS("#rows tr:nth-child(3) a")))
		p.wantRows("300", "os-release 240", "passwd 60", "mtab 0")
		if got := p.rows(); got[2][3] != "symlink" {
			t.Errorf("%q", got)
		}
		p.do(chromedp.NavigateBack())
		p.do(chromedp.Click(chromedp.CSS("#rows tr:nth-child(2) a")))
		p.wantRows("400", "layer 1: ADD rootfs 400")
		p.do(chromedp.NavigateBack())
		p.choose("section", "layer 2: COPY app")
		p.wantRows("2,060", "srv 2,000", "etc 60")
		p.search("passwd")
		p.wait(`document.getElementById("caption").textContent.startsWith("1 found")`)
		p.wantRows("60", "passwd 60")
		p.quiet()
	})

	t.Run("stored", func(t *testing.T) {
		p := b.open(t, hand, "")
		p.choose("area", "packed")
		p.wantRows("1,700", "layer 2: COPY app 1,000", "layer 1: ADD rootfs 600", "[config] 80", "[manifest] 20")
		p.choose("view", "path")
		p.wantRows("1,700", "layer 2: COPY app 1,000", "layer 1: ADD rootfs 600", "[config] 80", "[manifest] 20")
		p.wantLegend("own files of the application", "dependencies files of the base image", "rest [config], [manifest]")
		p.screenshot("image-stored")
		p.quiet()
	})

	t.Run("base not known", func(t *testing.T) {
		m := handMadeImage()
		m.Base = snapshot.ImageBase{}
		m.Layers[0].Base = false
		p := b.open(t, imagePage(t, m), "")
		p.wantLegend("own files, own code", "standard standard library", "hidden hidden by a layer above (stripes)", "rest no owner")
		p.screenshot("image-no-base")
		p.quiet()
	})

	t.Run("nothing", func(t *testing.T) {
		p := b.open(t, imagePage(t, snapshot.Image{Name: "empty", Source: "empty"}), "")
		p.wantNames()
		if got := p.text("#empty"); got != "There are no bytes here." {
			t.Errorf("%q", got)
		}
		p.quiet()
	})

	t.Run("hostile", func(t *testing.T) {
		m := handMadeImage()
		m.Name = "<img src=x onerror=alert(1)>"
		m.Layers[1].CreatedBy = "RUN </script><script>alert(1)</script>\x1b[31m\u202e" + strings.Repeat("long ", 900)
		m.Warnings = []string{m.Name}
		m.Entries[1].Path = "etc/<img src=x onerror=alert(1)>"
		p := b.open(t, imagePage(t, m), "#view=path")
		p.do(chromedp.Click(chromedp.CSS("#rows tr:nth-child(3) a")))
		p.wantRows("300", "<img src=x onerror=alert(1)> 240", "passwd 60", "mtab 0")
		p.choose("view", "layer")
		p.do(chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile))
		p.wait(`document.getElementById("canvas").width < 500`)
		p.screenshot("image-narrow")
		if wide := eval[int](p, `document.documentElement.scrollWidth`); wide > 390 {
			t.Errorf("the page is %d pixels wide on a screen of 390", wide)
		}
		if n := eval[int](p, `document.images.length + document.querySelectorAll("script").length`); n != 2 {
			t.Errorf("%d images and scripts, want the page's 2 scripts", n)
		}
		p.quiet()
	})
}

// TestPackageSpeed logs what a page of many entries takes: see it with
// go test -v -run TestPackageSpeed.
func TestPackageSpeed(t *testing.T) {
	b := newBrowser(t)
	for _, count := range []int{2000, 20_000, 200_000} {
		t.Run(fmt.Sprint(count), func(t *testing.T) {
			html := packagePage(t, syntheticPackage(count))
			p := b.open(t, html, "")
			load := eval[float64](p, `(() => { const l = performance.getEntriesByName("sizegate:load")[0]; return l.startTime + l.duration; })()`)
			zoom := eval[float64](p, `(() => {
				const start = performance.now(), map = document.getElementById("map");
				map.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
				map.getBoundingClientRect();
				return performance.now() - start;
			})()`)
			search := eval[float64](p, `(async () => {
				const start = performance.now();
				location.hash = "#q=module1";
				while (!document.getElementById("caption").textContent.includes("found")) await new Promise((done) => requestAnimationFrame(done));
				return performance.now() - start;
			})()`)
			t.Logf("%d entries: page %d kB, loaded in %.0f ms; a zoom %.0f ms; a search %.0f ms", count, len(html)/1000, load, zoom, search)
			if n := eval[int](p, `document.querySelectorAll("*").length`); n > 4000 {
				t.Errorf("the page has %d nodes", n)
			}
			p.quiet()
		})
	}
}
