package symbolclaims

import (
	"math/rand/v2"
	"testing"

	"github.com/sizegate/sizegate/internal/attrib/account"
)

// TestByName compares with an order that is known.
func TestByName(t *testing.T) {
	for _, n := range []int{0, 1, 2, 5000} {
		for _, spread := range []uint32{1, 1 << 11, 1 << 30} {
			entries := make([]account.Entry, n)
			for i, k := range rand.New(rand.NewPCG(1, uint64(n))).Perm(n) {
				entries[i].Name = uint32(k) * (spread / 5000)
			}
			order := byName(entries)
			if len(order) != n {
				t.Fatalf("%d names: got %d", n, len(order))
			}
			for i, o := range order {
				if uint32(o>>32) != entries[o.entry()].Name {
					t.Fatalf("%d names: %#x is not where entry %d has its name", n, o, o.entry())
				}
				if i > 0 && order[i-1] >= o {
					t.Fatalf("%d names: %#x is before %#x", n, order[i-1], o)
				}
			}
		}
	}
}
