package strip

import (
	"debug/elf"
	"slices"
)

// placeRest puts what no segment has placed behind the segments, in the order
// of the section headers.
func (p *plan) placeRest(end uint64) (uint64, error) {
	for _, s := range p.sections {
		switch {
		case s.placed || s.nobits() || s == p.symtab || s == p.strtab || s == p.names || s.input == 0:
			continue
		case s.alloc():
			align := s.Addralign
			if p.in.paged && s.Size != 0 {
				align = p.maxPageSize()
			}
			end += padding(s.Addr, end, align)
			end = s.place(end)
		default:
			end = s.place(alignUp(end, s.Addralign))
		}
		if end > p.limit {
			return 0, p.tooLarge()
		}
	}
	return end, nil
}

// finishSegments sets the offsets and sizes of the segments that are not
// loaded themselves.
func (p *plan) finishSegments() error {
	for _, m := range p.segments {
		switch {
		case m.Type == elf.PT_GNU_RELRO:
			p.finishRelro(m)
		case m.Type == elf.PT_GNU_STACK:
			m.Memsz = m.from.Memsz
		case len(m.sections) == 0 || m.Type == elf.PT_LOAD || m.Type == elf.PT_PHDR:
		case m.fileHeader || m.programHeaders:
			return refuse("a segment that is not loaded covers the program headers: GNU strip refuses such a file", "skip this variant")
		default:
			m.Filesz = 0
			m.Off = m.sections[0].Off
			for _, s := range slices.Backward(m.sections) {
				if s.nobits() {
					continue
				}
				m.Filesz = s.Off - m.Off + s.Size
				if m.Type == elf.PT_NOTE && s.alloc() {
					m.Memsz = m.Filesz
				}
				break
			}
		}
	}
	return nil
}

// finishRelro lets the segment that becomes read-only begin with the first
// section it covers and keeps its end, which may be inside a section.
func (p *plan) finishRelro(m *segment) {
	start, end := uint64(0), uint64(0)
	if len(m.sections) > 0 {
		start = m.sections[0].Addr
		end = start + m.from.Memsz
	}
	found := false
	if start < end {
		for _, l := range p.segments {
			if l.Type != elf.PT_LOAD || len(l.sections) == 0 || !l.covers(start, end) {
				continue
			}
			i := slices.IndexFunc(l.sections, func(s *section) bool { return s.Addr >= start && s.Addr < end && s.Size != 0 })
			if i < 0 {
				break
			}
			s := l.sections[i]
			m.Vaddr, m.Paddr, m.Off = s.Addr, s.load, s.Off
			m.Memsz = end - m.Vaddr
			m.Filesz = min(m.Memsz, l.Vaddr+l.Filesz-m.Vaddr)
			found = true
			break
		}
	}
	if !found {
		m.ProgHeader = elf.ProgHeader{} // PT_NULL
	}
}

// covers says whether a section of the segment may be between the addresses.
func (m *segment) covers(start, end uint64) bool {
	last := m.sections[len(m.sections)-1]
	size := last.Size
	if last.nobits() && last.tls() {
		size = 0
	}
	return last.Addr+size > start && m.sections[0].Addr < end
}
