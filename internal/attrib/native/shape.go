package native

// opKind is how an attribute's value is passed over, and what it refers to.
type opKind uint8

const (
	opSkip       opKind = iota // n bytes
	opLEB                      // a LEB128 number
	opText                     // a NUL-terminated string
	opBlock                    // a length of n bytes, 0 for a LEB128 number, and a block
	opIndirect                 // the form comes first
	opString                   // from here on: an offset of n bytes in .debug_str
	opLineString               // an offset of n bytes in .debug_line_str
	opStrx                     // an index of n bytes, 0 for a LEB128 number, of a string
	opList                     // an offset of n bytes of a location list
	opRanges                   // an offset of n bytes of a range list
	opListx                    // a LEB128 index of a location list
	opRangesx                  // a LEB128 index of a range list
)

// refers reports whether an attribute of the kind refers to a string or a list.
func (k opKind) refers() bool { return k >= opString }

// op is a step over one attribute, or over several of known size.
type op struct {
	kind opKind
	n    uint32
}

// step passes over an attribute, and returns what it refers to, with the value,
// or a kind that refers to nothing.
func (o op) step(e *stream, h *header) (opKind, uint64) {
	switch o.kind {
	case opSkip:
		e.skip(uint64(o.n))
	case opLEB:
		e.uleb()
	case opText:
		e.skipText()
	case opBlock:
		if o.n == 0 {
			e.skip(e.uleb())
		} else {
			e.skip(e.uint(int(o.n)))
		}
	case opString, opLineString, opList, opRanges:
		return o.kind, e.uint(int(o.n))
	case opStrx:
		if o.n == 0 {
			return opStrx, e.uleb()
		}
		return opStrx, e.uint(int(o.n))
	case opListx, opRangesx:
		return o.kind, e.uleb()
	case opIndirect:
		form := e.uleb()
		next, ok := opOf(attrSpec{form: form}, h)
		// As in readValue, a chain would be a loop that the input controls.
		if !ok || next.kind == opIndirect || form == formImplicitConst {
			e.bad = true
			break
		}
		return next.step(e, h)
	}
	return opSkip, 0
}

// shape is an abbreviation declaration as a recipe to read an entry: the
// attributes of no interest are merged. Each step takes at least one byte, so
// the time for an entry is bounded by its size.
type shape struct {
	tag      uint64
	children bool
	known    bool // false if a form is unknown: what follows an entry cannot be found
	name     bool // the first step is DW_AT_name as text in the entry
	ops      []op
	attrs    []attrSpec // of the entries that are read and not passed over
}

// shapes is one table of .debug_abbrev, for units of one kind of header.
type shapes struct {
	end    uint64 // behind the table's terminator
	dense  []shape
	sparse map[uint64]*shape // codes that do not count up from 1
}

// find returns the declaration of code, nil if there is none.
func (s *shapes) find(code uint64) *shape {
	if code-1 < uint64(len(s.dense)) {
		return &s.dense[code-1]
	}
	return s.sparse[code]
}

type shapesKey struct {
	off                        uint64
	version, offSize, addrSize int
}

// shapeTables reads tables of .debug_abbrev. All of them together decode at most
// budget bytes, so that many units that point into one long table cannot take
// quadratic time.
type shapeTables struct {
	w       *window
	keeps   func(tag uint64) bool
	cache   map[shapesKey]*shapes
	cached  int // steps and attributes
	lastKey shapesKey
	last    *shapes
	budget  uint64
}

// Past this many steps the cache starts over.
const maxCachedOps = 1 << 18

// newShapeTables returns the tables of .debug_abbrev. keeps says of which entries
// besides those of units the attributes are read; nil is of none.
func newShapeTables(w *window, keeps func(tag uint64) bool) *shapeTables {
	return &shapeTables{w: w, keeps: keeps, cache: make(map[shapesKey]*shapes), budget: 4*w.length() + 1<<24}
}

