package zstd

import "github.com/sizegate/sizegate/internal/archive/zstd/block"

// maxSeries is how many bytes at most the parser looks ahead.
const maxSeries = 1 << 12

// Cheaper than this is any way to a position that there is.
const noPrice = 1 << 30

// arrival is the cheapest way to a position that is known: by a match, or by
// a literal when length is 0.
type arrival struct {
	price    int32
	match           // the match that ends here, if one does
	literals uint32 // those in front of the match; without a match, those that end here
	last     block.Repeats
}

// parser chooses the sequences of a block, those with the lowest price.
//
// It works in series. A series begins where there is a match and no other
// reaches across, and ends where none reaches on, or at a match that is good
// enough to be taken at once. In between each position is known by the
// cheapest way to it, which goes on as a literal, or as any length of any match
// that begins there.
type parser struct {
	*finder
	*prices
	ways  []arrival // by distance from the begin of the series
	chain []step    // the sequences of the series, the last one first

	sequences []block.Sequence
}

type step struct {
	literals uint32
	match
}

func newParser(p params) *parser {
	return &parser{finder: newFinder(p), prices: newPrices(), ways: make([]arrival, maxSeries+1)}
}

// parse leaves the sequences of the block from start to end in sequences. Those
// bytes behind the last one are literals.
func (p *parser) parse(start, end int, last block.Repeats) {
	p.sequences = p.sequences[:0]
	p.begin(p.buf[start:end])
	p.skipTo(start)
	p.next3 = p.next
	anchor, pos := start, start
	for pos <= end-9 {
		if len(p.find(pos, end, &last, pos == anchor)) == 0 {
			pos++
			continue
		}
		p.ways[0] = arrival{literals: uint32(pos - anchor), last: last}
		reached := p.series(pos, end)
		for i := len(p.chain) - 1; i >= 0; i-- {
			s := p.chain[i]
			dist := last.Distance(s.value, s.literals == 0)
			last.Use(s.value, s.literals == 0)
			p.sequences = append(p.sequences, block.Sequence{Literals: s.literals, Length: s.length, Distance: dist})
			p.count(p.buf[anchor:anchor+int(s.literals)], s.match)
			anchor += int(s.literals + s.length)
		}
		pos += reached
		p.settle()
	}
}

// series leaves the sequences of the series that begins at pos in chain. The
// matches of pos are in found, the literals before it and the repeated offsets
// in ways[0]. It returns how far it reached.
func (p *parser) series(pos, end int) int {
	ways := p.ways
	p.chain = p.chain[:0]
	ways[0].price = p.litLen(ways[0].literals)
	if best := p.found[len(p.found)-1]; int(best.length) > p.nice {
		p.chain = append(p.chain, step{ways[0].literals, best})
		return int(best.length)
	}
	reached := 0
	p.tryMatches(0, &reached)
	for cur := 1; cur <= reached; cur++ {
		way, before := &ways[cur], &ways[cur-1]
		literals := uint32(1)
		if before.length == 0 {
			literals += before.literals
		}
		if price := before.price + p.literal(p.buf[pos+cur-1]) + p.litLen(literals) - p.litLen(literals-1); price <= way.price {
			*way = arrival{price: price, literals: literals, last: before.last}
		} else {
			way.last = ways[cur-int(way.length)].last
			way.last.Use(way.value, way.literals == 0)
		}
		if cur == reached || pos+cur > end-8 {
			continue
		}
		if len(p.find(pos+cur, end, &way.last, way.length != 0)) == 0 {
			continue
		}
		best := p.found[len(p.found)-1]
		if int(best.length) > p.nice || cur+int(best.length) >= maxSeries {
			literals := way.literals
			if way.length != 0 {
				literals = 0
			}
			p.chain = append(p.chain, step{literals, best})
			p.trace(cur)
			return cur + int(best.length)
		}
		p.tryMatches(cur, &reached)
	}
	p.trace(reached)
	return reached
}

// tryMatches offers the matches found at cur to the positions they reach.
func (p *parser) tryMatches(cur int, reached *int) {
	from := p.ways[cur]
	literals := from.literals
	if from.length != 0 {
		literals = 0
	}
	base := from.price + p.litLen(0)
	length := uint32(block.MinMatch)
	for _, m := range p.found {
		price := base + p.offset(m.value)
		for *reached < cur+int(m.length) {
			*reached++
			p.ways[*reached].price = noPrice
		}
		for ; length <= m.length; length++ {
			if way, price := &p.ways[cur+int(length)], price+p.matchLen(length); price < way.price {
				way.price, way.match, way.literals = price, match{m.value, length}, literals
			}
		}
	}
}

// trace adds the sequences on the cheapest way to a position to chain.
func (p *parser) trace(at int) {
	if p.ways[at].length == 0 {
		at -= int(p.ways[at].literals)
	}
	for at > 0 {
		way := &p.ways[at]
		p.chain = append(p.chain, step{way.literals, way.match})
		at -= int(way.literals + way.length)
	}
}
