package attrib

import (
	"debug/elf"
	"encoding/binary"
	"strings"

	"github.com/sizegate/sizegate/internal/attrib/account"
	"github.com/sizegate/sizegate/internal/attrib/ownership"
	"github.com/sizegate/sizegate/internal/attrib/stage"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/span"
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

// addPointers claims the words of the global offset tables and of the lists of
// functions to start and to end with. A word is the owner's of what it points
// to: by its relocation, else by itself. The linker's are the words for imports
// and those that the loader fills in by itself, which are zero.
func (a *attribution) addPointers() error {
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

// addLinkerData and addLinkerTables claim the sections that only linkers write,
// for what nothing in them claims more closely. LLVM's BOLT leaves the unwind
// tables of the code that it moved behind, as it does the code.
func (a *attribution) addLinkerData() error   { return a.addLinkerOnly(stage.Data) }
func (a *attribution) addLinkerTables() error { return a.addLinkerOnly(stage.Tables) }

func (a *attribution) addLinkerOnly(st stage.Stage) error {
	for i := range a.Binary.Sections {
		s := &a.Binary.Sections[i]
		if s.Size == 0 || s.Type == elf.SHT_NOBITS || stage.Of(s) != st || !a.Wanted(i) {
			continue
		}
		var owner int32
		switch {
		case linkerOnly(s):
			owner = a.Owners.Linker()
		case strings.HasPrefix(s.Base, ".bolt.org.eh_frame"), strings.HasPrefix(s.Base, ".bolt.org.gcc_except_table"):
			owner = a.Owners.Get(ownership.Key{Kind: ownership.Linker, Name: BOLTOriginal, Confidence: ownership.Exact})
		default:
			continue
		}
		a.Charge(i, span.Range{Lo: s.Addr, Hi: s.Addr + s.Size}, account.RankSection, owner)
	}
	return nil
}

// linkerOnly says whether a section is written by linkers, or by the tools that
// run behind them, and describes the file as a whole. Go's notes and the probes
// of SystemTap are not: they are of a program or a library in it.
func linkerOnly(s *elfscan.Section) bool {
	switch s.Type {
	case elf.SHT_DYNAMIC, elf.SHT_GNU_VERDEF, elf.SHT_GNU_VERNEED:
		return true
	case elf.SHT_NOTE:
		return !strings.HasPrefix(s.Base, ".note.go.") && s.Base != ".note.stapsdt"
	}
	switch s.Base {
	case ".interp", ".dynamic", ".comment", ".shstrtab", ".gnu_debuglink", ".gnu_debugaltlink":
		return true
	}
	return false
}
