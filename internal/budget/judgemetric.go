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
	Stripped, UPX, Zip, Gzip, Zstd bool

	Levels []string // of UPX, each once, in the order of the configuration
	Owners bool     // who owns the bytes of .text
	Total  bool     // who owns the bytes of every section
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
		n.Owners = true
		n.Total = n.Total || b.Packages[i].Metric == Total
	}
	return n
}

func (n *Needs) add(m Metric, level string) {
	switch m {
	case Stripped:
		n.Stripped = true
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
	case Unattributed:
		n.Owners = true
	}
}

// upxLevel is how the report names a level that may have been left out.
func upxLevel(level string) string {
	if level == "" {
		return "default"
	}
	return level
}

// measured is the metric of a binary in bytes. Only variants can be unmeasured;
// the error then says in one line why. A section that is not there has 0 bytes.
func measured(b *snapshot.Binary, m Metric, level string) (uint64, error) {
	switch m {
	case File:
		return b.FileSize, nil
	case VM:
		return b.VMSize, nil
	case Text:
		return sumSections(b, func(s *snapshot.Section) bool { return baseName(s.Name) == ".text" }), nil
	case Data:
		return sumSections(b, func(s *snapshot.Section) bool { return s.Kind == "data" }), nil
	case BSS:
		sum := uint64(0)
		for i := range b.Sections {
			if s := &b.Sections[i]; s.FileSize == 0 {
				sum = add(sum, s.VMSize)
			}
		}
		return sum, nil
	case Unattributed:
		sum := uint64(0)
		for i := range b.Sections {
			if s := &b.Sections[i]; baseName(s.Name) == ".text" {
				sum = add(sum, s.Unattributed)
			}
		}
		return sum, nil
	case Stripped, UPX, Zip, Gzip, Zstd:
		return variantSize(b, m, level)
	}
	return sumSections(b, func(s *snapshot.Section) bool { return named(s, m) }), nil
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

// named says whether a metric that is a section's name means this section: one
// of several of that name has an index behind it.
func named(s *snapshot.Section, m Metric) bool {
	return s.Name == string(m) || baseName(s.Name) == string(m)
}

// lacks is the name of the section that the metric is about, if the binary does
// not have it.
func lacks(b *snapshot.Binary, m Metric) (name string, ok bool) {
	if m == Text || m == Unattributed {
		m = ".text"
	}
	if !strings.HasPrefix(string(m), ".") {
		return "", false
	}
	for i := range b.Sections {
		if named(&b.Sections[i], m) {
			return "", false
		}
	}
	return string(m), true
}

func sumSections(b *snapshot.Binary, wanted func(*snapshot.Section) bool) uint64 {
	sum := uint64(0)
	for i := range b.Sections {
		if s := &b.Sections[i]; wanted(s) {
			sum = add(sum, s.FileSize)
		}
	}
	return sum
}

// baseName is a section's name without the index that tells sections of one
// name apart. Segments of a file without sections are called LOAD[0] and on.
func baseName(name string) string {
	if i := strings.LastIndexByte(name, '['); i > 0 && strings.HasSuffix(name, "]") && !strings.HasPrefix(name, "LOAD[") {
		return name[:i]
	}
	return name
}

// add saturates: a size that does not fit is above every limit.
func add(x, y uint64) uint64 {
	if y > math.MaxUint64-x {
		return math.MaxUint64
	}
	return x + y
}
