package attrib

import (
	"cmp"
	"debug/elf"

	"github.com/sizegate/sizegate/internal/elfscan"
)

// goMemory reads a program's memory as the Go runtime would find it, with
// relocations applied: here and there a few bytes, or all that is behind an address.
type goMemory struct {
	a        *attribution
	sections map[int]*goSection
	last     *goSection // of the last address
	err      error      // of reading, the first
}

// goSection is a section that is read as far as that is needed.
type goSection struct {
	*elfscan.Section
	whole  []byte            // nil before all of it is needed
	blocks map[uint64][]byte // by offset/memoryBlock
}

func newGoMemory(a *attribution) *goMemory {
	return &goMemory{a: a, sections: make(map[int]*goSection)}
}

// section returns the section that holds an address, nil if the file has none.
func (m *goMemory) section(addr uint64) *goSection {
	if s := m.last; s != nil && s.Contains(addr) {
		return s
	}
	i := m.a.binary.SectionAt(addr)
	if i < 0 || m.err != nil {
		return nil
	}
	s, ok := m.sections[i]
	if !ok {
		if s = (&goSection{Section: &m.a.binary.Sections[i]}); s.Type == elf.SHT_NOBITS || s.Shared() {
			s = nil
		}
		m.sections[i] = s
	}
	if s != nil {
		m.last = s
	}
	return s
}

// room is how many bytes there are from an address to the end of its section.
func (m *goMemory) room(addr uint64) uint64 {
	if s := m.section(addr); s != nil {
		return s.Size - (addr - s.Addr)
	}
	return 0
}

// from returns the bytes from an address to the end of its section, nil if the
// file has none.
func (m *goMemory) from(addr uint64) []byte {
	s := m.section(addr)
	if s == nil || !m.load(s) {
		return nil
	}
	return s.whole[addr-s.Addr:]
}

func (m *goMemory) load(s *goSection) bool {
	if s.whole == nil && m.err == nil {
		s.whole, m.err = m.a.relocated(s.Section, 0)
	}
	return m.err == nil
}

// Blocks overlap, so that few values are cut by the end of one.
const (
	memoryBlock   = 16 << 10
	memoryOverlap = 64
)

// at returns n bytes from an address on, fewer where its section ends. n is that of a
// few words: what is around them is kept. Where relocations must be looked for, the
// section is read once and whole.
func (m *goMemory) at(addr, n uint64) []byte {
	s := m.section(addr)
	if s == nil {
		return nil
	}
	offset := addr - s.Addr
	n = min(n, s.Size-offset)
	if m.a.binary.Type != elfscan.Exec {
		return m.copy(addr, 0, n)
	}
	i := offset / memoryBlock
	block, ok := s.blocks[i]
	if lo := i * memoryBlock; !ok {
		if s.blocks == nil {
			s.blocks = make(map[uint64][]byte)
		}
		block = m.copy(s.Addr, lo, min(lo+memoryBlock+memoryOverlap, s.Size))
		s.blocks[i] = block
	}
	if offset %= memoryBlock; offset+n <= uint64(len(block)) {
		return block[offset : offset+n]
	}
	return m.copy(addr, 0, n)
}

// copy returns the bytes between two offsets from an address, nil if they are not
// in one section of the file. They must not be changed.
func (m *goMemory) copy(addr, lo, hi uint64) []byte {
	if hi > m.room(addr) {
		return nil
	}
	s := m.section(addr)
	if s == nil {
		return nil
	}
	if m.a.binary.Type != elfscan.Exec {
		if !m.load(s) {
			return nil
		}
		return s.whole[addr-s.Addr:][lo:hi]
	}
	data, err := m.a.relocatedPart(s.Section, addr-s.Addr+lo, addr-s.Addr+hi)
	m.err = cmp.Or(m.err, err)
	return data
}

// slice returns the bytes of a slice whose elements have a size, nil if they are
// not in the file.
func (m *goMemory) slice(s goSlice, size uint64) []byte {
	if s.len > m.room(s.addr)/size {
		return nil
	}
	return m.copy(s.addr, 0, s.len*size)
}

// goRecords charges records that are given by their addresses, whatever
// sections these are in.
type goRecords struct {
	a        *attribution
	sections map[int]*records // nil for those that are not asked for
	last     *elfscan.Section // of the last address
	out      *records
}

func newGoRecords(a *attribution) *goRecords {
	return &goRecords{a: a, sections: make(map[int]*records)}
}

// add charges the bytes from address lo to hi, as far as they are in one
// section, to owners together.
func (g *goRecords) add(lo, hi uint64, owners []int32) {
	if s := g.last; s == nil || !s.Contains(lo) {
		i := g.a.binary.SectionAt(lo)
		if i < 0 {
			return
		}
		out, ok := g.sections[i]
		if !ok && g.a.wanted(i) && g.a.binary.Sections[i].Type != elf.SHT_NOBITS {
			out = g.a.records(i)
		}
		g.sections[i] = out
		g.last, g.out = &g.a.binary.Sections[i], out
	}
	if g.out != nil && lo < hi {
		g.out.add(lo-g.last.Addr, hi-g.last.Addr, owners)
	}
}

func (g *goRecords) flush() {
	for _, out := range g.sections {
		if out != nil {
			out.flush()
		}
	}
}
