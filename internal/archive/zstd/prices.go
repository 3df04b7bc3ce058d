package zstd

import (
	"math/bits"

	"github.com/sizegate/sizegate/internal/archive/zstd/block"
)

const (
	priceOfBit = 256

	// A match is made a little dearer than it is: few sequences are better than
	// many, whose codes also take room in the description.
	priceOfMatch = priceOfBit / 5

	// What a literal counts. With more than 1 the prices adapt faster.
	literalCount = 2
)

// frequencies says how often each of some symbols was used, and so what they
// are expected to cost.
type frequencies struct {
	counts  []uint32
	sum     uint32
	weights []int32 // by symbol: the logarithm of its count
	base    int32   // the logarithm of the sum
}

func newFrequencies(n int) frequencies {
	return frequencies{counts: make([]uint32, n), weights: make([]int32, n)}
}

// logWeight is the binary logarithm of n+1, plus one, as a price. It is linear
// between powers of two.
func logWeight(n uint32) int32 {
	n++
	whole := bits.Len32(n) - 1
	return int32(whole)*priceOfBit + int32(n*priceOfBit>>whole)
}

// price returns what a symbol costs.
func (f *frequencies) price(symbol uint8) int32 { return f.base - f.weights[symbol] }

// add counts a symbol. The base stays what it is until settle.
func (f *frequencies) add(symbol uint8, n uint32) {
	f.counts[symbol] += n
	f.sum += n
	f.weights[symbol] = logWeight(f.counts[symbol])
}

func (f *frequencies) settle() { f.base = logWeight(f.sum) }

// scale makes the sum about 1<<log if it is larger.
func (f *frequencies) scale(log uint) {
	if factor := f.sum >> log; factor > 1 {
		shift := bits.Len32(factor) - 1
		for i, n := range f.counts {
			f.counts[i] = 1 + n>>shift
		}
	}
	f.recount()
}

// recount follows a change of the counts.
func (f *frequencies) recount() {
	f.sum = 0
	for i, n := range f.counts {
		f.sum += n
		f.weights[i] = logWeight(n)
	}
	f.settle()
}

// prices says what literals and sequences are expected to cost: what they would
// if they were as frequent as in what was chosen so far.
type prices struct {
	begun    bool
	literals frequencies
	codes    [3]frequencies // at block.LitLens, block.Offsets, block.MatchLens
}

func newPrices() *prices {
	p := &prices{literals: newFrequencies(256)}
	p.codes[block.LitLens] = newFrequencies(block.MaxLitLenCode + 1)
	p.codes[block.Offsets] = newFrequencies(block.MaxOffsetCode + 1)
	p.codes[block.MatchLens] = newFrequencies(block.MaxMatchLenCode + 1)
	return p
}

// What is expected before anything was chosen.
var (
	firstLitLens = [block.MaxLitLenCode + 1]uint32{4, 2}
	firstOffsets = [block.MaxOffsetCode + 1]uint32{0: 6, 1: 2, 4: 2, 3, 4, 4, 4, 3, 2}
)

// begin prepares for a block of this text. What was counted before stays, with less weight.
func (p *prices) begin(text []byte) {
	if p.begun {
		p.literals.scale(12)
		for i := range p.codes {
			p.codes[i].scale(11)
		}
		return
	}
	p.begun = true
	counts := p.literals.counts
	clear(counts)
	for _, c := range text {
		counts[c]++
	}
	for c, n := range counts {
		if n > 0 {
			counts[c] = 1 + n>>8
		}
	}
	copy(p.codes[block.LitLens].counts, firstLitLens[:])
	copy(p.codes[block.Offsets].counts, firstOffsets[:])
	clear(p.codes[block.MatchLens].counts)
	p.literals.recount()
	for i := range p.codes {
		for c, n := range p.codes[i].counts {
			p.codes[i].counts[c] = max(n, 1)
		}
		p.codes[i].recount()
	}
}

// literal returns what a literal costs: a bit at least, since its code is made
// of whole bits.
func (p *prices) literal(c byte) int32 {
	return max(p.literals.price(c), priceOfBit)
}

// litLen returns what it costs to say that n literals follow.
func (p *prices) litLen(n uint32) int32 {
	code := block.LitLenCode(n)
	return int32(block.LitLenBits[code])*priceOfBit + p.codes[block.LitLens].price(code)
}

// offset returns what it costs to say where a match is.
func (p *prices) offset(value uint32) int32 {
	code := block.OffsetCode(value)
	return int32(code)*priceOfBit + p.codes[block.Offsets].price(code) + priceOfMatch
}

// matchLen returns what it costs to say how long a match is.
func (p *prices) matchLen(n uint32) int32 {
	code := block.MatchLenCode(n)
	return int32(block.MatchLenBits[code])*priceOfBit + p.codes[block.MatchLens].price(code)
}

// count enters a sequence that was chosen.
func (p *prices) count(literals []byte, m match) {
	for _, c := range literals {
		p.literals.add(c, literalCount)
	}
	p.codes[block.LitLens].add(block.LitLenCode(uint32(len(literals))), 1)
	p.codes[block.Offsets].add(block.OffsetCode(m.value), 1)
	p.codes[block.MatchLens].add(block.MatchLenCode(m.length), 1)
}

// settle makes what was counted count.
func (p *prices) settle() {
	p.literals.settle()
	for i := range p.codes {
		p.codes[i].settle()
	}
}
