package attrib

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"io"
	"strings"

	"github.com/sizegate/sizegate/internal/attrib/gosym"
	"github.com/sizegate/sizegate/internal/elfscan"
)

// goTable is the Go function table of a file with what its offsets count from.
type goTable struct {
	*gosym.Table
	addr      uint64 // virtual address of the table
	textStart uint64 // virtual address of runtime.text where the table's entries count from it, else 0
	lo, hi    uint64 // virtual addresses of the code that the table describes
	section   int    // position of that code's section in Binary.Sections
	functions goFunctions
	module    uint64 // virtual address of the moduledata, 0 until it is found
}

// goFunctions are the table's functions as owners know them. They are none
// where nothing that is asked for depends on them.
type goFunctions struct {
	first    int // position in attribution.entries of function 0
	n        int // fewer than the table's where that is corrupt
	packages *goPackages
}

// decides says whether the table says all there is to say of the symbol's
// bytes. A file without a table has a nil one.
func (t *goTable) decides(sym *elfscan.Symbol) bool {
	return t != nil && sym.Section == t.section && sym.Value >= t.lo && sym.Value < t.hi
}

// maxTries bounds how many places that look like a function table, or like a
// pointer to one, are looked at: each can cost a walk over the file.
const maxTries = 16

// findGoTable finds the function table: by the name of its section, and else
// by its magic inside the data sections, where external linkers put it when
// they make position-independent programs. The first that can be used is it: a
// program can carry another one's in an embedded file. It returns nil for a
// file without one. A table that is there but cannot be used is said in a
// warning.
func (a *attribution) findGoTable(symbols *elfscan.SymbolTable) (*goTable, error) {
	b := a.binary
	goNames := false
	problem := ""
	tries := 0
	for i := range b.Sections {
		s := &b.Sections[i]
		switch {
		case s.Type == elf.SHT_NOBITS || !s.Alloc() || s.Shared():
		case s.Base == ".gopclntab" || s.Base == ".data.rel.ro.gopclntab":
			t, p, err := a.openGoTable(s, s.Addr)
			if t != nil || err != nil {
				return t, err
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
		if !goNames && symbols.Full() || tries == maxTries {
			break
		}
		if s.Type != elf.SHT_PROGBITS || !s.Alloc() || !b.BySegment && (s.Flags&elf.SHF_EXECINSTR != 0 || s.Shared()) {
			continue
		}
		start, err := firstMagic(b.SectionReader(s), s.Addr)
		if err != nil {
			return nil, err
		}
		if start < 0 {
			continue
		}
		data, err := a.relocated(s, uint64(start))
		if err != nil {
			return nil, err
		}
		from := s.Addr + uint64(start)
		for at := 0; at >= 0 && tries < maxTries; at = nextMagic(data, at+1, from) {
			addr := from + uint64(at)
			if !gosym.Plausible(data[at:]) {
				continue
			}
			tries++
			t, p, err := a.openGoTable(s, addr)
			if t != nil || err != nil {
				return t, err
			}
			if problem == "" {
				problem = p
			}
		}
	}
	if problem != "" {
		a.warnf("%s: functions are named by symbols alone", problem)
	}
	return nil, nil
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
	buf := make([]byte, step+magicSize)
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
func (a *attribution) relocated(s *elfscan.Section, offset uint64) ([]byte, error) {
	return a.relocatedPart(s, offset, s.Size)
}

// relocatedPart is relocated for the bytes up to an end.
func (a *attribution) relocatedPart(s *elfscan.Section, offset, end uint64) ([]byte, error) {
	data := make([]byte, end-offset)
	// Of an empty section there is nothing to read, not even its end.
	if _, err := a.binary.SectionReader(s).ReadAt(data, int64(offset)); err != nil && len(data) > 0 {
		return nil, err
	}
	if a.binary.Type == elfscan.Exec {
		return data, nil
	}
	return data, a.binary.Relocate(data, s.Addr+offset)
}

// goTableFile is a function table in a file.
type goTableFile struct {
	file *elfscan.Window
	head []byte // what it begins with, with relocations applied
}

func (f *goTableFile) Size() uint64 { return f.file.Size() }

func (f *goTableFile) Another() gosym.Source { return &goTableFile{f.file.Another(), f.head} }

func (f *goTableFile) Part(lo, hi uint64) ([]byte, error) { return f.file.Part(lo, hi) }

func (f *goTableFile) Window(lo uint64, n int) ([]byte, error) {
	if lo == 0 && n <= len(f.head) {
		return f.head[:n], nil
	}
	return f.file.At(lo, n)
}

// parseGoTable reads the table at addr. Tables before 1.18 hold addresses, and the
// 1.18 header holds one, which in a position-independent file only the relocations
// tell.
func (a *attribution) parseGoTable(s *elfscan.Section, addr uint64) (*gosym.Table, error) {
	const header = 72
	offset := addr - s.Addr
	head, err := a.relocatedPart(s, offset, min(s.Size, offset+header))
	if err != nil {
		return nil, err
	}
	if gosym.HasAddresses(head) {
		data, err := a.relocated(s, offset)
		if err != nil {
			return nil, err
		}
		return gosym.Parse(data)
	}
	return gosym.Open(&goTableFile{a.binary.Window(s, offset), head})
}

// openGoTable opens the table at addr. A table that cannot be used is nil and a
// problem.
func (a *attribution) openGoTable(s *elfscan.Section, addr uint64) (t *goTable, problem string, err error) {
	parsed, err := a.parseGoTable(s, addr)
	if _, malformed := err.(gosym.Malformed); malformed {
		return nil, fmt.Sprintf("the Go function table in section %.100s cannot be read: %v", s.Name, err), nil
	}
	if err != nil {
		return nil, "", err
	}
	t = &goTable{Table: parsed, addr: addr}
	if t.Relative() {
		if t.textStart, err = a.textStart(t); err != nil {
			return nil, "", err
		}
		if t.textStart == 0 {
			return nil, "the Go function table was found, but not where the program's text starts", nil
		}
	}
	lo, hi := t.Bounds()
	t.lo, t.hi = t.textStart+lo, t.textStart+hi
	t.section = a.codeAt(t.lo)
	if t.section < 0 || t.hi < t.lo || t.hi-a.binary.Sections[t.section].Addr > a.binary.Sections[t.section].Size || !hasCode(&a.binary.Sections[t.section]) {
		return nil, fmt.Sprintf("the Go function table covers %#x to %#x, which is not one executable section with bytes in the file", t.lo, t.hi), nil
	}
	return t, "", nil
}

// Words of the runtime's moduledata (runtime/symtab.go), the same from the 1.16
// table on. pcHeader is its first field.
const (
	moduledataFindfunctab = 19
	moduledataText        = 22
	moduledataGofunc118   = 38
	moduledataGofunc120   = 40
	moduledataWords       = 41 // that are read
)

// moduledata is the first words of the runtime's moduledata.
type moduledata []byte

func (m moduledata) word(i int) uint64 { return binary.LittleEndian.Uint64(m[8*i:]) }

// findfunctab is the address of the runtime's index of functions, 0 if unknown.
func (m moduledata) findfunctab() uint64 {
	if m == nil {
		return 0
	}
	return m.word(moduledataFindfunctab)
}

// gofunc is the address that offsets of function data count from, 0 if unknown.
func (m moduledata) gofunc(t *goTable) uint64 {
	switch {
	case m == nil:
		return 0
	case t.Version() == "1.18":
		return m.word(moduledataGofunc118)
	case t.Version() == "1.20":
		return m.word(moduledataGofunc120)
	}
	return 0
}

// textStart returns the address of runtime.text, or 0. The table's header has
// it until Go 1.25. From 1.26 on that word is 0 and only the moduledata tells.
// The start of section .text is no substitute: with external linking C's
// start-up code comes first.
func (a *attribution) textStart(t *goTable) (uint64, error) {
	if start := t.TextStart(); start != 0 {
		return start, nil
	}
	m, err := a.moduledata(t)
	if m == nil || err != nil {
		return 0, err
	}
	return m.word(moduledataText), nil
}

// moduledata returns the moduledata of t, nil if it is not found. Section
// .go.module holds it from Go 1.26 on, unless an external linker merged that
// away; else a pointer to the table in the data leads to it.
func (a *attribution) moduledata(t *goTable) (moduledata, error) {
	b := a.binary
	for i := range b.Sections {
		if s := &b.Sections[i]; s.Base == ".go.module" && s.Alloc() {
			m, err := a.moduledataAt(t, s.Addr)
			if m != nil || err != nil {
				return m, err
			}
		}
	}
	var places []uint64 // that hold a pointer to the table
	for r, err := range b.Relative() {
		if err != nil {
			return nil, err
		}
		if r.Addend == t.addr && len(places) < maxTries {
			places = append(places, r.Place)
		}
	}
	pointer := binary.LittleEndian.AppendUint64(nil, t.addr)
	for i := range b.Sections {
		s := &b.Sections[i]
		if s.Type != elf.SHT_PROGBITS || s.Flags&elf.SHF_WRITE == 0 || s.Shared() {
			continue
		}
		data, err := b.Bytes(s)
		if err != nil {
			return nil, err
		}
		for from := 0; len(places) < maxTries; {
			i := bytes.Index(data[from:], pointer)
			if i < 0 {
				break
			}
			places = append(places, s.Addr+uint64(from+i))
			from += i + 1
		}
	}
	for _, place := range places {
		m, err := a.moduledataAt(t, place)
		if m != nil || err != nil {
			return m, err
		}
	}
	return nil, nil
}

// moduledataAt returns the moduledata at addr, nil if what is there is not that
// of t.
func (a *attribution) moduledataAt(t *goTable, addr uint64) (moduledata, error) {
	data, ok, err := a.binary.ReadMemory(addr, 8*moduledataWords)
	if !ok || err != nil {
		return nil, err
	}
	m := moduledata(data)
	if m.word(0) != t.addr || a.codeAt(m.word(moduledataText)) < 0 {
		return nil, nil
	}
	t.module = addr
	return m, nil
}

// codeAt returns the position of the executable section that holds addr, or -1.
func (a *attribution) codeAt(addr uint64) int {
	i := a.binary.SectionAt(addr)
	if i >= 0 && a.binary.Sections[i].Flags&elf.SHF_EXECINSTR != 0 {
		return i
	}
	return -1
}
