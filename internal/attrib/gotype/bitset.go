package gotype

import (
	"iter"
	"math/bits"
)

// bitSet is a set of small numbers that, once it is complete, can tell how many of
// them are below one.
type bitSet struct {
	words []uint64
	below []uint32 // by group of words, after count
}

// groupWords is so many that counting those before a word in its group is quick, and the
// counts take little beside the words.
const groupWords = 8

func newBitSet(size int) bitSet { return bitSet{words: make([]uint64, (size+63)/64)} }

func (b *bitSet) has(n uint32) bool { return b.words[n/64]>>(n%64)&1 != 0 }

func (b *bitSet) add(n uint32) { b.words[n/64] |= 1 << (n % 64) }

// count returns how many there are. From then on nothing is added.
func (b *bitSet) count() int {
	b.below = make([]uint32, (len(b.words)+groupWords-1)/groupWords)
	total := 0
	for i, w := range b.words {
		if i%groupWords == 0 {
			b.below[i/groupWords] = uint32(total)
		}
		total += bits.OnesCount64(w)
	}
	return total
}

// rank is how many are below n.
func (b *bitSet) rank(n uint32) uint32 {
	rank := b.below[n/64/groupWords]
	for i := n / 64 &^ (groupWords - 1); i < n/64; i++ {
		rank += uint32(bits.OnesCount64(b.words[i]))
	}
	return rank + uint32(bits.OnesCount64(b.words[n/64]&(1<<(n%64)-1)))
}

// all yields the numbers in ascending order, with those that are added meanwhile
// above the last one.
func (b *bitSet) all() iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		for i := range b.words {
			for rest := ^uint64(0); b.words[i]&rest != 0; {
				n := bits.TrailingZeros64(b.words[i] & rest)
				if !yield(uint32(64*i + n)) {
					return
				}
				rest = ^uint64(0) << n << 1
			}
		}
	}
}
