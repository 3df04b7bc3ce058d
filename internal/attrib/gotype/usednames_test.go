package gotype

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestSortUses holds the order of uses against a sort that compares.
func TestSortUses(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 2, 1000} {
		for _, size := range []uint32{1, 2, 100, 1 << 12, 1<<12 + 1, 1 << 24, 1<<24 + 1, maxData} {
			uses := make([]nameUse, n)
			for i := range uses {
				uses[i] = nameUse{rng.Uint32N(size), int32(i)}
			}
			want := slices.Clone(uses)
			slices.SortStableFunc(want, func(a, b nameUse) int { return cmp.Compare(a.at, b.at) })
			if sortUses(uses, size); !slices.Equal(uses, want) {
				t.Errorf("%d uses of %d bytes are not in order", n, size)
			}
		}
	}
}
