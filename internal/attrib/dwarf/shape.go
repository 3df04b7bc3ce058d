package dwarf

import (
	"github.com/sizegate/sizegate/internal/attrib/dwarf/window"
)

// OpKind is how an attribute's value is passed over, and what it refers to.
type OpKind uint8

const (
	opSkip     OpKind = iota // n bytes
	opLEB                    // a LEB128 number
	opText                   // a NUL-terminated string
	opBlock                  // a length of n bytes, 0 for a LEB128 number, and a block
	opIndirect               // the form comes first
	// Those from here on refer to a string or a list.
	OpString     // an offset of n bytes in .debug_str
	OpLineString // an offset of n bytes in .debug_line_str
	OpStrx       // an index of n bytes, 0 for a LEB128 number, of a string
	OpList       // an offset of n bytes of a location list
	OpRanges     // an offset of n bytes of a range list
	OpListx      // a LEB128 index of a location list
	OpRangesx    // a LEB128 index of a range list
)

// Refers reports whether an attribute of the kind refers to a string or a list.
func (k OpKind) Refers() bool { return k >= OpString }

// Op is a step over one attribute, or over several of known size.
type Op struct {
	kind OpKind
	n    uint32
}

// Step passes over an attribute, and returns what it refers to, with the value,
// or a kind that refers to nothing.
func (o Op) Step(e *window.Stream, h *Header) (OpKind, uint64) {
	switch o.kind {
	case opSkip:
		e.Skip(uint64(o.n))
	case opLEB:
		e.Uleb()
	case opText:
		e.SkipText()
	case opBlock:
		if o.n == 0 {
			e.Skip(e.Uleb())
		} else {
			e.Skip(e.Uint(int(o.n)))
		}
	case OpString, OpLineString, OpList, OpRanges:
		return o.kind, e.Uint(int(o.n))
	case OpStrx:
		if o.n == 0 {
			return OpStrx, e.Uleb()
		}
		return OpStrx, e.Uint(int(o.n))
	case OpListx, OpRangesx:
		return o.kind, e.Uleb()
	case opIndirect:
		form := e.Uleb()
		next, ok := opOf(AttrSpec{Form: form}, h)
		// As in ReadValue, a chain would be a loop that the input controls.
		if !ok || next.kind == opIndirect || form == FormImplicitConst {
			e.Bad = true
			break
		}
		return next.Step(e, h)
	}
	return opSkip, 0
}

// Shape is an abbreviation declaration as a recipe to read an entry: the
// attributes of no interest are merged. Each step takes at least one byte, so
// the time for an entry is bounded by its size.
type Shape struct {
	Tag      uint64
	Children bool
	Known    bool // false if a form is unknown: what follows an entry cannot be found
	Name     bool // the first step is DW_AT_name as text in the entry
	Ops      []Op
	Attrs    []AttrSpec // of the entries that are read and not passed over
}

// Shapes is one table of .debug_abbrev, for units of one kind of header.
type Shapes struct {
	End    uint64 // behind the table's terminator
	dense  []Shape
	sparse map[uint64]*Shape // codes that do not count up from 1
}

// Find returns the declaration of code, nil if there is none.
func (s *Shapes) Find(code uint64) *Shape {
	if code-1 < uint64(len(s.dense)) {
		return &s.dense[code-1]
	}
	return s.sparse[code]
}

type shapesKey struct {
	off                        uint64
	version, offSize, addrSize int
}

// ShapeTables reads tables of .debug_abbrev. How many bytes all of them together
// decode is bounded, so that many units that point into one long table cannot take
// quadratic time.
type ShapeTables struct {
	w       *window.Window
	keeps   func(tag uint64) bool
	cache   map[shapesKey]*Shapes
	cached  int // steps and attributes
	lastKey shapesKey
	last    *Shapes
	budget  uint64
}

// Past this many steps the cache starts over.
const maxCachedOps = 1 << 18

