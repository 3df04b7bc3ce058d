package native

import "fmt"

// Sections are the DWARF sections of one file. Any of them may be nil.
type Sections struct {
	Info       Section // .debug_info
	Abbrev     Section // .debug_abbrev
	Str        Section // .debug_str
	LineStr    Section // .debug_line_str
	Ranges     Section // .debug_ranges
	Rnglists   Section // .debug_rnglists
	Addr       Section // .debug_addr
	StrOffsets Section // .debug_str_offsets
	Line       Section // .debug_line, for ReadInlined alone
}

// Range is the virtual addresses from Lo up to, not including, Hi.
type Range struct{ Lo, Hi uint64 }

// Unit is what the root entry of one compile unit says. Strings are as in the
// file, cut to 4 KiB, and not safe to print. One that is kept in another file is
// empty: the name and producer of a skeleton unit (-gsplit-dwarf), and strings
// that dwz moved to a file of their own.
type Unit struct {
	Name, CompDir, Producer string
	Language                uint16  // DW_LANG_…, 0 if absent
	Ranges                  []Range // non-empty, in the file's order; they may overlap
}

// maxRanges bounds what ReadUnits keeps.
const maxRanges = 1 << 22

// ReadUnits reads the root entry of every compile unit and skeleton unit of
// DWARF 2 to 5, 32- and 64-bit, little-endian (see the DWARF 5 standard, 7.5).
// Type units, partial units and split units, which have no code of their own,
// are left out. It jumps from unit to unit and reads little else.
//
// keep chooses the ranges that are returned; nil keeps all. Linkers leave the
// ranges of functions they dropped at addresses where no code is.
//
// A malformed unit gives a warning with its offset, and reading goes on at the
// next unit; where that cannot be found reading stops. At most 1<<20 units,
// 1<<22 ranges and 20 warnings are returned, the last of which counts the rest.
// The error is one of reading a section.
func ReadUnits(s Sections, keep func(Range) bool) ([]Unit, []string, error) {
	open := func(s Section) *window { return newWindow(s, smallWindow) }
	r := unitReader{
		reader: newReader(windows{str: open(s.Str), lineStr: open(s.LineStr), strOffsets: open(s.StrOffsets),
			ranges: open(s.Ranges), rnglists: open(s.Rnglists), addr: open(s.Addr)}, keep, maxRanges),
		info:    open(s.Info),
		abbrevs: newAbbrevs(open(s.Abbrev)),
	}
	units := r.readAll()
	warnings := r.allWarnings()
	if err := firstError(r.info, r.abbrevs.w, r.str, r.lineStr, r.ranges, r.rnglists, r.addr, r.strOffsets); err != nil {
		return nil, warnings, fmt.Errorf("DWARF: %w", err)
	}
	return units, warnings, nil
}

// unitReader reads root entries.
type unitReader struct {
	*reader
	info    *window
	abbrevs *abbrevs
}

func (r *unitReader) readAll() []Unit {
	var units []Unit
	for off := uint64(0); off < r.info.length(); {
		c := r.info.at(off)
		h := header{off: off, offSize: 4}
		length := c.uint(4)
		switch {
		case length == 0xffffffff:
			h.offSize = 8
			length = c.uint(8)
		case length >= 0xfffffff0:
			r.warn(off, "reserved unit length 0x%x; reading stops", length)
			return units
		case length == 0 && !c.bad:
			// Fill between the contributions of two object files.
			off = c.off
			continue
		}
		if c.bad || length > c.end-c.off {
			r.warn(off, "runs past the end of the section; reading stops")
			return units
		}
		c.end = c.off + length
		off = c.end
		if u, ok := r.readUnit(h, &c); ok {
			if len(units) == maxUnits {
				r.warn(h.off, "more than %d units; reading stops", maxUnits)
				return units
			}
			units = append(units, u)
		}
	}
	return units
}

// readUnit reads the rest of a unit's header, from its version on, and the root
// entry. It reports false for a unit to leave out.
func (r *unitReader) readUnit(h header, c *cursor) (Unit, bool) {
	h.version = int(c.uint(2))
	if c.bad || h.version < 2 || h.version > 5 {
		r.warn(h.off, "DWARF version %d is not supported", h.version)
		return Unit{}, false
	}
	var abbrevOff uint64
	if h.version == 5 {
		kind := c.uint(1)
		h.addrSize = int(c.uint(1))
		abbrevOff = c.uint(h.offSize)
		switch kind {
		case 0x01: // DW_UT_compile
		case 0x04: // DW_UT_skeleton
			c.skip(8) // identifies the unit in the .dwo file
		default: // type, partial and split units
			return Unit{}, false
		}
	} else {
		abbrevOff = c.uint(h.offSize)
		h.addrSize = int(c.uint(1))
	}
	if c.bad || h.addrSize != 4 && h.addrSize != 8 {
		r.warn(h.off, "address size %d is not supported", h.addrSize)
		return Unit{}, false
	}
	code := c.uleb()
	if code == 0 && !c.bad {
		return Unit{}, false // no entries at all
	}
	decl := r.abbrevs.find(abbrevOff, code)
	if c.bad || decl == nil {
		r.warn(h.off, "no abbreviation %d in the table at 0x%x", code, abbrevOff)
		return Unit{}, false
	}
	switch decl.tag {
	case tagCompileUnit, tagSkeletonUnit:
	case tagPartialUnit, tagTypeUnit:
		return Unit{}, false
	default:
		r.warn(h.off, "begins with tag 0x%x, not with a compile unit", decl.tag)
		return Unit{}, false
	}
	root, ok := r.readRoot(&h, decl, c)
	if !ok {
		return Unit{}, false
	}
	return Unit{
		Name:     r.textOf(&h, &root, root.name),
		CompDir:  r.textOf(&h, &root, root.compDir),
		Producer: r.textOf(&h, &root, root.producer),
		Language: uint16(root.language.num),
		Ranges:   r.codeOf(nil, &h, &root, &root.code),
	}, true
}

func (r *unitReader) readRoot(h *header, decl *abbrev, c *cursor) (root, bool) {
	var u root
	for _, s := range decl.attrs {
		v, ok := h.readValue(c, s)
		if !ok {
			r.warn(h.off, "attribute 0x%x of form 0x%x cannot be read", s.attr, s.form)
			return root{}, false
		}
		u.set(s.attr, v)
	}
	return u, true
}

// textOf looks a string attribute of a root entry up, "" if it is absent.
func (r *unitReader) textOf(h *header, u *root, v value) string {
	if v.form == formString {
		// No two units share these bytes, so they need no budget.
		s, _ := r.info.stringAt(v.num)
		return s
	}
	return r.stringOf(h, u, v)
}
