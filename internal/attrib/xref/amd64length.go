package xref

import "encoding/binary"

// What follows an opcode.
const (
	none   = 0
	modRM  = 1 << iota // a ModRM byte and what that asks for
	imm8               // one byte
	imm16              // two bytes
	immZ               // four bytes, two with an operand size prefix
	immV               // as immZ, eight with REX.W
	rel32              // four bytes
	moffs              // an address: eight bytes, four with an address size prefix
	prefix             // a legacy prefix: another prefix or the opcode
	bad                // no instruction of 64-bit code
)

// oneByte is the opcode map of instructions without an escape byte. 0F, REX, VEX
// and EVEX are handled before it is asked.
var oneByte = func() (t [256]uint16) {
	for op := 0; op < 0x40; op += 8 { // the arithmetic instructions
		copy(t[op:], []uint16{modRM, modRM, modRM, modRM, imm8, immZ, bad, bad})
	}
	set := func(what uint16, ops ...int) {
		for _, op := range ops {
			t[op] = what
		}
	}
	span := func(what uint16, lo, hi int) {
		for op := lo; op <= hi; op++ {
			t[op] = what
		}
	}
	set(bad, 0x60, 0x61, 0x82, 0x9a, 0xce, 0xd4, 0xd5, 0xd6, 0xea)
	set(prefix, 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3)
	set(modRM, 0x63)
	set(immZ, 0x68, 0xa9)
	set(modRM|immZ, 0x69, 0x81, 0xc7)
	set(imm8, 0x6a, 0xa8, 0xcd, 0xeb)
	set(modRM|imm8, 0x6b, 0x80, 0x83, 0xc0, 0xc1, 0xc6)
	span(imm8, 0x70, 0x7f)
	span(modRM, 0x84, 0x8f)
	span(moffs, 0xa0, 0xa3)
	span(imm8, 0xb0, 0xb7)
	span(immV, 0xb8, 0xbf)
	set(imm16, 0xc2, 0xca)
	set(imm16|imm8, 0xc8)
	span(modRM, 0xd0, 0xd3)
	span(modRM, 0xd8, 0xdf)
	span(imm8, 0xe0, 0xe7)
	set(rel32, 0xe8, 0xe9)
	set(modRM, 0xf6, 0xf7, 0xfe, 0xff)
	return t
}()

// twoByte is the map of the opcodes behind 0F, or of VEX and EVEX map 1.
var twoByte = func() (t [256]uint16) {
	for op := range t {
		t[op] = modRM
	}
	set := func(what uint16, ops ...int) {
		for _, op := range ops {
			t[op] = what
		}
	}
	span := func(what uint16, lo, hi int) {
		for op := lo; op <= hi; op++ {
			t[op] = what
		}
	}
	set(bad, 0x04, 0x0a, 0x0c, 0x36, 0x7a, 0x7b)
	span(none, 0x05, 0x09)
	set(none, 0x0b, 0x0e, 0x77, 0xa0, 0xa1, 0xa2, 0xa8, 0xa9, 0xaa)
	span(bad, 0x24, 0x27)
	span(none, 0x30, 0x37)
	span(bad, 0x39, 0x3f)
	span(modRM|imm8, 0x70, 0x73)
	span(rel32, 0x80, 0x8f)
	set(modRM|imm8, 0x0f, 0xa4, 0xac, 0xba, 0xc2, 0xc4, 0xc5, 0xc6)
	span(none, 0xc8, 0xcf)
	return t
}()

// Bits of easy.
const (
	easyLength = 7      // bytes behind the opcode, without what ModRM asks for
	easyModRM  = 1 << 3 // a ModRM byte
	easyImm    = 1 << 4 // with an operand size prefix there are fewer
	easy       = 1 << 5 // the opcode can be told by these bits
)

// easyOne and easyTwo are oneByte and twoByte in the form that step wants.
var (
	easyOne = easyForms(&oneByte, 0x0f, 0x62, 0x8f, 0xc4, 0xc5, 0xf6, 0xf7)
	easyTwo = easyForms(&twoByte, 0x38, 0x3a)
)

func easyForms(opcodes *[256]uint16, not ...int) (t [256]uint8) {
	for op, what := range opcodes {
		if what&(bad|prefix|imm16|immV|moffs) != 0 || opcodes == &oneByte && op&0xf0 == 0x40 {
			continue
		}
		t[op] = easy
		if what&modRM != 0 {
			t[op] |= easyModRM
		}
		if what&imm8 != 0 {
			t[op] += 1
		}
		if what&(immZ|rel32) != 0 {
			t[op] += 4
		}
		if what&immZ != 0 {
			t[op] |= easyImm
		}
	}
	for _, op := range not {
		t[op] = 0
	}
	return t
}

const longest = 15 // bytes of an instruction

// memory is how many bytes follow a ModRM byte; with index, the next byte says
// whether there are four more.
var memory = func() (t [256]uint8) {
	for m := range t {
		if mod, rm := m>>6, m&7; mod != 3 {
			if rm == 4 {
				t[m] = 1
			}
			switch {
			case mod == 1:
				t[m]++
			case mod == 2, rm == 5:
				t[m] += 4
			case rm == 4:
				t[m] |= index
			}
		}
	}
	return t
}()

const index = 1 << 3

