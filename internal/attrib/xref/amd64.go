package xref

import "golang.org/x/arch/x86/x86asm"

// AMD64 appends to refs the addresses in data that the instructions of code,
// which begins at address addr, refer to: in the order of the instructions, and
// as often as they do. Code must begin at an instruction. Bytes that are no
// instruction are passed over one by one.
//
// With absolute the code is linked at fixed addresses, and an operand of 32 bits
// can be an address as it is: a displacement; what MOV puts into a register, or
// into 64 bits of memory; what PUSH pushes; what ADD adds to 64 bits. Numbers there
// can look like addresses: other immediate operands are not taken for one.
func AMD64(refs []uint64, code []byte, addr uint64, data Range, absolute bool) []uint64 {
	for at := 0; at < len(code); {
		ins := shape(code[at:])
		if ins.length == 0 {
			at++
			continue
		}
		next := addr + uint64(at+ins.length)
		switch {
		case ins.rip:
			if target := next + int32At(code, at+ins.disp); data.contains(target) && decodes(code[at:], &ins) {
				refs = append(refs, target)
			}
		case absolute && ins.disp != 0:
			if target := int32At(code, at+ins.disp); data.contains(target) && decodes(code[at:], &ins) {
				refs = append(refs, target)
			}
		}
		if absolute && ins.imm != 0 {
			if target := int32At(code, at+ins.imm); data.contains(target) && decodes(code[at:], &ins) {
				refs = append(refs, target)
			}
		}
		at += ins.length
	}
	return refs
}

// decodes says whether the bytes are an instruction of that shape.
func decodes(code []byte, ins *instruction) bool {
	inst, err := x86asm.Decode(code[:ins.length], 64)
	return err == nil && inst.Len == ins.length
}
