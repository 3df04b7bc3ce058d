// Package elftest builds ELF files from Go literals, for tests. It writes what
// it is told, right or wrong: offsets, sizes and links can be overridden to
// make damaged files.
package elftest

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
)

// File is an ELF file to build. The zero value of a field is a usable default:
// a little-endian 64-bit executable for amd64.
type File struct {
	Class    elf.Class   // default ELFCLASS64; only the identification changes
	Data     elf.Data    // default ELFDATA2LSB; only the identification changes
	Type     elf.Type    // default ET_EXEC
	Machine  elf.Machine // default EM_X86_64
	Sections []Section   // without the null section and .shstrtab, which are added
	Segments []Segment
	// NoSectionHeaders leaves out the section header table and .shstrtab.
	NoSectionHeaders bool
	// ExtendedNumbering keeps the number of sections and the index of the name
	// table in the null section, as files with more than 65,279 sections do.
	ExtendedNumbering bool
}

// Section is one section. Its data goes where it falls, unless Offset says
// otherwise.
type Section struct {
	Name   string
	Type   elf.SectionType // default SHT_PROGBITS
	Flags  elf.SectionFlag
	Addr   uint64
	Data   []byte
	Size   uint64 // if not 0, what the header says instead of len(Data)
	Offset uint64 // if not 0, what the header says; Data is not written then
	Link   uint32 // section header index: the first section of Sections is 1
	Info   uint32
	Align  uint64
}

// Segment is one program header.
type Segment struct {
	Type                         elf.ProgType // default PT_LOAD
	Flags                        elf.ProgFlag
	Offset, Vaddr, Filesz, Memsz uint64
}

// Symbol is one symbol. Section is a section header index.
type Symbol struct {
	Name        string
	Type        elf.SymType
	Bind        elf.SymBind
	Section     uint16
	Value, Size uint64
}

const (
	headerSize  = 64
	segmentSize = 56
	sectionSize = 64
)

// Bytes is the file.
func (f File) Bytes() []byte {
	le := binary.LittleEndian
	var body bytes.Buffer
	start := headerSize + segmentSize*len(f.Segments)
	align := func(n int) {
		for (start+body.Len())%n != 0 {
			body.WriteByte(0)
		}
	}
	names := []byte{0}
	name := func(s string) uint32 {
		at := len(names)
		names = append(append(names, s...), 0)
		return uint32(at)
	}
	headers := make([]byte, sectionSize) // the null section
	put := func(s Section) {
		align(int(max(s.Align, 1)))
		offset, size := uint64(start+body.Len()), uint64(len(s.Data))
		if s.Offset != 0 {
			offset = s.Offset
		} else {
			body.Write(s.Data)
		}
		if s.Size != 0 {
			size = s.Size
		}
		if s.Type == 0 {
			s.Type = elf.SHT_PROGBITS
		}
		h := make([]byte, sectionSize)
		le.PutUint32(h, name(s.Name))
		le.PutUint32(h[4:], uint32(s.Type))
		le.PutUint64(h[8:], uint64(s.Flags))
		le.PutUint64(h[16:], s.Addr)
		le.PutUint64(h[24:], offset)
		le.PutUint64(h[32:], size)
		le.PutUint32(h[40:], s.Link)
		le.PutUint32(h[44:], s.Info)
		le.PutUint64(h[48:], max(s.Align, 1))
		headers = append(headers, h...)
	}
	for _, s := range f.Sections {
		put(s)
	}
	var tableOffset, count, nameIndex int
	if !f.NoSectionHeaders {
		nameIndex = len(f.Sections) + 1
		name(".shstrtab") // so that the table holds its own name when it is written
		put(Section{Name: ".shstrtab", Type: elf.SHT_STRTAB, Data: append(bytes.Clone(names), ".shstrtab\x00"...)})
		align(8)
		tableOffset, count = start+body.Len(), nameIndex+1
	}
	if f.ExtendedNumbering {
		le.PutUint64(headers[32:], uint64(count))
		le.PutUint32(headers[40:], uint32(nameIndex))
		count, nameIndex = 0, int(elf.SHN_XINDEX)
	}
	orDefault := func(v, d int) int {
		if v == 0 {
			return d
		}
		return v
	}
	h := make([]byte, headerSize)
	copy(h, elf.ELFMAG)
	h[elf.EI_CLASS] = byte(orDefault(int(f.Class), int(elf.ELFCLASS64)))
	h[elf.EI_DATA] = byte(orDefault(int(f.Data), int(elf.ELFDATA2LSB)))
	h[elf.EI_VERSION] = 1
	le.PutUint16(h[16:], uint16(orDefault(int(f.Type), int(elf.ET_EXEC))))
	le.PutUint16(h[18:], uint16(orDefault(int(f.Machine), int(elf.EM_X86_64))))
	le.PutUint32(h[20:], 1)
	le.PutUint64(h[32:], headerSize)
	le.PutUint64(h[40:], uint64(tableOffset))
	le.PutUint16(h[52:], headerSize)
	le.PutUint16(h[54:], segmentSize)
	le.PutUint16(h[56:], uint16(len(f.Segments)))
	le.PutUint16(h[58:], sectionSize)
	le.PutUint16(h[60:], uint16(count))
	le.PutUint16(h[62:], uint16(nameIndex))
	for _, s := range f.Segments {
		p := make([]byte, segmentSize)
		le.PutUint32(p, uint32(orDefault(int(s.Type), int(elf.PT_LOAD))))
		le.PutUint32(p[4:], uint32(s.Flags))
		le.PutUint64(p[8:], s.Offset)
		le.PutUint64(p[16:], s.Vaddr)
		le.PutUint64(p[24:], s.Vaddr)
		le.PutUint64(p[32:], s.Filesz)
		le.PutUint64(p[40:], s.Memsz)
		le.PutUint64(p[48:], 1)
		h = append(h, p...)
	}
	h = append(h, body.Bytes()...)
	if !f.NoSectionHeaders {
		h = append(h, headers...)
	}
	return h
}

