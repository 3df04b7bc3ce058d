package parallel

import (
	"sync/atomic"
	"testing"
)

func TestEachPart(t *testing.T) {
	for _, n := range []int{0, 1, 2, 1000} {
		done := make([]atomic.Int32, n)
		Each(n, func() func(int) { return func(i int) { done[i].Add(1) } })
		for i := range done {
			if got := done[i].Load(); got != 1 {
				t.Fatalf("%d parts: number %d was done %d times", n, i, got)
			}
		}
	}
}
