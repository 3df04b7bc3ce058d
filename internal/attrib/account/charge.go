package account

import "github.com/sizegate/sizegate/internal/span"

// charges is the entries of owners without a name of their own, by section.
type charges struct {
	ids map[charge]uint32
	// recent is some of these, by the last digits of the owner: to ask the map took a
	// fortieth of the time of a whole Go program.
	recent [1 << recentBits]struct {
		charge
		id    uint32
		known bool
	}
}

const recentBits = 10

// charge is what an owner is charged in a section.
type charge struct{ section, owner int32 }

// Charge claims a range of a section for owners, together if there are several.
// The range is of addresses, or of offsets in a section that is not loaded. No
// owners claim nothing.
func (b *Book) Charge(section int, r span.Range, rank uint32, owners ...int32) {
	for _, owner := range owners {
		id := b.chargeID(charge{int32(section), owner})
		if b.packs(section, rank) {
			b.packed[section].add(r, id)
			continue
		}
		b.Claims[section] = append(Roomy(b.Claims[section]), Claim{Range: r, Rank: rank, ID: id})
	}
}

// chargeID returns the entry of an owner without a name.
func (b *Book) chargeID(key charge) uint32 {
	if b.charges == nil {
		b.charges = &charges{ids: make(map[charge]uint32)}
	}
	recent := &b.charges.recent[key.owner&(1<<recentBits-1)]
	if recent.known && recent.charge == key {
		return recent.id
	}
	id, ok := b.charges.ids[key]
	if !ok {
		id = uint32(len(b.Entries))
		b.charges.ids[key] = id
		b.Entries = append(b.Entries, Entry{Owner: key.owner, Section: key.section, Addr: b.Binary.Sections[key.section].Addr, Whole: true})
	}
	recent.charge, recent.id, recent.known = key, id, true
	return id
}
