package account

import (
	"encoding/binary"

	"github.com/sizegate/sizegate/internal/attrib/stage"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/span"
)

// packedClaims are claims of RankTable on one section, in a fifth of their room: each
// is written as how far it is from the one before. The tables are divided last, and
// the Go function table alone has a claim for each 150 bytes from the start on.
type packedClaims struct {
	bytes []byte
	n     int
	last  Claim
	never bool // claims on the section are not packed, or not any more
}

func newPacked(b *elfscan.Binary) []packedClaims {
	packed := make([]packedClaims, len(b.Sections))
	for i := range packed {
		packed[i].never = stage.Of(&b.Sections[i]) != stage.Tables
	}
	return packed
}

// packs says whether claims of the rank on the section are packed.
func (b *Book) packs(section int, rank uint32) bool {
	return rank == RankTable && !b.packed[section].never
}

func (p *packedClaims) add(r span.Range, id uint32) {
	p.bytes = Roomy(p.bytes)
	p.bytes = binary.AppendVarint(p.bytes, int64(r.Lo-p.last.Hi))
	p.bytes = binary.AppendUvarint(p.bytes, r.Len())
	p.bytes = binary.AppendVarint(p.bytes, int64(id)-int64(p.last.ID))
	p.last = Claim{Range: r, ID: id}
	p.n++
}

// unpack adds the packed claims on the section to the others. From then on all are
// in one list.
func (b *Book) unpack(section int) {
	p := &b.packed[section]
	p.never = true
	if p.n == 0 {
		return
	}
	rest := p.bytes
	claims := make([]Claim, p.n, p.n+len(b.Claims[section]))
	last := Claim{Rank: RankTable}
	for i := range claims {
		far, n := binary.Varint(rest)
		size, m := binary.Uvarint(rest[n:])
		ids, k := binary.Varint(rest[n+m:])
		rest = rest[n+m+k:]
		last.Lo = last.Hi + uint64(far)
		last.Hi = last.Lo + size
		last.ID = uint32(int64(last.ID) + ids)
		claims[i] = last
	}
	b.Claims[section] = append(claims, b.Claims[section]...)
	*p = packedClaims{never: true}
}
