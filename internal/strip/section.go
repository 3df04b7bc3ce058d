package strip

import (
	"debug/elf"
	"strings"
)

// section is a section of the stripped file.
type section struct {
	elf.Section64 // as it is written, apart from Name
	name          string
	input         int          // index in the input; 0 for the tables that are made anew
	load          uint64       // physical address, which decides where it goes in its segment
	placed        bool         // Off is final
	data          []byte       // contents, if they are not those of the input
	copied        *relocations // contents, if they are relocations
	relocations   *section     // those that are for this section, nil without any
}

func (s *section) typ() elf.SectionType   { return elf.SectionType(s.Type) }
func (s *section) flags() elf.SectionFlag { return elf.SectionFlag(s.Flags) }
func (s *section) alloc() bool            { return s.flags()&elf.SHF_ALLOC != 0 }
func (s *section) tls() bool              { return s.flags()&elf.SHF_TLS != 0 }
func (s *section) nobits() bool           { return s.typ() == elf.SHT_NOBITS }

// shtGNULiblist and the like are section types that only prelink writes.
const shtGNULiblist = elf.SectionType(0x6ffffff7)

// newSection makes the header that GNU strip writes for section i of the
// input. Links and infos are set when all sections have their numbers.
func (in *input) newSection(i int) *section {
	from := &in.sections[i]
	s := &section{Section64: from.Section64, name: from.name, input: i, load: in.loadAddress(from)}
	const kept = elf.SHF_ALLOC | elf.SHF_WRITE | elf.SHF_EXECINSTR | elf.SHF_MERGE | elf.SHF_STRINGS | elf.SHF_TLS |
		elf.SHF_LINK_ORDER | elf.SHF_COMPRESSED | elf.SHF_MASKOS | elf.SHF_MASKPROC
	s.Flags &= uint64(kept)
	s.Off, s.Link = 0, 0
	if t, ok := typeByName(from.name); ok && !from.nobits() {
		s.Type = uint32(t)
	}
	switch elf.SectionType(from.Type) {
	case elf.SHT_SYMTAB, elf.SHT_DYNSYM, elf.SHT_GNU_VERNEED, elf.SHT_GNU_VERDEF:
	default:
		s.Info = 0
	}
	// What the address is not aligned to, the section is not either.
	align := max(from.Addralign&-from.Addralign, 1) | s.Addr
	s.Addralign = align & -align
	switch s.typ() {
	case elf.SHT_INIT_ARRAY, elf.SHT_FINI_ARRAY, elf.SHT_PREINIT_ARRAY:
		s.Entsize = 8
	case elf.SHT_HASH:
		s.Entsize = 4
	case elf.SHT_DYNSYM:
		s.Entsize = symbolSize
	case elf.SHT_DYNAMIC:
		s.Entsize = 16
	case elf.SHT_RELA:
		s.Entsize = relocationSize
	case elf.SHT_GNU_VERSYM:
		s.Entsize = 2
	case elf.SHT_GNU_VERDEF, elf.SHT_GNU_VERNEED, elf.SHT_GNU_HASH:
		s.Entsize = 0
	}
	if s.flags()&elf.SHF_MERGE != 0 {
		s.Entsize = from.Entsize
	}
	return s
}

// typeByName returns the type of sections that have it by their names, in the
// tables of bfd/elf.c. A suffix after a dot is part of such a name.
func typeByName(name string) (elf.SectionType, bool) {
	base := name
	for _, b := range []string{".init_array", ".fini_array", ".preinit_array"} {
		if strings.HasPrefix(name, b+".") {
			base = b
		}
	}
	switch base {
	case ".init_array":
		return elf.SHT_INIT_ARRAY, true
	case ".fini_array":
		return elf.SHT_FINI_ARRAY, true
	case ".preinit_array":
		return elf.SHT_PREINIT_ARRAY, true
	case ".dynamic":
		return elf.SHT_DYNAMIC, true
	case ".dynstr", ".shstrtab", ".strtab":
		return elf.SHT_STRTAB, true
	case ".dynsym":
		return elf.SHT_DYNSYM, true
	case ".symtab":
		return elf.SHT_SYMTAB, true
	case ".hash":
		return elf.SHT_HASH, true
	case ".gnu.hash":
		return elf.SHT_GNU_HASH, true
	case ".gnu.version":
		return elf.SHT_GNU_VERSYM, true
	case ".gnu.version_d":
		return elf.SHT_GNU_VERDEF, true
	case ".gnu.version_r":
		return elf.SHT_GNU_VERNEED, true
	case ".gnu.liblist":
		return shtGNULiblist, true
	case ".relr.dyn":
		return shtRELR, true
	}
	switch {
	case strings.HasPrefix(name, ".rela"):
		return elf.SHT_RELA, true
	case name == ".rel" || strings.HasPrefix(name, ".rel."):
		return elf.SHT_REL, true
	}
	return 0, false
}

// loadAddress is the section's physical address: that of the first segment
// which holds it. Files whose physical addresses are all zero have none.
func (in *input) loadAddress(s *inputSection) uint64 {
	if !s.alloc() {
		return s.Addr
	}
	if !in.physical() {
		n := 0
		for i := range in.Segments {
			if p := &in.Segments[i]; p.Type == elf.PT_LOAD && p.Memsz != 0 {
				n++
			}
		}
		if n > 1 {
			return s.Addr
		}
	}
	load := s.Addr
	for i := range in.Segments {
		p := &in.Segments[i]
		if (p.Type != elf.PT_LOAD || s.tls()) && p.Type != elf.PT_TLS || !inSegment(s, p) {
			continue
		}
		if s.nobits() {
			load = p.Paddr + s.Addr - p.Vaddr
		} else {
			load = p.Paddr + s.Off - p.Off
		}
		// Between two segments that adjoin in the file, an empty section
		// belongs to the one whose addresses it has.
		if s.Addr >= p.Vaddr && s.Addr+s.Size <= p.Vaddr+p.Memsz {
			break
		}
	}
	return load
}

// physical says whether the file gives physical addresses at all.
func (in *input) physical() bool {
	for i := range in.Segments {
		if in.Segments[i].Paddr != 0 {
			return true
		}
	}
	return false
}
