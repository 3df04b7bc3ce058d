package tableclaims

import (
	"bytes"
	"cmp"
	"debug/elf"
	"encoding/binary"
	"math"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/attrib/account"
	"github.com/sizegate/sizegate/internal/attrib/native"
	"github.com/sizegate/sizegate/internal/attrib/ownership"
	"github.com/sizegate/sizegate/internal/attrib/radix"
	"github.com/sizegate/sizegate/internal/elfscan"
)

// AddSymbolTables claims .symtab and .dynsym with what belongs to them: their
// string tables, the extended section indexes, the versions and the hash tables.
// Each symbol's entry, name, version and chain word are the owner's of what the
// symbol stands for. The linker's are imports (the file does not say who calls
// them), section symbols, the marks that linkers set (_end), strings that no
// symbol has for a name, and the parts of hash tables that are no symbol's.
func (a *Tables) AddSymbolTables() error {
	for _, t := range [...]struct {
		kind   elf.SectionType
		belong func(*elfscan.Section) bool
	}{
		{elf.SHT_SYMTAB, func(s *elfscan.Section) bool {
			return s.Type == elf.SHT_SYMTAB_SHNDX || s.Type == elf.SHT_STRTAB && s.Base == ".strtab"
		}},
		{elf.SHT_DYNSYM, func(s *elfscan.Section) bool {
			switch s.Type {
			case elf.SHT_GNU_VERSYM, elf.SHT_HASH, elf.SHT_GNU_HASH:
				return true
			}
			return s.Type == elf.SHT_STRTAB && s.Base == ".dynstr"
		}},
	} {
		table := a.FindSection(func(s *elfscan.Section) bool { return s.Type == t.kind })
		if table < 0 {
			continue
		}
		var wanted []int // sections
		for i := range a.Binary.Sections {
			// Of each type the first counts, as for the loader.
			s := &a.Binary.Sections[i]
			if (i == table || t.belong(s)) && s.Size > 0 && !s.Shared() && a.Wanted(i) &&
				!slices.ContainsFunc(wanted, func(j int) bool { return a.Binary.Sections[j].Type == s.Type }) {
				wanted = append(wanted, i)
			}
		}
		if len(wanted) == 0 {
			continue
		}
		st, err := a.readSymbolTable(table, t.belong)
		if err != nil {
			return err
		}
		for _, i := range wanted {
			if err := st.add(i); err != nil {
				return err
			}
		}
	}
	return nil
}

// symbolEntry is one entry of a symbol table.
type symbolEntry struct {
	name          uint32
	info          byte
	index         elf.SectionIndex
	value, length uint64
}

const symbolSize = 24

func parseSymbol(e []byte) symbolEntry {
	le := binary.LittleEndian
	return symbolEntry{name: le.Uint32(e), info: e[4], index: elf.SectionIndex(le.Uint16(e[6:])),
		value: le.Uint64(e[8:]), length: le.Uint64(e[16:])}
}

func (e *symbolEntry) kind() elf.SymType { return elf.ST_TYPE(e.info) }
func (e *symbolEntry) local() bool       { return elf.ST_BIND(e.info) == elf.STB_LOCAL }
func (e *symbolEntry) undefined() bool   { return e.index == elf.SHN_UNDEF }

// ownedSymbols is a symbol table and who owns its symbols.
type ownedSymbols struct {
	a       *Tables
	find    *account.Finder
	linker  []int32
	strings *elfscan.Window // nil without a string table
	budget  int             // bytes of names that may still be looked at
	err     error           // of reading, the first
	owners  []int32         // of each symbol: ownership.Nobody, or in shared where they are several
	shared  [][]int32
	names   []uint64 // of each symbol that has one: its offset in the upper half, and the symbol
}

// set says who owns a symbol. Nearly all have one owner: a list for each would take six
// times the memory, all of which the garbage collector has to look through.
func (t *ownedSymbols) set(i int, owners []int32) {
	switch len(owners) {
	case 0:
		t.owners[i] = ownership.Nobody
	case 1:
		t.owners[i] = owners[0]
	default:
		t.shared = append(t.shared, owners)
		t.owners[i] = ownership.Nobody - int32(len(t.shared))
	}
}

// of returns the owners of a symbol.
func (t *ownedSymbols) of(i int) []int32 {
	if owner := t.owners[i]; owner >= ownership.Nobody {
		return t.find.One(owner)
	}
	return t.shared[ownership.Nobody-1-t.owners[i]]
}

