package xref

import "encoding/binary"

// Flow is what the instructions of functions lead to, in their order and as often
// as they do.
type Flow struct {
	Data  []uint64 // addresses of data that they refer to
	Calls []uint64 // where direct calls, and jumps out of the function, lead
	arm64 ARM64
}

// AMD64 adds a function, whose code begins at address addr. The operands that count
// are those of AMD64.Refs, but bytes that only look like an instruction are
// not told apart: this is for evidence, and faster.
func (f *Flow) AMD64(code []byte, addr uint64, data Range, absolute bool) {
	add := func(target uint64) {
		if data.contains(target) {
			f.Data = append(f.Data, target)
		}
	}
	for at := 0; at < len(code); {
		ins := shape(code[at:])
		if ins.length == 0 {
			at++
			continue
		}
		next := at + ins.length
		switch {
		case ins.rel != 0:
			f.leave(code, addr, addr+uint64(next)+int32At(code, at+ins.rel))
		case ins.rip:
			add(addr + uint64(next) + int32At(code, at+ins.disp))
		case absolute && ins.disp != 0:
			add(int32At(code, at+ins.disp))
		}
		if absolute && ins.imm != 0 {
			add(int32At(code, at+ins.imm))
		}
		at = next
	}
}

// ARM64 adds a function, whose code begins at address addr.
func (f *Flow) ARM64(code []byte, addr uint64, data Range) {
	f.Data = f.arm64.Refs(f.Data, code, addr, data)
	for at := 0; at+4 <= len(code); at += 4 {
		if w := binary.LittleEndian.Uint32(code[at:]); w&0x7c000000 == 0x14000000 { // B, BL
			f.leave(code, addr, addr+uint64(at)+signed(w&0x3ffffff, 26)<<2)
		}
	}
}

func (f *Flow) leave(code []byte, addr, target uint64) {
	if target-addr >= uint64(len(code)) {
		f.Calls = append(f.Calls, target)
	}
}