// read returns the table at off, or nil if it is malformed.
func (t *shapeTables) read(off uint64, h *header) *shapes {
	key := shapesKey{off, h.version, h.offSize, h.addrSize}
	if t.last != nil && t.lastKey == key {
		return t.last
	}
	s, ok := t.cache[key]
	if !ok {
		c := t.w.at(off)
		if c.bad || t.budget == 0 {
			return nil
		}
		c.end = min(c.end, off+t.budget)
		var size int
		s, size = readShapes(&c, h, t.keeps)
		t.budget -= c.off - off
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
func readShapes(c *cursor, h *header, keeps func(tag uint64) bool) (s *shapes, size int) {
	s = &shapes{sparse: make(map[uint64]*shape)}
	for {
		code := c.uleb()
		if c.bad {
			return nil, size
		}
		if code == 0 {
			s.end = c.off
			return s, size
		}
		d := shape{tag: c.uleb(), children: c.uint(1) != 0, known: true}
		keep := isUnitTag(d.tag) || keeps != nil && keeps(d.tag)
		for {
			spec := attrSpec{attr: c.uleb(), form: c.uleb()}
			if spec.form == formImplicitConst {
				spec.value = c.sleb()
			}
			if c.bad {
				return nil, size
			}
			if spec.attr == 0 && spec.form == 0 {
				break
			}
			if keep && len(d.attrs) < maxAttrs {
				d.attrs = append(d.attrs, spec)
			}
			o, ok := opOf(spec, h)
			d.known = d.known && ok && (!keep || len(d.attrs) < maxAttrs)
			d.name = d.name || spec.attr == attrName && o.kind == opText && len(d.ops) == 0
			d.add(o)
		}
		size += 1 + len(d.ops) + len(d.attrs)
		switch {
		case code == uint64(len(s.dense))+1:
			s.dense = append(s.dense, d)
		case s.find(code) == nil: // the first of a code wins
			s.sparse[code] = &d
		}
	}
}

func isUnitTag(tag uint64) bool {
	switch tag {
	case tagCompileUnit, tagPartialUnit, tagTypeUnit, tagSkeletonUnit:
		return true
	}
	return false
}

// add appends a step, merged with the one before it where both are of known size.
func (d *shape) add(o op) {
	if o.kind == opSkip {
		if o.n == 0 {
			return
		}
		if last := len(d.ops) - 1; last >= 0 && d.ops[last].kind == opSkip && d.ops[last].n < 1<<30 {
			d.ops[last].n += o.n
			return
		}
	}
	d.ops = append(d.ops, o)
}

// opOf returns the step for an attribute. It reports false for an unknown form.
func opOf(s attrSpec, h *header) (op, bool) {
	offset := uint32(h.offSize)
	switch s.form {
	case formFlagPresent, formImplicitConst:
		return op{opSkip, 0}, true
	case formData1, formFlag, formRef1, formAddrx1:
		return op{opSkip, 1}, true
	case formData2, formRef2, formAddrx2:
		return op{opSkip, 2}, true
	case formAddrx3:
		return op{opSkip, 3}, true
	case formRef4, formRefSup4, formAddrx4:
		return op{opSkip, 4}, true
	case formRef8, formRefSig8, formRefSup8:
		return op{opSkip, 8}, true
	case formData16:
		return op{opSkip, 16}, true
	case formAddr:
		return op{opSkip, uint32(h.addrSize)}, true
	case formRefAddr:
		if h.version == 2 {
			return op{opSkip, uint32(h.addrSize)}, true
		}
		return op{opSkip, offset}, true
	case formStrpSup, formGNUStrpAlt, formGNURefAlt:
		return op{opSkip, offset}, true
	case formData4, formData8:
		n := uint32(4)
		if s.form == formData8 {
			n = 8
		}
		// Before DWARF 4 offsets in other sections were plain numbers. A member's
		// location (attrMemberLocation) was one too, but of bytes.
		if kind := refersTo(s.attr); h.version < 4 && n == offset && s.attr != attrMemberLocation {
			return op{kind, n}, true
		}
		return op{opSkip, n}, true
	case formSecOffset:
		return op{refersTo(s.attr), offset}, true
	case formSdata, formUdata, formRefUdata, formAddrx, formGNUAddrIndex:
		return op{opLEB, 0}, true
	case formString:
		return op{opText, 0}, true
	case formBlock1:
		return op{opBlock, 1}, true
	case formBlock2:
		return op{opBlock, 2}, true
	case formBlock4:
		return op{opBlock, 4}, true
	case formBlock, formExprloc:
		return op{opBlock, 0}, true
	case formStrp:
		return op{opString, offset}, true
	case formLineStrp:
		return op{opLineString, offset}, true
	case formStrx, formGNUStrIndex:
		return op{opStrx, 0}, true
	case formStrx1:
		return op{opStrx, 1}, true
	case formStrx2:
		return op{opStrx, 2}, true
	case formStrx3:
		return op{opStrx, 3}, true
	case formStrx4:
		return op{opStrx, 4}, true
	case formLoclistx:
		return op{opListx, 0}, true
	case formRnglistx:
		return op{opRangesx, 0}, true
	case formIndirect:
		return op{opIndirect, 0}, true
	}
	return op{opLEB, 0}, false
}

// refers returns what an attribute refers to, or a kind that refers to nothing.
func (s attrSpec) refers(h *header) opKind {
	o, _ := opOf(s, h)
	return o.kind
}

// refersTo returns opList or opRanges for an attribute that can be the offset of
// a list, else opSkip.
func refersTo(attr uint64) opKind {
	switch attr {
	case attrRanges, attrStartScope:
		return opRanges
	case attrLocation, attrStringLength, attrReturnAddr, attrMemberLocation, attrFrameBase, attrSegment,
		attrStaticLink, attrUseLocation, attrVtableElem, attrGNULocviews:
		return opList
	}
	return opSkip
}

// root reads the code of a unit's first entry and returns its shape, nil with a
// warning if there is none of a unit. u.shapes are those of the unit's entries.
func (t *shapeTables) root(r *reader, u *openUnit, c *cursor) *shape {
	if u.shapes = t.read(u.abbrevOff, &u.header); u.shapes == nil {
		r.warn(u.off, "no abbreviation table at 0x%x", u.abbrevOff)
		return nil
	}
	code := c.uleb()
	if code == 0 {
		return nil
	}
	s := u.shapes.find(code)
	if s == nil || !isUnitTag(s.tag) {
		r.warn(u.off, "abbreviation %d is not of a unit", code)
		return nil
	}
	return s
}
