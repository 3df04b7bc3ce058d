package gotype

import (
	"encoding/binary"
	"fmt"
	"testing"
)

const synBase = 0x400000

// synData writes a module's memory by hand, as internal/abi describes it.
type synData struct {
	data      []byte
	wide      bool // names as Go 1.16 has them
	names     map[string]uint32
	typelinks []byte
	itabs     []uint64
}

func newSynData() *synData {
	return &synData{data: make([]byte, 8), names: make(map[string]uint32)} // nothing has the offset 0
}

func (s *synData) u16(v int)                 { s.data = binary.LittleEndian.AppendUint16(s.data, uint16(v)) }
func (s *synData) u32(v uint32)              { s.data = binary.LittleEndian.AppendUint32(s.data, v) }
func (s *synData) u64(v uint64)              { s.data = binary.LittleEndian.AppendUint64(s.data, v) }
func (s *synData) put64(at uint32, v uint64) { binary.LittleEndian.PutUint64(s.data[at:], v) }

// at is the offset of what is written next, aligned for a type.
func (s *synData) at() uint32 {
	for len(s.data)%8 != 0 {
		s.data = append(s.data, 0)
	}
	return uint32(len(s.data))
}

// ptr writes the address of an offset, 0 for 0.
func (s *synData) ptr(off uint32) {
	if off == 0 {
		s.u64(0)
		return
	}
	s.u64(synBase + uint64(off))
}

func (s *synData) text(text string) {
	if s.wide {
		s.data = append(s.data, byte(len(text)>>8), byte(len(text)))
	} else {
		s.data = binary.AppendUvarint(s.data, uint64(len(text)))
	}
	s.data = append(s.data, text...)
}

// name writes a name once and returns its offset. pkg is that of an unexported
// method's, 0 without.
func (s *synData) name(text, tag string, pkg uint32) uint32 {
	key := fmt.Sprint(text, "\x00", tag, pkg)
	if off, ok := s.names[key]; ok {
		return off
	}
	off := uint32(len(s.data))
	s.names[key] = off
	flags := byte(0)
	if tag != "" {
		flags |= nameTag
	}
	if pkg != 0 {
		flags |= namePkgPath
	}
	s.data = append(s.data, flags)
	s.text(text)
	if tag != "" {
		s.text(tag)
	}
	if pkg != 0 {
		s.u32(pkg)
	}
	return off
}

func (s *synData) path(path string) uint32 { return s.name(path, "", 0) }

// common begins a type and returns its offset.
func (s *synData) common(kind, flags byte, str string, size, ptrBytes, gcData uint64) uint32 {
	name := s.name(str, "", 0)
	off := s.at()
	s.u64(size)
	s.u64(ptrBytes)
	s.u32(0x1234)
	s.data = append(s.data, flags, 8, 8, kind)
	s.u64(0)
	s.u64(gcData)
	s.u32(name)
	s.u32(0)
	return off
}

type synMethod struct {
	name uint32
	typ  uint32
}

// uncommon writes the uncommon part and, behind extra bytes that are to follow
// it, the methods' place.
func (s *synData) uncommon(path uint32, methods int, extra uint32) {
	s.u32(path)
	s.u16(methods)
	s.u16(methods)
	s.u32(uncommonSize + extra)
	s.u32(0)
}

func (s *synData) methods(list ...synMethod) {
	for _, m := range list {
		s.u32(m.name)
		s.u32(m.typ)
		s.u32(0)
		s.u32(0)
	}
}

// declared writes a type of a basic kind.
func (s *synData) declared(kind byte, str, path string, methods ...synMethod) uint32 {
	pkg := uint32(0)
	if path != "" {
		pkg = s.path(path)
	}
	off := s.common(kind, flagUncommon|flagNamed, str, 8, 0, 0)
	s.uncommon(pkg, len(methods), 0)
	s.methods(methods...)
	return off
}

// of writes a pointer, slice or channel without a name.
func (s *synData) of(kind byte, str string, elem uint32) uint32 {
	off := s.common(kind, 0, str, 8, 0, 0)
	s.ptr(elem)
	if kind == kindChan {
		s.u64(3)
	}
	return off
}

