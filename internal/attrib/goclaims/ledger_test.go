package goclaims

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestReferences compares with a plain list that is sorted.
func TestReferences(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	tests := []struct {
		name   string
		n      int
		offset func(i int) uint32
		owner  func(i int) int32
	}{
		{"none", 0, nil, nil},
		{"offset 0 of owner 0", 3, func(int) uint32 { return 0 }, func(int) int32 { return 0 }},
		{"ascending", 1000, func(i int) uint32 { return uint32(i) * 9 }, func(i int) int32 { return int32(i / 10) }},
		{"again and again", 5000, func(i int) uint32 { return uint32(i % 7) }, func(i int) int32 { return int32(i / 1000) }},
		{"owners at one offset, the last first", 300, func(i int) uint32 { return uint32(i / 3) }, func(i int) int32 { return int32(5 - i%3) }},
		{"anywhere", 20000, func(int) uint32 { return rng.Uint32N(30000) }, func(int) int32 { return rng.Int32N(50) }},
		{"far apart", 2000, func(i int) uint32 { return rng.Uint32() }, func(int) int32 { return rng.Int32() }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var refs referenceLog
			var want, got [][2]uint32 // offset, owner
			for i := range tt.n {
				offset, owner := tt.offset(i), tt.owner(i)
				refs.add(offset, owner)
				want = append(want, [2]uint32{offset, uint32(owner)})
				if i == tt.n/2 { // more can be added to what was sorted
					refs.sorted()
					refs.sorted()
				}
			}
			slices.SortFunc(want, func(a, b [2]uint32) int { return slices.Compare(a[:], b[:]) })
			want = slices.Compact(want)
			list := refs.sorted()
			for ref, ok := list.next(); ok; ref, ok = list.next() {
				got = append(got, [2]uint32{ref.offset(), uint32(ref.owner())})
			}
			if !slices.Equal(got, want) {
				t.Errorf("%d references, want %d", len(got), len(want))
			}
		})
	}
}
