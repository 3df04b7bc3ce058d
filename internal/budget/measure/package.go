package measure

import (
	"fmt"
	"slices"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/budget/wording"
	"github.com/sizegate/sizegate/internal/bundle"
	"github.com/sizegate/sizegate/internal/compare"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// packed is a deployment package as a verdict sees it.
type packed snapshot.Package

// Package is a deployment package to a verdict.
func Package(p *snapshot.Package) Deployed { return (*packed)(p) }

func (p *packed) Kind() budget.Kind { return budget.PackageKind }

func (p *packed) StandIn() *snapshot.Binary {
	return &snapshot.Binary{Name: p.Name, Path: p.Path, FileSize: p.Size}
}

func (p *packed) Members() []snapshot.Binary { return p.Binaries }

func (p *packed) isDirectory() bool { return p.Format == string(bundle.FormatDirectory) }

// IsDirectory reports whether it is a package that is not archived yet.
func IsDirectory(d Deployed) bool {
	p, ok := d.(*packed)
	return ok && p.isDirectory()
}

func (p *packed) Value(m budget.Metric) (uint64, error) {
	switch category := m.Category(); {
	case m == budget.File || m == budget.Zipped:
		if p.isDirectory() {
			return 0, &Unfit{"a directory has no bytes as an archive, which " + string(m) + " is about", "limit unzipped, or name the archive that is made of it"}
		}
		return p.Size, nil
	case m == budget.Unzipped:
		return p.Unzipped, nil
	case category != "":
		for i := range p.Categories {
			if p.Categories[i].Name == category {
				return p.Categories[i].Unzipped, nil
			}
		}
		return 0, nil
	case m.Glob() != "":
		sum := uint64(0)
		for i := range p.Entries {
			if e := &p.Entries[i]; p.covers(m, e) {
				sum = budget.Add(sum, e.Unzipped)
			}
		}
		return sum, nil
	}
	return 0, Misplaced(m, budget.PackageKind, fmt.Sprintf("a package (%s)", p.Format))
}

// covers reports whether a metric counts the entry.
func (p *packed) covers(m budget.Metric, e *snapshot.PackageEntry) bool {
	switch category := m.Category(); {
	case e.Replaced:
		return false
	case category != "":
		return e.Category == category
	case m.Glob() != "":
		return e.Type == string(bundle.File) && matchesFile(m, e.Path)
	}
	return true
}

func (p *packed) Lacks(m budget.Metric) *Absence {
	if m.Glob() == "" || slices.ContainsFunc(p.Entries, func(e snapshot.PackageEntry) bool { return p.covers(m, &e) }) {
		return nil
	}
	return lacksFile(m, budget.PackageKind)
}

// lacksFile is the absence of all files that a metric is about.
func lacksFile(m budget.Metric, k budget.Kind) *Absence {
	return &Absence{fmt.Sprintf("no file in the %s matches %s", k.Noun(), m.Glob()), "file that matches " + m.Glob()}
}

func (p *packed) Built(arch string) (budget.Status, string) {
	var others []string
	for i := range p.Binaries {
		if b := &p.Binaries[i]; b.Arch != arch {
			others = append(others, fmt.Sprintf("%s (%s)", wording.QuotePath(b.Path), b.Arch))
		}
	}
	if len(others) == 0 {
		return budget.Pass, fmt.Sprintf("no ELF file in the package is for another architecture than %s", arch)
	}
	return budget.Fail, fmt.Sprintf("the budget is for %s, but not %s (build for %[1]s, or correct arch)", arch, wording.SomeOf(others))
}

func (p *packed) Heaviest(m budget.Metric) []compare.Row { return entryRows(p.Files(m)) }

// Files are in an archive what its entries take there, where it says so.
func (p *packed) Files(m budget.Metric) map[string]uint64 {
	inArchive := (m == budget.File || m == budget.Zipped) && p.Zipped > 0 && slices.ContainsFunc(p.Entries, func(e snapshot.PackageEntry) bool { return e.Zipped > 0 })
	sizes := make(map[string]uint64)
	for i := range p.Entries {
		switch e := &p.Entries[i]; {
		case inArchive:
			sizes[e.Path] = budget.Add(sizes[e.Path], e.Zipped)
		case p.covers(m, e):
			sizes[e.Path] = e.Unzipped
		}
	}
	return sizes
}

func (p *packed) GrownLayers(Deployed, budget.Metric) []compare.Row { return nil }
