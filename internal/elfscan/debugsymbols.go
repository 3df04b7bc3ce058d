package elfscan

import "debug/elf"

// HasSymtab says whether the file has symbols besides those for the loader. They
// are not read: most files have them.
func (b *Binary) HasSymtab() bool {
	s := b.sectionOfType(elf.SHT_SYMTAB, -1)
	return s != nil && s.Size >= 2*symbolSize
}

// SymbolsOf reads the symbol table of a debug file, as if it were that of the program
// that it was split from. For the position of a section of the debug file, partner
// has that of the same section of the program, -1 where there is none. A table that
// cannot be used is reported in warnings, and is empty, with the source "none".
func (b *Binary) SymbolsOf(partner []int) (t *SymbolTable, warnings []string, err error) {
	t, warnings, err = b.symbolTable(elf.SHT_SYMTAB)
	if err != nil {
		return nil, warnings, err
	}
	if t.Source != "none" {
		t.Source = "debug-file"
	}
	t.byHeader = make([]int32, len(b.byHeader))
	for header, position := range b.byHeader {
		t.byHeader[header] = -1
		if position >= 0 {
			t.byHeader[header] = int32(partner[position])
		}
	}
	return t, warnings, nil
}
