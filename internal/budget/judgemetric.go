package budget

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/snapshot"
)

// Needs is what must be measured of a binary before a budget can be judged.
type Needs struct {
	UPX, Zip, Gzip, Zstd bool

	Levels []string // of UPX, each once, in the order of the configuration
	Total  bool     // who owns the bytes of every section, and not only of code

	Members bool // of what is deployed: the ELF files in it
	Archs   bool // of a package: what they are built for; an image says it itself
}

// Needs says what the limits of the budget are about.
func (b *Budget) Needs() Needs {
	var n Needs
	for i := range b.Limits {
		n.add(b.Limits[i].Metric, b.Limits[i].Level)
	}
	for i := range b.Increases {
		n.add(b.Increases[i].Metric, b.Increases[i].Level)
	}
	for i := range b.Packages {
		n.Total = n.Total || b.Packages[i].Metric == Total
	}
	n.Zip = n.Zip || b.Preset != "" // of one file, what Lambda gets
	n.Members = len(b.Packages) > 0
	n.Archs = b.Arch != "" && b.Preset == ""
	return n
}

func (n *Needs) add(m Metric, level string) {
	switch m {
	case UPX:
		n.UPX = true
		if level = upxLevel(level); !slices.Contains(n.Levels, level) {
			n.Levels = append(n.Levels, level)
		}
	case Zip:
		n.Zip = true
	case Gzip:
		n.Gzip = true
	case Zstd:
		n.Zstd = true
	}
}

// upxLevel is how the report names a level that may have been left out.
func upxLevel(level string) string {
	if level == "" {
		return "default"
	}
	return level
}

// errHeaderless is the error of a metric that is about kinds or names of
// sections, in a file that has only segments.
var errHeaderless = errors.New("the file has no section headers")

// measured is the metric of a binary in bytes. Only variants, and what a file
// without section headers does not tell, can be unmeasured; the error then says
// in one line why. A section that is not there has 0 bytes.
func measured(b *snapshot.Binary, m Metric, level string) (uint64, error) {
	d := m.definition()
	switch {
	case d == nil:
		return sumSections(b, func(s *snapshot.Section) bool { return named(s, m) }, fileSize), nil
	case d.part != nil && headerless(b):
		return 0, errHeaderless
	case d.part != nil:
		return sumSections(b, d.part, d.size), nil
	case m == File:
		return b.FileSize, nil
	case m == VM:
		return b.VMSize, nil
	}
	return variantSize(b, m, level)
}

func variantSize(b *snapshot.Binary, m Metric, level string) (uint64, error) {
	if m == UPX {
		level = upxLevel(level)
	}
	for i := range b.Variants {
		v := &b.Variants[i]
		if v.Name != string(m) || m == UPX && v.Level != level {
			continue
		}
		switch {
		case v.Status == "ok":
			return v.Size, nil
		case m == UPX && v.Status == "skipped" && strings.HasPrefix(v.Tool, "upx "): // a UPX that was run
			return 0, fmt.Errorf("UPX declines the file: %s (remove this limit, or build a file that UPX packs)", v.Reason)
		default:
			return 0, errors.New(v.Reason)
		}
	}
	return 0, errors.New("it was not measured")
}

// headerless says whether the sections of a binary are segments, which have no
// names.
func headerless(b *snapshot.Binary) bool {
	segments := false
	for i := range b.Sections {
		name := b.Sections[i].Name
		if snapshot.BaseName(name) == ".text" {
			return false
		}
		segments = segments || strings.HasPrefix(name, "LOAD[")
	}
	return segments
}

// named says whether a metric that is a section's name means this section: one
// of several of that name has an index behind it.
func named(s *snapshot.Section, m Metric) bool {
	return s.Name == string(m) || snapshot.BaseName(s.Name) == string(m)
}

// sectionOf is the section that a metric is about, as the metric of that
// section; "" if it is about no one section.
func sectionOf(m Metric) Metric {
	switch {
	case m == Text || m == Unattributed:
		return ".text"
	case m.IsSection():
		return m
	}
	return ""
}

// lacks says whether a binary does not have the section.
func lacks(b *snapshot.Binary, section Metric) bool {
	return !slices.ContainsFunc(b.Sections, func(s snapshot.Section) bool { return named(&s, section) })
}

func sumSections(b *snapshot.Binary, part func(*snapshot.Section) bool, size func(*snapshot.Section) uint64) uint64 {
	sum := uint64(0)
	for i := range b.Sections {
		if s := &b.Sections[i]; part(s) {
			sum = add(sum, size(s))
		}
	}
	return sum
}

// add saturates: a size that does not fit is above every limit.
func add(x, y uint64) uint64 {
	if y > math.MaxUint64-x {
		return math.MaxUint64
	}
	return x + y
}
