package xref

import (
	"bytes"
	"encoding/binary"
)

// LLVM makes a table of a switch that chooses data: of the distances in 32 bits
// from the table to the data. The code loads the table's address into a register,
// then from there an element with its sign, and adds the two. Jump tables are the
// same, but lead to code. OffsetTablesAMD64 and OffsetTablesARM64 find such loads.
//
// That a function has such a load says nothing of the other data that it refers to:
// four times the number 65521, which a vector is loaded with, would be distances
// into the middle of an embedded file. So the register has to be the same, and what
// it holds is what was last loaded into it in the order of the addresses.

// soon is how many instructions there may be from the load to the addition.
const soon = 8

// OffsetTablesAMD64 appends to tables the addresses of what code, which begins at
// address addr, uses as a table of distances: LEA of an address into a register,
// MOVSXD from there with an index, and soon ADD of the register. It does not walk from
// instruction to instruction: what it takes for one can be the end of another.
func OffsetTablesAMD64(tables []uint64, code []byte, addr uint64) []uint64 {
	const longest = 5 // bytes of the usual instruction
	var held [16]uint64
	var known uint16 // the registers that held is of
	for at, done := 1, 0; at+2 < len(code); at++ {
		i := bytes.IndexByte(code[at:len(code)-2], 0x63)
		if i < 0 {
			break
		}
		at += i
		// REX.W; a memory operand with a base, an index that counts elements or bytes,
		// and maybe a displacement.
		rex, m, sib := code[at-1], code[at+1], code[at+2]
		scale := sib >> 6
		if rex&0xf8 != 0x48 || m>>6 == 3 || m&7 != 4 || scale != 2 && scale != 0 || m>>6 == 0 && sib&7 == 5 {
			continue
		}
		loaded, table, index := rex&4<<1|m>>3&7, rex&1<<3|sib&7, rex&2<<2|sib>>3&7
		if scale == 0 && table == loaded { // of a sum either can be the table
			table = index
		}
		rest := code[min(len(code), at+3+[]int{0, 1, 4}[m>>6]):]
		rest = rest[:min(len(rest), soon*longest)]
		for len(rest) >= 3 && !addsAMD64(rest, loaded, table) {
			rest = rest[1:]
		}
		if len(rest) < 3 {
			continue
		}
		for ; done+7 < at; done++ { // the instructions before, once
			// REX.W, without a base and an index; an operand relative to RIP.
			if lea := code[done : done+7]; lea[1] == 0x8d && lea[0]&0xfb == 0x48 && lea[2]&0xc7 == 0x05 {
				into := lea[0]&4<<1 | lea[2]>>3&7
				held[into] = addr + uint64(done+7) + int32At(lea, 3)
				known |= 1 << into
			}
		}
		if known>>table&1 != 0 {
			tables = append(tables, held[table])
		}
	}
	return tables
}

// addsAMD64 says whether code begins with an ADD of 64 bits of two registers.
func addsAMD64(code []byte, x, y byte) bool {
	rex, m := code[0], code[2]
	first, second := rex&1<<3|m&7, rex&4<<1|m>>3&7
	return rex&0xf8 == 0x48 && code[1]&^2 == 0x01 && m>>6 == 3 && (first == x && second == y || first == y && second == x)
}

// OffsetTablesARM64 is OffsetTablesAMD64 for arm64: ADRP and ADD, or ADR, of an
// address into a register, LDRSW with that register and an offset in another one, and
// soon ADD of 64 bits of the two.
func OffsetTablesARM64(tables []uint64, code []byte, addr uint64) []uint64 {
	var page, held [32]uint64
	var paged, known uint32 // the registers that page and held are of
	for at, done := 0, 0; at+4 <= len(code); at += 4 {
		w := binary.LittleEndian.Uint32(code[at:])
		if w&0xffe00c00 != 0xb8a00800 {
			continue
		}
		loaded, base := w&31, w>>5&31
		adds := false
		for next := at + 4; next+4 <= len(code) && next <= at+4*soon; next += 4 {
			w := binary.LittleEndian.Uint32(code[next:])
			if n, m := w>>5&31, w>>16&31; w&0xffe00000 == 0x8b000000 && (n == loaded && m == base || m == loaded && n == base) {
				adds = true
			}
		}
		if !adds {
			continue
		}
		for ; done < at; done += 4 { // the instructions before, once
			w := binary.LittleEndian.Uint32(code[done:])
			rd, rn := w&31, w>>5&31
			pc := addr + uint64(done)
			distance := w>>5&0x7ffff<<2 | w>>29&3
			switch {
			case w&0x9f000000 == 0x90000000: // ADRP
				page[rd] = pc&^0xfff + signed(distance, 21)<<12
				paged |= 1 << rd
			case w&0x9f000000 == 0x10000000: // ADR: of an object, or of a page that is near
				page[rd] = pc + signed(distance, 21)
				held[rd] = page[rd]
				paged |= 1 << rd
				known |= 1 << rd
			case w&0xff800000 == 0x91000000 && paged>>rn&1 != 0: // ADD of 64 bits with an immediate
				held[rd] = page[rn] + uint64(w>>10&0xfff)<<(w>>22&1*12)
				known |= 1 << rd
			}
		}
		if known>>base&1 != 0 {
			tables = append(tables, held[base])
		}
	}
	return tables
}
