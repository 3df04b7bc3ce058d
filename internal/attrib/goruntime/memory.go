package goruntime

import (
	"cmp"
	"debug/elf"

	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/span"
)

// Memory reads a program's memory as the Go runtime would find it, with
// relocations applied: here and there a few bytes, or all that is behind an address.
type Memory struct {
	binary   *elfscan.Binary
	sections map[int]*memorySection
	last     *memorySection // of the last address
	around   span.Range     // the addresses that are known to be of that
	Err      error          // of reading, the first
}

// memorySection is a section that is read as far as that is needed.
type memorySection struct {
	*elfscan.Section
	whole  []byte            // nil before all of it is needed
	blocks map[uint64][]byte // by offset/memoryBlock
}

// NewMemory returns the memory of the program in a file, of which nothing is read yet.
func NewMemory(b *elfscan.Binary) *Memory {
	return &Memory{binary: b, sections: make(map[int]*memorySection)}
}

// section returns the section that holds an address, nil if the file has none, or
// cannot be read any more.
func (m *Memory) section(addr uint64) *memorySection {
	if m.Err != nil {
		return nil
	}
	if addr >= m.around.Lo && addr < m.around.Hi {
		return m.last
	}
	i, around := m.binary.SectionAround(addr)
	if i < 0 {
		return nil
	}
	s, ok := m.sections[i]
	if !ok {
		if s = (&memorySection{Section: &m.binary.Sections[i]}); s.Type == elf.SHT_NOBITS || s.Shared() {
			s = nil
		}
		m.sections[i] = s
	}
	m.last, m.around = s, around
	return s
}

// Room is how many bytes there are from an address to the end of its section.
func (m *Memory) Room(addr uint64) uint64 {
	if s := m.section(addr); s != nil {
		return s.Size - (addr - s.Addr)
	}
	return 0
}

// From returns the bytes from an address to the end of its section, nil if the
// file has none.
func (m *Memory) From(addr uint64) []byte {
	s := m.section(addr)
	if s == nil || !m.load(s) {
		return nil
	}
	return s.whole[addr-s.Addr:]
}

func (m *Memory) load(s *memorySection) bool {
	if s.whole == nil && m.Err == nil {
		s.whole, m.Err = relocated(m.binary, s.Section, 0)
	}
	return m.Err == nil
}

// Blocks overlap, so that few values are cut by the end of one.
const (
	memoryBlock   = 16 << 10
	memoryOverlap = 64
)

// At returns n bytes from an address on, fewer where its section ends. n is that of a
// few words: what is around them is kept. Where relocations must be looked for, the
// section is read once and whole.
func (m *Memory) At(addr, n uint64) []byte {
	s := m.section(addr)
	if s == nil {
		return nil
	}
	offset := addr - s.Addr
	n = min(n, s.Size-offset)
	if m.binary.Type != elfscan.Exec {
		return m.Copy(addr, 0, n)
	}
	i := offset / memoryBlock
	block, ok := s.blocks[i]
	if lo := i * memoryBlock; !ok {
		if s.blocks == nil {
			s.blocks = make(map[uint64][]byte)
		}
		block = m.Copy(s.Addr, lo, min(lo+memoryBlock+memoryOverlap, s.Size))
		s.blocks[i] = block
	}
	if offset %= memoryBlock; offset+n <= uint64(len(block)) {
		return block[offset : offset+n]
	}
	return m.Copy(addr, 0, n)
}

// Copy returns the bytes between two offsets from an address, nil if they are not
// in one section of the file. They must not be changed.
func (m *Memory) Copy(addr, lo, hi uint64) []byte { return m.CopyTo(nil, addr, lo, hi) }

// CopyTo is Copy that uses the room of what an earlier call returned and is not needed
// any more.
func (m *Memory) CopyTo(buf []byte, addr, lo, hi uint64) []byte {
	if hi > m.Room(addr) {
		return nil
	}
	s := m.section(addr)
	if s == nil {
		return nil
	}
	if m.binary.Type != elfscan.Exec {
		if !m.load(s) {
			return nil
		}
		return s.whole[addr-s.Addr:][lo:hi]
	}
	data, err := relocatedInto(buf, m.binary, s.Section, addr-s.Addr+lo, addr-s.Addr+hi)
	m.Err = cmp.Or(m.Err, err)
	return data
}

// Slice returns the bytes of a slice whose elements have a size, nil if they are
// not in the file.
func (m *Memory) Slice(s Slice, size uint64) []byte {
	if s.len > m.Room(s.Addr)/size {
		return nil
	}
	return m.Copy(s.Addr, 0, s.len*size)
}
