package references

import (
	"slices"
	"testing"
)

// TestPositions: references are the same in data of any size, and where they are moved.
func TestPositions(t *testing.T) {
	for _, size := range []uint64{100, 1<<31 - 1, 1 << 31, 1 << 40} {
		list := []uint64{0, 7 | usesOffsets, 50, size - 1, (size - 1) | usesOffsets}
		refs := dataRefs{
			{newPositions(list, size), []refStretch{{4, 2}, {5, 3}}},
			{newPositions(nil, size), nil},
			{newPositions(list[:1], size), []refStretch{{6, 1}}},
		}
		want := []dataRef{{0, 4, false}, {7, 4, true}, {50, 5, false}, {size - 1, 5, false}, {size - 1, 5, true}, {0, 6, false}}
		if got := slices.Collect(refs.all()); !slices.Equal(got, want) || refs.len() != len(want) {
			t.Errorf("%d bytes: %v, want %v", size, got, want)
		}
		refs.move(func(pos uint64) uint64 { return size - pos })
		for i := range want {
			want[i].pos = size - want[i].pos
		}
		if got := slices.Collect(refs.all()); !slices.Equal(got, want) {
			t.Errorf("%d bytes, moved: %v, want %v", size, got, want)
		}
	}
}
