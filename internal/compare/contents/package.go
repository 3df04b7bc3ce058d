package contents

import (
	"fmt"

	"github.com/sizegate/sizegate/internal/bundle"
	"github.com/sizegate/sizegate/internal/compare"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// The totals of a package.
const (
	Unzipped = "unzipped" // of the entries that remain when it is unpacked
	Archive  = "archive"  // the file as it lies on disk
)

// Packages is the difference of two packages.
type Packages struct {
	Old, New *snapshot.Package
	Diff
}

// OfPackages compares two packages that pass snapshot.Package.Check. Neither is changed.
// The total archive is there if both are archives. The caller runs Diff.Check.
func OfPackages(old, new *snapshot.Package) *Packages {
	d := &Packages{Old: old, New: new}
	unzipped := func(e *snapshot.PackageEntry) (size uint64, counts bool) { return e.Unzipped, !e.Replaced }
	d.add(Unzipped, old.Unzipped, new.Unzipped,
		List{Category, categories(old, new, func(c *snapshot.PackageCategory) uint64 { return c.Unzipped }).finished()},
		List{Entry, entries(old, new, unzipped).finished()})
	directory := func(p *snapshot.Package) bool { return p.Format == string(bundle.FormatDirectory) }
	switch {
	case !directory(old) && !directory(new):
		zipped := func(e *snapshot.PackageEntry) (size uint64, counts bool) { return e.Zipped, true }
		d.add(Archive, old.Size, new.Size,
			List{Category, categories(old, new, func(c *snapshot.PackageCategory) uint64 { return c.Zipped }).finished(archiveRest(old, new)...)},
			List{Entry, entries(old, new, zipped).finished(archiveRest(old, new)...)})
		if wholly(old) != wholly(new) {
			d.Warnings = append(d.Warnings, fmt.Sprintf("the archives are a %s and a %s: entries do not take room in both (compare archives of one format)", old.Format, new.Format))
		}
	case directory(old) != directory(new):
		which := "old"
		if directory(new) {
			which = "new"
		}
		d.Warnings = append(d.Warnings, "archives are not compared: the "+which+" side is a directory (compare two archives)")
	}
	d.Programs = changedPrograms(d.List(Unzipped, Entry), programs(old, new))
	return d
}

// wholly says whether a package is compressed as a whole, so that no entry has a share.
func wholly(p *snapshot.Package) bool {
	return p.Format == string(bundle.FormatTarGzip) || p.Format == string(bundle.FormatTarZstd)
}

// archiveRest is what an archive has besides the shares of its entries.
func archiveRest(old, new *snapshot.Package) []compare.Row {
	whole := func(p *snapshot.Package) uint64 {
		if wholly(p) {
			return p.Zipped
		}
		return 0
	}
	list := []compare.Row{compare.Both("[overhead]", old.Overhead, new.Overhead)}
	if wholly(old) || wholly(new) {
		list = append(list, compare.Both("[compressed as a whole]", whole(old), whole(new)))
	}
	return list
}

func categories(old, new *snapshot.Package, size func(*snapshot.PackageCategory) uint64) *rows {
	r := newRows(len(new.Categories))
	for i := range old.Categories {
		r.old(old.Categories[i].Name, string(Category), size(&old.Categories[i]))
	}
	for i := range new.Categories {
		r.new(new.Categories[i].Name, string(Category), size(&new.Categories[i]))
	}
	return r
}

// entries has a row for each path, whose kind is the category. Entries of one path are
// one row, and a directory without bytes is none, as in a report.
func entries(old, new *snapshot.Package, size func(*snapshot.PackageEntry) (size uint64, counts bool)) *rows {
	r := newRows(max(len(old.Entries), len(new.Entries)))
	each := func(p *snapshot.Package, add func(name, kind string, size uint64)) {
		for i := range p.Entries {
			e := &p.Entries[i]
			if n, counts := size(e); counts && (n > 0 || e.Type != string(bundle.Directory)) {
				add(e.Path, e.Category, n)
			}
		}
	}
	each(old, r.old)
	each(new, r.new)
	return r
}

// programs are the paths that are ELF files on both sides.
func programs(old, new *snapshot.Package) map[string]bool {
	before, both := make(map[string]bool), make(map[string]bool)
	for i := range old.Entries {
		if e := &old.Entries[i]; e.ELF && !e.Replaced {
			before[saved(e.Path)] = true
		}
	}
	for i := range new.Entries {
		if e := &new.Entries[i]; e.ELF && !e.Replaced && before[saved(e.Path)] {
			both[saved(e.Path)] = true
		}
	}
	return both
}
