package page

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// browser is a Chromium that the subtests of one test share.
type browser struct{ ctx context.Context }

// newBrowser starts Chromium. It ends with the test.
func newBrowser(t *testing.T) *browser {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Skip("chromium not found (Debian: apt install chromium)")
	}
	profile := t.TempDir()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.UserDataDir(profile), chromedp.WindowSize(1400, 900))
	if os.Getuid() == 0 {
		options = append(options, chromedp.NoSandbox) // it refuses to run as root otherwise
	}
	limited, stop := context.WithTimeout(context.Background(), 4*time.Minute)
	allocator, release := chromedp.NewExecAllocator(limited, options...)
	ctx, _ := chromedp.NewContext(allocator)
	t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil {
			t.Errorf("chromium: %v", err)
		}
		release()
		stop()
		// Its processes may write into the profile for a moment longer.
		for end := time.Now().Add(10 * time.Second); os.RemoveAll(profile) != nil && time.Now().Before(end); {
		}
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	return &browser{ctx}
}

// tab is a page in the browser, and what the browser said of it.
type tab struct {
	*testing.T
	ctx  context.Context
	file string // URL of the page

	mu       sync.Mutex
	messages []string // of the console, of the content security policy, of exceptions
	requests []string // for anything but the page
}

// blank opens an empty tab of 1400 × 900.
func (b *browser) blank(t *testing.T) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx)
	t.Cleanup(cancel)
	p := &tab{T: t, ctx: ctx}
	say := func(list *[]string, text string) {
		p.mu.Lock()
		*list = append(*list, text)
		p.mu.Unlock()
	}
	if err := chromedp.Listen(ctx, func(event any) {
		switch e := event.(type) {
		case *runtime.EventConsoleAPICalled:
			text := "console:"
			for _, arg := range e.Args {
				text += " " + string(arg.Value)
			}
			say(&p.messages, text)
		case *runtime.EventExceptionThrown:
			say(&p.messages, "exception: "+e.ExceptionDetails.Text)
		case *log.EventEntryAdded:
			say(&p.messages, "log: "+e.Entry.Text)
		case *page.EventJavascriptDialogOpening:
			say(&p.messages, "dialog: "+e.Message)
		case *network.EventRequestWillBeSent:
			if !strings.HasPrefix(e.Request.URL, p.file) {
				say(&p.requests, e.Request.URL)
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
	_, err := chromedp.Call(ctx, network.Enable, network.EnableParams{})
	p.must(err)
	p.do(chromedp.EmulateViewport(1400, 900))
	return p
}

// open shows a page, with a fragment such as "#q=x" or "".
func (b *browser) open(t *testing.T, html []byte, fragment string) *tab {
	t.Helper()
	p := b.blank(t)
	p.load(html, fragment)
	p.wait(`!document.getElementById("app").hidden || document.getElementById("problem").textContent !== "Reading the data…"`)
	if eval[bool](p, `document.getElementById("app").hidden`) {
		t.Fatalf("the page says %q", p.text("#problem"))
	}
	return p
}

func (p *tab) load(html []byte, fragment string) {
	p.Helper()
	path := filepath.Join(p.TempDir(), "page.html")
	if err := os.WriteFile(path, html, 0o644); err != nil {
		p.Fatal(err)
	}
	p.file = "file://" + path
	p.do(chromedp.Navigate(p.file + fragment))
}

func (p *tab) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatalf("%v (the browser said: %q)", err, p.said())
	}
}

func (p *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	p.Helper()
	p.must(chromedp.Do(p.ctx, steps...))
}

// said is everything that the browser reported so far.
func (p *tab) said() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Concat(p.messages, p.requests)
}

// quiet fails the test if the browser reported an error, or the page asked for
// anything.
func (p *tab) quiet() {
	p.Helper()
	if said := p.said(); len(said) > 0 {
		p.Errorf("the browser said %q", said)
	}
}

// wait waits until an expression is true.
func (p *tab) wait(expression string) {
	p.Helper()
	if _, err := chromedp.Run(p.ctx, chromedp.Poll[bool](expression)); err != nil {
		p.Fatalf("%s: %v (the browser said: %q)", expression, err, p.said())
	}
}

// eval is the value of an expression, which may be a promise.
func eval[T any](p *tab, format string, args ...any) T {
	p.Helper()
	v, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](fmt.Sprintf(format, args...), chromedp.EvalAwaitPromise))
	if err != nil {
		p.Fatalf("%s: %v", fmt.Sprintf(format, args...), err)
	}
	return v
}

// text is the text of an element.
func (p *tab) text(selector string) string {
	p.Helper()
	return eval[string](p, `document.querySelector(%q).textContent`, selector)
}

// rows is the text of the cells of the table's body.
func (p *tab) rows() [][]string {
	p.Helper()
	return eval[[][]string](p, `[...document.querySelectorAll("#rows tr")].map((tr) => [...tr.cells].map((c) => (c.querySelector(".name") ?? c).textContent))`)
}

func (p *tab) names() []string {
	p.Helper()
	var list []string
	for _, row := range p.rows() {
		list = append(list, row[0])
	}
	return list
}

// crumbs is the path to what is shown.
func (p *tab) crumbs() string {
	p.Helper()
	return strings.Join(eval[[]string](p, `[...document.querySelectorAll("#crumbs .name")].map((e) => e.textContent)`), " > ")
}

// wantNames fails the test if the table has other rows.
func (p *tab) wantNames(names ...string) {
	p.Helper()
	if got := p.names(); !slices.Equal(got, names) {
		p.Errorf("the table has %q, want %q", got, names)
	}
}

func (p *tab) wantCrumbs(want string) {
	p.Helper()
	if got := p.crumbs(); got != want {
		p.Errorf("path %q, want %q", got, want)
	}
}

// choose takes another option of a select element.
func (p *tab) choose(id, value string) {
	p.Helper()
	eval[bool](p, `(() => { const e = document.getElementById(%q); e.value = %q; return e.dispatchEvent(new Event("change")); })()`, id, value)
}

// media emulates a kind of output and a colour scheme.
func (p *tab) media(kind, scheme string) {
	p.Helper()
	_, err := chromedp.Call(p.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: kind,
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
	p.must(err)
	// The listeners of the page run with the next frame.
	eval[bool](p, `new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))`)
}

// brightness is the mean of the map's pixels, from 0 to 255.
func (p *tab) brightness() float64 {
	p.Helper()
	return eval[float64](p, `(() => {
		const c = document.getElementById("canvas");
		const copy = Object.assign(document.createElement("canvas"), { width: c.width, height: c.height }).getContext("2d", { willReadFrequently: true });
		copy.drawImage(c, 0, 0);
		const { data } = copy.getImageData(0, 0, c.width, c.height);
		let sum = 0;
		for (let i = 0; i < data.length; i += 4) sum += data[i] + data[i + 1] + data[i + 2];
		return sum / (data.length / 4) / 3;
	})()`)
}

// screenshot keeps a picture of the tab where SIZEGATE_SCREENSHOTS says.
func (p *tab) screenshot(name string) {
	p.Helper()
	directory := os.Getenv("SIZEGATE_SCREENSHOTS")
	if directory == "" {
		directory = p.TempDir()
	}
	png, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	p.must(err)
	if err := os.WriteFile(filepath.Join(directory, name+".png"), png, 0o644); err != nil {
		p.Fatal(err)
	}
}
