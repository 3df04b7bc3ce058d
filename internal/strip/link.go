package strip

import (
	"debug/elf"
	"strings"
)

// link sets the links and infos of the section headers. GNU strip finds them
// by name and type of the output, with the input as a help for types that it
// does not know.
func (p *plan) link() {
	byName := map[string]uint32{}
	for i, s := range p.sections {
		if s.input == 0 {
			continue
		}
		if _, ok := byName[s.name]; !ok {
			byName[s.name] = uint32(i + 1)
		}
	}
	output := make([]uint32, len(p.in.sections))
	for i, s := range p.sections {
		output[s.input] = uint32(i + 1)
	}
	output[0] = 0
	symtab := p.number(p.symtab)
	if p.symtab != nil {
		p.symtab.Link = p.number(p.strtab)
	}
	for i, s := range p.sections {
		if s.relocations != nil {
			s.relocations.Link, s.relocations.Info = symtab, uint32(i+1)
		}
		if s.input == 0 {
			continue
		}
		if s.flags()&elf.SHF_LINK_ORDER != 0 {
			s.Link = output[p.in.sections[s.input].Link]
		}
		switch s.typ() {
		case elf.SHT_REL, elf.SHT_RELA:
			if s.Link == 0 && s.alloc() {
				s.Link = byName[".dynsym"]
			}
			if s.Link == 0 {
				s.Link = symtab
			}
			if target := relocated(s, byName); target != 0 {
				s.Info = target
				s.Flags |= uint64(elf.SHF_INFO_LINK)
			}
		case elf.SHT_DYNAMIC, elf.SHT_DYNSYM, elf.SHT_GNU_VERNEED, elf.SHT_GNU_VERDEF:
			s.linkTo(byName[".dynstr"])
		case shtGNULiblist:
			if s.alloc() {
				s.linkTo(byName[".dynstr"])
			} else {
				s.linkTo(byName[".gnu.libstr"])
			}
		case elf.SHT_HASH, elf.SHT_GNU_HASH, elf.SHT_GNU_VERSYM:
			s.linkTo(byName[".dynsym"])
		}
	}
	p.linkSpecial()
}

func (s *section) linkTo(number uint32) {
	if number != 0 {
		s.Link = number
	}
}

// relocated returns the number of the section that relocations are for, as
// their name says: .rela.plt are the jump slots, which are in .got.plt.
func relocated(s *section, byName map[string]uint32) uint32 {
	prefix := ".rel"
	if s.typ() == elf.SHT_RELA {
		prefix = ".rela"
	}
	name, ok := strings.CutPrefix(s.name, prefix)
	if !ok {
		return 0
	}
	if name == ".plt" {
		if n := byName[".got.plt"]; n != 0 {
			return n
		}
		name = ".got"
	}
	return byName[name]
}

// alike is what two headers have in common that GNU strip takes for the same
// section.
type alike struct {
	typ                         uint32
	flags, align, entsize, size uint64
}

func likeness(h *elf.Section64) alike {
	a := alike{h.Type, h.Flags &^ uint64(elf.SHF_INFO_LINK), h.Addralign, h.Entsize, h.Size}
	if t := elf.SectionType(h.Type); t == elf.SHT_SYMTAB || t == elf.SHT_STRTAB {
		a.size = 0
	}
	return a
}

// linkSpecial carries links and infos over for sections of system-specific
// types, and leaves them as they were for sections without contents.
func (p *plan) linkSpecial() {
	first := map[alike]uint32{}
	for i, s := range p.sections {
		if a := likeness(&s.Section64); first[a] == 0 {
			first[a] = uint32(i + 1)
		}
	}
	find := func(number uint32) uint32 {
		if uint64(number) >= uint64(len(p.in.sections)) {
			return 0
		}
		a := likeness(&p.in.sections[number].Section64)
		if number > 0 && int(number) <= len(p.sections) && likeness(&p.sections[number-1].Section64) == a {
			return number
		}
		return first[a]
	}
	for _, s := range p.sections {
		if s.input == 0 || s.Size == 0 || s.Info != 0 && s.Link != 0 {
			continue
		}
		from := &p.in.sections[s.input]
		switch {
		case s.nobits():
			if s.Link == 0 {
				s.Link = from.Link
			}
			if s.Info == 0 {
				s.Info = from.Info
			}
		case s.typ() >= elf.SHT_LOOS:
			if from.Link != 0 {
				s.linkTo(find(from.Link))
			}
			if from.Info == 0 {
				continue
			}
			if elf.SectionFlag(from.Flags)&elf.SHF_INFO_LINK == 0 {
				s.Info = from.Info
			} else if n := find(from.Info); n != 0 {
				s.Info = n
				s.Flags |= uint64(elf.SHF_INFO_LINK)
			}
		}
	}
}
