package ehframe

import "encoding/binary"

// encoding is how a pointer is written (DW_EH_PE_*): the low four bits say how
// many bytes, the next three what it counts from, the last that it is the
// address of the pointer.
type encoding byte

const (
	absolute8 encoding = 0x00 // of eight bytes, where nothing else is said
	omitted   encoding = 0xff

	formULEB  = 0x01
	formU2    = 0x02
	formU4    = 0x03
	formU8    = 0x04
	formSLEB  = 0x09
	formS2    = 0x0a
	formS4    = 0x0b
	formS8    = 0x0c
	formBits  = 0x0f
	fromPlace = 0x10
	fromTable = 0x30 // the start of .eh_frame_hdr
	aligned   = 0x50
	baseBits  = 0x70
	indirect  = 0x80
)

// size is the bytes that a pointer takes, 0 if they vary or are not known.
func (e encoding) size() uint64 {
	switch e & formBits {
	case absolute8, formU8, formS8, 0x08: // 0x08: signed, of the size of an address
		return 8
	case formU4, formS4:
		return 4
	case formU2, formS2:
		return 2
	}
	return 0
}

// cursor reads a record. After a read past its end everything is zero and bad
// is set.
type cursor struct {
	data []byte // up to the end of the record
	pos  uint64
	addr uint64 // of data[0] in memory
	bad  bool
}

func (c *cursor) bytes(n uint64) []byte {
	if c.bad || n > uint64(len(c.data))-c.pos {
		c.bad = true
		return nil
	}
	c.pos += n
	return c.data[c.pos-n : c.pos]
}

func (c *cursor) uint(size uint64) uint64 {
	b := c.bytes(size)
	switch len(b) {
	case 1:
		return uint64(b[0])
	case 2:
		return uint64(binary.LittleEndian.Uint16(b))
	case 4:
		return uint64(binary.LittleEndian.Uint32(b))
	case 8:
		return binary.LittleEndian.Uint64(b)
	}
	c.bad = true
	return 0
}

// uleb reads an unsigned LEB128 number; one that does not fit 64 bits is bad.
func (c *cursor) uleb() uint64 {
	v := uint64(0)
	for shift := 0; ; shift += 7 {
		b := c.uint(1)
		if c.bad || shift > 63 || shift == 63 && b > 1 {
			c.bad = true
			return 0
		}
		v |= b & 0x7f << shift
		if b < 0x80 {
			return v
		}
	}
}

// raw reads the number of a pointer, sign-extended, before it is counted from
// anywhere.
func (c *cursor) raw(e encoding) uint64 {
	switch e & formBits {
	case formULEB:
		return c.uleb()
	case formSLEB:
		start := c.pos
		v := c.uleb()
		if n := 7 * (c.pos - start); !c.bad && n < 64 && c.data[c.pos-1]&0x40 != 0 {
			v |= ^uint64(0) << n
		}
		return v
	case formS2:
		return uint64(int16(c.uint(2)))
	case formS4:
		return uint64(int32(c.uint(4)))
	}
	return c.uint(e.size())
}

// pointer reads an address. known is false where it is left out, null, counted
// from something that the file does not tell, or where it is the address of a
// pointer: that is read all the same, to come to what follows.
func (c *cursor) pointer(e encoding, table uint64) (addr uint64, known bool) {
	if e == omitted {
		return 0, false
	}
	if e&baseBits == aligned {
		if pad := -(c.addr + c.pos) & 7; pad != 0 {
			c.bytes(pad)
		}
		e &^= formBits
	}
	place := c.addr + c.pos
	v := c.raw(e)
	if c.bad || v == 0 || e&indirect != 0 {
		return 0, false
	}
	switch e & baseBits {
	case 0, aligned:
		return v, true
	case fromPlace:
		return place + v, true
	case fromTable:
		return table + v, table != 0
	}
	return 0, false
}
