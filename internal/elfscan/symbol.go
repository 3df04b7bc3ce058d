package elfscan

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"unsafe"
)

// SymbolTable is .symtab, or .dynsym in a file without one.
type SymbolTable struct {
	Source   string // "symtab", "debug-file", "dynsym", or "none" for an empty table
	data     []byte
	shndx    []byte  // SHT_SYMTAB_SHNDX, nil without one
	binary   *Binary // the file that the table is in
	byHeader []int32 // section header index → what Symbol.Section is, -1 where there is none

	// The string table is read when many names are asked for. In a Go program
	// it is two or three: the function table has all the others.
	strings *Section
	names   []byte
	single  int // names read alone
	budget  int
	err     error
	files   []uint32 // name offsets of the STT_FILE symbols met by All
}

// Symbol is one entry of a symbol table.
type Symbol struct {
	Value   uint64 // virtual address
	Size    uint64
	Type    elf.SymType
	Bind    elf.SymBind
	Section int // position in Binary.Sections, those of the stripped file in a table from its debug file; -1 if undefined, absolute or common
	File    int // for a local symbol, the number of the STT_FILE symbol it follows (see FileName); -1 if there is none
	name    uint32
}

const symbolSize = 24

// Symbols reads the symbol table. A table that cannot be used (no string
// table, say) is reported in warnings and read as if it were not there.
func (b *Binary) Symbols() (t *SymbolTable, warnings []string, err error) {
	return b.symbolTable(elf.SHT_SYMTAB, elf.SHT_DYNSYM)
}

// symbolTable reads the first usable table of these kinds.
func (b *Binary) symbolTable(kinds ...elf.SectionType) (t *SymbolTable, warnings []string, err error) {
	t = &SymbolTable{Source: "none", binary: b, byHeader: b.byHeader}
	for _, kind := range kinds {
		s := b.sectionOfType(kind, -1)
		if s == nil || s.Size < 2*symbolSize { // entry 0 is the null symbol
			continue
		}
		strings := b.linked(s.link)
		if strings == nil || strings.Type != elf.SHT_STRTAB {
			warnings = append(warnings, fmt.Sprintf("section [%d] %s has no string table: its symbols are not used", s.Index, oneLine(s.Name)))
			continue
		}
		if t.data, err = b.Bytes(s); err != nil {
			return nil, warnings, err
		}
		t.strings = strings
		if x := b.sectionOfType(elf.SHT_SYMTAB_SHNDX, s.Index); x != nil {
			if t.shndx, err = b.Bytes(x); err != nil {
				return nil, warnings, err
			}
		}
		t.Source = "symtab"
		if kind == elf.SHT_DYNSYM {
			t.Source = "dynsym"
		}
		break
	}
	return t, warnings, nil
}

// sectionOfType returns the first section of the type; with link ≥ 0, the
// first that is linked to that section header.
func (b *Binary) sectionOfType(kind elf.SectionType, link int) *Section {
	for i := range b.Sections {
		if s := &b.Sections[i]; s.Type == kind && (link < 0 || int(s.link) == link) {
			return s
		}
	}
	return nil
}

func (b *Binary) linked(index uint32) *Section {
	if uint64(index) >= uint64(len(b.byHeader)) || b.byHeader[index] < 0 {
		return nil
	}
	return &b.Sections[b.byHeader[index]]
}

// Full says that the table names all functions and not only those that other
// files use.
func (t *SymbolTable) Full() bool { return t.Source == "symtab" || t.Source == "debug-file" }

// Len is the number of entries, an upper bound of what All yields.
func (t *SymbolTable) Len() int { return len(t.data) / symbolSize }

// Name returns the name of a symbol, which shares the table's memory.
//
// A hostile table can point a million symbols at one long name. Names are
// handed out as long as all of them together are not many times longer than
// the string table; after that they are empty, and Err says so.
func (t *SymbolTable) Name(s *Symbol) string { return t.nameAt(s.name) }

// Files is how many STT_FILE symbols the last run through All met.
func (t *SymbolTable) Files() int { return len(t.files) }

// FileName returns the name in STT_FILE symbol number i of the last run
// through All.
func (t *SymbolTable) FileName(i int) string { return t.nameAt(t.files[i]) }

// ErrNames is that names were left out.
var ErrNames = errors.New("the symbol table repeats long names beyond reason: some symbols have no name")

// Err returns the error of reading names, or ErrNames.
func (t *SymbolTable) Err() error { return t.err }

func (t *SymbolTable) nameAt(offset uint32) string {
	const (
		fewNames = 16
		longName = 1024
	)
	if t.names == nil && t.single < fewNames {
		t.single++
		buf := make([]byte, longName)
		n, _ := t.binary.SectionReader(t.strings).ReadAt(buf, int64(offset))
		if end := bytes.IndexByte(buf[:n], 0); end >= 0 {
			return string(buf[:end])
		}
	}
	if t.names == nil {
		var err error
		if t.names, err = t.binary.Bytes(t.strings); err != nil {
			t.err = err
			t.names = []byte{0}
		}
		t.budget = 64*len(t.names) + 1<<20
	}
	if uint64(offset) >= uint64(len(t.names)) {
		return ""
	}
	tail := t.names[offset:]
	tail = tail[:min(len(tail), t.budget)]
	n := bytes.IndexByte(tail, 0)
	if n < 0 {
		n = len(tail)
	}
	if t.budget -= n; t.budget <= 0 {
		if t.err == nil {
			t.err = ErrNames
		}
		return ""
	}
	return unsafe.String(unsafe.SliceData(tail), n)
}

// All yields the symbols in the table's order. STT_FILE symbols are not
// yielded but counted.
func (t *SymbolTable) All() iter.Seq[Symbol] {
	return func(yield func(Symbol) bool) {
		t.files = t.files[:0]
		le := binary.LittleEndian
		file := -1
		for i := symbolSize; i+symbolSize <= len(t.data); i += symbolSize {
			e := t.data[i : i+symbolSize : i+symbolSize]
			info := e[4]
			sym := Symbol{Type: elf.ST_TYPE(info), Bind: elf.ST_BIND(info), Value: le.Uint64(e[8:]), Size: le.Uint64(e[16:]),
				File: -1, name: le.Uint32(e)}
			if sym.Type == elf.STT_FILE {
				file = len(t.files)
				t.files = append(t.files, sym.name)
				continue
			}
			index := uint32(le.Uint16(e[6:]))
			switch {
			case index == uint32(elf.SHN_XINDEX):
				index = 0
				if at := i / symbolSize * 4; at+4 <= len(t.shndx) {
					index = le.Uint32(t.shndx[at:])
				}
			case index >= uint32(elf.SHN_LORESERVE):
				index = 0
			}
			sym.Section = -1
			if uint64(index) < uint64(len(t.byHeader)) {
				sym.Section = int(t.byHeader[index])
			}
			if sym.Bind == elf.STB_LOCAL {
				sym.File = file
			}
			if !yield(sym) {
				return
			}
		}
	}
}
