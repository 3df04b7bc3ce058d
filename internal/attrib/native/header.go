package native

// header is the part of a unit's header that decoding values needs.
type header struct {
	off      uint64 // of the unit in .debug_info
	version  int    // 2 to 5
	offSize  int    // 4 or 8: 32- or 64-bit DWARF
	addrSize int    // 4 or 8
}

// unitLength reads the length that a unit, or a table of another section, begins
// with, and whether it is of 64-bit DWARF. It reports false if that is not a
// length inside the section.
func unitLength(c *cursor, h *header) (uint64, bool) {
	length := c.uint(4)
	switch {
	case length == 0xffffffff:
		h.offSize = 8
		length = c.uint(8)
	case length >= 0xfffffff0:
		return 0, false
	}
	return length, !c.bad && length <= c.end-c.off
}

// baseOf returns where the entries that a unit's indexes count from begin: base,
// the value of its attribute for that. A unit without the attribute counts from
// behind the section's first header, of size bytes in 32-bit DWARF 5; GNU's
// sections of DWARF 4 have none.
func (h *header) baseOf(base value, size uint64) uint64 {
	switch {
	case base.form != 0:
		return base.num
	case h.version < 5:
		return 0
	case h.offSize == 8:
		return size + 8 // the length takes 12 bytes in place of 4
	}
	return size
}
