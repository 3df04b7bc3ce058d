package goruntime

import (
	"bytes"
	"debug/elf"
	"fmt"
	"io"
	"strings"

	"github.com/sizegate/sizegate/internal/attrib/gosym"
	"github.com/sizegate/sizegate/internal/elfscan"
)

// Table is the Go function table of a file with what its offsets count from.
type Table struct {
	*gosym.Table
	Addr    uint64 // virtual address of the table
	TextAt  uint64 // virtual address of runtime.text where the table's entries count from it, else 0
	Lo, Hi  uint64 // virtual addresses of the code that the table describes
	Section int    // position of that code's section in Binary.Sections
	binary  *elfscan.Binary
	module  uint64 // virtual address of the moduledata, 0 until it is found
}

// Decides says whether the table says all there is to say of the symbol's
// bytes. A file without a table has a nil one.
func (t *Table) Decides(sym *elfscan.Symbol) bool {
	return t != nil && sym.Section == t.Section && sym.Value >= t.Lo && sym.Value < t.Hi
}

// maxTries bounds how many places that look like a function table, or like a
// pointer to one, are looked at: each can cost a walk over the file.
const maxTries = 16

// Find finds the function table: by the name of its section, and else
// by its magic inside the data sections, where external linkers put it when
// they make position-independent programs. The first that can be used is it: a
// program can carry another one's in an embedded file. It returns nil for a
// file without one, and what is wrong with a table that is there but cannot be
// used. fullSymbols says that the file has a full symbol table.
func Find(b *elfscan.Binary, fullSymbols bool) (t *Table, problem string, err error) {
	goNames := false
	tries := 0
	for i := range b.Sections {
		s := &b.Sections[i]
		switch {
		case s.Type == elf.SHT_NOBITS || !s.Alloc() || s.Shared():
		case s.Base == ".gopclntab" || s.Base == ".data.rel.ro.gopclntab":
			t, p, err := openTable(b, s, s.Addr)
			if t != nil || err != nil {
				return t, "", err
			}
			problem = p
		case strings.HasPrefix(s.Base, ".go.") || s.Base == ".note.go.buildid":
			goNames = true
		}
	}
	// Looking through all data costs what reading it costs, so a file must
	// look like Go, or hide what it is.
	for i := range b.Sections {
		s := &b.Sections[i]
		if !goNames && fullSymbols || tries == maxTries {
			break
		}
		if s.Type != elf.SHT_PROGBITS || !s.Alloc() || !b.BySegment && (s.Flags&elf.SHF_EXECINSTR != 0 || s.Shared()) {
			continue
		}
		start, err := firstMagic(b.SectionReader(s), s.Addr)
		if err != nil {
			return nil, "", err
		}
		if start < 0 {
			continue
		}
		data, err := relocated(b, s, uint64(start))
		if err != nil {
			return nil, "", err
		}
		from := s.Addr + uint64(start)
		for at := 0; at >= 0 && tries < maxTries; at = nextMagic(data, at+1, from) {
			addr := from + uint64(at)
			if !gosym.Plausible(data[at:]) {
				continue
			}
			tries++
			t, p, err := openTable(b, s, addr)
			if t != nil || err != nil {
				return t, "", err
			}
			if problem == "" {
				problem = p
			}
		}
	}
	return nil, problem, nil
}

// magicTail ends the magic numbers of all versions; two zero bytes follow.
var magicTail = []byte{0xff, 0xff, 0xff, 0, 0}

// magicSize is what nextMagic looks at: the magic, two zero bytes, the
// instruction quantum and the pointer size.
const magicSize = 8

// nextMagic returns the first offset, not before from, where a table may
// begin, or -1. addr is the address of the data, in which tables are aligned: a
// large library without any has places that look like one but for that, and each
// cost reading all that is behind it.
func nextMagic(data []byte, from int, addr uint64) int {
	for at := from + 1; at < len(data); at++ {
		i := bytes.Index(data[at:], magicTail)
		if i < 0 {
			return -1
		}
		at += i
		if at-1+magicSize > len(data) {
			return -1
		}
		quantum, pointer := data[at+5], data[at+6]
		if data[at-1] >= 0xf0 && (quantum == 1 || quantum == 4) && pointer == 8 && (addr+uint64(at)-1)%8 == 0 {
			return at - 1
		}
	}
	return -1
}

// firstMagic returns the first offset in r, which is at addr, where a table's
// magic may be, or -1, without holding all of r.
func firstMagic(r *io.SectionReader, addr uint64) (int64, error) {
	const step = 256 << 10
	buf := make([]byte, min(step, r.Size())+magicSize) // most files of an image are small
	for at := int64(0); at < r.Size(); at += step {
		n, err := r.ReadAt(buf, at)
		if err != nil && err != io.EOF {
			return 0, err
		}
		if i := nextMagic(buf[:n], 0, addr+uint64(at)); i >= 0 {
			return at + int64(i), nil
		}
	}
	return -1, nil
}

