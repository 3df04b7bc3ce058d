package strip

import (
	"cmp"
	"debug/elf"
	"slices"
)

// Program header types without a name in debug/elf, or with a range.
const (
	ptGNUSFrame  = elf.ProgType(0x6474e554)
	ptGNUMbindLo = elf.ProgType(0x6474e555)
	ptGNUMbindHi = elf.ProgType(0x6474f554)
)

// segment is a program header of the stripped file and what it covers.
type segment struct {
	elf.ProgHeader // as it is written
	from           *elf.ProgHeader
	index          int
	sections       []*section
	fileHeader     bool // covers the file header
	programHeaders bool // covers the program headers
	paddrValid     bool // from.Paddr holds; otherwise it follows from the sections
	lead           uint64
}

// inSegment says whether the section belongs to the segment by offset and by
// address, with GNU strip's exceptions by type.
func inSegment(s *inputSection, p *elf.ProgHeader) bool {
	size := s.Size
	if s.tls() {
		if p.Type != elf.PT_TLS && p.Type != elf.PT_GNU_RELRO && p.Type != elf.PT_LOAD {
			return false
		}
		if s.nobits() && p.Type != elf.PT_TLS {
			size = 0 // .tbss takes room in the thread's copy only
		}
	} else if p.Type == elf.PT_TLS || p.Type == elf.PT_PHDR {
		return false
	}
	if !s.alloc() {
		switch p.Type {
		case elf.PT_LOAD, elf.PT_DYNAMIC, elf.PT_GNU_EH_FRAME, elf.PT_GNU_STACK, elf.PT_GNU_RELRO, ptGNUSFrame:
			return false
		}
		if p.Type >= ptGNUMbindLo && p.Type <= ptGNUMbindHi {
			return false
		}
	}
	within := func(at, start, length uint64) bool { return at >= start && at-start+size <= length }
	if !s.nobits() && !within(s.Off, p.Off, p.Filesz) || s.alloc() && !within(s.Addr, p.Vaddr, p.Memsz) {
		return false
	}
	if p.Type != elf.PT_DYNAMIC && p.Type != elf.PT_NOTE || s.Size != 0 || p.Memsz == 0 {
		return true
	}
	// An empty section at the edge of one of these is its neighbour's.
	inside := func(at, start, length uint64) bool { return at > start && at-start < length }
	return (s.nobits() || inside(s.Off, p.Off, p.Filesz)) && (!s.alloc() || inside(s.Addr, p.Vaddr, p.Memsz))
}

// checkDropped refuses the files whose program headers GNU strip makes anew
// instead of copying them, because a section that goes is in a segment. No
// linker writes them.
func (in *input) checkDropped(dropped []int) error {
	for i := range in.Segments {
		p := &in.Segments[i]
		if (p.Type == elf.PT_INTERP || p.Type == elf.PT_DYNAMIC) && p.Paddr == 0 && p.Memsz == 0 {
			return damaged("segment %d is empty", i)
		}
		for _, n := range dropped {
			if inSegment(&in.sections[n], p) {
				return damaged("segment %d covers section %s, which is dropped", i, in.describe(n))
			}
		}
	}
	return nil
}

// mapSegments finds out which sections each segment covers.
func (p *plan) mapSegments() {
	in := p.in
	physical := in.physical()
	tableEnd := in.programHeaders() + uint64(len(in.Segments))*programHeaderSize
	for i := range in.Segments {
		from := &in.Segments[i]
		m := &segment{from: from, index: i, paddrValid: physical,
			ProgHeader: elf.ProgHeader{Type: from.Type, Flags: from.Flags, Align: from.Align},
			fileHeader: from.Off == 0 && from.Filesz >= fileHeaderSize,
		}
		if !p.tableLoaded || from.Type != elf.PT_LOAD {
			m.programHeaders = from.Off <= in.programHeaders() && from.Off+from.Filesz >= tableEnd
			p.tableLoaded = p.tableLoaded || from.Type == elf.PT_LOAD && m.programHeaders
		}
		var lowest *section
		for _, s := range p.sections {
			was := &in.sections[s.input]
			if s.input == 0 || !inSegment(was, from) {
				continue
			}
			m.sections = append(m.sections, s)
			if !was.alloc() {
				continue
			}
			if lowest == nil || s.load < lowest.load {
				lowest = s
			}
			distance := was.Off - from.Off
			if was.nobits() {
				distance = was.Addr - from.Vaddr
			}
			if s.load-from.Paddr != distance {
				m.paddrValid = false
			}
		}
		switch {
		case len(m.sections) == 0:
			m.lead = from.Vaddr
		case m.paddrValid:
			// What the segment holds before its first section.
			m.lead = from.Paddr + m.headerSize(len(in.Segments))
			if lowest != nil {
				m.lead -= lowest.load
			}
		}
		m.sections = slices.DeleteFunc(m.sections, func(s *section) bool { return s.flags()&shfExclude != 0 })
		slices.SortStableFunc(m.sections, compareInSegment)
		p.segments = append(p.segments, m)
	}
}

// headerSize is the room that the file's headers take at the start of the
// segment.
func (m *segment) headerSize(segments int) uint64 {
	size := uint64(0)
	if m.fileHeader {
		size = fileHeaderSize
	}
	if m.programHeaders {
		size += uint64(segments) * programHeaderSize
	}
	return size
}

// compareInSegment orders sections by address. At the same address those that
// take no room in memory or in the file come before those that do, except
// that a block of zeros comes last.
func compareInSegment(a, b *section) int {
	room := func(s *section) uint64 {
		if s.nobits() {
			return 0
		}
		return s.Size
	}
	return cmp.Or(
		cmp.Compare(a.load, b.load),
		cmp.Compare(a.Addr, b.Addr),
		compareBool(a.zeros(), b.zeros()),
		cmp.Compare(room(a), room(b)))
}

func (s *section) zeros() bool { return s.nobits() && !s.tls() && s.Size != 0 }

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// compareSegments orders segments as they are laid out: those that are loaded
// first, the one with the file header before all, then by physical address.
func compareSegments(a, b *segment) int {
	rank := func(m *segment) uint64 {
		if m.Type == elf.PT_NULL {
			return 1 << 32
		}
		return uint64(m.Type)
	}
	load := func(m *segment) uint64 {
		switch {
		case m.Type != elf.PT_LOAD:
			return 0
		case m.paddrValid:
			return m.from.Paddr
		case len(m.sections) > 0:
			return m.sections[0].load + m.lead
		}
		return 0
	}
	return cmp.Or(
		cmp.Compare(rank(a), rank(b)),
		compareBool(b.fileHeader, a.fileHeader),
		cmp.Compare(load(a), load(b)),
		cmp.Compare(a.index, b.index))
}
