package gotype

import (
	"slices"
	"testing"
)

// TestBitSet counts numbers, and goes through them while there come more.
func TestBitSet(t *testing.T) {
	const size = 3*64*groupWords + 5
	numbers := []uint32{0, 1, 63, 64, 200, 64*groupWords - 1, 64 * groupWords, 2000 % size, size - 1}
	slices.Sort(numbers)
	b := newBitSet(size)
	for _, n := range numbers {
		b.add(n)
	}
	if got := slices.Collect(b.all()); !slices.Equal(got, numbers) {
		t.Errorf("the numbers are %v, not %v", got, numbers)
	}
	if n := b.count(); n != len(numbers) {
		t.Errorf("there are %d, not %d", n, len(numbers))
	}
	for n := range uint32(size) {
		at, is := slices.BinarySearch(numbers, n)
		if b.has(n) != is || b.rank(n) != uint32(at) {
			t.Fatalf("of %d: %v, and %d are below", n, b.has(n), b.rank(n))
		}
	}
	var got []uint32
	for n := range b.all() {
		got = append(got, n)
		if n == 64 {
			for _, more := range []uint32{2, 65, 127, 128} { // the first comes too late
				b.add(more)
			}
		}
	}
	want := slices.Sorted(slices.Values(append(slices.Clone(numbers), 65, 127, 128)))
	if !slices.Equal(got, want) {
		t.Errorf("with more, the numbers are %v, not %v", got, want)
	}
	empty := newBitSet(0)
	if n := empty.count(); n != 0 || len(slices.Collect(empty.all())) != 0 {
		t.Errorf("%d numbers in an empty set", n)
	}
}
