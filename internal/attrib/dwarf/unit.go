package dwarf

import (
	"fmt"

	"github.com/sizegate/sizegate/internal/attrib/dwarf/window"
)

// Section is the plain content of a section.
type Section = window.Section

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
	Line       Section // .debug_line; ReadUnits does not need it
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
	open := func(s Section) *window.Window { return window.New(s, window.Small) }
	r := unitReader{
		Reader: NewReader(Windows{Str: open(s.Str), LineStr: open(s.LineStr), StrOffsets: open(s.StrOffsets),
			Ranges: open(s.Ranges), Rnglists: open(s.Rnglists), Addr: open(s.Addr)}, keep, maxRanges),
		info:    open(s.Info),
		abbrevs: newAbbrevs(open(s.Abbrev)),
	}
	units := r.readAll()
	warnings := r.Warnings()
	if err := window.FirstError(r.info, r.abbrevs.w, r.Str, r.LineStr, r.Ranges, r.Rnglists, r.Addr, r.StrOffsets); err != nil {
		return nil, warnings, fmt.Errorf("DWARF: %w", err)
	}
	return units, warnings, nil
}

// unitReader reads root entries.
type unitReader struct {
	*Reader
	info    *window.Window
	abbrevs *abbrevs
}

func (r *unitReader) readAll() []Unit {
	var units []Unit
	for off := uint64(0); off < r.info.Size(); {
		c := r.info.At(off)
		h := Header{Off: off, OffSize: 4}
		length := c.Uint(4)
		switch {
		case length == 0xffffffff:
			h.OffSize = 8
			length = c.Uint(8)
		case length >= 0xfffffff0:
			r.Warn(off, "reserved unit length 0x%x; reading stops", length)
			return units
		case length == 0 && !c.Bad:
			// Fill between the contributions of two object files.
			off = c.Off
			continue
		}
		if c.Bad || length > c.End-c.Off {
			r.Warn(off, "runs past the end of the section; reading stops")
			return units
		}
		c.End = c.Off + length
		off = c.End
		if u, ok := r.readUnit(h, &c); ok {
			if len(units) == maxUnits {
				r.Warn(h.Off, "more than %d units; reading stops", maxUnits)
				return units
			}
			units = append(units, u)
		}
	}
	return units
}

// readUnit reads the rest of a unit's header, from its version on, and the root
// entry. It reports false for a unit to leave out.
func (r *unitReader) readUnit(h Header, c *window.Cursor) (Unit, bool) {
	h.Version = int(c.Uint(2))
	if c.Bad || h.Version < 2 || h.Version > 5 {
		r.Warn(h.Off, "DWARF version %d is not supported", h.Version)
		return Unit{}, false
	}
	var abbrevOff uint64
	if h.Version == 5 {
		kind := c.Uint(1)
		h.AddrSize = int(c.Uint(1))
		abbrevOff = c.Uint(h.OffSize)
		switch kind {
		case 0x01: // DW_UT_compile
		case 0x04: // DW_UT_skeleton
			c.Skip(8) // identifies the unit in the .dwo file
		default: // type, partial and split units
			return Unit{}, false
		}
	} else {
		abbrevOff = c.Uint(h.OffSize)
		h.AddrSize = int(c.Uint(1))
	}
	if c.Bad || h.AddrSize != 4 && h.AddrSize != 8 {
		r.Warn(h.Off, "address size %d is not supported", h.AddrSize)
		return Unit{}, false
	}
	code := c.Uleb()
	if code == 0 && !c.Bad {
		return Unit{}, false // no entries at all
	}
	decl := r.abbrevs.find(abbrevOff, code)
	if c.Bad || decl == nil {
		r.Warn(h.Off, "no abbreviation %d in the table at 0x%x", code, abbrevOff)
		return Unit{}, false
	}
	switch decl.tag {
	case TagCompileUnit, TagSkeletonUnit:
	case TagPartialUnit, TagTypeUnit:
		return Unit{}, false
	default:
		r.Warn(h.Off, "begins with tag 0x%x, not with a compile unit", decl.tag)
		return Unit{}, false
	}
	root, ok := r.readRoot(&h, decl, c)
	if !ok {
		return Unit{}, false
	}
	return Unit{
		Name:     r.textOf(&h, &root, root.Name),
		CompDir:  r.textOf(&h, &root, root.CompDir),
		Producer: r.textOf(&h, &root, root.Producer),
		Language: uint16(root.Language.Num),
		Ranges:   r.CodeOf(nil, &h, &root, &root.Code),
	}, true
}

func (r *unitReader) readRoot(h *Header, decl *abbrev, c *window.Cursor) (Root, bool) {
	var u Root
	for _, s := range decl.attrs {
		v, ok := h.ReadValue(c, s)
		if !ok {
			r.Warn(h.Off, "attribute 0x%x of form 0x%x cannot be read", s.Attr, s.Form)
			return Root{}, false
		}
		u.Set(s.Attr, v)
	}
	return u, true
}

// textOf looks a string attribute of a root entry up, "" if it is absent.
func (r *unitReader) textOf(h *Header, u *Root, v Value) string {
	if v.Form == FormString {
		// No two units share these bytes, so they need no budget.
		s, _ := r.info.StringAt(v.Num)
		return s
	}
	return r.StringOf(h, u, v)
}
