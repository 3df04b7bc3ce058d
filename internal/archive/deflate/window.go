package deflate

import (
	"encoding/binary"
	"math/bits"

	"github.com/sizegate/sizegate/internal/archive/input"
)

const (
	windowSize   = 1 << 15 // farthest a deflate match can reach, bytes
	windowMask   = windowSize - 1
	minMatch     = 3
	maxMatch     = 258
	minLookahead = maxMatch + minMatch + 1
	maxDist      = windowSize - minLookahead // the encoder keeps this much less than the format allows

	hashBits  = 15
	hashShift = (hashBits + minMatch - 1) / minMatch
	hashMask  = 1<<hashBits - 1

	// Level 9: how much effort goes into a search.
	goodLength = 32   // a match this long is good enough to search a quarter of the chain
	maxLazy    = 258  // a match this long is taken without looking for a better one
	niceLength = 258  // a match this long ends the search
	maxChain   = 4096 // candidates tried

	// A match of three bytes costs more than three literals from here on.
	tooFar = 4096
)

// chainKeys are the bytes that each of the chains hashes. The first is the
// encoder's; the others are shortcuts through it, see longest. Six is the most
// that is always there: a position can enter its chains six bytes before the
// end of what has been read.
var chainKeys = [...]int{minMatch, 4, 6}

// chain holds, for each hash, the positions that have it, latest first.
type chain struct {
	head [1 << hashBits]uint16 // latest position of each hash
	prev [windowSize]uint16    // the position before it, by position modulo windowSize
}

func (c *chain) insert(pos int, hash uint32) {
	c.prev[pos&windowMask] = c.head[hash]
	c.head[hash] = uint16(pos)
}

// window is the encoder's view of the input: two windows' worth of bytes that
// move down by one when the upper is used up, and chains of the positions that
// share a hash of three bytes. Positions are indexes into buf. Position 0 also
// means "none", so nothing ever matches it: a quirk to keep.
type window struct {
	in  *input.Reader
	buf [2*windowSize + 2*maxMatch]byte // the rest is room to compare past the end

	// chains[i] links the positions whose first chainKeys[i] bytes share a hash.
	chains [len(chainKeys)]chain
	hash   uint32 // the encoder's own hash, rolling over three bytes

	// Each position's number in its chain of three bytes, so that the distance
	// between two of them along that chain is known without following it.
	number [windowSize]uint32
	count  [1 << hashBits]uint32

	pos        int // next byte to encode
	lookahead  int // bytes read from pos on
	blockStart int // where the current block began, negative once that has left the window
	matchStart int // where the latest match found begins
	eof        bool
}

// slide drops the lower half. The upper half's bytes stay where they were until
// they are read over: gzip's last matches depend on what is left there.
func (w *window) slide() {
	copy(w.buf[:windowSize], w.buf[windowSize:2*windowSize])
	w.matchStart -= windowSize
	w.pos -= windowSize
	w.blockStart -= windowSize
	for i := range w.chains {
		moveDown(w.chains[i].head[:])
		moveDown(w.chains[i].prev[:])
	}
}

func moveDown(positions []uint16) {
	for i, p := range positions {
		// Positions of the lower half become 0, which is none.
		if p < windowSize {
			p = windowSize
		}
		positions[i] = p - windowSize
	}
}

// read appends what fits. Nothing read means the end of the input.
func (w *window) read() error {
	end := w.pos + w.lookahead
	n, err := w.in.Fill(w.buf[end : 2*windowSize])
	if err != nil {
		return err
	}
	w.lookahead += n
	w.eof = n == 0
	return nil
}

// insert puts pos into its chains and returns the position before it in the
// encoder's.
func (w *window) insert(pos int) int {
	w.hash = (w.hash<<hashShift ^ uint32(w.buf[pos+minMatch-1])) & hashMask
	w.count[w.hash]++
	w.number[pos&windowMask] = w.count[w.hash]
	w.chains[0].insert(pos, w.hash)

	bytes := binary.LittleEndian.Uint64(w.buf[pos:])
	w.chains[1].insert(pos, keyHash(bytes, chainKeys[1]))
	w.chains[2].insert(pos, keyHash(bytes, chainKeys[2]))
	return int(w.chains[0].prev[pos&windowMask])
}

// keyHash is a hash of the first n of eight bytes.
func keyHash(bytes uint64, n int) uint32 {
	const scatter = 0x9E3779B97F4A7C15 // 2^64 over the golden ratio
	key := bytes << (64 - 8*n)
	return uint32(key * scatter >> (64 - hashBits))
}

// shortcut returns the chain that holds every match longer than best and as few
// others as possible.
func (w *window) shortcut(best int) *chain {
	switch {
	case best >= 5:
		return &w.chains[2]
	case best >= 3:
		return &w.chains[1]
	}
	return &w.chains[0]
}

// longest looks for a match of pos longer than best bytes and returns its
// length, or best when there is none. The first of several equally long ones
// wins: it is the nearest. A match of nice bytes ends the search.
//
// The encoder follows its chain from head, comparing at most as many candidates
// as its level allows. A candidate that is longer than what was found so far is
// also in the chain of four (six) bytes once that is three (five) long, so that
// much shorter chain is followed instead; whether the encoder would have come so
// far is what the candidates' numbers say.
func (w *window) longest(head, best, nice int) int {
	most := maxChain
	if best >= goodLength {
		most >>= 2
	}
	limit := max(w.pos-maxDist, 0)
	if head == limit {
		limit-- // the encoder's first candidate may be one byte farther away than the others
	}
	first := w.number[head&windowMask]
	scan := w.buf[w.pos:]

	chain := w.shortcut(best)
	cur := int(chain.prev[w.pos&windowMask])
	if cur <= limit {
		return best
	}
	// A longer match has to have the four bytes up to best in common (three,
	// when best is less than that), which few candidates do.
	at, mask := max(best-minMatch, 0), uint32(1<<32-1)
	if best < minMatch {
		mask >>= 8
	}
	want := binary.LittleEndian.Uint32(scan[at:]) & mask
	tail := w.buf[at:]
	for steps, direct := most, false; ; {
		if binary.LittleEndian.Uint32(tail[cur:])&mask == want {
			if n := matchLen(scan, w.buf[cur:]); n > best {
				if first-w.number[cur&windowMask] >= uint32(most) {
					return best
				}
				w.matchStart, best = cur, n
				if n >= nice {
					return best
				}
				at, mask = best-minMatch, 1<<32-1
				want = binary.LittleEndian.Uint32(scan[at:])
				tail = w.buf[at:]
				if next := w.shortcut(best); next != chain && !direct {
					// The candidate need not be in it, so begin at pos again.
					chain, cur = next, w.pos
				}
			}
		}
		cur = int(chain.prev[cur&windowMask])
		if cur <= limit {
			return best
		}
		if steps--; steps == 0 {
			if chain == &w.chains[0] {
				return best
			}
			// So many candidates that do not belong to the encoder's chain are
			// in no ordinary file: do what the encoder does.
			chain, cur, steps, direct = &w.chains[0], head, most, true
		}
	}
}

// matchLen returns how many bytes, at most maxMatch, a and b have in common
// from the start. Both are at least maxMatch+8 bytes long.
func matchLen(a, b []byte) int {
	for i := 0; i < maxMatch; i += 8 {
		if x := binary.LittleEndian.Uint64(a[i:]) ^ binary.LittleEndian.Uint64(b[i:]); x != 0 {
			return min(i+bits.TrailingZeros64(x)>>3, maxMatch)
		}
	}
	return maxMatch
}
