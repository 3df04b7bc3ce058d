package attrib

import (
	"slices"

	"github.com/sizegate/sizegate/internal/attrib/stage"
	"github.com/sizegate/sizegate/internal/span"
)

// wanted says whether a section is attributed.
func (a *attribution) wanted(section int) bool { return a.needed[section] }

// anyWanted says whether a section of the stage is attributed.
func (a *attribution) anyWanted(st stage.Stage) bool {
	for i := range a.binary.Sections {
		if a.needed[i] && stage.Of(&a.binary.Sections[i]) == st {
			return true
		}
	}
	return false
}

// place is bytes in memory that have owners: more than one only where several
// names have the same bytes. A program has a place for each two or three functions, so
// a place is small and has no pointers.
type place struct {
	span.Range
	first uint32 // the owners are from here on in attribution.placeOwners
	n     uint32
}

// places are in the order of their addresses and do not overlap.
type places []place

// mostSharing is how many owners a place keeps, the first in the order of claims:
// a record about code that more have in common costs none of them much, and every
// record is charged to all.
const mostSharing = 64

// remember keeps who owns a piece of memory.
func (a *attribution) remember(r span.Range, group []claim) {
	start := len(a.placeOwners)
	for _, c := range group {
		if len(a.placeOwners)-start == mostSharing {
			break
		}
		if o := a.entries[c.ID].owner; !slices.Contains(a.placeOwners[start:], o) {
			a.placeOwners = append(a.placeOwners, o)
		}
	}
	owners := a.placeOwners[start:]
	if last := len(a.places) - 1; last >= 0 && slices.Equal(a.ownersAt(&a.places[last]), owners) {
		a.placeOwners = a.placeOwners[:start]
		if p := &a.places[last]; p.Hi == r.Lo {
			p.Hi = r.Hi
			return
		}
		start = int(a.places[last].first)
	}
	a.places = append(roomy(a.places), place{r, uint32(start), uint32(len(owners))})
}

// ownersAt returns the owners of a place.
func (a *attribution) ownersAt(p *place) []int32 {
	end := p.first + p.n
	return a.placeOwners[p.first:end:end]
}

// charge is what an owner is charged in a section without a name of its own.
type charge struct {
	section int
	owner   int32
}

// charge claims a range of a section for owners, together if there are several.
// The range is of addresses, or of offsets in a section that is not loaded. No
// owners claim nothing.
func (a *attribution) charge(section int, r span.Range, rank uint32, owners ...int32) {
	for _, owner := range owners {
		key := charge{section, owner}
		id, ok := a.charges[key]
		if !ok {
			if a.charges == nil {
				a.charges = make(map[charge]uint32)
			}
			id = uint32(len(a.entries))
			a.charges[key] = id
			s := &a.binary.Sections[section]
			a.entries = append(a.entries, entry{owner: owner, section: int32(section), addr: s.Addr, whole: true, file: -1})
		}
		a.claims[section] = append(roomy(a.claims[section]), claim{Range: r, Rank: rank, ID: id})
	}
}

// roomy returns a list that has room for one more. Where append makes a long list a
// quarter longer, this makes it half longer: a list of 5 MB then leaves 10 MB of
// garbage behind and not 20.
func roomy[E any](list []E) []E {
	const short = 1024
	if n := len(list); n == cap(list) && n > short {
		return slices.Grow(list, n/2)
	}
	return list
}
