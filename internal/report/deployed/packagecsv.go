package deployed

import (
	"io"
	"path"
	"slices"
	"strconv"

	"github.com/sizegate/sizegate/internal/report"
	"github.com/sizegate/sizegate/internal/report/breakdown"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// PackageCSV writes all rows of all packages, with a heading line. By entry that
// is a row for each, in the order of the package; what remains of them adds up to
// the unzipped size. By what ELF files have, the rows are those of CSV, for each
// file in the packages.
func PackageCSV(w io.Writer, r *snapshot.Packages, o report.Options) error {
	if o.By != breakdown.ByEntry && o.By != breakdown.ByCategory {
		files := &snapshot.Report{}
		for i := range r.Packages {
			files.Binaries = append(files.Binaries, within(r.Packages[i].Path, r.Packages[i].Binaries)...)
		}
		return report.CSV(w, files, o)
	}
	out, line := report.NewCSV(w)
	if o.By == breakdown.ByCategory {
		line("package", "category", "files", "unzipped", "zipped")
	} else {
		line("package", "path", "type", "category", "mode", "executable", "unzipped", "zipped", "target", "replaced", "opaque", "elf")
	}
	for i := range r.Packages {
		p := &r.Packages[i]
		if o.By == breakdown.ByCategory {
			for _, c := range p.Categories {
				line(p.Path, c.Name, strconv.Itoa(c.Files), report.Digits(c.Unzipped), report.Digits(c.Zipped))
			}
			line(p.Path, "[overhead]", "", "0", report.Digits(p.Overhead))
			continue
		}
		for j := range p.Entries {
			e := &p.Entries[j]
			line(p.Path, e.Path, e.Type, e.Category, e.Mode, strconv.FormatBool(e.Executable), report.Digits(e.Unzipped), report.Digits(e.Zipped),
				e.Target, strconv.FormatBool(e.Replaced), strconv.FormatBool(e.Opaque), strconv.FormatBool(e.ELF))
		}
	}
	out.Flush()
	return out.Error()
}

// within returns the files of a package or an image with its path before theirs.
func within(dir string, files []snapshot.Binary) []snapshot.Binary {
	list := slices.Clone(files)
	for i := range list {
		list[i].Path = path.Join(dir, list[i].Path)
	}
	return list
}
