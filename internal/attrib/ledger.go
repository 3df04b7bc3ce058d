package attrib

import (
	"slices"

	"github.com/sizegate/sizegate/internal/attrib/gosym"
)

// ledger is records whose offsets count from an address in the section.
type ledger struct{ *records }

// newLedger returns a ledger for what lies from the address on, nil if that is
// not asked for or not in the file.
func (a *attribution) newLedger(addr uint64) *ledger {
	i := a.binary.SectionAt(addr)
	if i < 0 || !a.wanted(i) || a.binary.Sections[i].FileSize == 0 {
		return nil
	}
	out := a.records(i)
	out.size -= addr - out.base
	out.base = addr
	return &ledger{out}
}

// charge charges the part of a range that lies in the section.
func (l *ledger) charge(lo, hi uint64, owner int32) {
	if hi = min(hi, l.size); lo < hi {
		l.one(lo, hi, owner)
	}
}

// divide charges each place of a part that is referred to, up to its end, to
// the owners of its references. If they are several, each has a piece: there
// are then no more claims than bytes, however many refer to it. end is given where
// the place begins and where the next one does.
func (l *ledger) divide(part gosym.Part, refs []reference, end func(lo, next uint64) uint64) {
	var owners []int32
	for i := 0; i < len(refs); {
		n := 1
		for i+n < len(refs) && refs[i+n].offset() == refs[i].offset() {
			n++
		}
		lo, next := part.Lo+uint64(refs[i].offset()), part.Hi
		if i+n < len(refs) {
			next = min(next, part.Lo+uint64(refs[i+n].offset()))
		}
		if lo >= next {
			return
		}
		owners = owners[:0]
		for _, ref := range refs[i : i+n] {
			owners = append(owners, ref.owner())
		}
		l.add(lo, end(lo, next), owners)
		i += n
	}
}

// reference is an offset that is referred to, in the upper half, and the owner
// of what refers to it.
type reference uint64

func newReference(offset uint32, owner int32) reference {
	return reference(uint64(offset)<<32 | uint64(uint32(owner)))
}

func (r reference) offset() uint32 { return uint32(r >> 32) }
func (r reference) owner() int32   { return int32(r) }

// references are collected in any order. Linkers put what is referred to for
// the first time behind what they have, so that most need no sorting.
type references struct{ ascending, rest []reference }

func (r *references) add(offset uint32, owner int32) {
	ref := newReference(offset, owner)
	if n := len(r.ascending); n == 0 || ref > r.ascending[n-1] {
		r.ascending = append(r.ascending, ref)
	} else if ref < r.ascending[n-1] {
		r.rest = append(r.rest, ref)
	}
}

// sorted returns each reference once, by offset and then by owner.
func (r *references) sorted() []reference {
	slices.Sort(r.rest)
	return mergeReferences(r.ascending, r.rest)
}

// mergeReferences returns what is in x or y, which are sorted, each once.
func mergeReferences(x, y []reference) []reference {
	if len(y) == 0 {
		return x
	}
	all := make([]reference, 0, len(x)+len(y))
	for len(x) > 0 && len(y) > 0 {
		if x[0] <= y[0] {
			all = append(all, x[0])
			x = x[1:]
		} else {
			all = append(all, y[0])
			y = y[1:]
		}
	}
	return slices.Compact(append(append(all, x...), y...))
}
