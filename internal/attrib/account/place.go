package account

import (
	"math"
	"slices"

	"github.com/sizegate/sizegate/internal/attrib/ownership"
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
	owners := b.ownersOf(group)
	if last := len(b.Places) - 1; last >= 0 && b.Places[last].owners == owners {
		p := &b.Places[last]
		if p.Hi() == r.Lo {
			more := min(r.Len(), maxPlace-uint64(p.size))
			p.size += uint32(more)
			r.Lo += more
		}
	}
	for r.Lo < r.Hi {
		n := min(r.Len(), maxPlace)
		b.Places = append(Roomy(b.Places), Place{r.Lo, uint32(n), owners})
		r.Lo += n
	}
}

// ownersOf returns where in b.placeOwners the owners of a group are. That is the same
// for all groups of one owner, which nearly all are, and for groups that follow each
// other.
func (b *Book) ownersOf(group []Claim) uint32 {
	if len(group) == 1 {
		return b.alone(b.Entries[group[0].ID].Owner)
	}
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
	owners := b.placeOwners[start+1:]
	last := len(b.Places) - 1
	switch {
	case len(owners) == 1:
		b.placeOwners = b.placeOwners[:start]
		return b.alone(owners[0])
	case last >= 0 && slices.Equal(b.OwnersAt(&b.Places[last]), owners):
		b.placeOwners = b.placeOwners[:start]
		return b.Places[last].owners
	}
	b.placeOwners[start] = int32(len(owners))
	return uint32(start)
}

// alone is ownersOf for one owner, who may be ownership.Nobody.
func (b *Book) alone(owner int32) uint32 {
	for int(owner-ownership.Nobody) >= len(b.aloneAt) {
		b.aloneAt = append(b.aloneAt, 0)
	}
	at := &b.aloneAt[owner-ownership.Nobody]
	if *at == 0 {
		b.placeOwners = append(b.placeOwners, 1, owner)
		*at = uint32(len(b.placeOwners)) - 1
	}
	return *at - 1
}

// OwnersAt returns the owners of a place.
func (b *Book) OwnersAt(p *Place) []int32 {
	owners := b.placeOwners[p.owners+1:]
	n := b.placeOwners[p.owners]
	return owners[:n:n]
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
