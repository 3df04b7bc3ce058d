package goruntime

import (
	"encoding/binary"

	"github.com/sizegate/sizegate/internal/span"
)

// Module is what the runtime's moduledata (runtime/symtab.go) says of a
// program's types and start.
type Module struct {
	span.Range              // the moduledata itself
	Types, etypes uint64    // addresses: types and their names
	Typelinks     Slice     // of offsets from types, 4 bytes each
	Itablinks     Slice     // of addresses of interface tables
	Inittasks     Slice     // of addresses of the packages' init tasks, none before Go 1.21
	Masks         [2]uint64 // addresses: where .data and .bss have pointers, as programs
}

// Slice is a slice of a Go program's memory, its length in elements.
type Slice struct{ Addr, len uint64 }

// moduleLayout is the words of the moduledata as one range of Go versions has it.
type moduleLayout struct {
	types       int
	textsectmap int // a slice; those of typelinks, itablinks and ptab follow
	inittasks   int // 0 without
	words       int // in all; some versions have one more, for a bool
}

// moduleLayouts are by the version of the function table, the newest first.
var moduleLayouts = map[string][]moduleLayout{
	"1.16": {{types: 35, textsectmap: 37, words: 67}},
	"1.18": {{types: 35, textsectmap: 39, words: 69}},
	"1.20": {{types: 37, textsectmap: 42, inittasks: 59, words: 74}, // Go 1.26
		{types: 37, textsectmap: 41, inittasks: 58, words: 73}, // 1.21
		{types: 37, textsectmap: 41, words: 71}},
}

// Module reads the moduledata. It is false if there is none that is known.
func (t *Table) Module() (m Module, ok bool, err error) {
	if found, err := t.firstWords(); found == nil || err != nil {
		return m, false, err
	}
	for _, layout := range moduleLayouts[t.Version()] {
		data, ok, err := t.binary.ReadMemory(t.module, 8*layout.words)
		if err != nil {
			return m, false, err
		}
		if ok && layout.read(data, &m) {
			m.Range = span.Range{Lo: t.module, Hi: t.module + uint64(len(data))}
			return m, true, nil
		}
	}
	return m, false, nil
}

// read reads a moduledata. It is false if that is of another layout: then what
// should be a slice is none.
func (l *moduleLayout) read(data []byte, m *Module) bool {
	word := func(i int) uint64 { return binary.LittleEndian.Uint64(data[8*i:]) }
	slice := func(i int) (s Slice, ok bool) {
		s = Slice{word(i), word(i + 1)}
		return s, s.len == word(i+2) && (s.len == 0 || s.Addr != 0)
	}
	text, textOK := slice(l.textsectmap)
	types, typesOK := slice(l.textsectmap + 3)
	itabs, itabsOK := slice(l.textsectmap + 6)
	_, ptabOK := slice(l.textsectmap + 9)
	if text.len == 0 || !textOK || !typesOK || !itabsOK || !ptabOK {
		return false
	}
	m.Types, m.etypes = word(l.types), word(l.types+1)
	m.Typelinks, m.Itablinks = types, itabs
	m.Masks = [2]uint64{word(l.types - 2), word(l.types - 1)}
	m.Inittasks = Slice{}
	if l.inittasks != 0 {
		tasks, ok := slice(l.inittasks)
		if !ok || tasks.len == 0 {
			return false
		}
		m.Inittasks = tasks
	}
	return m.Types != 0 && m.Types <= m.etypes
}

// ProgramSize is gcProgramSize for what is at an address.
func (m *Memory) ProgramSize(addr uint64) uint64 {
	const usual = 64 << 10
	room := m.Room(addr)
	for n := uint64(usual); ; n *= 4 {
		if size := gcProgramSize(m.Copy(addr, 0, min(n, room))); size > 0 || n >= room {
			return size
		}
	}
}

// gcProgramSize returns the size of the program at the start of data, which says
// where a piece of memory has pointers (runtime/mbitmap.go, runGCProg): bits, and
// how often to repeat bits, up to a zero byte. It is 0 if data has none.
func gcProgramSize(data []byte) uint64 {
	for at := 0; at < len(data); {
		op := data[at]
		at++
		n := int(op & 0x7f)
		switch {
		case op == 0:
			return uint64(at)
		case op&0x80 == 0: // n bits follow
			at += (n + 7) / 8
			continue
		case n == 0: // how many bits to repeat follows
			_, size := binary.Uvarint(data[at:])
			if size <= 0 {
				return 0
			}
			at += size
		}
		_, size := binary.Uvarint(data[at:]) // how often
		if size <= 0 {
			return 0
		}
		at += size
	}
	return 0
}