// NewShapeTables returns the tables of .debug_abbrev. keeps says of which entries
// besides those of units the attributes are read; nil is of none.
func NewShapeTables(w *window.Window, keeps func(tag uint64) bool) *ShapeTables {
	return &ShapeTables{w: w, keeps: keeps, cache: make(map[shapesKey]*Shapes), budget: 4*w.Size() + 1<<24}
}

// read returns the table at off, or nil if it is malformed.
func (t *ShapeTables) read(off uint64, h *Header) *Shapes {
	key := shapesKey{off, h.Version, h.OffSize, h.AddrSize}
	if t.last != nil && t.lastKey == key {
		return t.last
	}
	s, ok := t.cache[key]
	if !ok {
		c := t.w.At(off)
		if c.Bad || t.budget == 0 {
			return nil
		}
		c.End = min(c.End, off+t.budget)
		var size int
		s, size = readShapes(&c, h, t.keeps)
		t.budget -= c.Off - off
		if t.cached += size; t.cached > maxCachedOps {
			clear(t.cache)
			t.cached = size
		}
		t.cache[key] = s
	}
	if s != nil {
		t.lastKey, t.last = key, s
	}
	return s
}

// readShapes also returns a measure of the memory that the table takes.
func readShapes(c *window.Cursor, h *Header, keeps func(tag uint64) bool) (s *Shapes, size int) {
	s = &Shapes{sparse: make(map[uint64]*Shape)}
	for {
		code := c.Uleb()
		if c.Bad {
			return nil, size
		}
		if code == 0 {
			s.End = c.Off
			return s, size
		}
		d := Shape{Tag: c.Uleb(), Children: c.Uint(1) != 0, Known: true}
		keep := isUnitTag(d.Tag) || keeps != nil && keeps(d.Tag)
		for {
			spec := AttrSpec{Attr: c.Uleb(), Form: c.Uleb()}
			if spec.Form == FormImplicitConst {
				spec.value = c.Sleb()
			}
			if c.Bad {
				return nil, size
			}
			if spec.Attr == 0 && spec.Form == 0 {
				break
			}
			if keep && len(d.Attrs) < maxAttrs {
				d.Attrs = append(d.Attrs, spec)
			}
			o, ok := opOf(spec, h)
			d.Known = d.Known && ok && (!keep || len(d.Attrs) < maxAttrs)
			d.Name = d.Name || spec.Attr == AttrName && o.kind == opText && len(d.Ops) == 0
			d.add(o)
		}
		size += 1 + len(d.Ops) + len(d.Attrs)
		switch {
		case code == uint64(len(s.dense))+1:
			s.dense = append(s.dense, d)
		case s.Find(code) == nil: // the first of a code wins
			s.sparse[code] = &d
		}
	}
}

func isUnitTag(tag uint64) bool {
	switch tag {
	case TagCompileUnit, TagPartialUnit, TagTypeUnit, TagSkeletonUnit:
		return true
	}
	return false
}

// add appends a step, merged with the one before it where both are of known size.
func (d *Shape) add(o Op) {
	if o.kind == opSkip {
		if o.n == 0 {
			return
		}
		if last := len(d.Ops) - 1; last >= 0 && d.Ops[last].kind == opSkip && d.Ops[last].n < 1<<30 {
			d.Ops[last].n += o.n
			return
		}
	}
	d.Ops = append(d.Ops, o)
}

