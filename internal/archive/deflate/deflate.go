// Package deflate computes how many bytes two tools' encoders make of an input.
//
// Both descend from one encoder, which decides more than the format (RFC 1951) does:
// which matches are tried, when a block ends, which of the three block types it
// becomes. Those decisions are made here again. A size needs no bits: it follows from
// how often each symbol occurs in a block. The data flow is:
//
//  1. window keeps the last 64 KiB and the hash chains over it, and finds matches;
//  2. parse chooses between a match and a literal, one byte of lookahead behind;
//  3. block counts the symbols, decides when a block ends, and sums its bits.
package deflate

import "github.com/sizegate/sizegate/internal/archive/input"

// Dialect is which of the two tools' encoders is followed. They differ only in
// what they do near the end of the input and with a file that does not shrink.
type Dialect int

const (
	GNUGzip Dialect = iota
	InfoZip
)

// Size returns how many bytes the dialect's encoder makes of the input at level 9,
// without a frame around it. The error is that of the input.
func Size(in *input.Reader, d Dialect) (uint64, error) {
	e := &encoder{window: window{in: in}, dialect: d}
	e.block.init()
	if err := e.parse(); err != nil {
		return 0, err
	}
	return e.size(), nil
}

type encoder struct {
	window
	block
	dialect Dialect
}

// more refills the window until a whole match can be looked for.
func (e *encoder) more() error {
	for e.lookahead < minLookahead {
		if e.eof && e.dialect == GNUGzip {
			return nil
		}
		if e.pos >= windowSize+maxDist {
			e.slide()
		}
		if e.eof {
			return nil
		}
		if err := e.read(); err != nil {
			return err
		}
		if e.eof && e.dialect == GNUGzip {
			clear(e.buf[e.pos+e.lookahead:][:minMatch-1])
		}
	}
	return nil
}

// parse is lazy evaluation: a match is taken when the one at the next byte is
// not longer, otherwise its first byte becomes a literal.
func (e *encoder) parse() error {
	if err := e.more(); err != nil {
		return err
	}
	for _, c := range e.buf[:minMatch-1] {
		e.hash = (e.hash<<hashShift ^ uint32(c)) & hashMask
	}
	length, pending := minMatch-1, false // the previous byte's match, and whether that byte is still to be coded
	for e.lookahead != 0 {
		prevLength, prevStart := length, e.matchStart
		length = e.match(prevLength)
		switch {
		case prevLength >= minMatch && length <= prevLength:
			full := e.countMatch(e.pos-1-prevStart, prevLength, e.pos-e.blockStart)
			e.skip(prevLength - 1)
			length, pending = minMatch-1, false
			if full {
				e.flush(false)
			}
		case pending:
			if e.countLiteral(e.buf[e.pos-1], e.pos-e.blockStart) {
				e.flush(false)
			}
			e.pos++
			e.lookahead--
		default:
			pending = true
			e.pos++
			e.lookahead--
		}
		if e.lookahead < minLookahead {
			if err := e.more(); err != nil {
				return err
			}
		}
	}
	if pending {
		e.countLiteral(e.buf[e.pos-1], e.pos-e.blockStart)
	}
	e.flush(true)
	return nil
}

// match enters pos into the chains and returns the length of the best match
// there, or minMatch-1.
func (e *encoder) match(prevLength int) int {
	nice := niceLength
	if e.dialect == InfoZip {
		// zip keeps off what lies behind the end of the input; gzip compares
		// it and cuts the match afterwards, so that another match can win.
		if e.lookahead < minMatch {
			return minMatch - 1
		}
		nice = min(nice, e.lookahead)
	}
	head := e.insert(e.pos)
	if head == 0 || prevLength >= maxLazy || e.pos-head > maxDist {
		return minMatch - 1
	}
	// Only with gzip can pos be here: it does not move the window after the end of the input.
	if e.pos > 2*windowSize-minLookahead {
		return minMatch - 1
	}
	length := min(e.longest(head, prevLength, nice), e.lookahead)
	if length == minMatch && e.pos-e.matchStart > tooFar {
		return minMatch - 1
	}
	return length
}

// skip moves n bytes on, to the end of a match that began one byte ago.
func (e *encoder) skip(n int) {
	last := e.pos + n - 1
	if e.dialect == InfoZip {
		last = min(last, e.pos+e.lookahead-minMatch)
	}
	for pos := e.pos + 1; pos <= last; pos++ {
		e.insert(pos)
	}
	e.pos += n
	e.lookahead -= n
}

// flush ends the block at pos.
func (e *encoder) flush(last bool) {
	e.block.end(e.pos-e.blockStart, e.blockStart >= 0, last, e.dialect)
	e.blockStart = e.pos
}
