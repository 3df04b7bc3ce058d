package account

import (
	"math"
	"slices"
	"testing"

	"github.com/sizegate/sizegate/internal/span"
)

// TestPacked: claims come back as they were, wherever they lie, before those that were
// not packed.
func TestPacked(t *testing.T) {
	claim := func(lo, hi uint64, id uint32) Claim {
		return Claim{Range: span.Range{Lo: lo, Hi: hi}, Rank: RankTable, ID: id}
	}
	want := []Claim{claim(0x1000, 0x1010, 5), claim(0x1010, 0x1011, 4), claim(0x20, 0x30, 4), claim(0, math.MaxUint64, Padding),
		claim(math.MaxUint64-1, math.MaxUint64, 0), claim(8, 8, math.MaxUint32)}
	other := claim(1, 2, 3)
	b := &Book{Claims: [][]Claim{nil, {other}}, packed: make([]packedClaims, 2)}
	for _, c := range want {
		b.packed[1].add(c.Range, c.ID)
	}
	for range 2 { // again, there is nothing left to add
		for section := range b.Claims {
			b.unpack(section)
		}
		if got := b.Claims[1]; !slices.Equal(got, append(slices.Clip(want), other)) || b.Claims[0] != nil {
			t.Fatalf("the claims are %v", b.Claims)
		}
	}
}
