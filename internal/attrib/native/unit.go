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

const (
	maxUnits      = 1 << 20
	maxRanges     = 1 << 22
	maxWarnings   = 20
	maxStringRefs = 1 << 16 // strings remembered for reuse; past this it starts over
)

// header is the part of a unit's header that decoding values needs.
type header struct {
	off      uint64 // of the unit in .debug_info
	version  int    // 2 to 5
	offSize  int    // 4 or 8: 32- or 64-bit DWARF
	addrSize int    // 4 or 8
}

// root is the attributes of a root entry that are of interest.
type root struct {
	name, compDir, producer, language value
	code
	addrBase, rnglistsBase, strOffsetsBase  value
	loclistsBase, rangesBase, lines, macros value
	macroInfo                               bool // macros is DW_AT_macro_info
}

// code is the attributes that say where an entry has code.
type code struct{ low, high, ranges value }

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
	r := newReader(s, keep)
	units := r.readAll()
	if r.moreWarnings > 0 {
		r.warnings = append(r.warnings, fmt.Sprintf(".debug_info: %d more warnings", r.moreWarnings))
	}
	for _, w := range []*window{r.info, r.abbrevs.w, r.str, r.lineStr, r.ranges, r.rnglists, r.addr, r.strOffsets} {
		if w.err != nil {
			return nil, r.warnings, fmt.Errorf("DWARF: %w", w.err)
		}
	}
	return units, r.warnings, nil
}

type reader struct {
	keep    func(Range) bool
	info    *window
	abbrevs *abbrevs

	str, lineStr, strOffsets *window
	strings                  map[stringRef]string
	stringBudget             uint64 // bytes of new strings still allowed

	ranges, rnglists, addr *window
	rangeBudget            uint64 // bytes of range lists still to be decoded
	rangesLeft             int

	warnings     []string
	moreWarnings int
}

func newReader(s Sections, keep func(Range) bool) *reader {
	r := &reader{
		keep:       keep,
		info:       newWindow(s.Info),
		abbrevs:    newAbbrevs(s.Abbrev),
		str:        newWindow(s.Str),
		lineStr:    newWindow(s.LineStr),
		strOffsets: newWindow(s.StrOffsets),
		strings:    make(map[stringRef]string),
		ranges:     newWindow(s.Ranges),
		rnglists:   newWindow(s.Rnglists),
		addr:       newWindow(s.Addr),
		rangesLeft: maxRanges,
	}
	// What honest files need is at most what they hold: a string, or a list, is
	// read once. The factor allows for strings that share their ends.
	r.stringBudget = 2*(r.str.size+r.lineStr.size) + 1<<16
	r.rangeBudget = 2*(r.ranges.size+r.rnglists.size) + 1<<16
	return r
}

func (r *reader) warn(off uint64, format string, args ...any) {
	if len(r.warnings) >= maxWarnings-1 {
		r.moreWarnings++
		return
	}
	r.warnings = append(r.warnings, fmt.Sprintf(".debug_info: unit at 0x%x: ", off)+fmt.Sprintf(format, args...))
}

func (r *reader) readAll() []Unit {
	var units []Unit
	for off := uint64(0); off < r.info.size; {
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
func (r *reader) readUnit(h header, c *cursor) (Unit, bool) {
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
		Name:     r.stringOf(&h, &root, root.name),
		CompDir:  r.stringOf(&h, &root, root.compDir),
		Producer: r.stringOf(&h, &root, root.producer),
		Language: uint16(root.language.num),
		Ranges:   r.rangesOf(&h, &root),
	}, true
}

func (r *reader) readRoot(h *header, decl *abbrev, c *cursor) (root, bool) {
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

func (u *root) set(attr uint64, v value) {
	switch attr {
	case attrName:
		u.name = v
	case attrCompDir:
		u.compDir = v
	case attrProducer:
		u.producer = v
	case attrLanguage:
		u.language = v
	case attrLowPC:
		u.low = v
	case attrHighPC:
		u.high = v
	case attrRanges:
		u.ranges = v
	case attrStrOffsetsBase:
		u.strOffsetsBase = v
	case attrAddrBase, attrGNUAddrBase:
		u.addrBase = v
	case attrRnglistsBase:
		u.rnglistsBase = v
	case attrGNURangesBase:
		u.rangesBase = v
	case attrLoclistsBase:
		u.loclistsBase = v
	case attrStmtList:
		u.lines = v
	case attrMacros, attrGNUMacros, attrMacroInfo:
		u.macros, u.macroInfo = v, attr == attrMacroInfo
	}
}

type stringRef struct {
	w   *window
	off uint64
}

// stringOf looks a string attribute up, "" if it is absent.
func (r *reader) stringOf(h *header, u *root, v value) string {
	ref := stringRef{w: r.str, off: v.num}
	switch v.form {
	case 0, formStrpSup, formGNUStrpAlt:
		return ""
	case formString:
		// No two units share these bytes, so they need no budget.
		s, _ := r.info.stringAt(v.num)
		return s
	case formStrp:
	case formLineStrp:
		ref.w = r.lineStr
	case formStrx, formStrx1, formStrx2, formStrx3, formStrx4, formGNUStrIndex:
		off, ok := indexed(r.strOffsets, baseOf(h, u.strOffsetsBase, 8), v.num, h.offSize)
		if !ok {
			r.warn(h.off, "string index %d is not in .debug_str_offsets", v.num)
			return ""
		}
		ref.off = off
	default:
		r.warn(h.off, "a string of form 0x%x", v.form)
		return ""
	}
	if s, ok := r.strings[ref]; ok {
		return s
	}
	s, ok := ref.w.stringAt(ref.off)
	if !ok {
		r.warn(h.off, "no string at 0x%x", ref.off)
		return ""
	}
	if uint64(len(s)) > r.stringBudget {
		r.warn(h.off, "the strings of all units are larger than their sections")
		return ""
	}
	r.stringBudget -= uint64(len(s))
	if len(r.strings) >= maxStringRefs {
		clear(r.strings)
	}
	r.strings[ref] = s
	return s
}

// baseOf returns where the entries that a unit's indexes count from begin. A
// unit without the attribute counts from behind the section's first header, of
// size bytes in 32-bit DWARF 5; GNU's sections of DWARF 4 have none.
func baseOf(h *header, base value, size uint64) uint64 {
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

// indexed returns entry i of a table of entries of n bytes at base.
func indexed(w *window, base, i uint64, n int) (uint64, bool) {
	if base > w.size || i > w.size/uint64(n) {
		return 0, false
	}
	c := w.at(base + i*uint64(n))
	v := c.uint(n)
	return v, !c.bad
}
