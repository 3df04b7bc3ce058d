package deployed

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/sizegate/sizegate/internal/bundle"
	"github.com/sizegate/sizegate/internal/bytesize"
	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/image/stored"
	"github.com/sizegate/sizegate/internal/report/breakdown"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// imageContents is a package with the ELF files of m, whose rows and tables are those of
// an image too. Its entries are missing: finalRows has them.
func imageContents(m *snapshot.Image) *snapshot.Package {
	return &snapshot.Package{Path: m.Source, Unzipped: m.Final, Binaries: m.Binaries}
}

// imageFacts is what an image is, in one line.
func imageFacts(m *snapshot.Image) string {
	facts := []string{m.Format}
	if m.Platform != "" {
		facts = append(facts, m.Platform)
	}
	layers := display.Counted(len(m.Layers), "layer")
	if n := m.Base.Layers; n > 0 {
		layers += fmt.Sprintf(" (%s of the base image)", bytesize.Size(n).Grouped())
	}
	return strings.Join(append(facts, layers), ", ")
}

// imageSizes is what an image takes, in one line.
func imageSizes(m *snapshot.Image) string {
	exact := func(n uint64) string {
		return fmt.Sprintf("%s B (%s)", bytesize.Size(n).Grouped(), bytesize.Size(n).Short())
	}
	return fmt.Sprintf("image %s, unpacked %s", exact(m.Size), exact(m.Unpacked))
}

// imageLoss is what of an image nobody sees, in one line.
func imageLoss(m *snapshot.Image) string {
	efficiency := "100.0%" // of nothing
	if m.Efficiency.All > 0 {
		efficiency = bytesize.Percent(m.Efficiency.Smallest, m.Efficiency.All)
	}
	return fmt.Sprintf("final files %s B, hidden %s B, wasted %s B, efficiency %s", bytesize.Size(m.Final).Grouped(),
		bytesize.Size(m.Hidden).Grouped(), bytesize.Size(m.Wasted).Grouped(), efficiency)
}

// imageContains counts what is in the final file system, in one line.
func imageContains(m *snapshot.Image) string {
	var c contents
	for i := range m.Entries {
		c.add(bundle.Type(m.Entries[i].Type), m.Entries[i].ELF)
	}
	return c.facts(m.Binaries)
}

// imageBase is what is known of the base image, "" for nothing. An image can say
// anything, at any length.
func imageBase(m *snapshot.Image) string {
	var facts []string
	for _, text := range []string{m.Base.Name, m.Base.Digest} {
		if text != "" {
			facts = append(facts, display.Fact(oneText(text)))
		}
	}
	if n := m.Base.Layers; n > 0 {
		facts = append(facts, fmt.Sprintf("%s (%s)", display.Counted(n, "layer"), display.Fact(oneText(m.Base.Evidence))))
	}
	if len(facts) == 0 {
		return ""
	}
	return "base image: " + strings.Join(facts, ", ")
}

// layerLabel names a layer by its number and what made it.
func layerLabel(l *snapshot.ImageLayer) string {
	text := strconv.Itoa(l.Number)
	if l.CreatedBy != "" {
		text += " " + display.Fact(oneText(l.CreatedBy))
	}
	if l.Missing {
		text += " (not stored here)"
	}
	return text
}

// oneText bounds what an image says before it is looked at: marks on a letter
// take no column.
func oneText(text string) string {
	const longest = 1600
	if len(text) > longest {
		return strings.ToValidUTF8(text[:longest], "") + "…"
	}
	return text
}

// layerPart says which image a layer is of, as far as it is known.
func layerPart(m *snapshot.Image, l *snapshot.ImageLayer) string {
	switch {
	case m.Base.Layers == 0:
		return ""
	case l.Base:
		return "base"
	}
	return "application"
}

// changes says whether any layer does more than add files.
func changes(m *snapshot.Image) bool {
	for i := range m.Layers {
		l := &m.Layers[i]
		if l.Wasted > 0 || l.Overwritten.Files > 0 || l.Deleted.Files > 0 || l.Added != (snapshot.ImageChange{Files: l.Files, Bytes: l.Unpacked}) {
			return true
		}
	}
	return false
}

// wastedRows are the paths that several layers have, the most wasteful first;
// files is how often one counts.
func wastedRows(m *snapshot.Image) []packageRow {
	var rows []packageRow
	for _, w := range m.WastedPaths {
		rows = append(rows, packageRow{Row: breakdown.Row{Name: w.Path, Size: w.Bytes}, files: w.Count})
	}
	return rows
}

// overheadRows are the documents that an image has beside its layers.
func overheadRows(m *snapshot.Image) []rest {
	rows := []rest{{"[config]", m.Overhead.Config}}
	if m.Format != string(stored.FormatDocker) {
		rows = append(rows, rest{"[manifest]", m.Overhead.Manifest})
	}
	return rows
}
