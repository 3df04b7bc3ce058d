package measure

import (
	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/budget/pattern"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// WeightOf returns how many bytes of a metric an owner has; nil for metrics that
// are not made of owners' bytes. Without section headers .text is not known, and
// bans, which are all that is judged by it, weigh all bytes.
func WeightOf(b *snapshot.Binary, m budget.Metric) func(*snapshot.Owner) uint64 {
	if m == budget.Unattributed || m == budget.BSS {
		return nil
	}
	names, all := SectionsOf(b, m)
	if all {
		return func(o *snapshot.Owner) uint64 { return o.Size }
	}
	return func(o *snapshot.Owner) uint64 {
		sum := uint64(0)
		for _, n := range names {
			sum = budget.Add(sum, o.Sections[n])
		}
		return sum
	}
}

// Loaded says whether a metric is of what is loaded alone: debug information, symbols
// and the like are not in it.
func Loaded(m budget.Metric) bool {
	return m == budget.Stripped || m == budget.UPX || m == budget.VM
}

// IsLoaded says whether a section is loaded.
func IsLoaded(s *snapshot.Section) bool { return s.VMSize > 0 }

// SectionsOf are the names of the sections that a metric is made of, or all of
// them.
func SectionsOf(b *snapshot.Binary, m budget.Metric) (names []string, all bool) {
	wanted, _ := m.Sections()
	if Loaded(m) {
		wanted = IsLoaded
	}
	if wanted == nil || !m.IsSection() && Headerless(b) {
		return nil, true
	}
	for i := range b.Sections {
		if s := &b.Sections[i]; wanted(s) {
			names = append(names, s.Name)
		}
	}
	return names, false
}

// Matching are the owners of a binary that a pattern means.
func Matching(b *snapshot.Binary, p *pattern.Owners) []*snapshot.Owner {
	var found []*snapshot.Owner
	for i := range b.Owners {
		if o := &b.Owners[i]; p.Matches(o, b.Main) {
			found = append(found, o)
		}
	}
	return found
}
