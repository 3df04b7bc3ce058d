package gotype

import (
	"bytes"
	"encoding/binary"
)

// Flags of a name.
const (
	nameTag     = 1 << 1
	namePkgPath = 1 << 2
	nameFlags   = 1<<4 - 1
)

// name is a name with what belongs to it: a struct tag, the package of an
// unexported method. Offsets count from Module.Types.
type name struct {
	lo, hi         uint32
	textLo, textHi uint32
	pkgPath        uint32 // another name, noOffset without
}

// name reads the name at an offset. It is false if there is none.
func (r *reader) name(at uint32) (n name, ok bool) {
	if !r.holds(at, 2) {
		return n, false
	}
	flags := r.u8(at)
	if flags > nameFlags {
		return n, false
	}
	n = name{lo: at, pkgPath: noOffset}
	if n.textLo, n.textHi, ok = r.text(at + 1); !ok {
		return n, false
	}
	n.hi = n.textHi
	if flags&nameTag != 0 {
		if _, n.hi, ok = r.text(n.hi); !ok {
			return n, false
		}
	}
	if flags&namePkgPath != 0 {
		if !r.holds(n.hi, 4) {
			return n, false
		}
		n.pkgPath = r.u32(n.hi)
		n.hi += 4
	}
	return n, true
}

// text returns where the text that is at an offset with its length before it
// begins and ends.
func (r *reader) text(at uint32) (lo, hi uint32, ok bool) {
	size := uint64(0)
	if r.wideLengths {
		if !r.holds(at, 2) {
			return 0, 0, false
		}
		length := r.bytes(at, 2)
		size = uint64(length[0])<<8 | uint64(length[1])
		at += 2
	} else {
		const longest = 5 // bytes of a length below 4 GiB
		if !r.holds(at, 1) {
			return 0, 0, false
		}
		length, n := binary.Uvarint(r.bytes(at, uint32(min(longest, r.size-uint64(at)))))
		if n <= 0 {
			return 0, 0, false
		}
		size = length
		at += uint32(n)
	}
	if !r.holds(at, size) {
		return 0, 0, false
	}
	return at, at + uint32(size), true
}

// start returns what the text of a name begins with, which tells enough of it.
func (r *reader) start(n *name) []byte {
	const enough = 64
	return r.bytes(n.textLo, min(n.textHi-n.textLo, enough))
}

// hasWord says whether the text begins with a prefix, behind what the compiler
// puts before names of types without comparison.
func hasWord(text []byte, prefix string) bool {
	text = bytes.TrimPrefix(bytes.TrimPrefix(text, []byte("*")), []byte("noalg."))
	return bytes.HasPrefix(text, []byte(prefix))
}

// legible says whether a name's text can be that of a type. As hostile data can
// have many names in one long text, only its start is looked at.
func (r *reader) legible(at uint32) bool {
	n, ok := r.name(at)
	if !ok || n.textLo == n.textHi {
		return false
	}
	for _, c := range r.start(&n) {
		if c < ' ' || c == 0x7f {
			return false
		}
	}
	return true
}
