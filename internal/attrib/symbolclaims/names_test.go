package symbolclaims

import (
	"math/rand/v2"
	"testing"

	"github.com/sizegate/sizegate/internal/attrib/account"
)

// TestByName compares the radix sort with an order that is known.
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
				if o.at != entries[o.entry].Name {
					t.Fatalf("%d names: %+v is not where entry %d has its name", n, o, o.entry)
				}
				if i > 0 && (order[i-1].at > o.at || order[i-1].at == o.at && order[i-1].entry >= o.entry) {
					t.Fatalf("%d names: %+v is before %+v", n, order[i-1], o)
				}
			}
		}
	}
}
