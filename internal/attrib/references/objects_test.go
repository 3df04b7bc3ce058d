package references

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestOwnerSets(t *testing.T) {
	s := newOwnerSets(5)
	s.room = 5
	pair := s.union([]int32{4, 1})
	if got := s.get(pair); !slices.Equal(got, []int32{1, 4}) {
		t.Errorf("of 4 and 1: %v", got)
	}
	more := s.union([]int32{1, 3, pair})
	if got := s.get(more); !slices.Equal(got, []int32{1, 3, 4}) {
		t.Errorf("of 1, 3 and {1, 4}: %v", got)
	}
	if got := s.union([]int32{2, 3}); got != 2 {
		t.Errorf("without room: set %d, want 2", got)
	}
	if got := s.get(unowned); got != nil {
		t.Errorf("of nobody: %v", got)
	}
}

// TestAssign: the owners are the same however the edges are put together.
func TestAssign(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	for range 200 {
		const owners = 20
		n := rng.IntN(50) + 1
		list := make([]edge, rng.IntN(4*n))
		for i := range list {
			list[i] = newEdge(rng.Uint32N(uint32(n)), rng.Int32N(owners))
		}
		room := rng.IntN(100)
		sides := [2]objects{}
		var sets [2]*ownerSets
		var fresh [2][]uint32
		for i := range sides {
			sides[i].sets = slices.Repeat([]int32{unowned}, n)
			sets[i] = newOwnerSets(owners)
			sets[i].room = room
		}
		fresh[0] = sides[0].assignAll(func(yield func(uint32, int32) bool) {
			for _, e := range list {
				if !yield(e.object(), e.set()) {
					return
				}
			}
		}, sets[0])
		fresh[1] = sides[1].assign(list, sets[1])
		if !slices.Equal(fresh[0], fresh[1]) || !slices.Equal(sides[0].sets, sides[1].sets) || !slices.EqualFunc(sets[0].lists, sets[1].lists, slices.Equal) {
			t.Fatalf("%d edges to %d objects: %v and %v", len(list), n, sides[0].sets, sides[1].sets)
		}
	}
}

// TestBitSet compares with a slice of bool.
func TestBitSet(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 300 {
		size := rng.Uint64N(500) + 1
		b, want := newBitSet(size), make([]bool, size)
		for range rng.IntN(6) {
			lo := rng.Uint64N(size)
			hi := lo + rng.Uint64N(size-lo+1)
			b.add(lo, hi)
			for p := lo; p < hi; p++ {
				want[p] = true
			}
		}
		for p := range size {
			if b.has(p) != want[p] {
				t.Fatalf("position %d of %d", p, size)
			}
			for _, set := range []bool{true, false} {
				next := p
				for next < size && want[next] != set {
					next++
				}
				if got := b.next(p, size, set); got != next {
					t.Fatalf("next %v from %d: %d, want %d", set, p, got, next)
				}
			}
		}
	}
}
