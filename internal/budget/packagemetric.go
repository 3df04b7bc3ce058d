package budget

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/sizegate/sizegate/internal/bundle"
	"github.com/sizegate/sizegate/internal/snapshot"
)

const (
	Zipped   Metric = "zipped"   // of a package: bytes of the archive
	Unzipped Metric = "unzipped" // of a package: bytes of what it unpacks to
)

// A Metric that begins with one of these is of a package, and in bytes that are
// unpacked: all of a category, or all files whose paths match a glob.
const (
	categoryPrefix = "category:"
	filePrefix     = "file:"
)

// category is the category that a metric is of, "" if it is of none.
func (m Metric) category() string {
	name, ok := strings.CutPrefix(string(m), categoryPrefix)
	if !ok {
		return ""
	}
	return name
}

// glob is the pattern of the files that a metric is of, "" if it is of none.
func (m Metric) glob() string {
	pattern, ok := strings.CutPrefix(string(m), filePrefix)
	if !ok {
		return ""
	}
	return pattern
}

// ofPackage reports whether only packages have the metric.
func (m Metric) ofPackage() bool {
	return m == Zipped || m == Unzipped || m.category() != "" || m.glob() != ""
}

// ofELF reports whether only ELF files have the metric.
func (m Metric) ofELF() bool { return m != File && !m.ofPackage() }

// packageMetrics are what a message offers in place of a metric of ELF files.
const packageMetrics = "zipped, unzipped, category:NAME or file:GLOB"

// unfit is the error of a metric that what is measured cannot have.
type unfit struct{ problem, hint string }

func (u *unfit) Error() string { return u.problem + " (" + u.hint + ")" }

// measuredPackage is the metric of a package in bytes. The error is an *unfit.
func measuredPackage(p *snapshot.Package, m Metric) (uint64, error) {
	switch category, glob := m.category(), m.glob(); {
	case m == File || m == Zipped:
		if p.Format == string(bundle.FormatDirectory) {
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
	case glob != "":
		sum := uint64(0)
		for i := range p.Entries {
			if e := &p.Entries[i]; m.covers(e) {
				sum = add(sum, e.Unzipped)
			}
		}
		return sum, nil
	}
	return 0, &unfit{fmt.Sprintf("%s is a measure of ELF files, and this is a package (%s)", m, p.Format), "limit " + packageMetrics + ", or name the ELF file"}
}

// covers reports whether a metric of a package counts the entry.
func (m Metric) covers(e *snapshot.PackageEntry) bool {
	if e.Replaced {
		return false
	}
	if category := m.category(); category != "" {
		return e.Category == category
	}
	glob := m.glob()
	return glob == "" || e.Type == string(bundle.File) && (e.Path == glob || doublestar.MatchUnvalidated(glob, e.Path))
}

// lacksFiles reports whether the metric is of files that are not in the package.
func lacksFiles(p *snapshot.Package, m Metric) bool {
	return m.glob() != "" && !slices.ContainsFunc(p.Entries, func(e snapshot.PackageEntry) bool { return m.covers(&e) })
}
