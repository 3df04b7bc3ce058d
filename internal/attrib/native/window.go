package native

import (
	"bytes"
	"encoding/binary"
	"io"
)

// Section is the plain (already decompressed) content of one ELF section.
type Section interface {
	io.ReaderAt
	// Size is the number of bytes that ReadAt can read.
	Size() int64
}

// windowSize is a compromise: a root entry with its header is 60 to 200 bytes,
// and neighbouring reads (abbreviations, range lists) should mostly hit.
const windowSize = 1024

// bigWindow is for what is read from end to end.
const bigWindow = 64 << 10

// window reads a section through one small buffer.
type window struct {
	src  Section
	size uint64
	buf  []byte
	off  uint64 // section offset of buf[0]
	n    int    // valid bytes of buf
	err  error  // the first failed read; every later access fails too
}

func newWindow(s Section) *window { return newWindowOf(s, windowSize) }

// newWindowOf returns a window with a buffer of n bytes, at least windowSize.
func newWindowOf(s Section, n int) *window {
	w := &window{src: s, buf: make([]byte, n)}
	if s != nil && s.Size() > 0 {
		w.size = uint64(s.Size())
	}
	return w
}

// fill makes buf start at off, which is below size, and reports whether at
// least want bytes are there; want is at most the size of buf. What is there
// already is not read again: going back is expensive in a compressed section.
func (w *window) fill(off uint64, want int) bool {
	if w.err != nil {
		return false
	}
	kept := 0
	if off >= w.off && off-w.off < uint64(w.n) {
		kept = copy(w.buf, w.buf[off-w.off:w.n])
	}
	n := int(min(uint64(len(w.buf)), w.size-off))
	got, err := w.src.ReadAt(w.buf[kept:n], int64(off)+int64(kept))
	got += kept
	w.off, w.n = off, got
	if got < n {
		// Size promised these bytes: a short read is a broken source, not
		// malformed DWARF.
		if err == nil || err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		w.err = err
	}
	return got >= want && w.err == nil
}

// bytes returns n bytes at off, valid until the next call, or nil when they are
// not all inside the section. n is at most the size of the buffer.
func (w *window) bytes(off uint64, n int) []byte {
	if off > w.size || uint64(n) > w.size-off {
		return nil
	}
	if off < w.off || off-w.off > uint64(w.n) || uint64(n) > uint64(w.n)-(off-w.off) {
		if !w.fill(off, n) {
			return nil
		}
	}
	i := int(off - w.off)
	return w.buf[i : i+n]
}

// rest returns some bytes at off, at least one, or nil at the section's end.
func (w *window) rest(off uint64) []byte { return w.from(off, 1) }

// from returns all bytes at off that are in the buffer, at least n, or nil when
// there are fewer in the section. n is at most the size of the buffer.
func (w *window) from(off uint64, n int) []byte {
	if w.bytes(off, n) == nil {
		return nil
	}
	return w.buf[off-w.off : w.n]
}

// cursor decodes values between off and end. After the first failure bad is set
// and every value is zero.
type cursor struct {
	w   *window
	off uint64
	end uint64
	bad bool
}

// at returns a cursor over the section from off to its end.
func (w *window) at(off uint64) cursor {
	return cursor{w: w, off: off, end: w.size, bad: off > w.size}
}

// uint reads an unsigned little-endian number of 1 to 8 bytes.
func (c *cursor) uint(n int) uint64 {
	if c.bad || uint64(n) > c.end-c.off {
		c.bad = true
		return 0
	}
	b := c.w.bytes(c.off, n)
	if b == nil {
		c.bad = true
		return 0
	}
	c.off += uint64(n)
	switch n {
	case 1:
		return uint64(b[0])
	case 2:
		return uint64(binary.LittleEndian.Uint16(b))
	case 4:
		return uint64(binary.LittleEndian.Uint32(b))
	case 8:
		return binary.LittleEndian.Uint64(b)
	}
	var v uint64
	for i, x := range b {
		v |= uint64(x) << (8 * i)
	}
	return v
}

// uleb reads an unsigned LEB128 number. Bits above the 64th are dropped, and a
// number of more than 16 bytes is malformed: no producer pads that far.
func (c *cursor) uleb() uint64 {
	// Abbreviation tables are thousands of one-byte numbers.
	if i := c.off - c.w.off; i < uint64(c.w.n) && c.off < c.end && !c.bad {
		if b := c.w.buf[i]; b < 0x80 {
			c.off++
			return uint64(b)
		}
	}
	var v uint64
	for i := range 16 {
		b := c.uint(1)
		if i < 10 {
			v |= (b & 0x7f) << (7 * i)
		}
		if b < 0x80 {
			return v
		}
	}
	c.bad = true
	return 0
}

// sleb reads a signed LEB128 number, with the limits of uleb.
func (c *cursor) sleb() int64 {
	var v int64
	for i := range 16 {
		b := c.uint(1)
		if i < 10 {
			v |= int64(b&0x7f) << (7 * i)
		}
		if b < 0x80 {
			if shift := 7 * (i + 1); shift < 64 && b&0x40 != 0 {
				v |= -1 << shift
			}
			return v
		}
	}
	c.bad = true
	return 0
}

func (c *cursor) skip(n uint64) {
	if c.bad || n > c.end-c.off {
		c.bad = true
		return
	}
	c.off += n
}

// skipString moves behind a NUL-terminated string.
func (c *cursor) skipString() {
	for !c.bad {
		b := c.w.rest(c.off)
		if uint64(len(b)) > c.end-c.off {
			b = b[:c.end-c.off]
		}
		if len(b) == 0 {
			c.bad = true
			return
		}
		if i := bytes.IndexByte(b, 0); i >= 0 {
			c.off += uint64(i) + 1
			return
		}
		c.off += uint64(len(b))
	}
}

// maxString caps every string that is kept; longer ones are cut.
const maxString = 4096

// stringAt returns the NUL-terminated string at off, cut to maxString bytes. A
// string that runs into the section's end without a NUL is not one.
func (w *window) stringAt(off uint64) (string, bool) {
	var long []byte
	for {
		b := w.rest(off)
		if b == nil {
			return "", false
		}
		i := bytes.IndexByte(b, 0)
		if i >= 0 && long == nil {
			return string(b[:i]), true
		}
		if i >= 0 {
			b = b[:i]
		}
		long = append(long, b[:min(len(b), maxString-len(long))]...)
		if i >= 0 || len(long) == maxString {
			return string(long), true
		}
		off += uint64(len(b))
	}
}
