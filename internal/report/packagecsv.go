package report

import (
	"encoding/csv"
	"io"
	"path"
	"strconv"

	"github.com/sizegate/sizegate/internal/snapshot"
)

// PackageCSV writes all rows of all packages, with a heading line. By entry that
// is a row for each, in the order of the package; what remains of them adds up to
// the unzipped size. By what ELF files have, the rows are those of CSV, for each
// file in the packages.
func PackageCSV(w io.Writer, r *snapshot.Packages, o Options) error {
	if o.By != ByEntry && o.By != ByCategory {
		files := &snapshot.Report{}
		for i := range r.Packages {
			p := &r.Packages[i]
			for _, b := range p.Binaries {
				b.Path = path.Join(p.Path, b.Path)
				files.Binaries = append(files.Binaries, b)
			}
		}
		return CSV(w, files, o)
	}
	out := csv.NewWriter(w)
	line := func(cells ...string) {
		for i := range cells {
			cells[i] = cell(cells[i])
		}
		out.Write(cells) // the error is kept for out.Error
	}
	number := func(n uint64) string { return strconv.FormatUint(n, 10) }
	if o.By == ByCategory {
		line("package", "category", "files", "unzipped", "zipped")
	} else {
		line("package", "path", "type", "category", "mode", "executable", "unzipped", "zipped", "target", "replaced", "opaque", "elf")
	}
	for i := range r.Packages {
		p := &r.Packages[i]
		if o.By == ByCategory {
			for _, c := range p.Categories {
				line(p.Path, c.Name, strconv.Itoa(c.Files), number(c.Unzipped), number(c.Zipped))
			}
			line(p.Path, "[overhead]", "", "0", number(p.Overhead))
			continue
		}
		for j := range p.Entries {
			e := &p.Entries[j]
			line(p.Path, e.Path, e.Type, e.Category, e.Mode, strconv.FormatBool(e.Executable), number(e.Unzipped), number(e.Zipped),
				e.Target, strconv.FormatBool(e.Replaced), strconv.FormatBool(e.Opaque), strconv.FormatBool(e.ELF))
		}
	}
	out.Flush()
	return out.Error()
}
