package dwarf

import (
	"github.com/sizegate/sizegate/internal/attrib/dwarf/window"
)

// Shape is an abbreviation declaration as a recipe to read an entry: the
// attributes of no interest are merged. Each step takes at least one byte, so
// the time for an entry is bounded by its size.
type Shape struct {
	Tag      uint64
	Children bool
	Known    bool // false if a form is unknown: what follows an entry cannot be found
	Name     bool // the first step is DW_AT_name as text in the entry
	ops      []op
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
	refers  func(OpKind) bool
	cache   map[shapesKey]*Shapes
	cached  int // steps and attributes
	lastKey shapesKey
	last    *Shapes
	budget  uint64
}

// Past this many steps the cache starts over.
const maxCachedOps = 1 << 18

// NewShapeTables returns the tables of .debug_abbrev. keeps says of which entries
// besides those of units the attributes are read, and refers of which kinds
// [Shape.Pass] tells; nil is of none.
func NewShapeTables(w *window.Window, keeps func(tag uint64) bool, refers func(OpKind) bool) *ShapeTables {
	return &ShapeTables{w: w, keeps: keeps, refers: refers, cache: make(map[shapesKey]*Shapes), budget: 4*w.Size() + 1<<24}
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
		s, size = t.readShapes(&c, h)
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
func (t *ShapeTables) readShapes(c *window.Cursor, h *Header) (s *Shapes, size int) {
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
		keep := isUnitTag(d.Tag) || t.keeps != nil && t.keeps(d.Tag)
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
			d.Name = d.Name || spec.Attr == AttrName && o.kind == opText && len(d.ops) == 0
			if o.kind.Refers() && (t.refers == nil || !t.refers(o.kind)) {
				o = o.silent()
			}
			d.add(o)
		}
		size += 1 + len(d.ops) + len(d.Attrs)
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
