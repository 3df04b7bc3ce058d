package account

import (
	"testing"

	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/span"
)

// TestCharge: an owner has one entry in each section, in whatever order it is charged.
func TestCharge(t *testing.T) {
	binary := &elfscan.Binary{Sections: []elfscan.Section{{Addr: 100}, {Addr: 200}}}
	b := New(binary, Options{Asked: func(*elfscan.Section) bool { return true }})
	owners := []int32{0, 1, 1 << recentBits, 1, 0, 2 << recentBits, 1<<recentBits + 1}
	for range 3 {
		for _, section := range []int{0, 1, 1, 0} {
			b.Charge(section, span.Range{Lo: 5, Hi: 6}, RankReference, owners...)
		}
	}
	seen := make(map[charge]bool)
	for _, e := range b.Entries {
		key := charge{e.Section, e.Owner}
		if seen[key] || !e.Whole || e.Addr != binary.Sections[e.Section].Addr {
			t.Errorf("the entry %+v", e)
		}
		seen[key] = true
	}
	if len(seen) != 2*5 {
		t.Errorf("%d entries", len(seen))
	}
	for section, claims := range b.Claims {
		if len(claims) != 6*len(owners) {
			t.Errorf("section %d has %d claims", section, len(claims))
		}
		for i, c := range claims {
			if e := b.Entries[c.ID]; int(e.Section) != section || e.Owner != owners[i%len(owners)] {
				t.Errorf("claim %d of section %d is of %+v", i, section, e)
			}
		}
	}
}
