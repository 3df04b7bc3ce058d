package deployed

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/bytesize"
	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/report"
	"github.com/sizegate/sizegate/internal/report/breakdown"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// PackageMarkdown writes a report of deployment packages for GitHub, one after the
// other.
func PackageMarkdown(w io.Writer, r *snapshot.Packages, o report.Options) error {
	var text strings.Builder
	for i := range r.Packages {
		p := &r.Packages[i]
		m := packageMarkdown{text: &text, p: p, o: o, top: report.MaxMarkdownRows}
		if o.Top > 0 {
			m.top = min(m.top, o.Top)
		}
		m.write()
	}
	_, err := io.WriteString(w, text.String())
	return err
}

type packageMarkdown struct {
	text *strings.Builder
	p    *snapshot.Package
	o    report.Options
	top  int
}

func (m *packageMarkdown) linef(format string, args ...any) {
	fmt.Fprintf(m.text, format+"\n", args...)
}

func (m *packageMarkdown) write() {
	m.linef("### %s\n", display.MarkdownName(m.p.Path))
	m.linef("%s, %s\n", packageFacts(m.p), packageSizes(m.p))
	if m.o.By != breakdown.ByCategory {
		rests := restsOf(&m.o.Choice, m.p)
		if m.o.By == breakdown.ByEntry {
			rests = []rest{{"total: unzipped", m.p.Unzipped}}
		}
		m.table(string(m.o.By), "bytes", listOf(packageRows(m.p, m.o.By)), rests...)
		return
	}
	m.categories()
	m.folded("Largest entries", "entry", "bytes", entryRows(m.p))
	var elf []packageRow
	for _, r := range elfRows(&m.o.Choice, m.p) {
		elf = append(elf, r.packageRow)
	}
	m.folded("ELF files", "ELF file", "bytes", listOf(elf))
	m.folded("Duplicates", "same contents", "wasted", listOf(duplicateRows(&m.o.Choice, m.p)))
	m.folded("Files for debuggers, not to ship", "file", "bytes", listOf(debugRows(m.p)))
}

// categories has the column zipped for zip archives alone.
func (m *packageMarkdown) categories() {
	zip := perEntry(m.p)
	line := func(name, files, zipped, unzipped, share string) {
		cells := []string{name, files, zipped, unzipped, share}
		if !zip {
			cells = slices.Delete(cells, 2, 3)
		}
		m.linef("| %s |", strings.Join(cells, " | "))
	}
	exact := func(n uint64) string { return bytesize.Size(n).Grouped() }
	share := "share"
	if zip {
		share = "of unzipped" // two columns of sizes stand in front of it
	}
	line("category", "files", "zipped", "unzipped", share)
	line(":--", "--:", "--:", "--:", "--:")
	files := 0
	for _, c := range m.p.Categories {
		files += c.Files
		line(c.Name, exact(uint64(c.Files)), exact(c.Zipped), exact(c.Unzipped), bytesize.Percent(c.Unzipped, m.p.Unzipped))
	}
	if zip {
		line(display.MarkdownEscape("[overhead]"), "", exact(m.p.Overhead), "", "")
	}
	line("**total: package**", exact(uint64(files)), exact(m.p.Size), exact(m.p.Unzipped), bytesize.Percent(m.p.Unzipped, m.p.Unzipped))
	m.linef("")
}

// folded is a table that is opened by a click, left out without rows.
func (m *packageMarkdown) folded(summary, name, size string, rows rowList) {
	if rows.len == 0 {
		return
	}
	m.linef("<details><summary>%s</summary>\n", summary)
	m.table(name, size, rows)
	m.linef("</details>\n")
}

// table has shares of the last of the rests, or of the package.
func (m *packageMarkdown) table(name, size string, rows rowList, rests ...rest) {
	whole := m.p.Unzipped
	if len(rests) > 0 {
		whole = rests[len(rests)-1].size
	}
	m.linef("| %s | %s | share |\n| :-- | --: | --: |", name, size)
	line := func(label string, size uint64) {
		m.linef("| %s | %s | %s |", label, bytesize.Size(size).Grouped(), bytesize.Percent(size, whole))
	}
	chosen := pick(&m.o.Choice, rows, m.top)
	for i := range chosen.shown {
		line(display.MarkdownName(packageLabel(&m.o.Choice, &chosen.shown[i])), chosen.shown[i].Size)
	}
	if chosen.leftRows > 0 {
		line("… "+display.More(chosen.leftRows, "row", "rows"), chosen.left.Size)
	}
	if chosen.hiddenRows > 0 {
		line("… not matched by --filter", chosen.hidden.Size)
	}
	for i, r := range rests {
		label := display.MarkdownEscape(display.Clean(r.label))
		if i == len(rests)-1 {
			label = "**" + label + "**"
		}
		line(label, r.size)
	}
	m.linef("")
}
