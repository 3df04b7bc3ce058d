package strip

import (
	"debug/elf"
	"strings"

	"github.com/sizegate/sizegate/internal/elfscan"
)

// Section types and flags without a name in debug/elf.
const (
	shtSHLIB       = elf.SectionType(10)
	shtRELR        = elf.SectionType(19)
	shtX8664Unwind = elf.SectionType(0x70000001)
	shtARM64Attrs  = elf.SectionType(0x70000003)

	shfExclude       = elf.SectionFlag(0x80000000)
	shfNonconforming = elf.SectionFlag(0x100)
)

// selection is which sections of the input go on to the output.
type selection struct {
	keep    []int       // their indices, in the order they are written in
	dropped []int       // debugging sections, which strip drops for their names
	symtab  int         // index of the symbol table, 0 if there is none
	relocs  map[int]int // relocations the linker kept (--emit-relocs): index of the section they are for → theirs
}

// selector walks the sections in the order in which GNU strip meets them,
// which is that of the headers, except that a string table waits for those
// who use it.
type selector struct {
	in      *input
	users   [][]int // by section: who is linked to it
	state   []uint8 // by section
	regular []int
	symtab  int
	dynsym  int
	relocs  map[int]int
}

const (
	unseen uint8 = iota
	open         // being looked at
	done
	regular // done, and a section of the output unless it is dropped for its name
)

// selectSections decides which sections are kept.
func (in *input) selectSections() (*selection, error) {
	w := &selector{in: in, users: make([][]int, len(in.sections)), state: make([]uint8, len(in.sections)), relocs: map[int]int{}}
	for i := range in.sections {
		if link := in.sections[i].Link; i > 0 && link != 0 {
			w.users[link] = append(w.users[link], i)
		}
	}
	for i := 1; i < len(in.sections); i++ {
		if err := w.visit(i, 0); err != nil {
			return nil, err
		}
	}
	s := &selection{symtab: w.symtab, relocs: w.relocs}
	for _, i := range w.regular {
		if in.isDebug(i) {
			s.dropped = append(s.dropped, i)
		} else {
			s.keep = append(s.keep, i)
		}
	}
	return s, nil
}

// maxDepth bounds the chain of sections that wait for each other. Two are
// usual: the strings for the dynamic symbols, those for nothing.
const maxDepth = 8

func (w *selector) visit(i, depth int) error {
	if w.state[i] == done || w.state[i] == regular {
		return nil
	}
	if w.state[i] == open || depth > maxDepth {
		return damaged("its sections are linked in a loop")
	}
	w.state[i] = open
	keep, err := w.isRegular(i, depth)
	if err != nil {
		return err
	}
	if w.state[i] = done; keep {
		w.state[i] = regular
		w.regular = append(w.regular, i)
	}
	return nil
}

// isRegular says whether the section is one that strip copies. The tables of
// the symbol table are not: they are dropped, or made anew.
func (w *selector) isRegular(i, depth int) (bool, error) {
	s := &w.in.sections[i]
	switch t := elf.SectionType(s.Type); t {
	case elf.SHT_NULL, elf.SHT_SYMTAB_SHNDX, shtSHLIB, elf.SHT_GROUP:
		return false, nil
	case elf.SHT_SYMTAB:
		if w.symtab == 0 {
			w.symtab = i
		}
		return w.symtab == i && s.alloc() && w.in.dynamic(), nil
	case elf.SHT_DYNSYM:
		if w.dynsym != 0 && w.dynsym != i {
			return false, nil
		}
		w.dynsym = i
		return true, nil
	case elf.SHT_STRTAB:
		return w.isRegularStrings(i, depth)
	case elf.SHT_REL, elf.SHT_RELA:
		return w.isRegularRelocations(i, depth)
	case elf.SHT_PROGBITS, elf.SHT_NOBITS, elf.SHT_HASH, elf.SHT_NOTE, elf.SHT_DYNAMIC, shtRELR,
		elf.SHT_INIT_ARRAY, elf.SHT_FINI_ARRAY, elf.SHT_PREINIT_ARRAY:
		return true, nil
	default:
		switch {
		case t >= elf.SHT_LOOS && t <= elf.SHT_HIOS && elf.SectionFlag(s.Flags)&shfNonconforming == 0,
			t >= elf.SHT_LOUSER && t <= elf.SHT_HIUSER && !s.alloc(),
			t == shtX8664Unwind && w.in.Arch == elfscan.AMD64,
			t == shtARM64Attrs && w.in.Arch == elfscan.ARM64:
			return true, nil
		}
		return false, refuse("section "+w.in.describe(i)+" has a type that GNU strip refuses", "skip this variant")
	}
}

func (w *selector) isRegularStrings(i, depth int) (bool, error) {
	if uint32(i) == w.in.names {
		return false, nil
	}
	if w.symtab != 0 && w.in.sections[w.symtab].Link == uint32(i) {
		return false, nil
	}
	if w.dynsym != 0 && w.in.sections[w.dynsym].Link == uint32(i) {
		return true, nil
	}
	if w.symtab == 0 || w.dynsym == 0 {
		for _, user := range w.users[i] {
			if err := w.visit(user, depth+1); err != nil {
				return false, err
			}
			if user == w.symtab {
				return false, nil
			}
			if user == w.dynsym {
				return true, nil
			}
		}
	}
	return true, nil
}

// isRegularRelocations tells the relocations that a program or library is
// loaded with from those that only a linker can use.
func (w *selector) isRegularRelocations(i, depth int) (bool, error) {
	s := &w.in.sections[i]
	link := int(s.Link)
	if t := elf.SectionType(w.in.sections[link].Type); t == elf.SHT_SYMTAB || t == elf.SHT_DYNSYM {
		if err := w.visit(link, depth+1); err != nil {
			return false, err
		}
	}
	if s.alloc() || link == 0 || link != w.symtab || s.Info == 0 {
		return true, nil
	}
	if uint64(s.Info) >= uint64(len(w.in.sections)) {
		return false, damaged("section %s is about section %d, of %d", w.in.describe(i), s.Info, len(w.in.sections))
	}
	target := int(s.Info)
	if t := elf.SectionType(w.in.sections[target].Type); t == elf.SHT_REL || t == elf.SHT_RELA {
		return true, nil
	}
	if err := w.visit(target, depth+1); err != nil {
		return false, err
	}
	if _, twice := w.relocs[target]; !twice {
		w.relocs[target] = i
	}
	return false, nil
}

// isDebug says whether GNU strip takes the section for debugging information:
// it goes by the name of what is not loaded.
func (in *input) isDebug(i int) bool {
	s := &in.sections[i]
	if s.alloc() {
		return false
	}
	if t := elf.SectionType(s.Type); (t == elf.SHT_REL || t == elf.SHT_RELA) && s.Info > 0 && uint64(s.Info) < uint64(len(in.sections)) {
		target := &in.sections[s.Info]
		return isDebugName(s.name) || !target.alloc() && isDebugName(target.name)
	}
	return isDebugName(s.name)
}

func isDebugName(name string) bool {
	for _, prefix := range []string{".debug", ".zdebug", ".gnu.debuglto_.debug_", ".gnu.linkonce.wi.", ".line", ".stab"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return name == ".gdb_index"
}