// step returns how far it is to the next instruction: the length of the one at
// code[at:], or 1 if there is none. Nine of ten are easy ones, whose length is in
// tables. (Arithmetic in place of the branches for prefixes and ModRM took a fifth longer.)
func step(code []byte, at int) int {
	if len(code)-at < longest {
		return max(1, shape(code[at:]).length)
	}
	b := code[at : at+longest : at+longest]
	i := 0
	op := b[0]
	small := false
	if op == 0x66 || op == 0xf2 || op == 0xf3 {
		small = true
		op = b[1]
		i = 1
	}
	if op&0xf0 == 0x40 {
		i++
		op = b[i]
	}
	i++
	form := easyOne[op]
	if op == 0x0f {
		form = easyTwo[b[i]]
		i++
	}
	if form == 0 || small && form&easyImm != 0 {
		return max(1, shape(b).length)
	}
	if form&easyModRM != 0 {
		m := memory[b[i]]
		i++
		if m&index != 0 {
			m &^= index
			if b[i]&7 == 5 {
				m += 4
			}
		}
		i += int(m)
	}
	return i + int(form&easyLength)
}

// instruction is the shape of one instruction of amd64.
type instruction struct {
	length int // bytes, 0 if it is none
	disp   int // where four bytes of displacement begin, 0 without
	rip    bool
	imm    int // where an immediate of four bytes begins that may be an address, 0 without
	rel    int // where the four bytes begin that say how far a call or jump goes, 0 without
}

// shape reads the instruction at the start of code. It does not say whether
// there is such an instruction, only how long it would be.
func shape(code []byte) (ins instruction) {
	if len(code) > longest {
		code = code[:longest]
	}
	var small, address32, wide bool // prefixes: operand size, address size, REX.W
	i := 0
	var op byte
	for ; ; i++ {
		if i >= len(code) {
			return instruction{}
		}
		op = code[i]
		if oneByte[op] != prefix {
			break
		}
		small = small || op == 0x66
		address32 = address32 || op == 0x67
	}
	if op&0xf0 == 0x40 {
		wide = op&8 != 0
		if i++; i >= len(code) {
			return instruction{}
		}
		op = code[i]
	}
	i++
	what, single := oneByte[op], true
	skip, opcodeMap := 0, byte(0)
	switch op {
	case 0x0f:
		opcodeMap = 1
	case 0xc5:
		skip, opcodeMap = 1, 1
	case 0xc4:
		if i < len(code) {
			skip, opcodeMap = 2, code[i]&0x1f
		}
	case 0x62:
		if i < len(code) {
			skip, opcodeMap = 3, code[i]&7
		}
	case 0x8f: // POP, or XOP with its maps
		if i < len(code) && code[i]&0x1f >= 8 {
			skip, opcodeMap = 2, code[i]&0x1f
		}
	}
	if opcodeMap != 0 {
		single = false
		if i += skip; i >= len(code) {
			return instruction{}
		}
		if skip == 0 && (code[i] == 0x38 || code[i] == 0x3a) {
			opcodeMap = code[i]/2 - 0x1a // 2 and 3
			if i++; i >= len(code) {
				return instruction{}
			}
		}
		op = code[i]
		i++
		switch opcodeMap {
		case 1:
			what = twoByte[op]
		case 2, 5, 6, 9:
			what = modRM
		case 3, 8:
			what = modRM | imm8
		case 10:
			what = modRM | immZ
		default:
			return instruction{}
		}
	} else if skip != 0 || op == 0x62 || op == 0xc4 {
		return instruction{}
	}
	if what&(bad|prefix) != 0 {
		return instruction{}
	}
	reg := byte(0)
	if what&modRM != 0 {
		if i >= len(code) {
			return instruction{}
		}
		m := code[i]
		i++
		mod, rm := m>>6, m&7
		reg = m >> 3 & 7
		if mod != 3 {
			base := rm
			if rm == 4 {
				if i >= len(code) {
					return instruction{}
				}
				base = code[i] & 7
				i++
			}
			switch {
			case mod == 1:
				i++
			case mod == 2, mod == 0 && base == 5:
				ins.disp = i
				ins.rip = mod == 0 && rm == 5
				i += 4
			}
		}
		if single && op == 0xf6 && reg < 2 {
			what |= imm8
		}
		if single && op == 0xf7 && reg < 2 {
			what |= immZ
		}
	}
	if what&imm16 != 0 {
		i += 2
	}
	if what&imm8 != 0 {
		i++
	}
	switch {
	case what&immV != 0 && wide:
		i += 8
	case what&(immZ|immV) != 0 && small && !wide:
		i += 2
	case what&(immZ|immV) != 0:
		if single && (op == 0x68 || op&0xf8 == 0xb8 || wide && (op == 0xc7 || op == 0x05 || op == 0x81 && reg == 0)) {
			ins.imm = i
		}
		i += 4
	case what&rel32 != 0:
		ins.rel = i
		i += 4
	case what&moffs != 0 && address32:
		i += 4
	case what&moffs != 0:
		i += 8
	}
	if i > len(code) {
		return instruction{}
	}
	ins.length = i
	return ins
}

func int32At(code []byte, i int) uint64 {
	return uint64(int64(int32(binary.LittleEndian.Uint32(code[i:]))))
}
