package textpool_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/sizegate/sizegate/internal/textpool"
)

// TestPool keeps texts of all lengths, and reads them at their places and in order.
func TestPool(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var pool textpool.Pool
	var texts []string
	var refs []textpool.Ref
	for i := range 20_000 {
		length := random.IntN(100)
		if i%1000 == 0 {
			length = textpool.Longest - random.IntN(3)
		}
		text := bytes.Repeat([]byte(fmt.Sprint(i, "/")), length)[:length]
		texts, refs = append(texts, string(text)), append(refs, pool.Add(text))
		clear(text) // the pool has its own
	}
	in := pool.Reader()
	for i, want := range texts {
		if got := pool.Text(refs[i], len(want)); string(got) != want {
			t.Fatalf("text %d is %q, not %q", i, got, want)
		}
		if got := in.Next(len(want)); string(got) != want {
			t.Fatalf("text %d in order is %q, not %q", i, got, want)
		}
	}
}
