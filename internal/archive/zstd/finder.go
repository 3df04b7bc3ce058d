package zstd

import (
	"encoding/binary"
	"math/bits"

	"github.com/sizegate/sizegate/internal/archive/zstd/block"
)

// params is how hard a search for matches is, and how far it goes.
type params struct {
	windowLog int // a match is less than 1<<windowLog bytes away
	hashLog   int
	depth     int // candidates that are compared
	nice      int // a match longer than this many bytes is taken at once
}

// paramsFor returns what zstd's level 19 works with for so much input.
func paramsFor(size uint64) params {
	p := params{windowLog: 23, hashLog: 22, depth: 1 << 7, nice: 256}
	switch {
	case size <= 16<<10:
		p = params{windowLog: 14, hashLog: 15, depth: 1 << 7, nice: 256}
	case size <= 128<<10:
		p = params{windowLog: 17, hashLog: 17, depth: 1 << 7, nice: 256}
	case size <= 256<<10:
		p = params{windowLog: 18, hashLog: 19, depth: 1 << 7, nice: 256}
	}
	p.windowLog = max(min(p.windowLog, bits.Len64(max(size, 1)-1)), minWindowLog)
	p.hashLog = min(p.hashLog, p.windowLog+1)
	return p
}

const (
	minWindowLog = 10
	hash3Log     = 17

	scatter32 = 0x9E3779B1 // 2^32 over the golden ratio

	// A match of three bytes must be nearer than this to be worth trying.
	nearEnough = 1 << 18

	// Where matches get this long, some positions are left out.
	longMatch = 384
	maxSkip   = 192
)

// finder finds matches. Positions are indexes into buf, from 1 on: 0 is none.
//
// All positions whose first four bytes share a hash are in a binary tree,
// sorted by what follows there, and with the latest position on top. Looking a
// position up makes it the new top, and meets longer and longer matches, the
// nearest of each length first.
type finder struct {
	params
	buf []byte // with 8 bytes more than there are positions

	heads  []uint32 // by hash: the top of a tree
	tree   []uint32 // by position modulo window, two each: the subtrees of lower and of higher strings
	mask   int      // the window less one
	heads3 []uint32 // by hash of three bytes: the latest position

	next  int // the first position that is not in the trees
	next3 int // the first position that is not in heads3

	// found are the matches of the latest search, each longer than the one before.
	found []match
}

// match is an offset value and a length.
type match struct {
	value, length uint32
}

func newFinder(p params) *finder {
	window := 1 << p.windowLog
	return &finder{
		params: p,
		heads:  make([]uint32, 1<<p.hashLog),
		tree:   make([]uint32, 2*window),
		mask:   window - 1,
		heads3: make([]uint32, 1<<min(hash3Log, p.windowLog)),
	}
}

// reset empties the trees.
func (f *finder) reset(buf []byte) {
	clear(f.heads)
	clear(f.heads3)
	f.buf, f.next, f.next3 = buf, 1, 1
}

func (f *finder) hash(pos int) uint32 {
	return binary.LittleEndian.Uint32(f.buf[pos:]) * scatter32 >> (32 - f.hashLog)
}

func (f *finder) hash3(pos int) uint32 {
	return binary.LittleEndian.Uint32(f.buf[pos:]) << 8 * scatter32 >> (32 - min(hash3Log, f.windowLog))
}

// commonLen returns how many bytes from a and from b on are the same, up to limit
// for a, which is behind b. There must be 8 bytes behind limit.
func commonLen(buf []byte, a, b, limit int) int {
	start := a
	for a < limit {
		if x := binary.LittleEndian.Uint64(buf[a:]) ^ binary.LittleEndian.Uint64(buf[b:]); x != 0 {
			a += bits.TrailingZeros64(x) >> 3
			break
		}
		a += 8
		b += 8
	}
	return min(a, limit) - start
}

