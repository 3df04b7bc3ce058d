package dwarf

import (
	"bytes"
	"encoding/binary"
	"math/bits"

	"github.com/sizegate/sizegate/internal/attrib/dwarf/window"
)

// OpKind is how an attribute's value is passed over, and what it refers to.
type OpKind uint8

const (
	opSkip     OpKind = iota // nothing but the bytes before
	opLEB                    // n LEB128 numbers
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

// op is a step over one attribute, or over several: first over those of known size,
// skip bytes in all.
type op struct {
	kind OpKind
	n    uint8
	skip uint32
}

// silent is the step over a value that refers to what nobody asks for.
func (o op) silent() op {
	switch {
	case o.kind == OpListx || o.kind == OpRangesx || o.kind == OpStrx && o.n == 0:
		return op{kind: opLEB, n: 1}
	case o.kind.Refers():
		return op{kind: opSkip, skip: uint32(o.n)}
	}
	return o
}

// add appends a step, merged with the one before it where that can be.
func (s *Shape) add(o op) {
	var last *op
	if n := len(s.ops); n > 0 {
		last = &s.ops[n-1]
	}
	const most = 4 // numbers that mostly are eight bytes in all
	switch {
	case o.kind == opSkip && o.skip == 0:
	case last != nil && last.kind == opSkip && last.skip < 1<<30:
		o.skip += last.skip
		*last = o
	case last != nil && last.kind == opLEB && o.kind == opLEB && last.n < most:
		last.n++
	default:
		s.ops = append(s.ops, o)
	}
}

// Pass passes over the attributes of an entry, and calls refer with the kind and the
// value of those that refer to something. refer may be nil where nothing was asked for.
//
// What is at hand is read here: a call for each step took twice the time. A step that
// leads on is one for [op.pass].
func (s *Shape) Pass(e *window.Stream, h *Header, refer func(OpKind, uint64)) {
	b, i := e.Ahead(), 0
	for k := range s.ops {
		o := &s.ops[k]
		if at := i + int(o.skip); at <= len(b)-8 {
			switch o.kind {
			case opSkip:
				i = at
				continue
			case opLEB:
				// The bytes that a number ends with, but for the first n-1 of them.
				ends := ^binary.LittleEndian.Uint64(b[at:]) & 0x8080808080808080
				for range o.n - 1 {
					ends &= ends - 1
				}
				if ends != 0 {
					i = at + bits.TrailingZeros64(ends)/8 + 1
					continue
				}
			case opText:
				if n := bytes.IndexByte(b[at:], 0); n >= 0 {
					i = at + n + 1
					continue
				}
			case opBlock:
				n := b[at]
				if end := at + 1 + int(n); (o.n == 1 || o.n == 0 && n < 0x80) && end <= len(b) {
					i = end
					continue
				}
			case OpString, OpLineString, OpList, OpRanges:
				if o.n == 4 {
					refer(o.kind, uint64(binary.LittleEndian.Uint32(b[at:])))
					i = at + 4
					continue
				}
			}
		}
		e.Advance(i)
		o.pass(e, h, refer)
		b, i = e.Ahead(), 0
	}
	e.Advance(i)
}

// pass is a step, wherever its bytes are.
func (o op) pass(e *window.Stream, h *Header, refer func(OpKind, uint64)) {
	e.Skip(uint64(o.skip))
	switch o.kind {
	case opLEB:
		for range o.n {
			e.Uleb()
		}
	case opText:
		e.SkipText()
	case opBlock:
		if o.n == 0 {
			e.Skip(e.Uleb())
		} else {
			e.Skip(e.Uint(int(o.n)))
		}
	case OpString, OpLineString, OpList, OpRanges:
		refer(o.kind, e.Uint(int(o.n)))
	case OpStrx:
		if o.n == 0 {
			refer(o.kind, e.Uleb())
		} else {
			refer(o.kind, e.Uint(int(o.n)))
		}
	case OpListx, OpRangesx:
		refer(o.kind, e.Uleb())
	case opIndirect:
		form := e.Uleb()
		next, ok := opOf(AttrSpec{Form: form}, h)
		// As in ReadValue, a chain would be a loop that the input controls.
		if !ok || next.kind == opIndirect || form == FormImplicitConst {
			e.Bad = true
			return
		}
		if refer == nil {
			next = next.silent()
		}
		next.pass(e, h, refer)
	}
}

// opOf returns the step for an attribute. It reports false for an unknown form.
func opOf(s AttrSpec, h *Header) (op, bool) {
	offset := uint8(h.OffSize)
	skip := func(n int) (op, bool) { return op{kind: opSkip, skip: uint32(n)}, true }
	switch s.Form {
	case FormFlagPresent, FormImplicitConst:
		return skip(0)
	case FormData1, FormFlag, FormRef1, FormAddrx1:
		return skip(1)
	case FormData2, FormRef2, FormAddrx2:
		return skip(2)
	case FormAddrx3:
		return skip(3)
	case FormRef4, FormRefSup4, FormAddrx4:
		return skip(4)
	case FormRef8, FormRefSig8, FormRefSup8:
		return skip(8)
	case FormData16:
		return skip(16)
	case FormAddr:
		return skip(h.AddrSize)
	case FormRefAddr:
		if h.Version == 2 {
			return skip(h.AddrSize)
		}
		return skip(h.OffSize)
	case FormStrpSup, FormGNUStrpAlt, FormGNURefAlt:
		return skip(h.OffSize)
	case FormData4, FormData8:
		n := 4
		if s.Form == FormData8 {
			n = 8
		}
		// Before DWARF 4 offsets in other sections were plain numbers. A member's
		// location (AttrMemberLocation) was one too, but of bytes.
		if kind := refersTo(s.Attr); kind.Refers() && h.Version < 4 && n == h.OffSize && s.Attr != AttrMemberLocation {
			return op{kind: kind, n: offset}, true
		}
		return skip(n)
	case FormSecOffset:
		if kind := refersTo(s.Attr); kind.Refers() {
			return op{kind: kind, n: offset}, true
		}
		return skip(h.OffSize)
	case FormSdata, FormUdata, FormRefUdata, FormAddrx, FormGNUAddrIndex:
		return op{kind: opLEB, n: 1}, true
	case FormString:
		return op{kind: opText}, true
	case FormBlock1:
		return op{kind: opBlock, n: 1}, true
	case FormBlock2:
		return op{kind: opBlock, n: 2}, true
	case FormBlock4:
		return op{kind: opBlock, n: 4}, true
	case FormBlock, FormExprloc:
		return op{kind: opBlock}, true
	case FormStrp:
		return op{kind: OpString, n: offset}, true
	case FormLineStrp:
		return op{kind: OpLineString, n: offset}, true
	case FormStrx, FormGNUStrIndex:
		return op{kind: OpStrx}, true
	case FormStrx1:
		return op{kind: OpStrx, n: 1}, true
	case FormStrx2:
		return op{kind: OpStrx, n: 2}, true
	case FormStrx3:
		return op{kind: OpStrx, n: 3}, true
	case FormStrx4:
		return op{kind: OpStrx, n: 4}, true
	case FormLoclistx:
		return op{kind: OpListx}, true
	case FormRnglistx:
		return op{kind: OpRangesx}, true
	case FormIndirect:
		return op{kind: opIndirect}, true
	}
	return op{kind: opLEB, n: 1}, false
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
