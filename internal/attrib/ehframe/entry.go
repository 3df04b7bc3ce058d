package ehframe

import (
	"bytes"
	"iter"
)

// Format tells the two sections apart.
type Format int

const (
	EH    Format = iota // .eh_frame
	Debug               // .debug_frame
)

// Kind is what an entry is.
type Kind int

const (
	CIE        Kind = iota // what several functions share
	FDE                    // one function
	Terminator             // a length of zero
)

// Entry is one entry of the section.
type Entry struct {
	Kind Kind
	// Lo and Hi are its bytes with the length before them, as offsets in the
	// section.
	Lo, Hi uint64
	// CIE is the offset of the common entry that a function uses. There is one
	// of Kind CIE before it, or Known is false.
	CIE uint64
	// PC is the address of the function's first byte, and Size is its length, if Known.
	PC, Size uint64
	Known    bool
	// LSDA is the address of the function's exception table, 0 without one.
	LSDA uint64
}

// cie is what is needed of a common entry to read those that use it.
type cie struct {
	usable   bool // false if its augmentation is not understood
	sized    bool // augmentation data has a length
	pc, lsda encoding
}

// Entries yields the entries of a section in their order. data is its contents
// with relocations applied, and addr its address, 0 if it is not loaded. What
// follows an entry that does not fit is not yielded.
func Entries(data []byte, addr uint64, format Format) iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		cies := make(map[uint64]cie)
		lastAt, last := ^uint64(0), cie{} // neighbours mostly use the same one
		for lo := uint64(0); lo < uint64(len(data)); {
			e := Entry{Lo: lo}
			c := cursor{data: data, pos: lo, addr: addr}
			idSize := uint64(4)
			length := c.uint(4)
			if length == 0xffffffff {
				length = c.uint(8)
				if format == Debug {
					idSize = 8
				}
			}
			if c.bad || length > uint64(len(data))-c.pos {
				return
			}
			e.Hi = c.pos + length
			lo = e.Hi
			if length == 0 {
				e.Kind = Terminator
				if !yield(e) {
					return
				}
				continue
			}
			c.data = data[:e.Hi]
			idAt := c.pos
			id := c.uint(idSize)
			if c.bad {
				return
			}
			switch {
			case format == EH && id == 0, format == Debug && id == ^uint64(0)>>(64-8*idSize):
				e.Kind = CIE
				cies[e.Lo] = c.cie(format)
			default:
				e.Kind = FDE
				e.CIE = id
				if format == EH {
					e.CIE = idAt - id // counted backwards from the number itself
				}
				if e.CIE != lastAt {
					lastAt, last = e.CIE, cies[e.CIE]
				}
				if last.usable {
					c.fde(&e, last)
				}
			}
			if !yield(e) {
				return
			}
		}
	}
}

// cie reads a common entry from behind its number.
func (c *cursor) cie(format Format) cie {
	known := cie{pc: absolute8, lsda: omitted}
	version := c.uint(1)
	if c.bad || version != 1 && version != 3 && !(version == 4 && format == Debug) {
		return cie{}
	}
	rest := c.data[c.pos:]
	n := bytes.IndexByte(rest, 0)
	if n < 0 {
		return cie{}
	}
	augmentation := rest[:n]
	c.pos += uint64(n) + 1
	if version == 4 {
		addressSize, segmentSize := c.uint(1), c.uint(1)
		if addressSize != 8 || segmentSize != 0 {
			return cie{}
		}
	}
	if bytes.HasPrefix(augmentation, []byte("eh")) { // GCC 2: an address of exception data
		c.bytes(8)
		augmentation = augmentation[2:]
	}
	c.uleb() // code alignment
	c.uleb() // data alignment, as long if it is read as unsigned
	if version == 1 {
		c.bytes(1) // the return address's register
	} else {
		c.uleb()
	}
	for i, letter := range augmentation {
		switch letter {
		case 'z':
			if i != 0 {
				return cie{}
			}
			known.sized = true
			c.uleb()
		case 'L':
			known.lsda = encoding(c.uint(1))
		case 'P':
			c.pointer(encoding(c.uint(1)), 0)
		case 'R':
			known.pc = encoding(c.uint(1))
		case 'S', 'B', 'G': // a signal's frame; how return addresses and the stack are protected
		default:
			return cie{}
		}
	}
	known.usable = !c.bad
	return known
}

// fde reads a function's description from behind its number.
func (c *cursor) fde(e *Entry, common cie) {
	e.PC, e.Known = c.pointer(common.pc, 0)
	if size := c.raw(common.pc); e.Known {
		e.Size = size
	}
	if !common.sized || common.lsda == omitted {
		return
	}
	if n := c.uleb(); c.bad || n == 0 {
		return
	}
	if lsda, ok := c.pointer(common.lsda, 0); ok {
		e.LSDA = lsda
	}
}
