// Package sectionbytes reads ascending parts of a section by virtual address, through
// one small buffer, and finds the fill that assemblers and linkers put between
// functions.
package sectionbytes

import (
	"bytes"
	"encoding/binary"
	"io"

	"github.com/sizegate/sizegate/internal/elfscan"
)

// nops are the instructions that assemblers and linkers put between functions
// on amd64, the longest first: one-byte no-ops with operand-size prefixes, the
// multi-byte forms of Intel's manual ("Recommended Multi-Byte Sequence of NOP
// Instruction") with and without extra 66 and 2E prefixes, and the lea forms of
// older GNU assemblers. INT3 and zero bytes are handled apart.
var nops = [][]byte{
	{0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0},
	{0x0f, 0x1f, 0x80, 0, 0, 0, 0},
	{0x8d, 0xb4, 0x26, 0, 0, 0, 0},
	{0x48, 0x8d, 0xb4, 0x26, 0, 0, 0, 0},
	{0x0f, 0x1f, 0x44, 0, 0},
	{0x0f, 0x1f, 0x40, 0},
	{0x8d, 0x74, 0x26, 0},
	{0x8d, 0x76, 0},
	{0x0f, 0x1f, 0},
	{0x90},
}

// fillAMD64 returns how many bytes at the start of code are fill.
func fillAMD64(code []byte) int {
	n := 0
next:
	for n < len(code) {
		if code[n] == 0xcc || code[n] == 0 {
			n++
			continue
		}
		at := n
		for at < len(code) && (code[at] == 0x66 || code[at] == 0x2e) {
			at++
		}
		for _, nop := range nops {
			if bytes.HasPrefix(code[at:], nop) {
				n = at + len(nop)
				continue next
			}
		}
		break
	}
	return n
}

// fillARM64 returns how many bytes at the start of code, which begins at
// address addr, are fill: zero bytes up to a whole word, then zero words, NOP
// and BRK. If last, zero bytes at the end that are less than a word count too.
func fillARM64(code []byte, addr uint64, last bool) int {
	n := 0
	for ; n < len(code) && (addr+uint64(n))%4 != 0; n++ {
		if code[n] != 0 {
			return n
		}
	}
	const nop, brk, brkMask = 0xd503201f, 0xd4200000, 0xffe0001f
	for ; n+4 <= len(code); n += 4 {
		word := binary.LittleEndian.Uint32(code[n:])
		if word != 0 && word != nop && word&brkMask != brk {
			return n
		}
	}
	if tail := code[n:]; last && bytes.Count(tail, []byte{0}) == len(tail) {
		return len(code)
	}
	return n
}

// Reader reads ascending parts of a section through one small buffer: gaps lie
// all over the code, and a read for each, or the whole of .text in memory,
// both cost more.
type Reader struct {
	section *io.SectionReader
	base    uint64 // virtual address of the section
	start   uint64 // virtual address of buf
	buf     []byte
	space   []byte
}

// Size is how many bytes a Reader holds.
const Size = 64 << 10

// New returns a reader of a section, which holds nothing yet.
func New(b *elfscan.Binary, s *elfscan.Section) *Reader {
	return &Reader{section: b.SectionReader(s), base: s.Addr}
}

// At returns the bytes of [lo,hi), or of as much of it as the buffer holds
// (at least one byte). They are valid until the next call.
func (r *Reader) At(lo, hi uint64) ([]byte, error) {
	if end := r.start + uint64(len(r.buf)); lo < r.start || lo >= end || hi > end && hi-lo <= Size {
		if r.space == nil {
			r.space = make([]byte, min(Size, r.section.Size())) // a file can have very many small sections
		}
		n, err := r.section.ReadAt(r.space, int64(lo-r.base))
		if n == 0 {
			return nil, err
		}
		r.start, r.buf = lo, r.space[:n]
	}
	from := lo - r.start
	return r.buf[from:min(uint64(len(r.buf)), hi-r.start)], nil
}

// Fill returns how many bytes from lo on, and before hi, are fill.
func (r *Reader) Fill(arch elfscan.Arch, lo, hi uint64) (uint64, error) {
	total := uint64(0)
	for lo+total < hi {
		code, err := r.At(lo+total, hi)
		if err != nil {
			return 0, err
		}
		n := 0
		if arch == elfscan.ARM64 {
			n = fillARM64(code, lo+total, lo+total+uint64(len(code)) == hi)
		} else {
			n = fillAMD64(code)
		}
		total += uint64(n)
		// Less than all of the buffer: either real code begins, or an
		// instruction was cut by the buffer's end and is seen whole next time.
		if n == 0 || n < len(code) && len(code)-n > 16 {
			break
		}
	}
	return total, nil
}

// TrimZeroWords returns the end of [lo,hi) without the zero words it ends in.
func (r *Reader) TrimZeroWords(lo, hi uint64) (uint64, error) {
	for hi-lo >= 4 {
		// The usual function ends in at most three zero words: look at a few
		// bytes first, and further only while all of them are zero.
		from := lo
		if hi-lo > 64 {
			from = hi - 64
		}
		code, err := r.At(from, hi)
		if err != nil {
			return 0, err
		}
		if uint64(len(code)) < hi-from {
			return hi, nil // the file ends inside: leave it as it is
		}
		n := len(code)
		for n >= 4 && code[n-1]|code[n-2]|code[n-3]|code[n-4] == 0 {
			n -= 4
		}
		hi = from + uint64(n)
		if n >= 4 {
			return hi, nil
		}
	}
	return hi, nil
}
