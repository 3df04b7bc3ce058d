package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/sizegate/sizegate/internal/bytesize"
	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/report/breakdown"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// MaxMarkdownRows bounds a table where Top asks for all rows: GitHub cuts what is
// longer than it likes.
const MaxMarkdownRows = 1000

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
			facts = append(facts, fmt.Sprintf("%s %s B", VariantName(&v), exact(v.Size)))
		}
	}
	linef("%s\n", strings.Join(facts, ", "))
	top := MaxMarkdownRows
	if o.Top > 0 {
		top = min(top, o.Top)
	}
	switch o.By {
	case breakdown.BySection:
	case breakdown.ByGeneric:
		genericMarkdown(text, b, o, top)
	default:
		t := o.Totals(b)
		linef("| %s | bytes | share |", breakdown.RowName(b, o.By))
		linef("| :-- | --: | --: |")
		o.Top = top
		rows := o.Divide(breakdown.Rows(b, o.By))
		for i := range rows.Shown {
			r := &rows.Shown[i]
			linef("| %s | %s | %s |", display.MarkdownName(o.Label(r)), exact(r.Size), bytesize.Percent(r.Size, t.Size))
		}
		if rows.LeftRows > 0 {
			linef("| … %s | %s | %s |", breakdown.MoreRows(rows.LeftRows, breakdown.RowName(b, o.By)), exact(rows.Left.Size), bytesize.Percent(rows.Left.Size, t.Size))
		}
		if rows.HiddenRows > 0 {
			linef("| … not matched by --filter | %s | %s |", exact(rows.Hidden.Size), bytesize.Percent(rows.Hidden.Size, t.Size))
		}
		linef("| padding | %s | %s |", exact(t.Padding), bytesize.Percent(t.Padding, t.Size))
		linef("| unattributed | %s | %s |", exact(t.Unattributed), bytesize.Percent(t.Unattributed, t.Size))
		linef("| **total: %s** | %s | %s |\n", display.MarkdownEscape(display.Clean(o.Scope)), exact(t.Size), bytesize.Percent(t.Size, t.Size))
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
	shown := breakdown.ShownOf(len(listed), MaxMarkdownRows)
	for _, s := range listed[:shown] {
		linef("| %s | %s | %s | %s |", display.MarkdownName(s.Name), s.Kind, exact(s.FileSize), bytesize.Percent(s.FileSize, b.FileSize))
	}
	rest := uint64(0)
	for _, s := range listed[shown:] {
		rest += s.FileSize
	}
	if few := len(listed) - shown; few > 0 {
		linef("| … %s | | %s | %s |", breakdown.MoreRows(few, "section"), exact(rest), bytesize.Percent(rest, b.FileSize))
	}
	linef("| headers | | %s | %s |", exact(b.Overhead.Headers), bytesize.Percent(b.Overhead.Headers, b.FileSize))
	linef("| gaps | | %s | %s |", exact(b.Overhead.Gaps), bytesize.Percent(b.Overhead.Gaps, b.FileSize))
	linef("| **total: file** | | %s | %s |\n\n</details>\n", exact(b.FileSize), bytesize.Percent(b.FileSize, b.FileSize))
}
