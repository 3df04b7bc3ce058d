package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/sizegate/sizegate/internal/bytesize"
	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// maxMarkdownRows bounds a table where Top asks for all rows: GitHub cuts what is
// longer than it likes.
const maxMarkdownRows = 1000

// Markdown writes a report for GitHub: each file with its sizes, what the bytes
// are charged to, and folded away the sections.
func Markdown(w io.Writer, r *snapshot.Report, o Options) error {
	var text strings.Builder
	for i := range r.Binaries {
		markdownFile(&text, &r.Binaries[i], o)
	}
	_, err := io.WriteString(w, text.String())
	return err
}

func markdownFile(text *strings.Builder, b *snapshot.Binary, o Options) {
	linef := func(format string, args ...any) { fmt.Fprintf(text, format+"\n", args...) }
	exact := func(n uint64) string { return bytesize.Size(n).Grouped() }
	linef("### %s\n", display.MarkdownName(b.Path))
	facts := []string{b.Arch + " " + b.Type, fmt.Sprintf("file %s B (%s)", exact(b.FileSize), bytesize.Size(b.FileSize).Short())}
	for _, v := range b.Variants {
		if v.Status == "ok" {
			facts = append(facts, fmt.Sprintf("%s %s B", variantName(&v), exact(v.Size)))
		}
	}
	linef("%s\n", strings.Join(facts, ", "))
	top := maxMarkdownRows
	if o.Top > 0 {
		top = min(top, o.Top)
	}
	switch o.By {
	case BySection:
	case ByGeneric:
		genericMarkdown(text, b, o, top)
	default:
		t := o.totals(b)
		linef("| %s | bytes | share |", rowName(b, o.By))
		linef("| :-- | --: | --: |")
		o.Top = top
		rows := o.divide(rowsOf(b, o.By))
		for i := range rows.shown {
			r := &rows.shown[i]
			linef("| %s | %s | %s |", display.MarkdownName(o.label(r)), exact(r.size), bytesize.Percent(r.size, t.size))
		}
		if rows.leftRows > 0 {
			linef("| … %s | %s | %s |", plural(rows.leftRows, rowName(b, o.By)), exact(rows.left.size), bytesize.Percent(rows.left.size, t.size))
		}
		if rows.hiddenRows > 0 {
			linef("| … not matched by --filter | %s | %s |", exact(rows.hidden.size), bytesize.Percent(rows.hidden.size, t.size))
		}
		linef("| padding | %s | %s |", exact(t.padding), bytesize.Percent(t.padding, t.size))
		linef("| unattributed | %s | %s |", exact(t.unattributed), bytesize.Percent(t.unattributed, t.size))
		linef("| **total: %s** | %s | %s |\n", display.MarkdownEscape(display.Clean(o.Scope)), exact(t.size), bytesize.Percent(t.size, t.size))
	}
	linef("<details><summary>Sections</summary>\n")
	linef("| section | kind | bytes | share |")
	linef("| :-- | :-- | --: | --: |")
	listed := make([]*snapshot.Section, 0, len(b.Sections))
	for i := range b.Sections {
		if s := &b.Sections[i]; s.FileSize > 0 {
			listed = append(listed, s)
		}
	}
	shown := shownOf(len(listed), maxMarkdownRows)
	for _, s := range listed[:shown] {
		linef("| %s | %s | %s | %s |", display.MarkdownName(s.Name), s.Kind, exact(s.FileSize), bytesize.Percent(s.FileSize, b.FileSize))
	}
	rest := uint64(0)
	for _, s := range listed[shown:] {
		rest += s.FileSize
	}
	if few := len(listed) - shown; few > 0 {
		linef("| … %s | | %s | %s |", plural(few, "section"), exact(rest), bytesize.Percent(rest, b.FileSize))
	}
	linef("| headers | | %s | %s |", exact(b.Overhead.Headers), bytesize.Percent(b.Overhead.Headers, b.FileSize))
	linef("| gaps | | %s | %s |", exact(b.Overhead.Gaps), bytesize.Percent(b.Overhead.Gaps, b.FileSize))
	linef("| **total: file** | | %s | %s |\n\n</details>\n", exact(b.FileSize), bytesize.Percent(b.FileSize, b.FileSize))
}
