package facts

import (
	"encoding/binary"

	"github.com/sizegate/sizegate/internal/attrib"
	"github.com/sizegate/sizegate/internal/elfscan"
)

// Callers counts, by owner, the places outside of a Go package that call its
// functions or take their address. On amd64 every four bytes that would lead to
// the start of one are such a place: some can be chance, none is missed. It
// returns nil where there is no such package.
func (in *File) Callers(path string) (map[int]uint64, error) {
	starts := make(map[int]map[uint64]bool) // by section
	of := func(f *attrib.Function) *attrib.Owner { return &in.Profile.Owners[f.Owner] }
	isCode := func(f *attrib.Function) bool { return in.Binary.Sections[f.Section].Kind == elfscan.Code }
	for i := range in.Profile.Functions {
		if f := &in.Profile.Functions[i]; isCode(f) && of(f).Kind == attrib.Package && of(f).Name == path {
			if starts[f.Section] == nil {
				starts[f.Section] = make(map[uint64]bool)
			}
			starts[f.Section][f.Address] = true
		}
	}
	if len(starts) != 1 {
		return nil, nil // Go code is in one section
	}
	callers := make(map[int]uint64)
	for section, targets := range starts {
		s := &in.Binary.Sections[section]
		code, err := in.Binary.Bytes(s)
		if err != nil {
			return nil, err
		}
		for i := range in.Profile.Functions {
			f := &in.Profile.Functions[i]
			o := of(f)
			if f.Section != section || o.Kind != attrib.Package || o.Name == path || o.Origin == attrib.Standard {
				continue
			}
			lo := f.Address - s.Addr
			if lo > uint64(len(code)) || f.Size > uint64(len(code))-lo {
				continue
			}
			if n := in.references(code[lo:lo+f.Size], f.Address, targets); n > 0 {
				callers[f.Owner] += n
			}
		}
	}
	return callers, nil
}

// references counts the places in code at an address that lead to a target.
func (in *File) references(code []byte, addr uint64, targets map[uint64]bool) uint64 {
	n := uint64(0)
	if in.Binary.Arch == elfscan.ARM64 {
		var pages [32]uint64 // what ADRP left in each register
		for at := 0; at+4 <= len(code); at += 4 {
			pc, w := addr+uint64(at), binary.LittleEndian.Uint32(code[at:])
			switch {
			case w&0x7c000000 == 0x14000000: // B, BL
				if targets[pc+uint64(int64(int32(w<<6)>>6)*4)] {
					n++
				}
			case w&0x9f000000 == 0x90000000: // ADRP
				imm := int64(int32(w>>5&0x7ffff)<<13>>13)<<2 | int64(w>>29&3)
				pages[w&31] = pc&^0xfff + uint64(imm<<12)
			case w&0xff800000 == 0x91000000: // ADD, immediate
				imm := uint64(w >> 10 & 0xfff)
				if w&(1<<22) != 0 {
					imm <<= 12
				}
				if targets[pages[w>>5&31]+imm] {
					n++
				}
			}
		}
		return n
	}
	for at := 0; at+4 <= len(code); at++ {
		if targets[addr+uint64(at)+4+uint64(int64(int32(binary.LittleEndian.Uint32(code[at:]))))] {
			n++
		}
	}
	return n
}
