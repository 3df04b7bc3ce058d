package gosym

import "iter"

// A pc-value table is a sequence of pairs of varints: a zig-zag value delta and
// a pc delta in quanta. The value starts at -1. A value delta of 0 ends the
// table, except in the first pair. (cmd/internal/obj/pcln.go, funcpctab.)

// codeUnits returns the sum of the pc deltas of the table at off. It stops as
// soon as the sum exceeds limit. It is false if the table is malformed.
//
// The assembler writes a pair only after an instruction that has a size, so a
// pc delta of 0 can only be the last one. Insisting on that bounds the number
// of pairs read by limit, however tables overlap.
func (t *Table) codeUnits(off uint32, limit uint64) (units uint64, ok bool) {
	p := t.pcTables()
	if uint64(off) >= uint64(len(p)) {
		return 0, false
	}
	for i, first := int(off), true; ; first = false {
		if i >= len(p) {
			return 0, false
		}
		if p[i] == 0 && !first {
			return units, true
		}
		if i = skipVarint(p, i); i >= len(p) {
			return 0, false
		}
		delta := uint64(p[i])
		if delta < 0x80 {
			i++
		} else if delta, i = varint(p, i); i > len(p) {
			return 0, false
		}
		if delta == 0 {
			return units, i < len(p) && p[i] == 0
		}
		if units += delta; units > limit {
			return units, true
		}
	}
}

// pcValue is code units that have a value.
type pcValue struct {
	value int32
	units uint64 // not 0
}

// values yields the pairs of the table at off, as far as it is well-formed (see
// codeUnits).
func (t *Table) values(off uint32) iter.Seq[pcValue] {
	return func(yield func(pcValue) bool) {
		p := t.pcTables()
		value := int32(-1)
		for i, first := int(min(uint64(off), uint64(len(p)))), true; i < len(p) && (p[i] != 0 || first); first = false {
			var u, delta uint64
			if u, i = varint(p, i); i >= len(p) {
				return
			}
			value += int32(uint32(u)>>1) ^ -int32(u&1)
			if delta, i = varint(p, i); i > len(p) || delta == 0 || !yield(pcValue{value, delta}) {
				return
			}
		}
	}
}

// firstValue returns the value that holds at the first instruction.
func (t *Table) firstValue(off uint32) (int32, bool) {
	p := t.pcTables()
	if uint64(off) >= uint64(len(p)) {
		return 0, false
	}
	u, next := varint(p, int(off))
	if next > len(p) {
		return 0, false
	}
	v := uint32(u)
	return (int32(v>>1) ^ -int32(v&1)) - 1, true
}

// maxVarint is the most bytes that a 32-bit varint takes.
const maxVarint = 5

// skipVarint returns the index behind the varint at p[i], or more than len(p)
// if there is none.
func skipVarint(p []byte, i int) int {
	for n := 0; n < maxVarint && i < len(p); n++ {
		i++
		if p[i-1] < 0x80 {
			return i
		}
	}
	return len(p) + 1
}

// varint returns the varint at p[i] and the index behind it, which is more than
// len(p) if there is none.
func varint(p []byte, i int) (v uint64, next int) {
	for shift := 0; shift < 7*maxVarint && i < len(p); shift += 7 {
		b := p[i]
		i++
		v |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return v, i
		}
	}
	return 0, len(p) + 1
}
