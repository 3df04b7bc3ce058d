package strip

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"io"
	"math"
	"slices"

	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/strip/stringtable"
)

// symbolTable is a symbol table while it is filtered.
type symbolTable struct {
	in      *input
	raw     []byte // of the input
	strings []byte
	shndx   []byte // section numbers that do not fit, nil without any
	dropped map[int]bool
	number  []uint32 // by section of the input: its number in the output
}

// symbol is one entry.
type symbol struct {
	name    uint32
	info    elf.SymType
	bind    elf.SymBind
	other   byte
	section int // of the input, or one of the reserved numbers with reserved
	special elf.SectionIndex
}

const isSection = elf.SectionIndex(-1) // special of a symbol whose section is a real one

// keepSymbols adds the symbol table that strip --strip-debug leaves, and the
// relocations that a linker kept, which are about these symbols.
func (p *plan) keepSymbols(selected *selection) error {
	if selected.symtab == 0 {
		return nil
	}
	t, err := p.in.readSymbols(selected)
	if err != nil {
		return err
	}
	needed := make([]bool, len(t.raw)/symbolSize)
	relocated, err := p.addRelocations(selected, needed)
	if err != nil {
		return err
	}
	for i, s := range p.sections {
		t.number[s.input] = uint32(i + 1)
	}
	t.number[0] = 0
	return p.writeSymbols(t, needed, relocated, p.in.Arch == elfscan.ARM64 && len(selected.relocs) == 0)
}

func (in *input) readSymbols(selected *selection) (*symbolTable, error) {
	header := &in.sections[selected.symtab]
	if header.Entsize != symbolSize || header.Size < symbolSize {
		return nil, damaged("its symbols have %d bytes each, not %d", header.Entsize, symbolSize)
	}
	t := &symbolTable{in: in, dropped: map[int]bool{}, number: make([]uint32, len(in.sections))}
	for _, i := range selected.dropped {
		t.dropped[i] = true
	}
	var err error
	if t.raw, err = in.contents(header); err != nil {
		return nil, err
	}
	if t.strings, err = in.contents(&in.sections[header.Link]); err != nil {
		return nil, err
	}
	if len(t.strings) > math.MaxUint32 {
		return nil, damaged("its symbols' names have %d bytes", len(t.strings))
	}
	for i := range in.sections {
		s := &in.sections[i]
		if elf.SectionType(s.Type) == elf.SHT_SYMTAB_SHNDX && int(s.Link) == selected.symtab {
			if t.shndx, err = in.contents(s); err != nil {
				return nil, err
			}
			break
		}
	}
	return t, nil
}

// at reads symbol i.
func (t *symbolTable) at(i int) (symbol, error) {
	raw := t.raw[i*symbolSize:]
	le := binary.LittleEndian
	s := symbol{name: le.Uint32(raw), info: elf.ST_TYPE(raw[4]), bind: elf.ST_BIND(raw[4]), other: raw[5], special: isSection}
	switch section := elf.SectionIndex(le.Uint16(raw[6:])); {
	case section == elf.SHN_XINDEX:
		if (i+1)*4 > len(t.shndx) {
			return s, damaged("symbol %d names no section", i)
		}
		s.section = int(le.Uint32(t.shndx[i*4:]))
	case section == elf.SHN_UNDEF || section >= elf.SHN_LORESERVE:
		s.special = section
	default:
		s.section = int(section)
	}
	if s.special == isSection && s.section >= len(t.number) {
		return s, damaged("symbol %d is in section %d, of %d", i, s.section, len(t.number))
	}
	return s, nil
}

func (s *symbol) global() bool {
	return s.bind == elf.STB_GLOBAL || s.bind == elf.STB_WEAK || s.bind == elf.STB_LOOS || s.special == elf.SHN_UNDEF || s.special == elf.SHN_COMMON
}

// kept is the rule of --strip-debug: the names of source files and sections
// go, and what is in a section that goes. needed is what relocations name.
func (t *symbolTable) kept(s *symbol, needed bool) bool {
	debug := s.info == elf.STT_FILE || s.info == elf.STT_SECTION
	if debug && !needed && (!s.global() || s.bind == elf.STB_LOOS) {
		return false
	}
	return s.special != isSection || !t.dropped[s.section]
}

