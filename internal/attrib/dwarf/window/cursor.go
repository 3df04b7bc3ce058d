package window

import (
	"bytes"
	"encoding/binary"
)

// Cursor decodes values between Off and End. After the first failure Bad is set
// and every value is zero.
type Cursor struct {
	w   *Window
	Off uint64
	End uint64
	Bad bool
}

// Uint reads an unsigned little-endian number of 1 to 8 bytes.
func (c *Cursor) Uint(n int) uint64 {
	if c.Bad || uint64(n) > c.End-c.Off {
		c.Bad = true
		return 0
	}
	b := c.w.bytes(c.Off, n)
	if b == nil {
		c.Bad = true
		return 0
	}
	c.Off += uint64(n)
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

// Uleb reads an unsigned LEB128 number. Bits above the 64th are dropped, and a
// number of more than 16 bytes is malformed: no producer pads that far.
func (c *Cursor) Uleb() uint64 {
	// Abbreviation tables are thousands of one-byte numbers.
	if i := c.Off - c.w.off; i < uint64(c.w.n) && c.Off < c.End && !c.Bad {
		if b := c.w.buf[i]; b < 0x80 {
			c.Off++
			return uint64(b)
		}
	}
	var v uint64
	for i := range 16 {
		b := c.Uint(1)
		if i < 10 {
			v |= (b & 0x7f) << (7 * i)
		}
		if b < 0x80 {
			return v
		}
	}
	c.Bad = true
	return 0
}

// Sleb reads a signed LEB128 number, with the limits of Uleb.
func (c *Cursor) Sleb() int64 {
	var v int64
	for i := range 16 {
		b := c.Uint(1)
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
	c.Bad = true
	return 0
}

// Skip passes over n bytes.
func (c *Cursor) Skip(n uint64) {
	if c.Bad || n > c.End-c.Off {
		c.Bad = true
		return
	}
	c.Off += n
}

// SkipString moves behind a NUL-terminated string.
func (c *Cursor) SkipString() {
	for !c.Bad {
		b := c.w.Rest(c.Off)
		if uint64(len(b)) > c.End-c.Off {
			b = b[:c.End-c.Off]
		}
		if len(b) == 0 {
			c.Bad = true
			return
		}
		if i := bytes.IndexByte(b, 0); i >= 0 {
			c.Off += uint64(i) + 1
			return
		}
		c.Off += uint64(len(b))
	}
}

// PeekText returns the NUL-terminated string that comes next, cut to MaxString
// bytes. It is valid until the window is read again.
func (c *Cursor) PeekText() []byte {
	t := Stream{w: c.w, off: c.Off, End: c.End}
	return t.PeekText()
}
