package tableclaims

import (
	"debug/elf"
	"encoding/binary"
	"io"
	"strings"

	"github.com/sizegate/sizegate/internal/attrib/account"
	"github.com/sizegate/sizegate/internal/elfscan"
)

// shtRELR is SHT_RELR of the generic ABI, which debug/elf has no name for.
const shtRELR elf.SectionType = 19

// AddRelocations claims each relocation for the owner of the place that it
// patches. If nobody is known to own that, the owner of what the place is made
// to point to is charged, as an inference: mostly data points to what its own
// package has.
//
// A word of .relr.dyn stands for up to 63 places, and their owners share it.
func (a *Tables) AddRelocations() error {
	find := a.Finder()
	var symbols *dynamicSymbols
	loaded := make(map[string]bool) // names of sections
	for i := range a.Binary.Sections {
		if s := &a.Binary.Sections[i]; s.Alloc() {
			loaded[s.Base] = true
		}
	}
	for i := range a.Binary.Sections {
		s := &a.Binary.Sections[i]
		if s.Kind != elfscan.Relocations || !a.Wanted(i) || s.Size == 0 || s.Shared() {
			continue
		}
		// With --emit-relocs linkers keep relocations of sections that are not
		// loaded, where places are offsets.
		if !s.Alloc() && !loaded[strings.TrimPrefix(strings.TrimPrefix(s.Base, ".rel"), "a")] {
			continue
		}
		if s.Type == shtRELR {
			if err := a.addRelative(i, find); err != nil {
				return err
			}
			continue
		}
		if symbols == nil {
			var err error
			if symbols, err = a.dynamicSymbols(find); err != nil {
				return err
			}
		}
		out := a.Records(i)
		pos := uint64(0)
		inferred := make(map[int32]int32) // the same owner, by inference
		err := a.relocationsOf(s, func(r *relocation) {
			owners := find.At(r.place)
			if owners == nil && s.Alloc() {
				if target := symbols.target(r); len(target) == 1 {
					owners = find.One(a.Owners.Inferred(target[0], inferred))
				}
			}
			out.Add(pos, pos+r.size, owners)
			pos += r.size
		})
		if err != nil {
			return err
		}
		out.Flush()
	}
	return nil
}

// relocation is an entry of a REL or RELA section.
type relocation struct {
	place  uint64 // the address that it patches
	kind   uint32
	symbol uint32 // index in the symbol table, 0 for none
	addend uint64 // 0 in REL, which keeps it in the place
	size   uint64 // bytes of the entry
}

// relocationsOf calls do for each entry of a REL or RELA section, in their order. It is
// valid until do returns.
func (a *Tables) relocationsOf(s *elfscan.Section, do func(*relocation)) error {
	size := 24
	if s.Type == elf.SHT_REL {
		size = 16
	}
	buf := make([]byte, min(s.Size/uint64(size), 4096)*uint64(size))
	le := binary.LittleEndian
	var reloc relocation // one for all, as it is allocated
	for r := a.Binary.SectionReader(s); len(buf) > 0; {
		n, err := io.ReadFull(r, buf)
		for e := buf[:n-n%size]; len(e) > 0; e = e[size:] {
			info := le.Uint64(e[8:])
			reloc = relocation{place: le.Uint64(e), kind: uint32(info), symbol: uint32(info >> 32), size: uint64(size)}
			if size == 24 {
				reloc.addend = le.Uint64(e[16:])
			}
			do(&reloc)
		}
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			break
		}
		if err != nil {
			return elfscan.ReadError(err)
		}
	}
	return nil
}

// relative says whether the place is made to point to the addend, or to what
// the function at the addend returns.
func (a *Tables) relative(kind uint32) bool {
	if a.Binary.Arch == elfscan.ARM64 {
		return kind == uint32(elf.R_AARCH64_RELATIVE) || kind == uint32(elf.R_AARCH64_IRELATIVE)
	}
	return kind == uint32(elf.R_X86_64_RELATIVE) || kind == uint32(elf.R_X86_64_IRELATIVE)
}

// addRelative claims the words of a RELR section. An even word is the address
// of a place. An odd one is a bitmap of the 63 words behind the places before
// it, its lowest bit aside.
func (a *Tables) addRelative(section int, find *account.Finder) error {
	const word, bits = 8, 63
	data, err := a.Binary.Bytes(&a.Binary.Sections[section])
	if err != nil {
		return err
	}
	out := a.Records(section)
	var owners []int32
	next := uint64(0)
	for pos := 0; pos+word <= len(data); pos += word {
		w := binary.LittleEndian.Uint64(data[pos:])
		if w&1 == 0 {
			next = w + word
			out.Add(uint64(pos), uint64(pos)+word, find.At(w))
			continue
		}
		owners = owners[:0]
		for i := range uint64(bits) {
			if w>>(i+1)&1 == 1 {
				owners = account.Join(owners, find.At(next+i*word), word)
			}
		}
		next += bits * word
		out.Add(uint64(pos), uint64(pos)+word, owners)
	}
	out.Flush()
	return nil
}

// dynamicSymbols is the symbols that relocations name.
type dynamicSymbols struct {
	a    *Tables
	find *account.Finder
	data []byte
}

func (a *Tables) dynamicSymbols(find *account.Finder) (*dynamicSymbols, error) {
	d := &dynamicSymbols{a: a, find: find}
	if i := a.FindSection(func(s *elfscan.Section) bool { return s.Type == elf.SHT_DYNSYM }); i >= 0 {
		var err error
		if d.data, err = a.Binary.Bytes(&a.Binary.Sections[i]); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// target returns the owners of what the relocation's place is made to point to.
// An import's is the linker: the file does not say who calls it, and the
// linker wrote all that it takes.
func (d *dynamicSymbols) target(r *relocation) []int32 {
	if d.a.relative(r.kind) {
		return d.find.At(r.addend)
	}
	at := uint64(r.symbol) * symbolSize
	if r.symbol == 0 || at+symbolSize > uint64(len(d.data)) {
		return nil
	}
	switch e := parseSymbol(d.data[at : at+symbolSize]); {
	case e.undefined():
		return d.find.One(d.a.Owners.Linker())
	case e.kind() == elf.STT_TLS:
		return nil // an offset and no address
	default:
		return d.find.At(e.value)
	}
}
