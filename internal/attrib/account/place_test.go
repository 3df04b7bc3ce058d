package account

import (
	"slices"
	"testing"

	"github.com/sizegate/sizegate/internal/attrib/ownership"
	"github.com/sizegate/sizegate/internal/span"
)

// TestPlaces: what is remembered is who owns each byte, also where an owner has more
// bytes than one place has room for.
func TestPlaces(t *testing.T) {
	const gib = 1 << 30
	b := &Book{Owners: ownership.NewList()}
	for owner := range int32(3) {
		b.Entries = append(b.Entries, Entry{Owner: owner})
	}
	for _, r := range []struct {
		lo, hi  uint64
		entries []uint32
	}{
		{1 * gib, 3 * gib, []uint32{0}},
		{3 * gib, 12 * gib, []uint32{0}}, // 11 GiB in all
		{12 * gib, 13 * gib, []uint32{1, 2}},
		{14 * gib, 24 * gib, []uint32{1, 2}}, // behind a gap
	} {
		var group []Claim
		for _, id := range r.entries {
			group = append(group, Claim{Range: span.Range{Lo: r.lo, Hi: r.hi}, ID: id})
		}
		b.remember(span.Range{Lo: r.lo, Hi: r.hi}, group)
	}
	f := &Finder{book: b}
	for _, tt := range []struct {
		addr   uint64
		owners []int32
	}{
		{1 * gib, []int32{0}}, {5*gib - 1, []int32{0}}, {5 * gib, []int32{0}}, {9*gib + 7, []int32{0}}, {12*gib - 1, []int32{0}},
		{12 * gib, []int32{1, 2}}, {13*gib - 1, []int32{1, 2}}, {14 * gib, []int32{1, 2}}, {18*gib + 5, []int32{1, 2}}, {24*gib - 1, []int32{1, 2}},
	} {
		if got := f.At(tt.addr); !slices.Equal(got, tt.owners) {
			t.Errorf("at %d GiB and %d: %v, want %v", tt.addr/gib, tt.addr%gib, got, tt.owners)
		}
	}
	end := uint64(0)
	bytes := uint64(0)
	for i := range b.Places {
		p := &b.Places[i]
		if p.Lo < end || p.Hi() <= p.Lo {
			t.Errorf("place %d: %#x-%#x, behind %#x", i, p.Lo, p.Hi(), end)
		}
		end = p.Hi()
		bytes += p.Hi() - p.Lo
	}
	if bytes != 22*gib {
		t.Errorf("places have %d bytes", bytes)
	}
}

// TestPlaceOwners: owners that are alone are written once, also where two of their names
// have the same bytes.
func TestPlaceOwners(t *testing.T) {
	b := &Book{Entries: []Entry{{Owner: 0}, {Owner: 1}, {Owner: 1}, {Owner: ownership.Nobody}}}
	groups := [][]uint32{{0}, {1}, {0}, {2}, {1, 2}, {3}, {0, 1}, {0, 2}, {3, 1}, {0, 1}, {1}, {3}}
	for i, ids := range groups {
		r := span.Range{Lo: uint64(10 * i), Hi: uint64(10*i + 5)}
		var group []Claim
		for _, id := range ids {
			group = append(group, Claim{Range: r, ID: id})
		}
		b.remember(r, group)
	}
	want := [][]int32{{0}, {1}, {0}, {1}, {1}, {-1}, {0, 1}, {0, 1}, {-1, 1}, {0, 1}, {1}, {-1}}
	for i := range b.Places {
		if got := b.OwnersAt(&b.Places[i]); !slices.Equal(got, want[i]) {
			t.Errorf("place %d is of %v, not %v", i, got, want[i])
		}
	}
	if n := 3*2 + 3*3; len(b.Places) != len(groups) || len(b.placeOwners) != n {
		t.Errorf("%d places, and %d numbers for their owners, not %d", len(b.Places), len(b.placeOwners), n)
	}
}