func (a *Tables) readSymbolTable(section int, belong func(*elfscan.Section) bool) (*ownedSymbols, error) {
	t := &ownedSymbols{a: a, find: a.Finder()}
	t.linker = t.find.One(a.Owners.Linker())
	strings := a.FindSection(func(s *elfscan.Section) bool { return s.Type == elf.SHT_STRTAB && belong(s) })
	if strings >= 0 {
		t.strings = a.Binary.Window(&a.Binary.Sections[strings], 0)
	}
	// A hostile table can point a million symbols at one long name.
	t.budget = int(16*t.size()) + 1<<20
	t.own(a.Binary.Window(&a.Binary.Sections[section], 0))
	return t, t.err
}

// size is that of the string table.
func (t *ownedSymbols) size() uint64 {
	if t.strings == nil {
		return 0
	}
	return t.strings.Size()
}

// text returns the string at an offset without what ends it, cut to limit bytes.
// It is valid until the next call.
func (t *ownedSymbols) text(offset uint64, limit int) []byte {
	const usual = 256
	for n := usual; offset < t.size() && limit > 0; n *= 4 {
		text, err := t.strings.At(offset, min(n, limit))
		if err != nil {
			t.err = cmp.Or(t.err, err)
			break
		}
		if end := bytes.IndexByte(text, 0); end >= 0 {
			return text[:end]
		}
		if len(text) < n {
			return text
		}
	}
	return nil
}

func (t *ownedSymbols) name(offset uint32) string {
	text := t.text(uint64(offset), t.budget)
	t.budget -= len(text)
	return string(text)
}

// own reads the table, and finds the owners of all symbols.
func (t *ownedSymbols) own(data *elfscan.Window) {
	const step = 2048 // entries
	n := int(data.Size() / symbolSize)
	t.owners, t.names = make([]int32, n), make([]uint64, 0, n)
	var file openFile
	var entries []byte
	for i := range t.owners {
		if len(entries) == 0 {
			var err error
			if entries, err = data.At(uint64(i)*symbolSize, min(n-i, step)*symbolSize); err != nil {
				t.err = cmp.Or(t.err, err)
				return
			}
		}
		e := parseSymbol(entries)
		entries = entries[symbolSize:]
		if e.name != 0 && uint64(e.name) < t.size() {
			t.names = append(t.names, uint64(e.name)<<32|uint64(i))
		}
		switch {
		case i == 0, e.kind() == elf.STT_SECTION:
			t.set(i, t.linker)
		case e.kind() == elf.STT_FILE:
			t.close(&file)
			file = openFile{symbol: i, name: e.name}
		default:
			owners := t.owner(&e)
			t.set(i, owners)
			if !e.local() {
				t.close(&file)
			} else if file.symbol > 0 {
				const most = 64 // an entry has 24 bytes to divide, and the file's name not many more
				file.owners = account.Join(file.owners, owners, most)
			}
		}
	}
	t.close(&file)
}

// openFile is an STT_FILE symbol that local symbols follow: which it is, its name, and
// the owners of these. Its number is 0 where there is none.
type openFile struct {
	symbol int
	name   uint32
	owners []int32
}

// close gives an STT_FILE symbol to the owners of those that follow it. One that no
// symbol with an owner follows is of the source that it names.
func (t *ownedSymbols) close(file *openFile) {
	if file.symbol == 0 {
		return
	}
	owners := file.owners
	if owners == nil {
		if origin, ok := native.FromFileSymbol(t.name(file.name)); ok {
			owners = t.find.One(t.a.Owners.OfOrigin(&origin, ownership.Exact))
		}
	}
	t.set(file.symbol, owners)
	*file = openFile{}
}

// owner returns the owners of what a symbol stands for. Where several own it,
// as functions that were folded into one, and the name tells which, it is that
// one.
func (t *ownedSymbols) owner(e *symbolEntry) []int32 {
	if e.undefined() {
		return t.linker
	}
	if e.length == 0 && (e.kind() == elf.STT_NOTYPE || e.kind() == elf.STT_OBJECT) && linkerMark(t.name(e.name)) {
		return t.linker
	}
	var owners []int32
	address := e.kind() != elf.STT_TLS && (e.index < elf.SHN_LORESERVE || e.index == elf.SHN_XINDEX)
	if address {
		if owners = t.find.At(e.value); len(owners) == 1 {
			return owners
		}
	}
	name := t.name(e.name)
	byName := t.a.symbols.OwnerByName(e.kind(), name)
	switch {
	case len(owners) == 0 && byName == ownership.Nobody && e.index == elf.SHN_ABS:
		return t.linker // a constant of the linker's script, or a version
	case len(owners) == 0, slices.Contains(owners, byName), byName != ownership.Nobody && len(owners) == account.MostSharing:
		return t.find.One(byName)
	}
	return owners
}

