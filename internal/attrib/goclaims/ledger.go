package goclaims

import (
	"encoding/binary"
	"slices"

	"github.com/sizegate/sizegate/internal/attrib/account"
	"github.com/sizegate/sizegate/internal/attrib/gosym"
	"github.com/sizegate/sizegate/internal/attrib/radix"
)

// ledger is records whose offsets count from an address in the section.
type ledger struct{ *account.Records }

// ledgerAt returns a ledger for what lies from the address on, nil if that is
// not asked for or not in the file.
func ledgerAt(b *account.Book, addr uint64) *ledger {
	if out := b.RecordsAt(addr); out != nil {
		return &ledger{out}
	}
	return nil
}

// charge charges the part of a range that lies in the section.
func (l *ledger) charge(lo, hi uint64, owner int32) {
	if hi = min(hi, l.Room()); lo < hi {
		l.One(lo, hi, owner)
	}
}

// divide charges each place of a part that is referred to, up to its end, to
// the owners of its references. If they are several, each has a piece: there
// are then no more claims than bytes, however many refer to it. end is given where
// the place begins and where the next one does.
func (l *ledger) divide(part gosym.Part, refs *merged, end func(lo, next uint64) uint64) {
	var owners []int32
	ref, ok := refs.next()
	for ok {
		offset := ref.offset()
		owners = owners[:0]
		for ; ok && ref.offset() == offset; ref, ok = refs.next() {
			owners = append(owners, ref.owner())
		}
		lo, next := part.Lo+uint64(offset), part.Hi
		if ok {
			next = min(next, part.Lo+uint64(ref.offset()))
		}
		if lo >= next {
			return
		}
		l.Add(lo, end(lo, next), owners)
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

// referenceLog is references, which are added in any order. Linkers put what is
// referred to for the first time behind what they have, so that most need no sorting, and are kept
// as the distances from one to the next. What is referred to again mostly was so a
// few functions before, by the same package: those that are recent are not kept
// again.
type referenceLog struct {
	ascending []byte // each the distance of the offset, and that of the owner where it is another
	last      reference
	rest      []reference
	recent    []reference // by a hash of the offset, each with one added
}

func (r *referenceLog) add(offset uint32, owner int32) {
	ref := newReference(offset, owner)
	if len(r.ascending) == 0 || ref > r.last {
		far := uint64(offset-r.last.offset()) << 1
		if owner == r.last.owner() {
			r.ascending = binary.AppendUvarint(r.ascending, far)
		} else {
			r.ascending = binary.AppendUvarint(r.ascending, far|1)
			r.ascending = binary.AppendVarint(r.ascending, int64(owner)-int64(r.last.owner()))
		}
		r.last = ref
		return
	}
	const slots = 12 // bits
	if r.recent == nil {
		r.recent = make([]reference, 1<<slots)
	}
	if seen := &r.recent[offset*0x9e3779b1>>(32-slots)]; *seen != ref+1 {
		*seen = ref + 1
		r.rest = append(r.rest, ref)
	}
}

// sorted returns each reference once, by offset and then by owner. More can be added
// then.
func (r *referenceLog) sorted() *merged {
	r.rest = slices.Compact(radix.Sort(r.rest, 0))
	return &merged{log: r.ascending, list: r.rest}
}

// merged is the references in a log and in a list, both sorted, as one: a list of
// its own would take their memory again.
type merged struct {
	log  []byte // as referenceLog.ascending
	last reference
	read bool // last is not taken yet
	list []reference
}

// next takes the next reference, once if it is in both.
func (m *merged) next() (first reference, ok bool) {
	if !m.read && len(m.log) > 0 {
		m.read = true
		far, n := binary.Uvarint(m.log)
		m.log = m.log[n:]
		owner := int64(m.last.owner())
		if far&1 != 0 {
			more, n := binary.Varint(m.log)
			m.log = m.log[n:]
			owner += more
		}
		m.last = newReference(m.last.offset()+uint32(far>>1), int32(owner))
	}
	switch {
	case m.read && (len(m.list) == 0 || m.last <= m.list[0]):
		first, m.read = m.last, false
		if len(m.list) > 0 && m.list[0] == first {
			m.list = m.list[1:]
		}
	case len(m.list) > 0:
		first = m.list[0]
		m.list = m.list[1:]
	default:
		return 0, false
	}
	return first, true
}
