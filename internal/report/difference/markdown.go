package difference

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/bytesize"
	"github.com/sizegate/sizegate/internal/compare"
	"github.com/sizegate/sizegate/internal/display"
)

// Bounds of a difference in Markdown, which has to fit into a comment or a
// summary that others share.
const (
	maxRows     = 50
	maxWarnings = 10
	maxWarning  = 480 // columns of one
)

// Markdown writes a difference for GitHub: the files, the modules whose
// version changed and the sections, and folded away owners and functions. Its
// length is bounded: a list has at most top rows, and never more than 50.
func Markdown(w io.Writer, d *compare.Diff, top int) error {
	if top <= 0 || top > maxRows {
		top = maxRows
	}
	m := &diffMarkdown{}
	m.linef("**%s: %s**", display.MarkdownName(d.New.Name), deltaInWords(fileRow(d)))
	m.linef("")
	m.warnings(d.Warnings)
	if len(d.Modules) > 0 {
		modules := divide(d.Modules, top, true)
		m.list("new version of", "module", &modules, func(r *compare.Row) string {
			name := *r
			name.OldVersion, name.NewVersion = "", ""
			return fmt.Sprintf("%s %s → %s", display.MarkdownName(strings.TrimSpace(moduleLabel(&name))), display.MarkdownName(r.OldVersion), display.MarkdownName(r.NewVersion))
		})
		m.linef("")
	}
	lists := listsOf(d)
	m.open(&lists[0], top)
	if d.Identical() {
		m.linef("%s%s.", strings.ToUpper(noDifference[:1]), noDifference[1:])
	}
	m.details("Owners", &lists[1], top)
	m.details("Functions", &lists[2], top)
	_, err := io.WriteString(w, m.text.String())
	return err
}

// diffMarkdown is the text so far.
type diffMarkdown struct{ text strings.Builder }

func (m *diffMarkdown) linef(format string, args ...any) { fmt.Fprintf(&m.text, format+"\n", args...) }

// warnings says where the sides are not alike, nothing if they are.
func (m *diffMarkdown) warnings(list []string) {
	for i, warning := range list[:min(len(list), maxWarnings)] {
		if i == 0 {
			m.linef("Not measured alike:")
			m.linef("")
		}
		m.linef("- %s", display.MarkdownCode(display.Fit(display.Clean(warning), maxWarning)))
	}
	if len(list) > 0 {
		m.linef("")
	}
}

// open is a table that is always there, with its total.
func (m *diffMarkdown) open(l *list, top int) {
	p := divide(l.rows, top, false)
	m.changed(l, &p)
	m.row("**"+l.total.Name+"**", l.total)
	m.linef("")
}

// changed is what changed of a list.
func (m *diffMarkdown) changed(l *list, p *divided) {
	m.list(l.heading, l.name, p, func(r *compare.Row) string { return display.MarkdownName(l.label(r)) })
	m.rest(p)
}

// list begins a table with what changed.
func (m *diffMarkdown) list(heading, name string, p *divided, label func(r *compare.Row) string) {
	m.linef("| %s | old | new | delta | change |", heading)
	m.linef("| :--- | ---: | ---: | ---: | ---: |")
	for i := range p.shown {
		m.row(label(&p.shown[i]), &p.shown[i])
	}
	if p.left > 0 {
		m.row("… "+moreRows(p.left, name), &p.more)
	}
}

// rest adds those bytes without an owner that changed.
func (m *diffMarkdown) rest(p *divided) {
	for i := range p.rest {
		if r := &p.rest[i]; r.Change != compare.Same {
			m.row(display.MarkdownCode(r.Name), r)
		}
	}
}

func (m *diffMarkdown) row(label string, r *compare.Row) {
	m.linef("| %s | %s | %s | %s | %s |", label, bytesize.Size(r.Old).Grouped(), bytesize.Size(r.New).Grouped(), delta(r.New, r.Old), rowChange(r))
}

// details is a table that is folded away, nothing if nothing changed.
func (m *diffMarkdown) details(title string, l *list, top int) {
	p := divide(l.rows, top, false)
	changed := len(p.shown) + p.left
	if changed == 0 && !slices.ContainsFunc(p.rest, func(r compare.Row) bool { return r.Change != compare.Same }) {
		return
	}
	m.linef("<details><summary>%s: %s changed</summary>", title, bytesize.Size(changed).Grouped())
	m.linef("")
	m.changed(l, &p)
	m.linef("")
	m.linef("</details>")
	m.linef("")
}
