package measure

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// ErrHeaderless is the error of a metric that is about kinds or names of
// sections, in a file that has only segments.
var ErrHeaderless = errors.New("the file has no section headers")

// Binary is a metric of a binary in bytes; the level is that of UPX. Only variants, and what a file
// without section headers does not tell, can be unmeasured; the error then says
// in one line why. A section that is not there has 0 bytes.
func Binary(b *snapshot.Binary, m budget.Metric, level string) (uint64, error) {
	part, size := m.Sections()
	switch {
	case part != nil && !m.IsSection() && Headerless(b):
		return 0, ErrHeaderless
	case part != nil:
		return sumSections(b, part, size), nil
	case m == budget.File:
		return b.FileSize, nil
	case m == budget.VM:
		return b.VMSize, nil
	}
	return VariantSize(b, m, level)
}

// VariantSize is the size of the variant that a metric is, or the reason why there is
// none. The level is that of UPX.
func VariantSize(b *snapshot.Binary, m budget.Metric, level string) (uint64, error) {
	if m == budget.UPX {
		level = cmp.Or(level, budget.DefaultLevel)
	}
	for i := range b.Variants {
		v := &b.Variants[i]
		if v.Name != string(m) || m == budget.UPX && v.Level != level {
			continue
		}
		switch {
		case v.Status == "ok":
			return v.Size, nil
		case m == budget.UPX && v.Status == "skipped" && strings.HasPrefix(v.Tool, "upx "): // a UPX that was run
			return 0, fmt.Errorf("UPX declines the file: %s (remove this limit, or build a file that UPX packs)", v.Reason)
		default:
			return 0, errors.New(v.Reason)
		}
	}
	return 0, errors.New("it was not measured")
}

// Headerless says whether the sections of a binary are segments, which have no
// names.
func Headerless(b *snapshot.Binary) bool {
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

// SectionOf is the section that a metric is about, as the metric of that
// section; "" if it is about no one section.
func SectionOf(m budget.Metric) budget.Metric {
	switch {
	case m == budget.Text || m == budget.Unattributed:
		return ".text"
	case m.IsSection():
		return m
	}
	return ""
}

// LacksSection says whether a binary does not have the section.
func LacksSection(b *snapshot.Binary, section budget.Metric) bool {
	return !slices.ContainsFunc(b.Sections, func(s snapshot.Section) bool { return section.Names(&s) })
}

func sumSections(b *snapshot.Binary, part func(*snapshot.Section) bool, size func(*snapshot.Section) uint64) uint64 {
	sum := uint64(0)
	for i := range b.Sections {
		if s := &b.Sections[i]; part(s) {
			sum = budget.Add(sum, size(s))
		}
	}
	return sum
}
