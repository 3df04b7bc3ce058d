package gotype

import "bytes"

// Flags of a name.
const (
	nameTag     = 1 << 1
	namePkgPath = 1 << 2
	nameFlags   = 1<<4 - 1
)

// name is a name with what belongs to it: a struct tag, the package of an
// unexported method. Offsets count from the start of Module.Data.
type name struct {
	lo, hi         uint32
	textLo, textHi uint32
	pkgPath        uint32 // another name, noOffset without
}

// name reads the name at an offset. It is false if there is none.
func (r *reader) name(at uint32) (n name, ok bool) {
	if !r.holds(at, 2) || r.data[at] > nameFlags {
		return n, false
	}
	n = name{lo: at, pkgPath: noOffset}
	if n.textLo, n.textHi, ok = r.text(at + 1); !ok {
		return n, false
	}
	n.hi = n.textHi
	if r.data[at]&nameTag != 0 {
		if _, n.hi, ok = r.text(n.hi); !ok {
			return n, false
		}
	}
	if r.data[at]&namePkgPath != 0 {
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
		size = uint64(r.data[at])<<8 | uint64(r.data[at+1])
		at += 2
	} else {
		const longest = 5 // bytes of a length below 4 GiB
		for i := 0; ; i++ {
			if i == longest || !r.holds(at, 1) {
				return 0, 0, false
			}
			b := r.data[at]
			at++
			size |= uint64(b&0x7f) << (7 * i)
			if b < 0x80 {
				break
			}
		}
	}
	if !r.holds(at, size) {
		return 0, 0, false
	}
	return at, at + uint32(size), true
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
	const enough = 64
	for _, c := range r.data[n.textLo:min(n.textHi, n.textLo+enough)] {
		if c < ' ' || c == 0x7f {
			return false
		}
	}
	return true
}
