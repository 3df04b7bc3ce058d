package account

import (
	"math"
	"slices"

	"github.com/sizegate/sizegate/internal/span"
)

// Place is bytes in memory that have owners: more than one only where several
// names have the same bytes. A large program has 200,000, so a place is small and has
// no pointers.
type Place struct {
	Lo     uint64
	size   uint32
	owners uint32 // the position in Book.placeOwners where it is said how many there are, before them
}

// Hi is the address behind the bytes.
func (p *Place) Hi() uint64 { return p.Lo + uint64(p.size) }

// maxPlace is how many bytes a place has at most. What has more is several.
const maxPlace = math.MaxUint32

// Places are in the order of their addresses and do not overlap.
type Places []Place

// MostSharing is how many owners a place keeps, the first in the order of claims:
// a record about code that more have in common costs none of them much, and every
// record is charged to all.
const MostSharing = 64

// remember keeps who owns a piece of memory.
func (b *Book) remember(r span.Range, group []Claim) {
	start := len(b.placeOwners)
	b.placeOwners = append(b.placeOwners, 0)
	for _, c := range group {
		if len(b.placeOwners)-start > MostSharing {
			break
		}
		if o := b.Entries[c.ID].Owner; !slices.Contains(b.placeOwners[start+1:], o) {
			b.placeOwners = append(b.placeOwners, o)
		}
	}
	b.placeOwners[start] = int32(len(b.placeOwners) - start - 1)
	if last := len(b.Places) - 1; last >= 0 && slices.Equal(b.OwnersAt(&b.Places[last]), b.placeOwners[start+1:]) {
		b.placeOwners = b.placeOwners[:start]
		p := &b.Places[last]
		if p.Hi() == r.Lo {
			more := min(r.Len(), maxPlace-uint64(p.size))
			p.size += uint32(more)
			r.Lo += more
		}
		start = int(p.owners)
	}
	for r.Lo < r.Hi {
		n := min(r.Len(), maxPlace)
		b.Places = append(Roomy(b.Places), Place{r.Lo, uint32(n), uint32(start)})
		r.Lo += n
	}
}

// OwnersAt returns the owners of a place.
func (b *Book) OwnersAt(p *Place) []int32 {
	owners := b.placeOwners[p.owners+1:]
	n := b.placeOwners[p.owners]
	return owners[:n:n]
}

// charge is what an owner is charged in a section without a name of its own.
type charge struct {
	section int
	owner   int32
}

// Charge claims a range of a section for owners, together if there are several.
// The range is of addresses, or of offsets in a section that is not loaded. No
// owners claim nothing.
func (b *Book) Charge(section int, r span.Range, rank uint32, owners ...int32) {
	for _, owner := range owners {
		key := charge{section, owner}
		id, ok := b.charges[key]
		if !ok {
			if b.charges == nil {
				b.charges = make(map[charge]uint32)
			}
			id = uint32(len(b.Entries))
			b.charges[key] = id
			s := &b.Binary.Sections[section]
			b.Entries = append(b.Entries, Entry{Owner: owner, Section: int32(section), Addr: s.Addr, Whole: true})
		}
		if b.packs(section, rank) {
			b.packed[section].add(r, id)
			continue
		}
		b.Claims[section] = append(Roomy(b.Claims[section]), Claim{Range: r, Rank: rank, ID: id})
	}
}

// Roomy returns a list that has room for one more. Where append makes a long list a
// quarter longer, this makes it half longer: a list of 5 MB then leaves 10 MB of
// garbage behind and not 20.
func Roomy[E any](list []E) []E {
	const short = 1024
	if n := len(list); n == cap(list) && n > short {
		return slices.Grow(list, n/2)
	}
	return list
}
