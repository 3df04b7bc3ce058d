package native

import "bytes"

// entryReader passes over the entries of one unit, in ascending order.
type entryReader struct {
	w   *window
	b   []byte // what is at hand, not past the unit's end
	i   int    // position in b
	off uint64 // of b[0] in the section
	end uint64 // of the unit
	bad bool
}

func (e *entryReader) pos() uint64 { return e.off + uint64(e.i) }

// more makes n bytes be at hand, n at most the size of the window's buffer.
func (e *entryReader) more(n int) bool {
	if len(e.b)-e.i >= n {
		return true
	}
	e.off, e.i, e.b = e.pos(), 0, nil
	if e.bad || uint64(n) > e.end-e.off {
		e.bad = true
		return false
	}
	b := e.w.from(e.off, n)
	if b == nil {
		e.bad = true
		return false
	}
	e.b = b[:min(uint64(len(b)), e.end-e.off)]
	return true
}

func (e *entryReader) skip(n uint64) {
	if n <= uint64(len(e.b)-e.i) {
		e.i += int(n)
		return
	}
	e.off, e.i, e.b = e.pos(), 0, nil
	if n > e.end-e.off {
		e.bad = true
		return
	}
	e.off += n
}

// uint reads a number of 1 to 8 bytes.
func (e *entryReader) uint(n int) uint64 {
	if !e.more(n) {
		return 0
	}
	v := uint64(0)
	for k := n - 1; k >= 0; k-- {
		v = v<<8 | uint64(e.b[e.i+k])
	}
	e.i += n
	return v
}

// uleb reads a LEB128 number, with the limits of cursor.uleb.
func (e *entryReader) uleb() uint64 {
	if e.i < len(e.b) && e.b[e.i] < 0x80 {
		e.i++
		return uint64(e.b[e.i-1])
	}
	v := uint64(0)
	for i := range 16 {
		b := e.uint(1)
		if i < 10 {
			v |= (b & 0x7f) << (7 * i)
		}
		if b < 0x80 {
			return v
		}
	}
	e.bad = true
	return 0
}

// skipText moves behind a NUL-terminated string.
func (e *entryReader) skipText() {
	for e.more(1) {
		if n := bytes.IndexByte(e.b[e.i:], 0); n >= 0 {
			e.i += n + 1
			return
		}
		e.i = len(e.b)
	}
}

// peekText returns the NUL-terminated string that comes next, cut to maxString
// bytes. It is valid until the next call.
func (e *entryReader) peekText() []byte {
	for _, n := range [...]uint64{1, maxString} {
		if e.bad || !e.more(int(min(n, e.end-e.pos()))) {
			break
		}
		b := e.b[e.i:]
		if n := bytes.IndexByte(b[:min(len(b), maxString)], 0); n >= 0 {
			return b[:n]
		}
	}
	return e.b[e.i:min(len(e.b), e.i+maxString)]
}

// walk passes over the entries below a unit's root, from off to the unit's end,
// and tells d what they refer to. It reports false where an entry cannot be read.
func (d *divider) walk(u *unitState, off uint64) bool {
	e := entryReader{w: d.info, off: off, end: u.end}
	depth := 1
	top, named := off, noName // the entry at depth 1 that e is in
	for depth > 0 && e.pos() < e.end {
		if depth == 1 {
			d.nameEntry(u, named, e.pos()-top)
			top, named = e.pos(), noName
		}
		code := e.uleb()
		if code == 0 {
			if e.bad {
				return false
			}
			depth--
			continue
		}
		s := u.shapes.find(code)
		if s == nil || !s.known {
			return false
		}
		if depth == 1 && s.name && u.named {
			named = d.name(int(u.index), s.tag, e.peekText())
		}
		for _, o := range s.ops {
			if kind, v := e.step(&u.header, o); refers(kind) {
				d.refer(u, kind, v)
			}
		}
		if e.bad {
			return false
		}
		if s.children {
			depth++
		}
	}
	d.nameEntry(u, named, e.pos()-top)
	return true
}

// step passes over an attribute, and returns what it refers to, with the value,
// if that is something that refers knows.
func (e *entryReader) step(h *header, o op) (opKind, uint64) {
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
		return e.step(h, next)
	}
	return opSkip, 0
}
