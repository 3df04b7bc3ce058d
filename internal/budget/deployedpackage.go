package budget

import (
	"fmt"
	"slices"

	"github.com/sizegate/sizegate/internal/bundle"
	"github.com/sizegate/sizegate/internal/compare"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// packed is a deployment package as a verdict sees it.
type packed snapshot.Package

func (p *packed) kind() kind { return packageKind }

func (p *packed) standIn() *snapshot.Binary {
	return &snapshot.Binary{Name: p.Name, Path: p.Path, FileSize: p.Size}
}

func (p *packed) members() []snapshot.Binary { return p.Binaries }

func (p *packed) isDirectory() bool { return p.Format == string(bundle.FormatDirectory) }

func (p *packed) measured(m Metric) (uint64, error) {
	switch category := m.category(); {
	case m == File || m == Zipped:
		if p.isDirectory() {
			return 0, &unfit{"a directory has no bytes as an archive, which " + string(m) + " is about", "limit unzipped, or name the archive that is made of it"}
		}
		return p.Size, nil
	case m == Unzipped:
		return p.Unzipped, nil
	case category != "":
		for i := range p.Categories {
			if p.Categories[i].Name == category {
				return p.Categories[i].Unzipped, nil
			}
		}
		return 0, nil
	case m.glob() != "":
		sum := uint64(0)
		for i := range p.Entries {
			if e := &p.Entries[i]; p.covers(m, e) {
				sum = add(sum, e.Unzipped)
			}
		}
		return sum, nil
	}
	return 0, misplaced(m, packageKind, fmt.Sprintf("a package (%s)", p.Format))
}

// covers reports whether a metric counts the entry.
func (p *packed) covers(m Metric, e *snapshot.PackageEntry) bool {
	switch category := m.category(); {
	case e.Replaced:
		return false
	case category != "":
		return e.Category == category
	case m.glob() != "":
		return e.Type == string(bundle.File) && matchesFile(m, e.Path)
	}
	return true
}

func (p *packed) lacks(m Metric) *absence {
	if m.glob() == "" || slices.ContainsFunc(p.Entries, func(e snapshot.PackageEntry) bool { return p.covers(m, &e) }) {
		return nil
	}
	return lacksFile(m, packageKind)
}

// lacksFile is the absence of all files that a metric is about.
func lacksFile(m Metric, k kind) *absence {
	return &absence{fmt.Sprintf("no file in the %s matches %s", k.noun(), m.glob()), "file that matches " + m.glob()}
}

func (p *packed) built(arch string) (Status, string) {
	var others []string
	for i := range p.Binaries {
		if b := &p.Binaries[i]; b.Arch != arch {
			others = append(others, fmt.Sprintf("%s (%s)", quotePath(b.Path), b.Arch))
		}
	}
	if len(others) == 0 {
		return Pass, fmt.Sprintf("no ELF file in the package is for another architecture than %s", arch)
	}
	return Fail, fmt.Sprintf("the budget is for %s, but not %s (build for %[1]s, or correct arch)", arch, someOf(others))
}

func (p *packed) heaviest(m Metric) []compare.Row { return entryRows(p.files(m)) }

// files are in an archive what its entries take there, where it says so.
func (p *packed) files(m Metric) map[string]uint64 {
	inArchive := (m == File || m == Zipped) && p.Zipped > 0 && slices.ContainsFunc(p.Entries, func(e snapshot.PackageEntry) bool { return e.Zipped > 0 })
	sizes := make(map[string]uint64)
	for i := range p.Entries {
		switch e := &p.Entries[i]; {
		case inArchive:
			sizes[e.Path] = add(sizes[e.Path], e.Zipped)
		case p.covers(m, e):
			sizes[e.Path] = e.Unzipped
		}
	}
	return sizes
}

func (p *packed) grownLayers(deployed, Metric) []compare.Row { return nil }
