package budget

import (
	"cmp"
	"slices"
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
		if level = cmp.Or(level, DefaultLevel); !slices.Contains(n.Levels, level) {
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

// DefaultLevel is the Level of UPX where none is given.
const DefaultLevel = "default"
