package attrib

import (
	"encoding/binary"

	"github.com/sizegate/sizegate/internal/span"
)

// goModule is what the runtime's moduledata (runtime/symtab.go) says of a
// program's types and start.
type goModule struct {
	span.Range              // the moduledata itself
	types, etypes uint64    // addresses: types and their names
	typelinks     goSlice   // of offsets from types, 4 bytes each
	itablinks     goSlice   // of addresses of interface tables
	inittasks     goSlice   // of addresses of the packages' init tasks, none before Go 1.21
	masks         [2]uint64 // addresses: where .data and .bss have pointers, as programs
}

// goSlice is a slice of a Go program's memory, its length in elements.
type goSlice struct{ addr, len uint64 }

// goLayout is the words of the moduledata as one range of Go versions has it.
type goLayout struct {
	types       int
	textsectmap int // a slice; those of typelinks, itablinks and ptab follow
	inittasks   int // 0 without
	words       int // in all; some versions have one more, for a bool
}

// goLayouts are by the version of the function table, the newest first.
var goLayouts = map[string][]goLayout{
	"1.16": {{types: 35, textsectmap: 37, words: 67}},
	"1.18": {{types: 35, textsectmap: 39, words: 69}},
	"1.20": {{types: 37, textsectmap: 42, inittasks: 59, words: 74}, // Go 1.26
		{types: 37, textsectmap: 41, inittasks: 58, words: 73}, // 1.21
		{types: 37, textsectmap: 41, words: 71}},
}

// goModule reads the moduledata. It is false if there is none that is known.
func (a *attribution) goModule() (m goModule, ok bool, err error) {
	t := a.goTable
	if t == nil {
		return m, false, nil
	}
	if found, err := a.moduledata(t); found == nil || err != nil {
		return m, false, err
	}
	for _, layout := range goLayouts[t.Version()] {
		data, ok, err := a.binary.ReadMemory(t.module, 8*layout.words)
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
func (l *goLayout) read(data []byte, m *goModule) bool {
	word := func(i int) uint64 { return binary.LittleEndian.Uint64(data[8*i:]) }
	slice := func(i int) (s goSlice, ok bool) {
		s = goSlice{word(i), word(i + 1)}
		return s, s.len == word(i+2) && (s.len == 0 || s.addr != 0)
	}
	text, textOK := slice(l.textsectmap)
	types, typesOK := slice(l.textsectmap + 3)
	itabs, itabsOK := slice(l.textsectmap + 6)
	_, ptabOK := slice(l.textsectmap + 9)
	if text.len == 0 || !textOK || !typesOK || !itabsOK || !ptabOK {
		return false
	}
	m.types, m.etypes = word(l.types), word(l.types+1)
	m.typelinks, m.itablinks = types, itabs
	m.masks = [2]uint64{word(l.types - 2), word(l.types - 1)}
	m.inittasks = goSlice{}
	if l.inittasks != 0 {
		tasks, ok := slice(l.inittasks)
		if !ok || tasks.len == 0 {
			return false
		}
		m.inittasks = tasks
	}
	return m.types != 0 && m.types <= m.etypes
}

// programSize is gcProgramSize for what is at an address.
func (m *goMemory) programSize(addr uint64) uint64 {
	const usual = 64 << 10
	room := m.room(addr)
	for n := uint64(usual); ; n *= 4 {
		if size := gcProgramSize(m.copy(addr, 0, min(n, room))); size > 0 || n >= room {
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