// descend enters pos into its tree and, while it does, adds the matches longer
// than best to found. A match longer than enough ends the search, and so does
// one up to limit: which string is the lower one is not known then. It returns
// the farthest end of a match's source.
func (f *finder) descend(pos, limit, best, enough int) int {
	buf, tree, mask := f.buf, f.tree, f.mask
	head := &f.heads[f.hash(pos)]
	cand := int(*head)
	*head = uint32(pos)

	end := pos + 9
	low := max(pos-mask-1, 0)
	lower, higher := 2*(pos&mask), 2*(pos&mask)+1 // where the next subtree of each kind hangs
	lowerLen, higherLen := 0, 0                   // what pos has in common with those at least
	for n := f.depth; n > 0 && cand > low; n-- {
		node := 2 * (cand & mask)
		// Both are loaded before it is known which one is needed, so that memory
		// is waited for once and not twice.
		below, above := tree[node], tree[node+1]
		length := min(lowerLen, higherLen)
		length += commonLen(buf, pos+length, cand+length, limit)
		if length > best {
			best = length
			end = max(end, cand+length)
			f.found = append(f.found, match{uint32(pos-cand) + 3, uint32(length)})
			if length > enough {
				break
			}
		}
		if pos+length == limit {
			break
		}
		if buf[cand+length] < buf[pos+length] {
			tree[lower] = uint32(cand)
			lower, lowerLen = node+1, length
			cand = int(above)
		} else {
			tree[higher] = uint32(cand)
			higher, higherLen = node, length
			cand = int(below)
		}
	}
	tree[lower], tree[higher] = 0, 0
	return end
}

// insert enters the positions before pos. Where a match is long it leaves some
// out: their matches would be the rest of it.
func (f *finder) insert(pos, limit int) {
	if pos <= f.next {
		return
	}
	for f.next < pos {
		f.found = f.found[:0]
		end := f.descend(f.next, limit, 8, limit)
		skip := 1
		if n := len(f.found); n > 0 {
			skip = min(max(int(f.found[n-1].length)-longMatch, 1), maxSkip)
		}
		f.next += max(skip, end-f.next-8)
	}
	f.next = pos
}

// skipTo leaves out positions before pos where a long match has ended there.
func (f *finder) skipTo(pos int) {
	if behind := pos - f.next - longMatch; behind > 0 {
		f.next = pos - min(behind, maxSkip)
	}
}

// find looks for matches of pos, which must be 8 bytes before limit, and
// leaves them in found, each longer than the one before. noLiterals says that
// a match ends at pos, which decides what repeated offsets stand for.
func (f *finder) find(pos, limit int, last *block.Repeats, noLiterals bool) []match {
	if pos < f.next {
		return nil
	}
	f.insert(pos, limit)
	f.found = f.found[:0]
	best := block.MinMatch - 1
	three := binary.LittleEndian.Uint32(f.buf[pos:]) << 8
	for v := uint32(1); v <= 3; v++ {
		dist := last.Distance(v, noLiterals)
		// The distance of 0 becomes the largest of all.
		if dist-1 >= uint32(min(pos-1, f.mask+1)) || binary.LittleEndian.Uint32(f.buf[pos-int(dist):])<<8 != three {
			continue
		}
		n := commonLen(f.buf, pos, pos-int(dist), limit)
		if n > best {
			best = n
			f.found = append(f.found, match{v, uint32(n)})
			if n > f.nice || pos+n == limit {
				return f.found
			}
		}
	}
	if best < block.MinMatch {
		if cand := f.latest3(pos); cand > max(pos-nearEnough, pos-f.mask-1, 0) {
			if n := commonLen(f.buf, pos, cand, limit); n >= block.MinMatch {
				best = n
				f.found = append(f.found, match{uint32(pos-cand) + 3, uint32(n)})
				if n > f.nice || pos+n == limit {
					f.next = pos + 1
					return f.found
				}
			}
		}
	}
	f.next = f.descend(pos, limit, best, maxSeries) - 8
	return f.found
}

// latest3 returns the latest position before pos whose first three bytes may
// be the same, or 0.
func (f *finder) latest3(pos int) int {
	for ; f.next3 < pos; f.next3++ {
		f.heads3[f.hash3(f.next3)] = uint32(f.next3)
	}
	return int(f.heads3[f.hash3(pos)])
}
