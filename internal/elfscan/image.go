package elfscan

import (
	"debug/elf"
	"encoding/binary"
	"io"
	"iter"
	"slices"

	"github.com/sizegate/sizegate/internal/span"
)

// SectionAt returns the position in Sections of the section that holds the
// virtual address, the first in the order of the headers, or -1. Thread-local
// templates (.tbss) take no room in memory and hold no address.
func (b *Binary) SectionAt(addr uint64) int {
	section, _ := b.SectionAround(addr)
	return section
}

// SectionAround is SectionAt, with the addresses around this one that are of the same
// section: in a damaged file others may have some of its addresses.
func (b *Binary) SectionAround(addr uint64) (section int, around span.Range) {
	i, found := slices.BinarySearchFunc(b.memory, addr, func(m placed, addr uint64) int {
		switch {
		case addr < m.Lo:
			return 1
		case addr >= m.Hi:
			return -1
		}
		return 0
	})
	if !found {
		return -1, span.Range{}
	}
	return b.memory[i].section, b.memory[i].Range
}

// CodeAt returns the position in Sections of the executable section that holds the
// virtual address, or -1.
func (b *Binary) CodeAt(addr uint64) int {
	i := b.SectionAt(addr)
	if i >= 0 && b.Sections[i].Flags&elf.SHF_EXECINSTR != 0 {
		return i
	}
	return -1
}

// placed is addresses that the section at a position has.
type placed struct {
	span.Range
	section int
}

// place lays the sections out in memory.
func (b *Binary) place() {
	var claims []span.Claim
	for i := range b.Sections {
		s := &b.Sections[i]
		if s.Alloc() && !(s.Flags&elf.SHF_TLS != 0 && s.Type == elf.SHT_NOBITS) {
			claims = append(claims, span.Claim{Range: span.Range{Lo: s.Addr, Hi: s.Addr + s.Size}, Rank: uint32(i), ID: uint32(i)})
		}
	}
	for r, owner := range span.Sweep(claims) {
		b.memory = append(b.memory, placed{r, int(owner[0].ID)})
	}
}

// ReadMemory returns n bytes at virtual address addr as a loader would have
// them before it knows where the file ends up: the file's bytes with the
// addends of its relative relocations written in. ok is false where they are
// not all in one section of the file.
func (b *Binary) ReadMemory(addr uint64, n int) (data []byte, ok bool, err error) {
	i := b.SectionAt(addr)
	if i < 0 {
		return nil, false, nil
	}
	s := &b.Sections[i]
	if s.Type == elf.SHT_NOBITS || uint64(n) > s.Size-(addr-s.Addr) {
		return nil, false, nil
	}
	data = make([]byte, n)
	if _, err := b.SectionReader(s).ReadAt(data, int64(addr-s.Addr)); err != nil {
		return nil, false, ReadError(err)
	}
	if err := b.Relocate(data, addr); err != nil {
		return nil, false, err
	}
	return data, true, nil
}

// Relocate writes the addends of the relative relocations into data, which
// was read from virtual address addr. For RELA the file's own bytes at the
// place mean nothing: linkers leave zeros or the addend there as they like.
func (b *Binary) Relocate(data []byte, addr uint64) error {
	for r, err := range b.Relative() {
		if err != nil {
			return err
		}
		if at := r.Place - addr; r.Place >= addr && uint64(len(data)) >= 8 && at <= uint64(len(data))-8 {
			binary.LittleEndian.PutUint64(data[at:], r.Addend)
		}
	}
	return nil
}

// Relative is a relocation whose value is the load address plus Addend.
type Relative struct{ Place, Addend uint64 }

// Relative yields the R_*_RELATIVE entries of the file's loaded RELA sections
// in their order. (RELR keeps its addends in the places themselves.)
func (b *Binary) Relative() iter.Seq2[Relative, error] {
	relative := uint64(elf.R_X86_64_RELATIVE)
	if b.Arch == ARM64 {
		relative = uint64(elf.R_AARCH64_RELATIVE)
	}
	return func(yield func(Relative, error) bool) {
		const entry = 24
		buf := make([]byte, 0)
		for i := range b.Sections {
			s := &b.Sections[i]
			if s.Type != elf.SHT_RELA || !s.Alloc() || s.Shared() {
				continue
			}
			if len(buf) == 0 {
				buf = make([]byte, 4096*entry)
			}
			r := b.SectionReader(s)
			for {
				n, err := io.ReadFull(r, buf)
				for e := buf[:n-n%entry]; len(e) > 0; e = e[entry:] {
					if binary.LittleEndian.Uint64(e[8:]) != relative {
						continue
					}
					if !yield(Relative{binary.LittleEndian.Uint64(e), binary.LittleEndian.Uint64(e[16:])}, nil) {
						return
					}
				}
				if err == io.EOF || err == io.ErrUnexpectedEOF {
					break
				}
				if err != nil {
					yield(Relative{}, ReadError(err))
					return
				}
			}
		}
	}
}
