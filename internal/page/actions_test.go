package page

import (
	"encoding/json"
	"strconv"
	"unicode/utf16"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// click opens the box of a name by its title: the mark of the keyboard shows where
// the largest box is, and the arrow keys lead to the others.
func (p *tab) click(name string) {
	p.Helper()
	at := eval[[]float64](p, `(() => {
		const mark = document.getElementById("cursor").getBoundingClientRect();
		return [mark.left + mark.width / 2, mark.top + 8];
	})()`)
	p.do(chromedp.MouseClickXY(at[0], at[1]))
	if got := p.text(`#crumbs [aria-current]`); got != name {
		p.Errorf("the click opened %q, want %q", got, name)
	}
}

// search types into the search box, in place of what is there.
func (p *tab) search(text string) {
	p.Helper()
	eval[bool](p, `(() => { document.getElementById("search").select(); return true; })()`)
	p.do(chromedp.SendKeys(chromedp.CSS("#search"), text))
}

// withoutUnpacking makes the next page that is loaded one of an older browser.
func (p *tab) withoutUnpacking() {
	p.Helper()
	_, err := chromedp.Call(p.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: "delete window.DecompressionStream"})
	p.must(err)
}

// grouped is a number with commas.
func grouped(n int64) string {
	if n < 1000 {
		return strconv.FormatInt(n, 10)
	}
	last := strconv.FormatInt(n%1000, 10)
	return grouped(n/1000) + "," + "000"[len(last):] + last
}

// signedGroup is a change, with a minus sign and not a hyphen.
func signedGroup(n int64) string {
	switch {
	case n > 0:
		return "+" + grouped(n)
	case n < 0:
		return "−" + grouped(-n)
	}
	return "0"
}

// shortenName is a name as the table shows it: cut after a number of UTF-16 units.
func shortenName(name string, units int) string {
	all := utf16.Encode([]rune(name))
	if len(all) <= units {
		return name
	}
	if all[units-1]>>10 == 0xd800>>10 {
		units-- // half a character
	}
	return string(utf16.Decode(all[:units])) + "…"
}

// unquote reads a JSON string.
func unquote(text string) string {
	var s string
	if json.Unmarshal([]byte(text), &s) != nil {
		return ""
	}
	return s
}
