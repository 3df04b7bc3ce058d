package budget

import "github.com/sizegate/sizegate/internal/snapshot"

// weightOf tells how many bytes of a metric an owner has; nil for metrics that
// are not made of owners' bytes. Without section headers .text is not known, and
// bans, which are all that is judged by it, weigh all bytes.
func weightOf(b *snapshot.Binary, m Metric) func(*snapshot.Owner) uint64 {
	if m == Unattributed || m == BSS {
		return nil
	}
	names, all := sectionsOf(b, m)
	if all {
		return func(o *snapshot.Owner) uint64 { return o.Size }
	}
	return func(o *snapshot.Owner) uint64 {
		sum := uint64(0)
		for _, n := range names {
			sum = add(sum, o.Sections[n])
		}
		return sum
	}
}

// sectionsOf are the names of the sections that a metric is made of, or all of
// them.
func sectionsOf(b *snapshot.Binary, m Metric) (names []string, all bool) {
	wanted, _ := m.Sections()
	if wanted == nil || !m.IsSection() && headerless(b) {
		return nil, true
	}
	for i := range b.Sections {
		if s := &b.Sections[i]; wanted(s) {
			names = append(names, s.Name)
		}
	}
	return names, false
}

func matching(b *snapshot.Binary, p *Owners) []*snapshot.Owner {
	var found []*snapshot.Owner
	for i := range b.Owners {
		if o := &b.Owners[i]; p.matches(o, b.Main) {
			found = append(found, o)
		}
	}
	return found
}
