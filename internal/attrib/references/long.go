package references

import (
	"cmp"
	"slices"
	"sort"

	"github.com/sizegate/sizegate/internal/span"
)

// minLong is from how many bytes on a string or slice of Go is kept whole: what is
// shorter is seldom met by chance.
const minLong = 16 << 10

// inCode is the positions that code refers to.
func (d *openData) inCode(refs dataRefs) bitSet {
	set := newBitSet(d.size)
	for r := range refs.all() {
		set.set(r.pos)
	}
	return set
}

// keepWhole drops guesses that lead to the middle of a long string or slice of Go, as
// an embedded file is: a number of some million is the address of one of its bytes. So
// can its own length be, and its capacity behind that.
//
// An address and a number are such a string only if code refers to nothing inside of
// it, and if something begins at its end or soon behind it.
func (d *openData) keepWhole(inCode bitSet, pointers []pointer) {
	slices.SortFunc(d.long, func(x, y span.Range) int { return cmp.Or(cmp.Compare(x.Lo, y.Lo), cmp.Compare(y.Hi, x.Hi)) })
	starts := slices.Clone(inCode)
	for i := range pointers {
		if t := pointers[i].target(); t < d.size {
			starts.set(t)
		}
	}
	whole := d.long[:0]
	end, next := uint64(0), uint64(0) // of the last one; the first reference of code behind its start
	for _, r := range d.long {
		if r.Lo < end {
			continue
		}
		if next <= r.Lo {
			next = inCode.next(r.Lo+1, d.size, true)
		}
		if next < r.Hi || !d.ends(r.Hi, starts) {
			continue
		}
		whole = append(whole, r)
		end = r.Hi
	}
	d.long = nil
	if len(whole) == 0 {
		return
	}
	for i := range pointers {
		p := &pointers[i]
		if !p.is(guess) {
			continue
		}
		t := p.target()
		if n := sort.Search(len(whole), func(i int) bool { return whole[i].Lo >= t }); n > 0 && t < whole[n-1].Hi {
			p.aim(d.size)
		}
	}
}

// ends says whether something can end at a position: the open bytes or the section do,
// or what follows begins there, or where it is aligned.
func (d *openData) ends(pos uint64, starts bitSet) bool {
	limit := min(pos+maxAlign, d.size)
	return !d.open.has(pos) || starts.next(pos, limit, true) < limit || d.open.next(pos, limit, false) < limit ||
		pos < d.size && d.sectionAt(pos).pos+maxAlign > pos
}
