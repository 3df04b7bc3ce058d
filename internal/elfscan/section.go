package elfscan

import (
	"cmp"
	"debug/elf"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/sizegate/sizegate/internal/span"
)

// Kind is what the bytes of a section are for.
type Kind string

const (
	Code        Kind = "code"
	ROData      Kind = "rodata"
	Data        Kind = "data"
	BSS         Kind = "bss"
	Debug       Kind = "debug"
	Symbols     Kind = "symbols" // symbol, string, hash and version tables
	Relocations Kind = "relocations"
	Unwind      Kind = "unwind"
	Other       Kind = "other"
)

// Section is one entry of the section header table, or one loadable segment
// of a file that has no such table.
type Section struct {
	Index    int    // in the section header table; -1 for a segment
	Name     string // unique within the file: a name that repeats has its index added, as in ".text[16]"
	Base     string // the name as the file has it, bytes that are no UTF-8 replaced
	Type     elf.SectionType
	Flags    elf.SectionFlag
	Kind     Kind
	Addr     uint64       // virtual address, 0 if it is not loaded
	Offset   uint64       // in the file
	Size     uint64       // as the header says: bytes in the file, or of memory for NOBITS
	FileSize uint64       // bytes of the file that are this section's alone; 0 for NOBITS; less than Size only where it overlaps what comes first
	Owned    []span.Range // those bytes, as offsets in the file
	VMSize   uint64       // bytes of memory, 0 if it is not loaded
	link     uint32
	header   *elf.Section // nil for a segment
}

// Alloc says whether the section is part of the program's memory.
func (s *Section) Alloc() bool { return s.Flags&elf.SHF_ALLOC != 0 }

// HasCode says whether the section holds code that is in the file.
func (s *Section) HasCode() bool { return s.Flags&elf.SHF_EXECINSTR != 0 && s.Type != elf.SHT_NOBITS }

// Contains says whether the section holds the byte at virtual address addr.
func (s *Section) Contains(addr uint64) bool {
	return s.Alloc() && addr >= s.Addr && addr-s.Addr < s.Size
}

// Shared says that bytes of the section are also in what comes before it in
// the headers, which owns them. Honest linkers write no such sections.
func (s *Section) Shared() bool { return s.Type != elf.SHT_NOBITS && s.FileSize != s.Size }

// MaxMemory is the most memory that is believed, of all sections without bytes in
// the file and of all segments: the 47 bits of address space
// that a program has on both architectures.
const MaxMemory = 1 << 47

func (b *Binary) readSections(f *elf.File) error {
	if len(f.Sections) == 0 {
		b.readSegmentsAsSections()
		return nil
	}
	name := uniqueNames(f)
	memory := uint64(0) // of all sections
	b.byHeader = make([]int32, len(f.Sections))
	b.Sections = make([]Section, 0, len(f.Sections)-1)
	for i, h := range f.Sections {
		if i == 0 || h.Type == elf.SHT_NULL {
			b.byHeader[i] = -1
			continue
		}
		s := Section{Index: i, Name: name[i], Base: strings.ToValidUTF8(h.Name, "?"), Type: h.Type, Flags: h.Flags, Addr: h.Addr,
			Offset: h.Offset, Size: h.FileSize, link: h.Link, header: h}
		if s.Type == elf.SHT_NOBITS {
			if s.Size > MaxMemory-memory {
				return b.badSection(&s, fmt.Sprintf("claims %d bytes of memory", s.Size))
			}
			memory += s.Size
		} else if s.Offset > b.Size || s.Size > b.Size-s.Offset {
			return b.badSection(&s, fmt.Sprintf("claims %d bytes at offset %d, past the end of the file at %d", s.Size, s.Offset, b.Size))
		}
		if s.Addr > math.MaxUint64-s.Size {
			return b.badSection(&s, fmt.Sprintf("claims %d bytes at address %#x, past the end of memory", s.Size, s.Addr))
		}
		if s.Alloc() {
			s.VMSize = s.Size
		}
		s.Kind = kindOf(h.Name, &s)
		b.byHeader[i] = int32(len(b.Sections))
		b.Sections = append(b.Sections, s)
	}
	return nil
}

// uniqueNames returns the names of the sections by their index. Names may
// repeat and hold any bytes; reports use them as keys.
func uniqueNames(f *elf.File) []string {
	names := make([]string, len(f.Sections))
	count := make(map[string]int, len(names))
	for i, s := range f.Sections {
		names[i] = strings.ToValidUTF8(s.Name, "?")
		count[names[i]]++
	}
	for i, name := range names {
		if count[name] == 1 && name != "" {
			continue
		}
		indexed := fmt.Sprintf("%s[%d]", name, i)
		for count[indexed] > 0 { // somebody named a section ".text[7]"
			indexed += "'"
		}
		count[indexed]++
		names[i] = indexed
	}
	return names
}

