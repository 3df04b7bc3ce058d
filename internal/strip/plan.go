package strip

import (
	"debug/elf"
	"encoding/binary"
	"slices"

	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/strip/stringtable"
)

// plan is the stripped file: where everything goes, and none of what the
// input has at hand.
type plan struct {
	in       *input
	mode     Mode
	sections []*section // in the order of the section headers, without the null section
	segments []*segment // in the order of the program headers
	// tableLoaded says that a loaded segment covers the program headers.
	tableLoaded    bool
	programHeaders uint64 // their offset
	sectionHeaders uint64 // their offset
	names          *section
	symtab, strtab *section // nil without symbols
	pieces         []piece
	size           uint64
	limit          uint64 // no honest file gets larger
}

func newPlan(b *elfscan.Binary, mode Mode) (*plan, error) {
	in, err := readInput(b)
	if err != nil {
		return nil, err
	}
	selected, err := in.selectSections()
	if err != nil {
		return nil, err
	}
	if err := in.checkDropped(selected.dropped); err != nil {
		return nil, err
	}
	p := &plan{in: in, mode: mode, limit: 2*in.Size + 1<<22}
	for _, i := range selected.keep {
		p.sections = append(p.sections, in.newSection(i))
	}
	if mode == All {
		if err := p.mergeNotes(selected.relocs); err != nil {
			return nil, err
		}
	}
	p.mapSegments()
	if mode == Debug {
		if err := p.keepSymbols(selected); err != nil {
			return nil, err
		}
	}
	p.names = &section{name: ".shstrtab", Section64: elf.Section64{Type: uint32(elf.SHT_STRTAB), Addralign: 1}}
	p.sections = append(p.sections, p.names)
	p.nameSections()
	if len(p.sections)+1 >= int(elf.SHN_LORESERVE) {
		return nil, refuse("too many sections for GNU strip", "link with fewer sections")
	}
	p.link()
	if err := p.layOut(); err != nil {
		return nil, err
	}
	return p, nil
}

// programHeaders is the offset of the input's program headers.
func (in *input) programHeaders() uint64 { return binary.LittleEndian.Uint64(in.head[32:]) }

// nameSections makes the section name table. GNU strip adds its own three
// tables to it before the others.
func (p *plan) nameSections() {
	var t stringtable.Table
	numbers := make([]int, len(p.sections))
	own := func(s *section) bool { return s == p.symtab || s == p.strtab || s == p.names }
	for _, mine := range []bool{true, false} {
		for i, s := range p.sections {
			if own(s) == mine {
				numbers[i] = t.AddText(s.name)
			}
		}
	}
	t.LayOut()
	for i, s := range p.sections {
		s.Name = t.Offset(numbers[i])
	}
	p.names.data = t.Bytes()
	p.names.Size = t.Size
}

// number is the index of the section's header, 0 for nil.
func (p *plan) number(s *section) uint32 {
	return uint32(slices.Index(p.sections, s) + 1)
}
