package ehframe

import "iter"

// Header is a search table: sorted pairs of a function's address and the
// address of its description.
type Header struct {
	Size      uint64 // bytes before the first pair
	EntrySize uint64 // bytes of a pair
	Len       uint64 // pairs
	data      []byte
	addr      uint64
	table     encoding
}

// ReadHeader reads a .eh_frame_hdr with the address addr. It reports false if
// that is not of a known version, or does not fit. A header without a table has
// no pairs.
func ReadHeader(data []byte, addr uint64) (*Header, bool) {
	c := cursor{data: data, addr: addr}
	version := c.uint(1)
	frame, count, table := encoding(c.uint(1)), encoding(c.uint(1)), encoding(c.uint(1))
	if c.bad || version != 1 {
		return nil, false
	}
	c.pointer(frame, addr)
	h := &Header{data: data, addr: addr, table: table, EntrySize: 2 * table.size()}
	if count != omitted && table != omitted && h.EntrySize != 0 {
		h.Len = c.raw(count)
	}
	if c.bad || h.Len > 0 && h.Len > (uint64(len(data))-c.pos)/h.EntrySize {
		return nil, false
	}
	h.Size = c.pos
	return h, true
}

// PCs yields the address of each pair's function, 0 where it is not known.
func (h *Header) PCs() iter.Seq[uint64] {
	return func(yield func(uint64) bool) {
		c := cursor{data: h.data, addr: h.addr}
		for i := range h.Len {
			c.pos = h.Size + i*h.EntrySize
			pc, _ := c.pointer(h.table, h.addr)
			if !yield(pc) {
				return
			}
		}
	}
}
