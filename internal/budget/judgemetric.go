package budget

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/snapshot"
)

// errHeaderless is the error of a metric that is about kinds or names of
// sections, in a file that has only segments.
var errHeaderless = errors.New("the file has no section headers")

// measured is the metric of a binary in bytes. Only variants, and what a file
// without section headers does not tell, can be unmeasured; the error then says
// in one line why. A section that is not there has 0 bytes.
func measured(b *snapshot.Binary, m Metric, level string) (uint64, error) {
	part, size := m.Sections()
	switch {
	case part != nil && !m.IsSection() && headerless(b):
		return 0, errHeaderless
	case part != nil:
		return sumSections(b, part, size), nil
	case m == File:
		return b.FileSize, nil
	case m == VM:
		return b.VMSize, nil
	}
	return variantSize(b, m, level)
}

func variantSize(b *snapshot.Binary, m Metric, level string) (uint64, error) {
	if m == UPX {
		level = cmp.Or(level, DefaultLevel)
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
	return !slices.ContainsFunc(b.Sections, func(s snapshot.Section) bool { return section.names(&s) })
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
