package attrib

import (
	"debug/elf"

	"github.com/sizegate/sizegate/internal/elfscan"
)

// goMemory reads a program's memory as the Go runtime would find it: section by
// section, with relocations applied, each once.
type goMemory struct {
	a        *attribution
	sections map[int][]byte
	last     *elfscan.Section // of the last address, and its bytes
	data     []byte
	err      error // of reading, the first
}

// from returns the bytes from an address to the end of its section, nil if the
// file has none.
func (m *goMemory) from(addr uint64) []byte {
	if s := m.last; s != nil && s.Contains(addr) {
		return m.data[addr-s.Addr:]
	}
	i := m.a.binary.SectionAt(addr)
	if i < 0 || m.err != nil {
		return nil
	}
	s := &m.a.binary.Sections[i]
	if s.Type == elf.SHT_NOBITS || s.Shared() {
		return nil
	}
	data, ok := m.sections[i]
	if !ok {
		if data, m.err = m.a.relocated(s, 0); m.err != nil {
			return nil
		}
		m.sections[i] = data
	}
	m.last, m.data = s, data
	return data[addr-s.Addr:]
}

// slice returns the bytes of a slice whose elements have a size, nil if they are
// not in the file.
func (m *goMemory) slice(s goSlice, size uint64) []byte {
	data := m.from(s.addr)
	if s.len > uint64(len(data))/size {
		return nil
	}
	return data[:s.len*size]
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
