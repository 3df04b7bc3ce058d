package strip

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"

	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/strip/stringtable"
)

// Sizes of the structures of ELFCLASS64.
const (
	fileHeaderSize    = 64
	programHeaderSize = 56
	sectionHeaderSize = 64
	symbolSize        = 24
	relocationSize    = 24 // of RELA
)

// input is the file to be stripped: its headers as they are written, which
// elfscan classifies but does not keep.
type input struct {
	*elfscan.Binary
	head     [fileHeaderSize]byte
	sections []inputSection // by their index
	names    uint32         // index of the section name table
	paged    bool           // every loaded section is at an offset that suits its address
}

type inputSection struct {
	elf.Section64
	name string
}

// Bounds of what is compared pair by pair. Real files have some forty sections
// and a dozen segments.
const (
	maxSegments = 1 << 12
	maxPairs    = 1 << 22 // of a section and a segment
)

func readInput(b *elfscan.Binary) (*input, error) {
	if b.BySegment {
		return nil, refuse("no section headers: GNU strip refuses such a file", "strip it before it is packed, or skip this variant")
	}
	in := &input{Binary: b}
	if err := in.read(in.head[:], 0); err != nil {
		return nil, err
	}
	le := binary.LittleEndian
	table := le.Uint64(in.head[40:])
	count, names := uint64(le.Uint16(in.head[60:])), uint32(le.Uint16(in.head[62:]))
	if size := le.Uint16(in.head[58:]); size != sectionHeaderSize {
		return nil, damaged("its section headers have %d bytes, not %d", size, sectionHeaderSize)
	}
	if count == 0 || names == uint32(elf.SHN_XINDEX) {
		// Large numbers are in the null section.
		var null [sectionHeaderSize]byte
		if err := in.read(null[:], table); err != nil {
			return nil, err
		}
		if count == 0 {
			count = le.Uint64(null[32:])
		}
		if names == uint32(elf.SHN_XINDEX) {
			names = le.Uint32(null[40:])
		}
	}
	if count >= uint64(elf.SHN_LORESERVE) {
		return nil, refuse(fmt.Sprintf("%d sections: GNU strip takes fewer than %d", count, elf.SHN_LORESERVE), "link with fewer sections")
	}
	if len(b.Segments) > maxSegments || count*uint64(len(b.Segments)) > maxPairs {
		return nil, damaged("it has %d sections and %d segments", count, len(b.Segments))
	}
	raw := make([]byte, count*sectionHeaderSize)
	if err := in.read(raw, table); err != nil {
		return nil, err
	}
	in.sections = make([]inputSection, count)
	for i := range in.sections {
		if _, err := binary.Decode(raw[i*sectionHeaderSize:], le, &in.sections[i].Section64); err != nil {
			return nil, damaged("section header %d: %v", i, err)
		}
	}
	in.names = names
	if err := in.readNames(); err != nil {
		return nil, err
	}
	return in, in.check()
}

func (in *input) readNames() error {
	if uint64(in.names) >= uint64(len(in.sections)) || elf.SectionType(in.sections[in.names].Type) != elf.SHT_STRTAB {
		return damaged("section %d, which it names as the table of section names, is no string table", in.names)
	}
	table, err := in.contents(&in.sections[in.names])
	if err != nil {
		return err
	}
	total := 0
	for i := range in.sections {
		s := &in.sections[i]
		name, ok := cString(table, s.Name)
		if !ok {
			return damaged("the name of section %d is outside the table of names", i)
		}
		if total += len(name); total > stringtable.MaxNames(table) {
			return damaged("its section names overlap")
		}
		s.name = string(name)
	}
	return nil
}

// check looks for what GNU strip refuses, and finds out whether the file is
// made for demand paging, which decides how segments are aligned.
func (in *input) check() error {
	const page = 0x1000 // the smallest of both architectures
	in.paged = len(in.Segments) > 0
	for i := range in.sections {
		s := &in.sections[i]
		if uint64(s.Link) >= uint64(len(in.sections)) {
			return damaged("section [%d] is linked to section %d, of %d", i, s.Link, len(in.sections))
		}
		if s.Addralign&-s.Addralign >= 1<<63 {
			return damaged("section [%d] has an alignment of %#x", i, s.Addralign)
		}
		if s.Size != 0 && s.alloc() && !s.nobits() && (s.Addr-s.Off)%page != 0 {
			in.paged = false
		}
	}
	for i, p := range in.Segments {
		if p.Align&(p.Align-1) != 0 {
			return damaged("segment %d has an alignment of %#x, which is no power of two", i, p.Align)
		}
	}
	return nil
}

func (in *input) read(into []byte, offset uint64) error {
	if offset > in.Size || uint64(len(into)) > in.Size-offset {
		return damaged("its headers run past the end of the file")
	}
	if _, err := in.Reader().ReadAt(into, int64(offset)); err != nil {
		return elfscan.ReadError(err)
	}
	return nil
}

// contents reads a section's bytes; elfscan has checked that they are inside
// the file.
func (in *input) contents(s *inputSection) ([]byte, error) {
	if s.nobits() || s.Size > in.Size {
		return nil, damaged("section %q has no contents", s.name)
	}
	data := make([]byte, s.Size)
	return data, in.read(data, s.Off)
}

// dynamic says whether the file is a shared object or a position-independent
// program.
func (in *input) dynamic() bool {
	return elf.Type(binary.LittleEndian.Uint16(in.head[16:])) == elf.ET_DYN
}

// describe names a section in an error.
func (in *input) describe(i int) string {
	return fmt.Sprintf("[%d] %q", i, in.sections[i].name)
}

func (s *inputSection) alloc() bool { return elf.SectionFlag(s.Flags)&elf.SHF_ALLOC != 0 }
func (s *inputSection) tls() bool   { return elf.SectionFlag(s.Flags)&elf.SHF_TLS != 0 }
func (s *inputSection) nobits() bool {
	return elf.SectionType(s.Type) == elf.SHT_NOBITS
}

func cString(table []byte, at uint32) ([]byte, bool) {
	if uint64(at) >= uint64(len(table)) {
		return nil, at == 0
	}
	s := table[at:]
	if n := bytes.IndexByte(s, 0); n >= 0 {
		s = s[:n]
	}
	return s, true
}

func damaged(format string, args ...any) error {
	return refuse("a damaged ELF file: "+fmt.Sprintf(format, args...), "copy or build it again")
}

func refuse(problem, hint string) error {
	return &elfscan.Error{Problem: problem, Hint: hint}
}
