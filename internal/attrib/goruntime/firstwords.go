package goruntime

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
)

// Words of the runtime's moduledata (runtime/symtab.go), the same from the 1.16
// table on. pcHeader is its first field.
const (
	wordFindfunctab = 19
	wordText        = 22
	wordGofunc118   = 38
	wordGofunc120   = 40
	wordsRead       = 41 // that are read
)

// firstWords is the first words of the runtime's moduledata.
type firstWords []byte

func (m firstWords) word(i int) uint64 { return binary.LittleEndian.Uint64(m[8*i:]) }

// FuncData returns the address that offsets of function data count from, and that
// of the runtime's index of functions, each 0 if it is not known.
func (t *Table) FuncData() (base, index uint64, err error) {
	m, err := t.firstWords()
	if err != nil {
		return 0, 0, err
	}
	return m.gofunc(t), m.findfunctab(), nil
}

// findfunctab is the address of the runtime's index of functions, 0 if unknown.
func (m firstWords) findfunctab() uint64 {
	if m == nil {
		return 0
	}
	return m.word(wordFindfunctab)
}

// gofunc is the address that offsets of function data count from, 0 if unknown.
func (m firstWords) gofunc(t *Table) uint64 {
	switch {
	case m == nil:
		return 0
	case t.Version() == "1.18":
		return m.word(wordGofunc118)
	case t.Version() == "1.20":
		return m.word(wordGofunc120)
	}
	return 0
}

// firstWords returns the moduledata, nil if it is not found. Section
// .go.module holds it from Go 1.26 on, unless an external linker merged that
// away; else a pointer to the table in the data leads to it.
func (t *Table) firstWords() (firstWords, error) {
	b := t.binary
	for i := range b.Sections {
		if s := &b.Sections[i]; s.Base == ".go.module" && s.Alloc() {
			m, err := t.firstWordsAt(s.Addr)
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
		if r.Addend == t.Addr && len(places) < maxTries {
			places = append(places, r.Place)
		}
	}
	pointer := binary.LittleEndian.AppendUint64(nil, t.Addr)
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
		m, err := t.firstWordsAt(place)
		if m != nil || err != nil {
			return m, err
		}
	}
	return nil, nil
}

// firstWordsAt returns the moduledata at addr, nil if what is there is not that
// of t.
func (t *Table) firstWordsAt(addr uint64) (firstWords, error) {
	data, ok, err := t.binary.ReadMemory(addr, 8*wordsRead)
	if !ok || err != nil {
		return nil, err
	}
	m := firstWords(data)
	if m.word(0) != t.Addr || t.binary.CodeAt(m.word(wordText)) < 0 {
		return nil, nil
	}
	t.module = addr
	return m, nil
}
