package deployed

import (
	"io"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/bytesize"
	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/report"
	"github.com/sizegate/sizegate/internal/report/breakdown"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// ImageMarkdown writes a report of container images for GitHub, one after the other.
func ImageMarkdown(w io.Writer, r *snapshot.Images, o report.Options) error {
	var text strings.Builder
	for i := range r.Images {
		m := imageMarkdown{image: &r.Images[i], packageMarkdown: packageMarkdown{text: &text, p: imageContents(&r.Images[i]), o: o, top: report.MaxMarkdownRows}}
		if o.Top > 0 {
			m.top = min(m.top, o.Top)
		}
		m.write()
	}
	_, err := io.WriteString(w, text.String())
	return err
}

type imageMarkdown struct {
	packageMarkdown
	image *snapshot.Image
}

func (m *imageMarkdown) write() {
	m.linef("### %s\n", display.MarkdownName(m.image.Source))
	m.linef("%s, %s\n\n%s, %s\n", imageFacts(m.image), imageContains(m.image), imageSizes(m.image), imageLoss(m.image))
	if base := imageBase(m.image); base != "" {
		m.linef("%s\n", display.MarkdownEscape(base))
	}
	switch m.o.By {
	case breakdown.ByLayer:
		m.layers()
		m.changes()
		m.o.By = breakdown.ByEntry // the rows below are paths
		m.folded("Largest files", "file", "bytes", finalRows(m.image))
		var elf []packageRow
		for _, r := range elfRows(&m.o.Choice, m.p) {
			elf = append(elf, r.packageRow)
		}
		m.folded("ELF files", "ELF file", "bytes", listOf(elf))
		m.wasted()
	case breakdown.ByEntry:
		m.table("file", "bytes", finalRows(m.image), rest{"total: final files", m.image.Final})
	default:
		m.table(string(m.o.By), "bytes", listOf(packageRows(m.p, m.o.By)), restsOf(&m.o.Choice, m.p)...)
	}
}

func (m *imageMarkdown) row(cells ...string) { m.linef("| %s |", strings.Join(cells, " | ")) }

// layers has the column part if the base is known.
func (m *imageMarkdown) layers() {
	line := func(label, part, stored, unpacked, share string) {
		cells := []string{label, part, stored, unpacked, share}
		if m.image.Base.Layers == 0 {
			cells = slices.Delete(cells, 1, 2)
		}
		m.row(cells...)
	}
	exact := func(n uint64) string { return bytesize.Size(n).Grouped() }
	line("layer", "part", "stored", "unpacked", "of stored")
	line(":--", ":--", "--:", "--:", "--:")
	for i := range m.image.Layers {
		l := &m.image.Layers[i]
		line(display.MarkdownName(layerLabel(l)), layerPart(m.image, l), exact(l.Size), exact(l.Unpacked), bytesize.Percent(l.Size, m.image.Size))
	}
	for _, r := range overheadRows(m.image) {
		line(display.MarkdownEscape(r.label), "", exact(r.size), "", bytesize.Percent(r.size, m.image.Size))
	}
	line("**total: image**", "", exact(m.image.Size), exact(m.image.Unpacked), bytesize.Percent(m.image.Size, m.image.Size))
	m.linef("")
}

func (m *imageMarkdown) changes() {
	if !changes(m.image) {
		return
	}
	exact := func(n uint64) string { return bytesize.Size(n).Grouped() }
	m.linef("<details><summary>What layers change</summary>\n")
	m.row("layer", "added", "overwritten", "deleted", "wasted")
	m.row(":--", "--:", "--:", "--:", "--:")
	for i := range m.image.Layers {
		l := &m.image.Layers[i]
		m.row(display.MarkdownName(layerLabel(l)), exact(l.Added.Bytes), exact(l.Overwritten.Bytes), exact(l.Deleted.Bytes), exact(l.Wasted))
	}
	m.linef("\n</details>\n")
}

// wasted has no shares: what is wasted may count bytes several times.
func (m *imageMarkdown) wasted() {
	rows := wastedRows(m.image)
	if len(rows) == 0 {
		return
	}
	m.linef("<details><summary>In several layers</summary>\n")
	m.row("path", "times", "wasted")
	m.row(":--", "--:", "--:")
	chosen := pick(&m.o.Choice, listOf(rows), m.top)
	for i := range chosen.shown {
		r := &chosen.shown[i]
		m.row(display.MarkdownName(r.Name), display.CountCell(r.files), bytesize.Size(r.Size).Grouped())
	}
	if chosen.leftRows > 0 {
		m.row("… "+display.More(chosen.leftRows, "path", "paths"), "", bytesize.Size(chosen.left.Size).Grouped())
	}
	if chosen.hiddenRows > 0 {
		m.row("… not matched by --filter", "", bytesize.Size(chosen.hidden.Size).Grouped())
	}
	m.row("**total: wasted**", "", bytesize.Size(m.image.Wasted).Grouped())
	m.linef("\n</details>\n")
}
