package native

// maxUnits is how many units of a file are read.
const maxUnits = 1 << 20

// openUnit is a unit that is being read.
type openUnit struct {
	header
	root             // once the attributes of the first entry are set
	index     uint32 // among the units that were counted
	section   string // .debug_info or .debug_types
	end       uint64 // of the unit in its section
	abbrevOff uint64 // of its table in .debug_abbrev
	shapes    *shapes
}

// eachUnit calls unit for every unit of a section, with a cursor behind its
// header, and counts them in index. It reports false where there are too many.
func (r *reader) eachUnit(w *window, section string, index *uint32, unit func(u *openUnit, c *cursor)) bool {
	for off := uint64(0); off < w.length(); {
		c := w.at(off)
		u := &openUnit{header: header{off: off, offSize: 4}, index: *index, section: section}
		length, ok := unitLength(&c, &u.header)
		if !ok {
			r.warn(off, "runs past the end of the section; reading stops")
			break
		}
		if length == 0 {
			off = c.off // fill between the contributions of two object files
			continue
		}
		u.end = c.off + length
		c.end = u.end
		off = u.end
		if !r.readHeader(u, &c) {
			continue
		}
		if *index == maxUnits {
			r.warn(u.off, "more than %d units; reading stops", maxUnits)
			return false
		}
		*index++
		unit(u, &c)
	}
	return true
}

// readHeader reads a unit's header from its version on.
func (r *reader) readHeader(u *openUnit, c *cursor) bool {
	u.version = int(c.uint(2))
	if c.bad || u.version < 2 || u.version > 5 {
		r.warn(u.off, "DWARF version %d is not supported", u.version)
		return false
	}
	if u.version == 5 {
		kind := c.uint(1)
		u.addrSize = int(c.uint(1))
		u.abbrevOff = c.uint(u.offSize)
		switch kind {
		case 0x02, 0x06: // DW_UT_type, DW_UT_split_type
			c.skip(8 + uint64(u.offSize))
		case 0x04, 0x05: // DW_UT_skeleton, DW_UT_split_compile
			c.skip(8)
		}
	} else {
		u.abbrevOff = c.uint(u.offSize)
		u.addrSize = int(c.uint(1))
		if u.section == ".debug_types" {
			c.skip(8 + uint64(u.offSize))
		}
	}
	if c.bad || u.addrSize != 4 && u.addrSize != 8 {
		r.warn(u.off, "address size %d is not supported", u.addrSize)
		return false
	}
	return true
}
