package elfscan

import (
	"bytes"
	"cmp"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"unsafe"
)

// SymbolTable is .symtab, or .dynsym in a file without one.
type SymbolTable struct {
	Source   string   // "symtab", "debug-file", "dynsym", or "none" for an empty table
	table    *Section // nil for an empty table
	shndx    []byte   // SHT_SYMTAB_SHNDX, nil without one
	binary   *Binary  // the file that the table is in
	byHeader []int32  // section header index → what Symbol.Section is, -1 where there is none

	// The string table is read when many names are asked for. In a Go program
	// it is two or three: the function table has all the others.
	strings *Section
	names   []byte
	window  *Window // on them, as long as they are not read whole
	single  int     // names read alone
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
	Section int    // position in Binary.Sections, those of the stripped file in a table from its debug file; -1 if undefined, absolute or common
	File    int    // for a local symbol, the number of the STT_FILE symbol it follows (see FileName); -1 if there is none
	NameAt  uint32 // offset of the name in the string table
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
			warnings = append(warnings, fmt.Sprintf("section [%d] %s has no string table: its symbols are not used", s.Index, OneLine(s.Name)))
			continue
		}
		// Entries are read as they are asked for. A file that cannot be read at all
		// is to fail at once.
		var last [symbolSize]byte
		if n, err := b.SectionReader(s).ReadAt(last[:], int64(s.Size-symbolSize)); n < symbolSize {
			return nil, warnings, ReadError(err)
		}
		t.table, t.strings = s, strings
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
func (t *SymbolTable) Len() int {
	if t.table == nil {
		return 0
	}
	return int(t.table.Size / symbolSize)
}

// Name returns the name of a symbol, which shares the table's memory.
//
// A hostile table can point a million symbols at one long name. Names are
// handed out as long as all of them together are not many times longer than
// the string table; after that they are empty, and Err says so.
func (t *SymbolTable) Name(s *Symbol) string { return t.nameAt(s.NameAt) }

// NameOnce is Name, by Symbol.NameAt, for a name that is not kept: it is valid
// until the next call only. In the table's order it needs little memory, as
// linkers write names in the order of the symbols.
func (t *SymbolTable) NameOnce(offset uint32) string {
	if t.names != nil || t.strings == nil {
		return t.nameAt(offset)
	}
	if t.window == nil {
		t.window = t.binary.Window(t.strings, 0)
		t.budget = nameBudget(t.window.Size())
	}
	if t.budget <= 0 {
		return ""
	}
	const usual = 256
	for n := usual; ; n *= 4 {
		text, err := t.window.At(uint64(offset), min(n, t.budget))
		if err != nil {
			t.err = cmp.Or(t.err, err)
			return ""
		}
		end := bytes.IndexByte(text, 0)
		if end < 0 && len(text) == n {
			continue
		}
		return t.pay(text, end)
	}
}

// Part is the table for one of n who read its names at the same time and share what
// these may cost. It has NameOnce alone. done is a part that is not used any more, or
// nil: its buffer is.
func (t *SymbolTable) Part(n int, done *SymbolTable) *SymbolTable {
	var w *Window
	if done != nil {
		w = done.window
	} else {
		w = t.binary.Window(t.strings, 0)
	}
	return &SymbolTable{binary: t.binary, strings: t.strings, window: w, budget: nameBudget(w.Size()) / n}
}

// Join takes over the error of a part.
func (t *SymbolTable) Join(part *SymbolTable) { t.err = cmp.Or(t.err, part.err) }

// LoadNames reads all names at once, so that NameOnce is Name.
func (t *SymbolTable) LoadNames() {
	if t.names != nil || t.strings == nil {
		return
	}
	var err error
	if t.names, err = t.binary.Bytes(t.strings); err != nil {
		t.err = err
		t.names = []byte{0}
	}
	t.budget = nameBudget(uint64(len(t.names)))
}

// Forget drops all but Source and the error: there are then no symbols and no names.
func (t *SymbolTable) Forget() {
	t.table, t.shndx, t.names, t.window, t.strings = nil, nil, nil, nil, nil
}

func nameBudget(size uint64) int { return int(64*size) + 1<<20 }

// Files is how many STT_FILE symbols the last run through All met.
func (t *SymbolTable) Files() int { return len(t.files) }

// FileName returns the name in STT_FILE symbol number i of the last run
// through All.
func (t *SymbolTable) FileName(i int) string { return strings.Clone(t.NameOnce(t.files[i])) }

// FileNames yields the names in the STT_FILE symbols of the last run through All,
// with their numbers, in the order in which they are in the string table.
func (t *SymbolTable) FileNames() iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		order := make([]int, len(t.files))
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(t.files[i], t.files[j]) })
		for _, i := range order {
			if !yield(i, t.FileName(i)) {
				return
			}
		}
	}
}

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
	t.LoadNames()
	if uint64(offset) >= uint64(len(t.names)) {
		return ""
	}
	tail := t.names[offset:]
	tail = tail[:min(len(tail), t.budget)]
	return t.pay(tail, bytes.IndexByte(tail, 0))
}

// pay takes a name, which ends at n or with the text if that is negative, off the
// budget.
func (t *SymbolTable) pay(tail []byte, n int) string {
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
// yielded but counted. Each run reads the table anew, as it is more than what is
// kept of it; where that fails the run ends and Err says so.
func (t *SymbolTable) All() iter.Seq[Symbol] {
	return func(yield func(Symbol) bool) {
		t.files = t.files[:0]
		if t.table == nil {
			return
		}
		const step = 2048 // entries
		le := binary.LittleEndian
		r := t.binary.SectionReader(t.table)
		buf := make([]byte, step*symbolSize)
		file := -1
		var entries []byte
		for i, n := 1, t.Len(); i < n; i++ {
			if len(entries) == 0 {
				entries = buf[:min(n-i, step)*symbolSize]
				if got, err := r.ReadAt(entries, int64(i)*symbolSize); got < len(entries) {
					t.err = cmp.Or(t.err, ReadError(err))
					return
				}
			}
			e := entries[:symbolSize:symbolSize]
			entries = entries[symbolSize:]
			info := e[4]
			sym := Symbol{Type: elf.ST_TYPE(info), Bind: elf.ST_BIND(info), Value: le.Uint64(e[8:]), Size: le.Uint64(e[16:]),
				File: -1, NameAt: le.Uint32(e)}
			if sym.Type == elf.STT_FILE {
				file = len(t.files)
				t.files = append(t.files, sym.NameAt)
				continue
			}
			index := uint32(le.Uint16(e[6:]))
			switch {
			case index == uint32(elf.SHN_XINDEX):
				index = 0
				if at := i * 4; at+4 <= len(t.shndx) {
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
