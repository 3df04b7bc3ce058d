package tableclaims

import (
	"debug/elf"
	"encoding/binary"

	"github.com/sizegate/sizegate/internal/attrib/account"
	"github.com/sizegate/sizegate/internal/elfscan"
)

// pointerTable says whether a section is a list of addresses that linkers
// collect.
func pointerTable(s *elfscan.Section) bool {
	if s.Type == elf.SHT_NOBITS || !s.Alloc() {
		return false
	}
	switch s.Type {
	case elf.SHT_INIT_ARRAY, elf.SHT_FINI_ARRAY, elf.SHT_PREINIT_ARRAY:
		return true
	}
	switch s.Base {
	case ".got", ".got.plt", ".init_array", ".fini_array", ".preinit_array":
		return true
	}
	return false
}

// AddPointers claims the words of the global offset tables and of the lists of
// functions to start and to end with. A word is the owner's of what it points
// to: by its relocation, else by itself. The linker's are the words for imports
// and those that the loader fills in by itself, which are zero.
func (a *Tables) AddPointers() error {
	const word = 8
	find := a.Finder()
	tables := make(map[int][]bool) // by section: the words that a relocation decides
	outs := make(map[int]*account.Records)
	for i := range a.Binary.Sections {
		if s := &a.Binary.Sections[i]; pointerTable(s) && a.Wanted(i) && s.Size >= word && !s.Shared() {
			tables[i] = make([]bool, s.Size/word)
			outs[i] = a.Records(i)
		}
	}
	if len(tables) == 0 {
		return nil
	}
	symbols, err := a.dynamicSymbols(find)
	if err != nil {
		return err
	}
	for i := range a.Binary.Sections {
		s := &a.Binary.Sections[i]
		if s.Type != elf.SHT_RELA || !s.Alloc() || s.Shared() {
			continue
		}
		err := a.relocationsOf(s, func(r *relocation) {
			section := a.Binary.SectionAt(r.place)
			decided := tables[section]
			if decided == nil {
				return
			}
			offset := r.place - a.Binary.Sections[section].Addr
			if n := offset / word; offset%word == 0 && n < uint64(len(decided)) && !decided[n] {
				decided[n] = true
				outs[section].Add(offset, offset+word, symbols.target(r))
			}
		})
		if err != nil {
			return err
		}
	}
	linker := find.One(a.Owners.Linker())
	for i := range a.Binary.Sections {
		decided := tables[i]
		if decided == nil {
			continue
		}
		data, err := a.Binary.Bytes(&a.Binary.Sections[i])
		if err != nil {
			return err
		}
		for n, done := range decided {
			if done {
				continue
			}
			offset := uint64(n * word)
			owners := linker
			if v := binary.LittleEndian.Uint64(data[offset:]); v != 0 {
				owners = find.At(v)
			}
			outs[i].Add(offset, offset+word, owners)
		}
		outs[i].Flush()
	}
	return nil
}