// linkerMark says whether a symbol without a size marks a place that linkers
// and start-up objects define, and so is no part of what stands there.
func linkerMark(name string) bool {
	switch name {
	case "_end", "end", "_edata", "edata", "_etext", "etext", "__bss_start", "__bss_start__", "__bss_end__", "_bss_end__", "__end__",
		"__data_start", "data_start", "__ehdr_start", "__executable_start", "__dso_handle", "__TMC_END__",
		"_DYNAMIC", "_GLOBAL_OFFSET_TABLE_", "_PROCEDURE_LINKAGE_TABLE_", "_TLS_MODULE_BASE_",
		"__TMC_LIST__", "__GNU_EH_FRAME_HDR", "__EH_FRAME_BEGIN__", "__FRAME_END__", "__rela_iplt_start", "__rela_iplt_end",
		"__frame_dummy_init_array_entry", "__do_global_dtors_aux_fini_array_entry":
		return true
	}
	return strings.HasPrefix(name, "__") && strings.Contains(name, "it_array_") || strings.HasPrefix(name, "__fini_array_")
}

// add claims one of the sections.
func (t *ownedSymbols) add(section int) error {
	s := &t.a.Binary.Sections[section]
	switch s.Type {
	case elf.SHT_SYMTAB, elf.SHT_DYNSYM:
		t.addWords(section, 0, symbolSize, 0)
		return nil
	case elf.SHT_SYMTAB_SHNDX:
		t.addWords(section, 0, 4, 0)
		return nil
	case elf.SHT_GNU_VERSYM:
		t.addWords(section, 0, 2, 0)
		return nil
	case elf.SHT_STRTAB:
		t.addStrings(section)
		return t.err
	}
	data, err := t.a.Binary.Bytes(s)
	if err != nil {
		return err
	}
	// The chain words are at the end of both hash tables. What stands before
	// them is the linker's: how many buckets there are is its choice.
	const word = 4
	le := binary.LittleEndian
	var chains, first uint64 // the offset of the chain words, and whose symbol's is the first
	switch {
	case s.Type == elf.SHT_HASH && len(data) >= 2*word:
		chains = word * (2 + uint64(le.Uint32(data)))
	case s.Type == elf.SHT_GNU_HASH && len(data) >= 4*word:
		buckets, bloom := uint64(le.Uint32(data)), uint64(le.Uint32(data[2*word:]))
		first = uint64(le.Uint32(data[word:]))
		chains = 4*word + 8*bloom + word*buckets
	default:
		return nil
	}
	if chains > uint64(len(data)) {
		return nil
	}
	out := t.a.Records(section)
	out.Add(0, chains, t.linker)
	out.Flush()
	t.addWords(section, chains, word, first)
	return nil
}

// addWords claims a list that has an item of so many bytes for each symbol, from
// the first-th symbol on.
func (t *ownedSymbols) addWords(section int, offset, size, first uint64) {
	out := t.a.Records(section)
	for i, n := first, uint64(len(t.owners)); i < n; {
		owner, from := t.owners[i], i
		for i++; i < n && t.owners[i] == owner && owner >= ownership.Nobody; i++ {
		}
		out.Add(offset, offset+(i-from)*size, t.of(int(from)))
		offset += (i - from) * size
	}
	out.Flush()
}

// addStrings claims the names. Linkers keep a string that is the end of another
// inside it: the bytes of such an end belong to the owners of both, in equal
// parts.
func (t *ownedSymbols) addStrings(section int) {
	names := radix.Sort(t.names, 32)
	t.names = nil
	out := t.a.Records(section)
	seen := make([]uint64, len(t.a.Owners.Keys)) // by owner: the end of the last string that it has a part of
	var owners []int32
	pos := uint64(0)
	for len(names) > 0 {
		lo := names[0] >> 32
		out.Add(pos, lo, t.linker) // names of libraries and versions
		end := min(t.size(), lo+uint64(len(t.text(lo, math.MaxInt)))+1)
		owners = owners[:0]
		for len(names) > 0 && names[0]>>32 < end {
			lo = names[0] >> 32
			for len(names) > 0 && names[0]>>32 == lo {
				for _, o := range t.of(int(uint32(names[0]))) {
					if seen[o] != end {
						seen[o] = end
						owners = append(owners, o)
					}
				}
				names = names[1:]
			}
			hi := end
			if len(names) > 0 {
				hi = min(hi, names[0]>>32)
			}
			out.Add(lo, hi, owners)
		}
		pos = end
	}
	out.Add(pos, t.size(), t.linker)
	out.Flush()
}