func (b *Binary) badSection(s *Section, problem string) error {
	return &Error{Problem: fmt.Sprintf("a damaged ELF file: section [%d] %s %s", s.Index, OneLine(s.Name), problem),
		Hint: "copy or build it again"}
}

// readSegmentsAsSections serves files without section headers (UPX, sstrip,
// some firmware): what the kernel loads is all there is to tell.
func (b *Binary) readSegmentsAsSections() {
	b.BySegment = true
	n := 0
	for _, p := range b.Segments {
		if p.Type != elf.PT_LOAD {
			continue
		}
		s := Section{Index: -1, Name: fmt.Sprintf("LOAD[%d]", n), Base: fmt.Sprintf("LOAD[%d]", n), Type: elf.SHT_PROGBITS, Flags: elf.SHF_ALLOC,
			Addr: p.Vaddr, Offset: p.Off, Size: p.Filesz, VMSize: p.Memsz, Kind: ROData}
		n++
		switch {
		case p.Flags&elf.PF_X != 0:
			s.Flags |= elf.SHF_EXECINSTR
			s.Kind = Code
		case p.Flags&elf.PF_W != 0:
			s.Kind = Data
		}
		if p.Flags&elf.PF_W != 0 {
			s.Flags |= elf.SHF_WRITE
		}
		if s.Offset > b.Size || s.Size > b.Size-s.Offset {
			b.warnf("segment %s claims %d bytes at offset %d, past the end of the file at %d", s.Name, s.Size, s.Offset, b.Size)
			s.Offset = min(s.Offset, b.Size)
			s.Size = min(s.Size, b.Size-s.Offset)
		}
		b.Sections = append(b.Sections, s)
	}
}

// kindOf classifies by type and flags first; names decide only between
// sections that the headers describe alike.
func kindOf(name string, s *Section) Kind {
	switch s.Type {
	case elf.SHT_SYMTAB, elf.SHT_DYNSYM, elf.SHT_STRTAB, elf.SHT_HASH, elf.SHT_GNU_HASH,
		elf.SHT_GNU_VERDEF, elf.SHT_GNU_VERNEED, elf.SHT_GNU_VERSYM, elf.SHT_SYMTAB_SHNDX:
		return Symbols
	case elf.SHT_REL, elf.SHT_RELA, shtRELR:
		return Relocations
	case elf.SHT_NOTE:
		return Other
	}
	switch {
	case s.Alloc() && s.Flags&elf.SHF_EXECINSTR != 0:
		return Code
	case !s.Alloc() && hasPrefix(name, ".debug", ".zdebug", ".gdb_index", ".gnu_debug"):
		return Debug
	case hasPrefix(name, ".eh_frame", ".gcc_except_table"):
		return Unwind
	case !s.Alloc():
		return Other
	case s.Type == elf.SHT_NOBITS:
		return BSS
	case s.Flags&elf.SHF_WRITE != 0:
		return Data
	}
	return ROData
}

// shtRELR is SHT_RELR of the generic ABI, which debug/elf has no name for.
const shtRELR elf.SectionType = 19

func hasPrefix(s string, prefixes ...string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}

// SectionReader reads the section's bytes as they are in the file, which is
// compressed for sections with SHF_COMPRESSED. It is empty for NOBITS.
func (b *Binary) SectionReader(s *Section) *io.SectionReader {
	if s.Type == elf.SHT_NOBITS {
		return io.NewSectionReader(b.file, 0, 0)
	}
	return io.NewSectionReader(b.file, int64(s.Offset), int64(s.Size))
}

// Bytes returns the section's bytes as they are in the file.
func (b *Binary) Bytes(s *Section) ([]byte, error) {
	r := b.SectionReader(s)
	data := make([]byte, r.Size())
	if err := readWhole(r, data, 0); err != nil {
		return nil, ReadError(err)
	}
	return data, nil
}

// readWhole fills data from an offset of r on. Most of the time for a large one goes
// into memory that is touched for the first time, so that two halves are read side
// by side.
func readWhole(r io.ReaderAt, data []byte, off int64) error {
	const large = 1 << 20
	if len(data) < large {
		return readAll(r, data, off)
	}
	half := len(data) / 2
	second := make(chan error, 1)
	go func() { second <- readAll(r, data[half:], off+int64(half)) }()
	first := readAll(r, data[:half], off)
	return cmp.Or(first, <-second)
}

func readAll(r io.ReaderAt, data []byte, off int64) error {
	if n, err := r.ReadAt(data, off); n < len(data) {
		return cmp.Or(err, io.ErrUnexpectedEOF)
	}
	return nil
}
