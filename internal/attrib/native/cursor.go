package native

import (
	"bytes"
	"encoding/binary"
)

// cursor decodes values between off and end. After the first failure bad is set
// and every value is zero.
type cursor struct {
	w   *window
	off uint64
	end uint64
	bad bool
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

// skip passes over n bytes.
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

// peekText returns the NUL-terminated string that comes next, cut to maxString
// bytes. It is valid until the window is read again.
func (c *cursor) peekText() []byte {
	t := stream{w: c.w, off: c.off, end: c.end}
	return t.peekText()
}
