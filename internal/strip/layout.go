package strip

import (
	"debug/elf"
	"slices"

	"github.com/sizegate/sizegate/internal/elfscan"
)

// layOut gives everything its offset: the file header, the program headers
// where no segment covers them, the segments with their sections, the other
// sections, the tables.
func (p *plan) layOut() error {
	order := slices.Clone(p.segments)
	slices.SortFunc(order, compareSegments)
	end, err := p.placeLoaded(order)
	if err != nil {
		return err
	}
	if end, err = p.placeRest(end); err != nil {
		return err
	}
	if err := p.finishSegments(); err != nil {
		return err
	}
	for _, s := range []*section{p.symtab, p.strtab} {
		if s != nil {
			end = s.place(alignUp(end, s.Addralign))
		}
	}
	for _, s := range p.sections {
		if s.relocations != nil {
			end = s.relocations.place(alignUp(end, s.relocations.Addralign))
		}
	}
	end = p.names.place(end)
	p.sectionHeaders = alignUp(end, 8)
	p.size = p.sectionHeaders + uint64(len(p.sections)+1)*sectionHeaderSize
	if err := p.checkSegments(); err != nil {
		return err
	}
	return p.findPieces()
}

// place puts the section at the offset and returns where it ends.
func (s *section) place(offset uint64) uint64 {
	s.Off, s.placed = offset, true
	if s.nobits() {
		return offset
	}
	return offset + s.Size
}

// maxPageSize is the page size that GNU strip reckons with where a segment
// does not name its own.
func (p *plan) maxPageSize() uint64 {
	if p.in.Arch == elfscan.ARM64 {
		return 0x10000
	}
	return 0x1000
}

// layout is the state while segments are laid out.
type layout struct {
	*plan
	end   uint64 // the next free offset
	table *segment
	page  uint64 // the alignment of the last segment that was loaded
	first *segment
}

// placeLoaded lays out the segments, in the order given, and returns where the
// last one ends.
func (p *plan) placeLoaded(order []*segment) (uint64, error) {
	l := &layout{plan: p, end: fileHeaderSize, page: 1}
	if len(order) == 0 {
		return l.end, nil
	}
	p.programHeaders = fileHeaderSize
	if p.in.paged {
		l.page = p.maxPageSize()
	}
	l.first = order[0]
	for _, m := range order {
		if m.Type == elf.PT_LOAD && m.programHeaders {
			l.table = m
			break
		}
	}
	if l.table == nil {
		l.end += p.tableSize()
	}
	for _, m := range order {
		if err := l.place(m); err != nil {
			return 0, err
		}
		if l.end > p.limit {
			return 0, p.tooLarge()
		}
	}
	return l.end, nil
}

func (p *plan) tableSize() uint64 { return uint64(len(p.segments)) * programHeaderSize }

func (p *plan) tooLarge() error {
	return damaged("laid out by its addresses it has more than %d bytes", p.limit)
}

// place lays out one segment.
func (l *layout) place(m *segment) error {
	load := m.Type == elf.PT_LOAD
	m.Vaddr, m.Paddr = m.lead, 0
	if len(m.sections) > 0 {
		m.Vaddr += m.sections[0].Addr
		m.Paddr = m.sections[0].load + m.lead
	}
	if m.paddrValid {
		m.Paddr = m.from.Paddr
	}
	if load && l.in.paged {
		l.page = m.Align
	}
	if m == l.table {
		if !m.fileHeader {
			m.Off = l.end
		}
		l.end += l.tableSize()
	}
	empty, skip := false, uint64(0)
	switch {
	case load && len(m.sections) > 0:
		empty = !slices.ContainsFunc(m.sections, func(s *section) bool { return !s.nobits() })
		skip = padding(m.Vaddr, l.end, m.Align)
		l.end += skip
		if !empty {
			skip = 0
		}
	case m.Type == elf.PT_DYNAMIC && len(m.sections) > 1 && m.sections[0].name != ".dynamic":
		return damaged("its dynamic segment does not begin with the section .dynamic")
	case m.Type == elf.PT_NOTE:
		for _, s := range m.sections {
			s.Type = uint32(elf.SHT_NOTE)
		}
	}
	if err := l.coverHeaders(m); err != nil {
		return err
	}
	if load {
		l.startLoaded(m, empty)
	}
	skip, err := l.placeSections(m, skip)
	if err != nil {
		return err
	}
	l.end -= skip
	if m.Type == elf.PT_PHDR && l.table == nil {
		return refuse("no segment loads its program headers: GNU strip refuses such a file", "skip this variant")
	}
	return nil
}

