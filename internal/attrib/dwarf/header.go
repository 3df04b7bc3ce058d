package dwarf

import (
	"github.com/sizegate/sizegate/internal/attrib/dwarf/window"
)

// Header is the part of a unit's header that decoding values needs.
type Header struct {
	Off      uint64 // of the unit in .debug_info
	Version  int    // 2 to 5
	OffSize  int    // 4 or 8: 32- or 64-bit DWARF
	AddrSize int    // 4 or 8
}

// UnitLength reads the length that a unit, or a table of another section, begins
// with, and whether it is of 64-bit DWARF. It reports false if that is not a
// length inside the section.
func UnitLength(c *window.Cursor, h *Header) (uint64, bool) {
	length := c.Uint(4)
	switch {
	case length == 0xffffffff:
		h.OffSize = 8
		length = c.Uint(8)
	case length >= 0xfffffff0:
		return 0, false
	}
	return length, !c.Bad && length <= c.End-c.Off
}

// BaseOf returns where the entries that a unit's indexes count from begin: base,
// the value of its attribute for that. A unit without the attribute counts from
// behind the section's first header, of size bytes in 32-bit DWARF 5; GNU's
// sections of DWARF 4 have none.
func (h *Header) BaseOf(base Value, size uint64) uint64 {
	switch {
	case base.Form != 0:
		return base.Num
	case h.Version < 5:
		return 0
	case h.OffSize == 8:
		return size + 8 // the length takes 12 bytes in place of 4
	}
	return size
}