// writeSymbols makes .symtab and .strtab. Local symbols come first, each kind
// in its order.
func (p *plan) writeSymbols(t *symbolTable, needed []bool, relocated []*relocations, nameSections bool) error {
	renumbered := make([]uint32, len(needed))
	var names stringtable.Table
	names.Text = t.strings
	table := make([]byte, symbolSize, len(t.raw))
	var nameOf []int      // of each symbol in table, its number in names
	locals, total := 0, 0 // where the global symbols begin in table; bytes of names
	le := binary.LittleEndian
	for _, global := range []bool{false, true} {
		for i := 1; i < len(needed); i++ {
			s, err := t.at(i)
			if err != nil {
				return err
			}
			if s.global() != global || !t.kept(&s, needed[i]) {
				continue
			}
			text, ok := cString(t.strings, s.name)
			if total += len(text); !ok || total > stringtable.MaxNames(t.strings) {
				return damaged("the name of symbol %d is outside the table of names, or overlaps too many", i)
			}
			if s.info == elf.STT_SECTION && s.bind != elf.STB_GLOBAL {
				text = nil
			}
			raw := t.raw[i*symbolSize : (i+1)*symbolSize]
			renumbered[i] = uint32(len(table) / symbolSize)
			if s.special == elf.SHN_ABS && le.Uint64(raw[8:]) == 0 {
				renumbered[i] = 0 // relocations against nothing name no symbol
			}
			nameOf = append(nameOf, names.Add(s.name, uint32(len(text))))
			table = append(table, raw...)
			entry := table[len(table)-symbolSize:]
			entry[4] = t.infoOf(&s)
			le.PutUint16(entry[6:], t.sectionOf(&s))
		}
		if !global {
			locals = len(table)
		}
	}
	if len(nameOf) == 0 {
		return nil
	}
	if nameSections {
		sections := p.sectionSymbols()
		table = slices.Insert(table, locals, sections...)
		nameOf = slices.Insert(nameOf, locals/symbolSize-1, slices.Repeat([]int{-1}, len(sections)/symbolSize)...)
		locals += len(sections)
	}
	names.LayOut()
	for i, n := range nameOf {
		le.PutUint32(table[(i+1)*symbolSize:], names.Offset(n))
	}
	p.symtab = &section{name: ".symtab", data: table, Section64: elf.Section64{Type: uint32(elf.SHT_SYMTAB),
		Size: uint64(len(table)), Info: uint32(locals / symbolSize), Addralign: 8, Entsize: symbolSize}}
	p.strtab = &section{name: ".strtab", data: names.Bytes(), Section64: elf.Section64{Type: uint32(elf.SHT_STRTAB),
		Size: names.Size, Addralign: 1}}
	for _, r := range relocated {
		r.renumbered = renumbered
	}
	p.sections = append(p.sections, p.symtab, p.strtab)
	return nil
}

// sectionSymbols makes a symbol for every section, which GNU strip adds for
// arm64 (and not for amd64) unless the file has relocations for a linker.
func (p *plan) sectionSymbols() []byte {
	var out []byte
	for i, s := range p.sections {
		entry := make([]byte, symbolSize)
		entry[4] = byte(elf.STB_LOCAL)<<4 | byte(elf.STT_SECTION)
		binary.LittleEndian.PutUint16(entry[6:], uint16(i+1))
		binary.LittleEndian.PutUint64(entry[8:], s.Addr)
		out = append(out, entry...)
	}
	return out
}

