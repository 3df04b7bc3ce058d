package xref

import (
	"bytes"
	"encoding/binary"
)

// LLVM makes a table of a switch that chooses data: of the distances in 32 bits
// from the table to the data. The code loads one with its sign and adds the
// table's address. Jump tables are the same, but lead to code. OffsetsAMD64 and
// OffsetsARM64 say whether code does so anywhere: a load of such an element, and
// soon behind it an addition of registers.

// soon is how many instructions there may be from the load to the addition.
const soon = 4

// OffsetsAMD64 looks for MOVSXD from [base+4*index] and ADD. It does not walk from
// instruction to instruction: what it takes for one can be the end of another.
func OffsetsAMD64(code []byte) bool {
	const longest = 5 // bytes of the usual instruction
	for at := 1; at+2 < len(code); at++ {
		i := bytes.IndexByte(code[at:len(code)-2], 0x63)
		if i < 0 {
			return false
		}
		at += i
		// REX.W; a memory operand with a scaled index and without a displacement.
		if code[at-1]&0xf8 != 0x48 || code[at+1]&0xc7 != 0x04 || code[at+2]>>6 != 2 || code[at+2]&7 == 5 {
			continue
		}
		rest := code[at+3 : min(len(code), at+3+soon*longest)]
		for len(rest) >= 3 {
			if rest[0]&0xf8 == 0x48 && rest[1]&^2 == 0x01 && rest[2]>>6 == 3 {
				return true
			}
			rest = rest[1:]
		}
	}
	return false
}

// OffsetsARM64 looks for LDRSW with a register offset and an ADD of 64 bits of what
// it loads.
func OffsetsARM64(code []byte) bool {
	for at := 0; at+4 <= len(code); at += 4 {
		w := binary.LittleEndian.Uint32(code[at:])
		if w&0xffe00c00 != 0xb8a00800 {
			continue
		}
		loaded := w & 31
		for next := at + 4; next+4 <= len(code) && next <= at+4*soon; next += 4 {
			w := binary.LittleEndian.Uint32(code[next:])
			if w&0xffe00000 == 0x8b000000 && (w>>5&31 == loaded || w>>16&31 == loaded) {
				return true
			}
		}
	}
	return false
}