// opOf returns the step for an attribute. It reports false for an unknown form.
func opOf(s AttrSpec, h *Header) (Op, bool) {
	offset := uint32(h.OffSize)
	switch s.Form {
	case FormFlagPresent, FormImplicitConst:
		return Op{opSkip, 0}, true
	case FormData1, FormFlag, FormRef1, FormAddrx1:
		return Op{opSkip, 1}, true
	case FormData2, FormRef2, FormAddrx2:
		return Op{opSkip, 2}, true
	case FormAddrx3:
		return Op{opSkip, 3}, true
	case FormRef4, FormRefSup4, FormAddrx4:
		return Op{opSkip, 4}, true
	case FormRef8, FormRefSig8, FormRefSup8:
		return Op{opSkip, 8}, true
	case FormData16:
		return Op{opSkip, 16}, true
	case FormAddr:
		return Op{opSkip, uint32(h.AddrSize)}, true
	case FormRefAddr:
		if h.Version == 2 {
			return Op{opSkip, uint32(h.AddrSize)}, true
		}
		return Op{opSkip, offset}, true
	case FormStrpSup, FormGNUStrpAlt, FormGNURefAlt:
		return Op{opSkip, offset}, true
	case FormData4, FormData8:
		n := uint32(4)
		if s.Form == FormData8 {
			n = 8
		}
		// Before DWARF 4 offsets in other sections were plain numbers. A member's
		// location (AttrMemberLocation) was one too, but of bytes.
		if kind := refersTo(s.Attr); h.Version < 4 && n == offset && s.Attr != AttrMemberLocation {
			return Op{kind, n}, true
		}
		return Op{opSkip, n}, true
	case FormSecOffset:
		return Op{refersTo(s.Attr), offset}, true
	case FormSdata, FormUdata, FormRefUdata, FormAddrx, FormGNUAddrIndex:
		return Op{opLEB, 0}, true
	case FormString:
		return Op{opText, 0}, true
	case FormBlock1:
		return Op{opBlock, 1}, true
	case FormBlock2:
		return Op{opBlock, 2}, true
	case FormBlock4:
		return Op{opBlock, 4}, true
	case FormBlock, FormExprloc:
		return Op{opBlock, 0}, true
	case FormStrp:
		return Op{OpString, offset}, true
	case FormLineStrp:
		return Op{OpLineString, offset}, true
	case FormStrx, FormGNUStrIndex:
		return Op{OpStrx, 0}, true
	case FormStrx1:
		return Op{OpStrx, 1}, true
	case FormStrx2:
		return Op{OpStrx, 2}, true
	case FormStrx3:
		return Op{OpStrx, 3}, true
	case FormStrx4:
		return Op{OpStrx, 4}, true
	case FormLoclistx:
		return Op{OpListx, 0}, true
	case FormRnglistx:
		return Op{OpRangesx, 0}, true
	case FormIndirect:
		return Op{opIndirect, 0}, true
	}
	return Op{opLEB, 0}, false
}

// Kind is how a value of the attribute is passed over, and what it refers to.
func (s AttrSpec) Kind(h *Header) OpKind {
	o, _ := opOf(s, h)
	return o.kind
}

// refersTo returns OpList or OpRanges for an attribute that can be the offset of
// a list, else opSkip.
func refersTo(attr uint64) OpKind {
	switch attr {
	case AttrRanges, AttrStartScope:
		return OpRanges
	case AttrLocation, AttrStringLength, AttrReturnAddr, AttrMemberLocation, AttrFrameBase, AttrSegment,
		AttrStaticLink, AttrUseLocation, AttrVtableElem, AttrGNULocviews:
		return OpList
	}
	return opSkip
}

// Root reads the code of a unit's first entry and returns its shape, nil with a
// warning if there is none of a unit. u.Shapes are those of the unit's entries.
func (t *ShapeTables) Root(r *Reader, u *OpenUnit, c *window.Cursor) *Shape {
	if u.Shapes = t.read(u.AbbrevOff, &u.Header); u.Shapes == nil {
		r.Warn(u.Off, "no abbreviation table at 0x%x", u.AbbrevOff)
		return nil
	}
	code := c.Uleb()
	if code == 0 {
		return nil
	}
	s := u.Shapes.Find(code)
	if s == nil || !isUnitTag(s.Tag) {
		r.Warn(u.Off, "abbreviation %d is not of a unit", code)
		return nil
	}
	return s
}
