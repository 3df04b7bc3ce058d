package block

import (
	"cmp"
	"math/bits"
	"slices"

	"github.com/sizegate/sizegate/internal/archive/huffman"
)

const (
	maxHuffmanLen   = 11 // bits of the longest code word of a literal
	weightsTableLog = 6
)

// huffmanCode is a code of the literals. The zero value has no words.
type huffmanCode struct {
	lens  [256]uint8
	words [256]uint16
}

// bits returns how many bits the counted literals take, and whether each of
// them has a word.
func (h *huffmanCode) bits(counts *[256]uint32) (uint64, bool) {
	var sum uint64
	for i, n := range counts {
		if n != 0 {
			if h.lens[i] == 0 {
				return 0, false
			}
			sum += uint64(n) * uint64(h.lens[i])
		}
	}
	return sum, true
}

// assign hands out the words: longer ones first, then in the order of symbols.
func (h *huffmanCode) assign() {
	word := uint16(0)
	for length := uint8(maxHuffmanLen); length > 0; length-- {
		for i, n := range h.lens {
			if n == length {
				h.words[i] = word
				word++
			}
		}
		word >>= 1
	}
}

// describe appends the lengths in the form in which they are sent (RFC 8878,
// 4.2.1): as weights of all symbols before the last one that has a word, either
// in an entropy code of their own or in four bits each. The longest word has
// the weight 1. It returns false when the weights fit neither.
func (h *huffmanCode) describe(out []byte) ([]byte, bool) {
	longest, last := uint8(0), 0
	for i, n := range h.lens {
		if n != 0 {
			longest, last = max(longest, n), i
		}
	}
	var all [256]uint8
	weights := all[:last]
	for i := range weights {
		if n := h.lens[i]; n != 0 {
			weights[i] = longest + 1 - n
		}
	}
	start := len(out)
	if packed, ok := packWeights(append(out, 0), weights); ok {
		if n := len(packed) - start - 1; n < last/2 {
			packed[start] = byte(n)
			return packed, true
		}
	}
	if last > 128 {
		return out, false
	}
	out = append(out, byte(127+last))
	for i := 0; i < last; i += 2 {
		out = append(out, all[i]<<4|all[i+1]) // the one behind the last weight is 0
	}
	return out, true
}

// packWeights appends the weights in an entropy code with two states that take
// turns. It returns false when that is not possible or of no use.
func packWeights(out []byte, weights []uint8) ([]byte, bool) {
	var counts [maxHuffmanLen + 1]uint32
	for _, w := range weights {
		counts[w]++
	}
	top, most := 0, uint32(0)
	for w, n := range counts {
		if n != 0 {
			top, most = w, max(most, n)
		}
	}
	if len(weights) < 3 || most == 1 || int(most) == len(weights) {
		return out, false
	}
	var t fseTable
	t.setCounts(tableLog(weightsTableLog, len(weights), top), counts[:top+1])
	w := bitWriter{out: t.describe(out)}
	last := len(weights) - 1
	var states [2]fseState
	states[last&1] = t.first(weights[last])
	states[(last-1)&1] = t.first(weights[last-1])
	for i := last - 2; i >= 0; i-- {
		states[i&1] = t.write(&w, states[i&1], weights[i])
	}
	t.finish(&w, states[1])
	t.finish(&w, states[0])
	return w.end(), true
}

// huffmanBuilder makes codes. It is used again to save allocations.
type huffmanBuilder struct {
	all   []huffman.Node // symbols, then pairs of nodes
	used  []int16        // the symbols that occur
	order []int16        // all that are in the tree, from the root down

	best huffmanCode
	desc []byte // of best
	try  []byte
}

// build leaves in best the code that is smallest together with its
// description, and the latter in desc. At least two literals must be counted.
// It returns false when no code can be described.
//
// If words may be longer, the literals get smaller and the description larger:
// limits are tried from the lowest up until that does not pay any more.
func (b *huffmanBuilder) build(counts *[256]uint32) bool {
	b.join(counts)
	least, found := uint64(0), false
	for limit := bits.Len(uint(len(b.used))); limit <= maxHuffmanLen; limit++ {
		huffman.LimitLengths(b.all, b.order, len(counts), limit)
		var h huffmanCode
		longest := 0
		for _, i := range b.used {
			h.lens[i] = b.all[i].Len
			longest = max(longest, int(h.lens[i]))
		}
		if found && longest < limit {
			break
		}
		var ok bool
		if b.try, ok = h.describe(b.try[:0]); !ok {
			continue
		}
		sum, _ := h.bits(counts)
		size := sum/8 + uint64(len(b.try))
		if found && size > least+1 {
			break
		}
		if !found || size < least {
			b.best, least, found = h, size, true
			b.desc, b.try = b.try, b.desc
		}
	}
	b.best.assign()
	return found
}

// join makes the tree: it pairs the two least frequent nodes until one is left.
// Of equally frequent ones a symbol comes before a pair, a higher symbol before
// a lower one, and an earlier pair before a later one.
func (b *huffmanBuilder) join(counts *[256]uint32) {
	b.all, b.used, b.order = b.all[:0], b.used[:0], b.order[:0]
	for i, n := range counts {
		b.all = append(b.all, huffman.Node{Freq: n})
		if n != 0 {
			b.used = append(b.used, int16(i))
		}
	}
	slices.SortFunc(b.used, func(x, y int16) int {
		return cmp.Or(cmp.Compare(b.all[x].Freq, b.all[y].Freq), cmp.Compare(y, x))
	})
	symbol, pair := 0, len(b.all) // the least frequent ones that have no parent
	next := func() int16 {
		if symbol < len(b.used) && (pair == len(b.all) || b.all[b.used[symbol]].Freq <= b.all[pair].Freq) {
			symbol++
			return b.used[symbol-1]
		}
		pair++
		return int16(pair - 1)
	}
	for range len(b.used) - 1 {
		x, y := next(), next()
		parent := int16(len(b.all))
		b.all[x].Parent, b.all[y].Parent = parent, parent
		b.all = append(b.all, huffman.Node{Freq: b.all[x].Freq + b.all[y].Freq})
		b.order = append(b.order, x, y)
	}
	b.order = append(b.order, next())
	slices.Reverse(b.order)
}
