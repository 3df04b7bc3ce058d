package deployed

import (
	"fmt"
	"io"
	"slices"

	"github.com/sizegate/sizegate/internal/bytesize"
	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/report"
	"github.com/sizegate/sizegate/internal/report/breakdown"
	"github.com/sizegate/sizegate/internal/report/texttable"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// ImageTable writes a report of container images for people. By layer that is all
// there is to see at a glance: the layers, what they change, the largest files,
// what is wasted, and the ELF files; otherwise the rows asked for. Several images
// have a column each.
func ImageTable(w io.Writer, r *snapshot.Images, o report.Options) error {
	switch len(r.Images) {
	case 0:
		return nil
	case 1:
		return oneImage(w, &r.Images[0], o)
	}
	return imagesSideBySide(w, r.Images, o)
}

func oneImage(w io.Writer, m *snapshot.Image, o report.Options) error {
	if _, err := fmt.Fprintln(w, display.Clean(m.Source)); err != nil {
		return err
	}
	lines := []string{imageFacts(m), imageContains(m), imageSizes(m), imageLoss(m)}
	if m.Reference != "" {
		lines = append(lines, "name "+display.Fact(oneText(m.Reference)))
	}
	if base := imageBase(m); base != "" {
		lines = append(lines, base)
	}
	if m.Digest != "" {
		lines = append(lines, "digest "+display.Clean(m.Digest))
	}
	if err := o.Say(w, lines...); err != nil {
		return err
	}
	contents := imageContents(m)
	switch o.By {
	case breakdown.ByLayer:
		for _, table := range []func(io.Writer, *snapshot.Image, report.Options) error{layerTable, changeTable, fileTable, wastedTable} {
			if err := table(w, m, o); err != nil {
				return err
			}
		}
		return elfTable(w, contents, o)
	case breakdown.ByEntry:
		return fileTable(w, m, o)
	}
	return packageOwnerTable(w, contents, o)
}

// layerTable adds up to the image. The column part is there if the base is known.
func layerTable(w io.Writer, m *snapshot.Image, o report.Options) error {
	header, left := []string{"layer", "part", "stored", "unpacked", "of stored"}, 2
	if m.Base.Layers == 0 {
		header, left = slices.Delete(header, 1, 2), 1
	}
	t := texttable.New(w, o.Medium, header, left)
	cells := func(label, part string, stored uint64, unpacked string) []string {
		list := []string{label, part, bytesize.Size(stored).Grouped(), unpacked, bytesize.Percent(stored, m.Size)}
		if left == 1 {
			list = slices.Delete(list, 1, 2)
		}
		return list
	}
	for i := range m.Layers {
		l := &m.Layers[i]
		t.Add(cells(layerLabel(l), layerPart(m, l), l.Size, bytesize.Size(l.Unpacked).Grouped())...)
		t.Bar(l.Size)
	}
	for _, r := range overheadRows(m) {
		t.AddSum(cells(r.label, "", r.size, "")...)
	}
	t.AddSum(cells("total: image", "", m.Size, bytesize.Size(m.Unpacked).Grouped())...)
	return t.RenderBelow()
}

// changeTable shows what layers do to each other. Without such a change there is
// none.
func changeTable(w io.Writer, m *snapshot.Image, o report.Options) error {
	if !changes(m) {
		return nil
	}
	t := texttable.New(w, o.Medium, []string{"layer", "added", "overwritten", "deleted", "wasted"}, 1)
	var sums snapshot.ImageLayer
	cells := func(label string, l *snapshot.ImageLayer) []string {
		list := []string{label}
		for _, n := range []uint64{l.Added.Bytes, l.Overwritten.Bytes, l.Deleted.Bytes, l.Wasted} {
			list = append(list, bytesize.Size(n).Grouped())
		}
		return list
	}
	for i := range m.Layers {
		l := &m.Layers[i]
		t.Add(cells(layerLabel(l), l)...)
		t.Bar(l.Wasted)
		sums.Added.Bytes += l.Added.Bytes
		sums.Overwritten.Bytes += l.Overwritten.Bytes
		sums.Deleted.Bytes += l.Deleted.Bytes
		sums.Wasted += l.Wasted
	}
	t.AddSum(cells("total: layers", &sums)...)
	return t.RenderBelow()
}

// fileTable shows the largest files in the end, and by entry all of them.
func fileTable(w io.Writer, m *snapshot.Image, o report.Options) error {
	rows := finalRows(m)
	if rows.len == 0 && o.By != breakdown.ByEntry {
		return nil
	}
	t := texttable.New(w, o.Medium, []string{"file", "layer", "bytes", "share"}, 1)
	t.Paths = true
	cells := func(label, layer string, size uint64) []string {
		return []string{label, layer, bytesize.Size(size).Grouped(), bytesize.Percent(size, m.Final)}
	}
	files := pick(&o.Choice, rows, o.Top)
	for i := range files.shown {
		t.Add(cells(files.shown[i].Name, files.shown[i].Note, files.shown[i].Size)...)
		t.Bar(files.shown[i].Size)
	}
	if files.leftRows > 0 {
		t.AddSum(cells("… "+display.More(files.leftRows, "file", "files"), "", files.left.Size)...)
	}
	if files.hiddenRows > 0 {
		t.AddSum(cells("… not matched by --filter", "", files.hidden.Size)...)
	}
	t.AddSum(cells("total: final files", "", m.Final)...)
	return t.RenderBelow()
}

// wastedTable lists the paths that several layers have.
func wastedTable(w io.Writer, m *snapshot.Image, o report.Options) error {
	rows := wastedRows(m)
	if len(rows) == 0 {
		return nil
	}
	t := texttable.New(w, o.Medium, []string{"in several layers", "times", "wasted"}, 1)
	t.Paths = true
	paths := pick(&o.Choice, listOf(rows), o.Top)
	for i := range paths.shown {
		t.Add(paths.shown[i].Name, display.CountCell(paths.shown[i].files), bytesize.Size(paths.shown[i].Size).Grouped())
		t.Bar(paths.shown[i].Size)
	}
	if paths.leftRows > 0 {
		t.AddSum("… "+display.More(paths.leftRows, "path", "paths"), "", bytesize.Size(paths.left.Size).Grouped())
	}
	if paths.hiddenRows > 0 {
		t.AddSum("… not matched by --filter", "", bytesize.Size(paths.hidden.Size).Grouped())
	}
	t.AddSum("total: wasted", "", bytesize.Size(m.Wasted).Grouped())
	return t.RenderBelow()
}

// imagesSideBySide shows several images, a column for each. Layers of several
// images have nothing in common to be compared by: their sums are.
func imagesSideBySide(w io.Writer, images []snapshot.Image, o report.Options) error {
	var contents []snapshot.Package
	for i := range images {
		m := &images[i]
		if err := o.SayOf(w, display.Numbered(i), m.Source, imageFacts(m)+", "+imageContains(m)+", "+imageSizes(m)); err != nil {
			return err
		}
		contents = append(contents, *imageContents(m))
	}
	if o.By != breakdown.ByLayer && o.By != breakdown.ByEntry {
		if _, err := fmt.Fprintln(w); err != nil {
			return err
		}
		return packageColumns(w, contents, o)
	}
	if o.By == breakdown.ByLayer {
		if err := figureColumns(w, images, o); err != nil {
			return err
		}
	}
	return fileColumns(w, images, o)
}

// columnsOf is a table with a column for each image, and what makes a row of it.
func columnsOf(w io.Writer, o report.Options, what string, images int) (t *texttable.Table, cells func(label string, size func(i int) uint64) []string) {
	header := []string{what}
	for i := range images {
		header = append(header, display.Numbered(i)+" bytes")
	}
	t = texttable.New(w, o.Medium, header, 1)
	t.Files = true
	return t, func(label string, size func(i int) uint64) []string {
		list := []string{label}
		for i := range images {
			list = append(list, bytesize.Size(size(i)).Grouped())
		}
		return list
	}
}

func figureColumns(w io.Writer, images []snapshot.Image, o report.Options) error {
	t, cells := columnsOf(w, o, "image", len(images))
	part := func(base bool) func(i int) uint64 {
		return func(i int) uint64 {
			sum := uint64(0)
			for j := range images[i].Layers {
				if l := &images[i].Layers[j]; l.Base == base {
					sum += l.Size
				}
			}
			return sum
		}
	}
	t.AddSum(cells("layers of the base image", part(true))...)
	t.AddSum(cells("other layers", part(false))...)
	t.AddSum(cells("[config and manifest]", func(i int) uint64 { return images[i].Overhead.Config + images[i].Overhead.Manifest })...)
	t.AddSum(cells("total: image", func(i int) uint64 { return images[i].Size })...)
	t.AddSum(cells("unpacked", func(i int) uint64 { return images[i].Unpacked })...)
	t.AddSum(cells("hidden", func(i int) uint64 { return images[i].Hidden })...)
	t.AddSum(cells("wasted", func(i int) uint64 { return images[i].Wasted })...)
	return t.RenderBelow()
}

// fileColumns has a row for each path in any of the images, the largest first.
func fileColumns(w io.Writer, images []snapshot.Image, o report.Options) error {
	var rows []packageRow
	sizes := make(map[string][]uint64)
	for i := range images {
		for _, r := range finalRows(&images[i]).all() {
			if sizes[r.Name] == nil {
				sizes[r.Name] = make([]uint64, len(images))
				r.Note = "" // the layer may be another in each
				rows = append(rows, r)
			}
			sizes[r.Name][i] = r.Size
		}
	}
	for i := range rows {
		rows[i].Size = slices.Max(sizes[rows[i].Name])
	}
	sortRows(rows)
	t, cells := columnsOf(w, o, "file", len(images))
	t.Paths = true
	chosen := pick(&o.Choice, listOf(rows), o.Top)
	shown := make([]uint64, len(images))
	for _, r := range chosen.shown {
		t.Add(cells(r.Name, func(i int) uint64 { return sizes[r.Name][i] })...)
		for i, size := range sizes[r.Name] {
			shown[i] += size
		}
	}
	hidden := make([]uint64, len(images))
	for i := range rows {
		if !o.Matches(&rows[i].Row) {
			for j, size := range sizes[rows[i].Name] {
				hidden[j] += size
			}
		}
	}
	if chosen.leftRows > 0 {
		t.AddSum(cells("… "+display.More(chosen.leftRows, "file", "files"), func(i int) uint64 { return images[i].Final - shown[i] - hidden[i] })...)
	}
	if chosen.hiddenRows > 0 {
		t.AddSum(cells("… not matched by --filter", func(i int) uint64 { return hidden[i] })...)
	}
	t.AddSum(cells("total: final files", func(i int) uint64 { return images[i].Final })...)
	return t.RenderBelow()
}
