package gotype

import "math/bits"

// bitSet is a set of small numbers that, once it is complete, can tell how many of
// them are below one.
type bitSet struct {
	words []uint64
	below []uint32 // by word, after count
}

func newBitSet(size int) bitSet { return bitSet{words: make([]uint64, (size+63)/64)} }

func (b *bitSet) has(n uint32) bool { return b.words[n/64]>>(n%64)&1 != 0 }

func (b *bitSet) add(n uint32) { b.words[n/64] |= 1 << (n % 64) }

func (b *bitSet) count() {
	b.below = make([]uint32, len(b.words))
	total := 0
	for i, w := range b.words {
		b.below[i] = uint32(total)
		total += bits.OnesCount64(w)
	}
}

// rank is how many are below n.
func (b *bitSet) rank(n uint32) uint32 {
	return b.below[n/64] + uint32(bits.OnesCount64(b.words[n/64]&(1<<(n%64)-1)))
}