func (s *synData) array(str string, elem, slice uint32) uint32 {
	off := s.common(kindArray, 0, str, 8, 0, 0)
	s.ptr(elem)
	s.ptr(slice)
	s.u64(1)
	return off
}

func (s *synData) function(str string, in, out []uint32) uint32 {
	off := s.common(kindFunc, 0, str, 8, 0, 0)
	s.u16(len(in))
	s.u16(len(out) | 1<<15) // the last parameter is of any number
	s.u32(0)
	for _, t := range append(in, out...) {
		s.ptr(t)
	}
	return off
}

type synField struct{ name, typ uint32 }

func (s *synData) structure(str string, pkg uint32, fields ...synField) uint32 {
	off := s.common(kindStruct, 0, str, 8, 0, 0)
	s.ptr(pkg)
	s.ptr(off + 80)
	s.u64(uint64(len(fields)))
	s.u64(uint64(len(fields)))
	for _, f := range fields {
		s.ptr(f.name)
		s.ptr(f.typ)
		s.u64(0)
	}
	return off
}

func (s *synData) iface(str string, methods ...synMethod) uint32 {
	off := s.common(kindInterface, 0, str, 16, 0, 0)
	s.ptr(0)
	s.ptr(off + 80)
	s.u64(uint64(len(methods)))
	s.u64(uint64(len(methods)))
	for _, m := range methods {
		s.u32(m.name)
		s.u32(m.typ)
	}
	return off
}

// mapOf writes a map of one of the two implementations.
func (s *synData) mapOf(str string, key, elem, group uint32, old bool, path string) uint32 {
	flags, pkg := byte(0), uint32(0)
	if path != "" {
		flags, pkg = flagUncommon|flagNamed, s.path(path)
	}
	off := s.common(kindMap, flags, str, 8, 0, 0)
	s.ptr(key)
	s.ptr(elem)
	s.ptr(group)
	s.u64(0) // how to hash
	s.u64(8)
	if !old {
		s.u64(16)
		s.u64(8)
		s.u64(0)
	}
	if path != "" {
		s.uncommon(pkg, 0, 0)
	}
	return off
}

func (s *synData) itab(inter, typ uint32, methods int) uint32 {
	off := s.at()
	s.ptr(inter)
	s.ptr(typ)
	s.u64(0)
	for range methods {
		s.u64(0x1000)
	}
	s.itabs = append(s.itabs, synBase+uint64(off))
	return off
}

func (s *synData) link(types ...uint32) {
	for _, t := range types {
		s.typelinks = binary.LittleEndian.AppendUint32(s.typelinks, t)
	}
}

func (s *synData) module() *Module {
	return &Module{Types: synBase, Size: uint64(len(s.data)), Typelinks: s.typelinks, Itabs: s.itabs,
		Read: func(_ []byte, lo, hi uint64) []byte { return s.data[lo:hi] },
		Memory: func(addr, n uint64) []byte {
			if off := addr - synBase; off < uint64(len(s.data)) {
				return s.data[off:][:min(n, uint64(len(s.data))-off)]
			}
			return nil
		},
		Room: func(addr uint64) uint64 {
			if off := addr - synBase; off < uint64(len(s.data)) {
				return uint64(len(s.data)) - off
			}
			return 0
		},
		Rank: func(path string) int {
			if path == "main" {
				return 0
			}
			return 1
		},
	}
}

// owners returns who has the byte at an offset: paths, with "?" behind what is
// inferred.
func owners(t *Types, off uint32) string {
	text := "nobody"
	for _, r := range t.Records {
		if addr := synBase + uint64(off); r.Lo <= addr && addr < r.Hi() {
			text = ""
			for i, p := range t.Of(r) {
				if i > 0 {
					text += " "
				}
				text += t.Packages[p].Path
				if t.Packages[p].Inferred {
					text += "?"
				}
			}
		}
	}
	return text
}

func expect(t *testing.T, types *Types, what string, off uint32, want string) {
	t.Helper()
	if got := owners(types, off); got != want {
		t.Errorf("%s at %#x is of %q, want %q", what, off, got, want)
	}
}