// infoOf is the type and binding that GNU strip writes, which are not always
// those it read.
func (t *symbolTable) infoOf(s *symbol) byte {
	kind := elf.STT_NOTYPE
	switch s.info {
	case elf.STT_OBJECT, elf.STT_FUNC, elf.STT_TLS, elf.STT_GNU_IFUNC, elf.STT_RELC, elf.STT_SRELC:
		kind = s.info
	case elf.STT_COMMON:
		kind = elf.STT_OBJECT
	}
	if s.special == isSection && t.in.sections[s.section].tls() && t.number[s.section] != 0 {
		kind = elf.STT_TLS
	}
	bind := elf.STB_LOCAL
	switch s.bind {
	case elf.STB_GLOBAL, elf.STB_WEAK, elf.STB_LOOS:
		bind = s.bind
	}
	switch {
	case s.info == elf.STT_SECTION:
		kind = elf.STT_SECTION
		if s.bind != elf.STB_GLOBAL {
			bind = elf.STB_LOCAL
		}
	case s.special == elf.SHN_COMMON:
		bind = elf.STB_GLOBAL
		if s.info == elf.STT_COMMON {
			kind = elf.STT_COMMON
		} else if kind != elf.STT_TLS {
			kind = elf.STT_OBJECT
		}
	case s.special == elf.SHN_UNDEF:
		if bind != elf.STB_WEAK {
			bind = elf.STB_GLOBAL
		}
	case s.info == elf.STT_FILE:
		kind, bind = elf.STT_FILE, elf.STB_LOCAL
	}
	return byte(bind)<<4 | byte(kind)
}

// sectionOf is the number of the symbol's section in the output. Symbols of
// tables that are made anew become absolute.
func (t *symbolTable) sectionOf(s *symbol) uint16 {
	if s.special != isSection {
		return uint16(s.special)
	}
	if n := t.number[s.section]; n != 0 {
		return uint16(n)
	}
	return uint16(elf.SHN_ABS)
}

// relocations is a relocation section kept by the linker, to be copied with
// the new numbers of the symbols.
type relocations struct {
	in         *input
	from       *inputSection
	renumbered []uint32
}

// addRelocations adds, behind each section that has them, the section of its
// relocations, and marks the symbols these need.
func (p *plan) addRelocations(selected *selection, needed []bool) ([]*relocations, error) {
	var all []*relocations
	sections := make([]*section, 0, len(p.sections)+len(selected.relocs))
	for _, s := range p.sections {
		sections = append(sections, s)
		index, ok := selected.relocs[s.input]
		if !ok || s.Size == 0 {
			continue
		}
		from := &p.in.sections[index]
		if elf.SectionType(from.Type) != elf.SHT_RELA || from.Entsize != relocationSize {
			return nil, refuse("section "+p.in.describe(index)+" holds relocations that GNU strip refuses", "skip this variant")
		}
		r := &relocations{in: p.in, from: from}
		err := r.each(func(entry []byte) error {
			if n := binary.LittleEndian.Uint32(entry[12:]); uint64(n) < uint64(len(needed)) {
				needed[n] = true
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		size := from.Size - from.Size%relocationSize
		if size == 0 {
			continue
		}
		s.relocations = &section{name: ".rela" + s.name, copied: r, Section64: elf.Section64{Type: uint32(elf.SHT_RELA),
			Flags: uint64(elf.SHF_INFO_LINK), Size: size, Addralign: 8, Entsize: relocationSize}}
		sections = append(sections, s.relocations)
		all = append(all, r)
	}
	p.sections = sections
	return all, nil
}

// each calls f with every entry, in a buffer that f may change.
func (r *relocations) each(f func(entry []byte) error) error {
	data := io.NewSectionReader(r.in.Reader(), int64(r.from.Off), int64(r.from.Size-r.from.Size%relocationSize))
	buffer := make([]byte, 1024*relocationSize)
	for {
		n, err := io.ReadFull(data, buffer)
		for e := buffer[:n]; len(e) >= relocationSize; e = e[relocationSize:] {
			if err := f(e[:relocationSize]); err != nil {
				return err
			}
		}
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// WriteTo writes the entries as they are in the output.
func (r *relocations) WriteTo(w io.Writer) (int64, error) {
	written := int64(0)
	var out bytes.Buffer
	err := r.each(func(entry []byte) error {
		n := binary.LittleEndian.Uint32(entry[12:])
		if uint64(n) < uint64(len(r.renumbered)) {
			n = r.renumbered[n]
		} else {
			n = 0
		}
		binary.LittleEndian.PutUint32(entry[12:], n)
		out.Write(entry)
		if out.Len() < 1<<15 {
			return nil
		}
		k, err := out.WriteTo(w)
		written += k
		return err
	})
	if err != nil {
		return written, err
	}
	k, err := out.WriteTo(w)
	return written + k, err
}