// coverHeaders accounts for the file's headers in a segment that covers them.
func (l *layout) coverHeaders(m *segment) error {
	load := m.Type == elf.PT_LOAD
	if m.fileHeader {
		m.Filesz, m.Memsz = fileHeaderSize, fileHeaderSize
		switch {
		case load && len(m.sections) > 0:
			if m.Vaddr < l.end || !m.paddrValid && m.Paddr < l.end {
				return refuse("its segments leave no room for the program headers: GNU strip refuses such a file", "skip this variant")
			}
			m.Vaddr -= l.end
			if !m.paddrValid {
				m.Paddr -= l.end
			}
		case !load && l.first.fileHeader:
			m.Vaddr = l.first.Vaddr
			if !m.paddrValid {
				m.Paddr = l.first.Paddr
			}
		}
	}
	if !m.programHeaders {
		return nil
	}
	m.Filesz += l.tableSize()
	m.Memsz += l.tableSize()
	switch {
	case m.fileHeader:
	case load:
		l.programHeaders = m.Off
		if len(m.sections) > 0 {
			m.Vaddr -= l.end - m.Off
			if !m.paddrValid {
				m.Paddr -= l.end - m.Off
			}
		}
	case l.table != nil:
		lead := uint64(0)
		if l.table.fileHeader {
			lead = fileHeaderSize
		}
		m.Vaddr = l.table.Vaddr + lead
		if !m.paddrValid {
			m.Paddr = l.table.Paddr + lead
		}
		m.Off = l.table.Off + lead
	default:
		m.Off = fileHeaderSize
	}
	return nil
}

// startLoaded sets where a loaded segment begins in the file.
func (l *layout) startLoaded(m *segment, empty bool) {
	if !m.fileHeader && !m.programHeaders {
		m.Off = l.end
		if empty {
			// A segment of zeros has no place in the file: any offset that
			// suits its address will do, best one that the file surely has.
			m.Off %= max(l.page, m.Align, 1)
		}
		return
	}
	lead := l.end - (m.Off + m.Filesz)
	if !empty {
		m.Filesz += lead
	}
	m.Memsz += lead
}

// placeSections puts the sections of a segment at the distances of their
// addresses. Only loaded segments place sections; the others cover what these
// have placed. It returns how much of the file was left out in vain.
func (l *layout) placeSections(m *segment, skip uint64) (uint64, error) {
	load := m.Type == elf.PT_LOAD
	for i, s := range m.sections {
		if (load || m.Type == elf.PT_TLS) &&
			(!s.nobits() || s.alloc() && (!s.tls() || m.Type == elf.PT_TLS)) {
			filled := m.Paddr + m.Memsz
			gap := s.load - filled
			if gap != 0 && (s.load < filled || filled < m.Paddr) {
				if load {
					return 0, damaged("section %q overlaps the one before it in memory", s.name)
				}
				gap = 0
			}
			m.Memsz += gap
			if load {
				advance := gap
				if !s.nobits() {
					skip = 0
					if m.Filesz+gap < m.Memsz {
						// Zeros that only memory had, before data: now the
						// file has them too.
						advance = m.Memsz - m.Filesz
						gap = advance
					}
				}
				if !s.nobits() || i == 0 {
					if advance > l.limit {
						return 0, l.tooLarge()
					}
					l.end += advance
					if s.nobits() {
						skip += advance
					}
				}
			}
			if !s.nobits() {
				m.Filesz += gap
			}
		}
		switch {
		case load:
			l.end = s.place(l.end)
			if l.end > l.limit {
				return 0, l.tooLarge()
			}
		case s.nobits() && s.tls() && s.Off == 0:
			s.place(l.end + padding(s.Addr, l.end, s.Addralign))
		}
		if !s.nobits() {
			m.Filesz += s.Size
			if s.alloc() {
				m.Memsz += s.Size
			}
		} else if s.alloc() && (m.Type == elf.PT_TLS || !s.tls()) {
			m.Memsz += s.Size
		}
	}
	return skip, nil
}

// padding is what makes offset congruent to address modulo align.
func padding(address, offset, align uint64) uint64 {
	return (address - offset) % max(align, 1)
}

func alignUp(n, align uint64) uint64 {
	if align <= 1 {
		return n
	}
	return (n + align - 1) &^ (align - 1)
}