// SymbolTable is the contents of a .symtab with the symbols, behind the null
// symbol, and of the .strtab for it.
func SymbolTable(symbols ...Symbol) (symtab, strtab []byte) {
	le := binary.LittleEndian
	symtab, strtab = make([]byte, 24), []byte{0}
	for _, s := range symbols {
		e := make([]byte, 24)
		le.PutUint32(e, uint32(len(strtab)))
		e[4] = byte(s.Bind)<<4 | byte(s.Type)&0xf
		le.PutUint16(e[6:], s.Section)
		le.PutUint64(e[8:], s.Value)
		le.PutUint64(e[16:], s.Size)
		symtab = append(symtab, e...)
		strtab = append(append(strtab, s.Name...), 0)
	}
	return symtab, strtab
}

// Program is an executable whose only section of code, .text with index 1, is
// code at address addr, with the symbols.
func Program(addr uint64, code []byte, symbols ...Symbol) File {
	symtab, strtab := SymbolTable(symbols...)
	return File{Sections: []Section{
		{Name: ".text", Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Addr: addr, Data: code, Align: 16},
		{Name: ".symtab", Type: elf.SHT_SYMTAB, Data: symtab, Link: 3, Align: 8},
		{Name: ".strtab", Type: elf.SHT_STRTAB, Data: strtab},
	}}
}

// Samples are the files of a pattern, as "../../testdata/elf/c-*64*", that are smaller
// than most: larger seeds make slow fuzzing. Tables of what is true of them (.tsv) are
// left out.
func Samples(tb testing.TB, pattern string, most int) [][]byte {
	tb.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil {
		tb.Fatal(err)
	}
	var samples [][]byte
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			tb.Fatal(err)
		}
		if len(data) < most && filepath.Ext(path) != ".tsv" {
			samples = append(samples, data)
		}
	}
	if len(samples) == 0 {
		tb.Fatalf("%s: no file of less than %d bytes", pattern, most)
	}
	return samples
}
