package dwarf

import "github.com/sizegate/sizegate/internal/attrib/dwarf/window"

// maxUnits is how many units of a file are read.
const maxUnits = 1 << 20

// OpenUnit is a unit that is being read.
type OpenUnit struct {
	Header
	Root             // once the attributes of the first entry are set
	Index     uint32 // among the units that were counted
	Section   string // .debug_info or .debug_types
	End       uint64 // of the unit in its section
	AbbrevOff uint64 // of its table in .debug_abbrev
	Shapes    *Shapes
}

// EachUnit calls unit for every unit of a section, with a cursor behind its
// header, and counts them in index. It reports false where there are too many.
func (r *Reader) EachUnit(w *window.Window, section string, index *uint32, unit func(u *OpenUnit, c *window.Cursor)) bool {
	for off := uint64(0); off < w.Size(); {
		c := w.At(off)
		u := &OpenUnit{Header: Header{Off: off, OffSize: 4}, Index: *index, Section: section}
		length, ok := UnitLength(&c, &u.Header)
		if !ok {
			r.Warn(off, "runs past the end of the section; reading stops")
			break
		}
		if length == 0 {
			off = c.Off // fill between the contributions of two object files
			continue
		}
		u.End = c.Off + length
		c.End = u.End
		off = u.End
		if !r.readHeader(u, &c) {
			continue
		}
		if *index == maxUnits {
			r.Warn(u.Off, "more than %d units; reading stops", maxUnits)
			return false
		}
		*index++
		unit(u, &c)
	}
	return true
}

// readHeader reads a unit's header from its version on.
func (r *Reader) readHeader(u *OpenUnit, c *window.Cursor) bool {
	u.Version = int(c.Uint(2))
	if c.Bad || u.Version < 2 || u.Version > 5 {
		r.Warn(u.Off, "DWARF version %d is not supported", u.Version)
		return false
	}
	if u.Version == 5 {
		kind := c.Uint(1)
		u.AddrSize = int(c.Uint(1))
		u.AbbrevOff = c.Uint(u.OffSize)
		switch kind {
		case 0x02, 0x06: // DW_UT_type, DW_UT_split_type
			c.Skip(8 + uint64(u.OffSize))
		case 0x04, 0x05: // DW_UT_skeleton, DW_UT_split_compile
			c.Skip(8)
		}
	} else {
		u.AbbrevOff = c.Uint(u.OffSize)
		u.AddrSize = int(c.Uint(1))
		if u.Section == ".debug_types" {
			c.Skip(8 + uint64(u.OffSize))
		}
	}
	if c.Bad || u.AddrSize != 4 && u.AddrSize != 8 {
		r.Warn(u.Off, "address size %d is not supported", u.AddrSize)
		return false
	}
	return true
}
