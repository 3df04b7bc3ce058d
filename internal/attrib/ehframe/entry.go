package ehframe

import (
	"bufio"
	"bytes"
	"io"
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
		s := newScanner(addr, format)
		for at := uint64(0); at < uint64(len(data)); {
			size, ok := entrySize(data[at:], uint64(len(data))-at)
			if !ok {
				return
			}
			e, ok := s.entry(data[at:at+size], at, size)
			if !ok || !yield(e) {
				return
			}
			at += size
		}
	}
}

// window is as much of an entry as EachEntry looks at: what is behind is what unwinders
// do, which says nothing of whose it is.
const window = 64 << 10

// EachEntry calls each for the entries of a section of size bytes that is not loaded,
// as Entries yields them, and reads r to its end. The error is one of reading, and
// io.ErrUnexpectedEOF where there are fewer bytes. Memory is that of one buffer.
func EachEntry(r io.Reader, size uint64, format Format, each func(Entry)) error {
	s := newScanner(0, format)
	in := bufio.NewReaderSize(r, window)
	at := uint64(0)
	for at < size {
		head, err := peek(in, min(longestLength, size-at))
		if err != nil {
			return err
		}
		n, ok := entrySize(head, size-at)
		if !ok {
			break
		}
		data, err := peek(in, min(n, window))
		if err != nil {
			return err
		}
		e, ok := s.entry(data, at, n)
		if !ok {
			break
		}
		each(e)
		if _, err := in.Discard(int(n)); err != nil {
			return unexpected(err)
		}
		at += n
	}
	n, err := io.Copy(io.Discard, in)
	if err == nil && at+uint64(n) < size {
		err = io.ErrUnexpectedEOF
	}
	return err
}

func peek(in *bufio.Reader, n uint64) ([]byte, error) {
	data, err := in.Peek(int(n))
	return data, unexpected(err)
}

func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// longestLength is the bytes that the length of an entry takes, at most.
const longestLength = 4 + 8

// length reads the length of what follows it in an entry.
func (c *cursor) length() (n uint64, wide bool) {
	n = c.uint(4)
	if wide = n == 0xffffffff; wide {
		n = c.uint(8)
	}
	return n, wide
}

// entrySize is how many bytes an entry takes, with its length, which head begins with.
// It is false if it does not fit into what is left of the section.
func entrySize(head []byte, left uint64) (uint64, bool) {
	c := cursor{data: head}
	length, _ := c.length()
	return c.pos + length, !c.bad && length <= left-c.pos
}

// scanner reads entries in their order.
type scanner struct {
	addr   uint64
	format Format
	cies   map[uint64]cie
	lastAt uint64 // neighbours mostly use the same one
	last   cie
}

func newScanner(addr uint64, format Format) *scanner {
	return &scanner{addr: addr, format: format, cies: make(map[uint64]cie), lastAt: ^uint64(0)}
}

// entry reads the entry of size bytes at an offset in the section, of which data is the
// beginning. It is false if there is no room for its number.
func (s *scanner) entry(data []byte, at, size uint64) (Entry, bool) {
	e := Entry{Lo: at, Hi: at + size}
	c := cursor{data: data, addr: s.addr + at}
	length, wide := c.length()
	if length == 0 {
		e.Kind = Terminator
		return e, true
	}
	idSize := uint64(4)
	if wide && s.format == Debug {
		idSize = 8
	}
	idAt := at + c.pos
	id := c.uint(idSize)
	if c.bad {
		return e, false
	}
	switch {
	case s.format == EH && id == 0, s.format == Debug && id == ^uint64(0)>>(64-8*idSize):
		e.Kind = CIE
		s.cies[e.Lo] = c.cie(s.format)
	default:
		e.Kind = FDE
		e.CIE = id
		if s.format == EH {
			e.CIE = idAt - id // counted backwards from the number itself
		}
		if e.CIE != s.lastAt {
			s.lastAt, s.last = e.CIE, s.cies[e.CIE]
		}
		if s.last.usable {
			c.fde(&e, s.last)
		}
	}
	return e, true
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