// relocated returns the section's bytes from the offset on, with their
// relocations applied.
func relocated(b *elfscan.Binary, s *elfscan.Section, offset uint64) ([]byte, error) {
	return relocatedPart(b, s, offset, s.Size)
}

// relocatedPart is relocated for the bytes up to an end.
func relocatedPart(b *elfscan.Binary, s *elfscan.Section, offset, end uint64) ([]byte, error) {
	return relocatedInto(nil, b, s, offset, end)
}

// relocatedInto is relocatedPart that uses the room of buf if there is enough.
func relocatedInto(buf []byte, b *elfscan.Binary, s *elfscan.Section, offset, end uint64) ([]byte, error) {
	n := end - offset
	if uint64(cap(buf)) < n {
		buf = make([]byte, n)
	}
	data := buf[:n]
	// Of an empty section there is nothing to read, not even its end.
	if _, err := b.SectionReader(s).ReadAt(data, int64(offset)); err != nil && len(data) > 0 {
		return nil, elfscan.ReadError(err)
	}
	if b.Type == elfscan.Exec {
		return data, nil
	}
	return data, b.Relocate(data, s.Addr+offset)
}

// tableFile is a function table in a file.
type tableFile struct {
	file *elfscan.Window
	head []byte // what it begins with, with relocations applied
}

func (f *tableFile) Size() uint64 { return f.file.Size() }

func (f *tableFile) Another() gosym.Source { return &tableFile{f.file.Another(), f.head} }

func (f *tableFile) Part(buf []byte, lo, hi uint64) ([]byte, error) {
	return f.file.Part(buf, lo, hi)
}

func (f *tableFile) Window(lo uint64, n int) ([]byte, error) {
	if lo == 0 && n <= len(f.head) {
		return f.head[:n], nil
	}
	return f.file.At(lo, n)
}

// parseTable reads the table at addr. Tables before 1.18 hold addresses, and the
// 1.18 header holds one, which in a position-independent file only the relocations
// tell.
func parseTable(b *elfscan.Binary, s *elfscan.Section, addr uint64) (*gosym.Table, error) {
	const header = 72
	offset := addr - s.Addr
	head, err := relocatedPart(b, s, offset, min(s.Size, offset+header))
	if err != nil {
		return nil, err
	}
	if gosym.HasAddresses(head) {
		data, err := relocated(b, s, offset)
		if err != nil {
			return nil, err
		}
		return gosym.Parse(data)
	}
	return gosym.Open(&tableFile{b.Window(s, offset), head})
}

// openTable opens the table at addr. A table that cannot be used is nil and a
// problem.
func openTable(b *elfscan.Binary, s *elfscan.Section, addr uint64) (t *Table, problem string, err error) {
	parsed, err := parseTable(b, s, addr)
	if _, malformed := err.(gosym.Malformed); malformed {
		return nil, fmt.Sprintf("the Go function table in section %.100s cannot be read: %v", s.Name, err), nil
	}
	if err != nil {
		return nil, "", err
	}
	t = &Table{Table: parsed, Addr: addr, binary: b}
	if t.Relative() {
		if t.TextAt, err = t.findTextStart(); err != nil {
			return nil, "", err
		}
		if t.TextAt == 0 {
			return nil, "the Go function table was found, but not where the program's text starts", nil
		}
	}
	lo, hi := t.Bounds()
	t.Lo, t.Hi = t.TextAt+lo, t.TextAt+hi
	t.Section = b.CodeAt(t.Lo)
	if t.Section < 0 || t.Hi < t.Lo || t.Hi-b.Sections[t.Section].Addr > b.Sections[t.Section].Size || !b.Sections[t.Section].HasCode() {
		return nil, fmt.Sprintf("the Go function table covers %#x to %#x, which is not one executable section with bytes in the file", t.Lo, t.Hi), nil
	}
	return t, "", nil
}

// findTextStart returns the address of runtime.text, or 0. The table's header has
// it until Go 1.25. From 1.26 on that word is 0 and only the moduledata tells.
// The start of section .text is no substitute: with external linking C's
// start-up code comes first.
func (t *Table) findTextStart() (uint64, error) {
	if start := t.TextStart(); start != 0 {
		return start, nil
	}
	m, err := t.firstWords()
	if m == nil || err != nil {
		return 0, err
	}
	return m.word(wordText), nil
}

// Describes says whether the address is of code that the table describes. A file
// without a table has a nil one.
func (t *Table) Describes(addr uint64) bool { return t != nil && t.Lo <= addr && addr < t.Hi }
