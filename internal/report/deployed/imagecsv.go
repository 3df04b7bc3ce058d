package deployed

import (
	"io"
	"strconv"

	"github.com/sizegate/sizegate/internal/report"
	"github.com/sizegate/sizegate/internal/report/breakdown"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// ImageCSV writes all rows of all images, with a heading line. By layer their sizes
// and those of [config] and [manifest] add up to the image, by entry to the
// final bytes. By what ELF files have, the rows are those of CSV, for each file in
// the images.
func ImageCSV(w io.Writer, r *snapshot.Images, o report.Options) error {
	if o.By != breakdown.ByLayer && o.By != breakdown.ByEntry {
		files := &snapshot.Report{}
		for i := range r.Images {
			files.Binaries = append(files.Binaries, within(r.Images[i].Source, r.Images[i].Binaries)...)
		}
		return report.CSV(w, files, o)
	}
	out, line := report.NewCSV(w)
	if o.By == breakdown.ByLayer {
		line("image", "layer", "digest", "created_by", "base", "missing", "size", "tar", "unpacked", "files",
			"added_files", "added", "overwritten_files", "overwritten", "deleted_files", "deleted", "wasted")
	} else {
		line("image", "path", "type", "mode", "layer", "size", "target", "elf")
	}
	for i := range r.Images {
		m := &r.Images[i]
		if o.By == breakdown.ByEntry {
			for j := range m.Entries {
				e := &m.Entries[j]
				line(m.Source, e.Path, e.Type, e.Mode, strconv.Itoa(e.Layer), report.Digits(e.Size), e.Target, strconv.FormatBool(e.ELF))
			}
			continue
		}
		for j := range m.Layers {
			l := &m.Layers[j]
			cells := []string{m.Source, strconv.Itoa(l.Number), l.Digest, l.CreatedBy, strconv.FormatBool(l.Base), strconv.FormatBool(l.Missing),
				report.Digits(l.Size), report.Digits(l.Tar), report.Digits(l.Unpacked), strconv.Itoa(l.Files)}
			for _, c := range []snapshot.ImageChange{l.Added, l.Overwritten, l.Deleted} {
				cells = append(cells, strconv.Itoa(c.Files), report.Digits(c.Bytes))
			}
			line(append(cells, report.Digits(l.Wasted))...)
		}
		for _, d := range overheadRows(m) {
			line(m.Source, d.label, "", "", "", "", report.Digits(d.size), "", "", "", "", "", "", "", "", "", "")
		}
	}
	out.Flush()
	return out.Error()
}
