package radix

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestSort compares with a stable sort that compares.
func TestSort(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 2, 100, 255, 256, 5000} {
		for _, low := range []int{0, 8, 32, 63} {
			for name, number := range map[string]func(i int) uint64{
				"all bits":   func(int) uint64 { return rng.Uint64() },
				"few values": func(int) uint64 { return rng.Uint64N(3) << 40 },
				"one value":  func(int) uint64 { return 7 },
				"ascending":  func(i int) uint64 { return uint64(i) << 20 },
				"descending": func(i int) uint64 { return uint64(n-i) << 32 },
				"in pairs":   func(i int) uint64 { return uint64(rng.Uint32N(900))<<32 | uint64(i) },
				"far apart":  func(i int) uint64 { return uint64(i%2) << 63 },
			} {
				t.Run(fmt.Sprintf("%d, from %d, %s", n, low, name), func(t *testing.T) {
					list := make([]uint64, n)
					for i := range list {
						list[i] = number(i)
					}
					want := slices.Clone(list)
					slices.SortStableFunc(want, func(a, b uint64) int { return cmp.Compare(a>>low, b>>low) })
					if got := Sort(list, low); !slices.Equal(got, want) {
						t.Errorf("got %x, want %x", got, want)
					}
				})
			}
		}
	}
}
