package xref

import "golang.org/x/arch/x86/x86asm"

// AMD64 decodes amd64 code. It remembers what golang.org/x/arch said of the
// instructions that were met: a program has some hundred forms of them. The zero
// value is ready. It is for one goroutine.
type AMD64 struct {
	// Wanted says whether any of the addresses lo ≤ address < hi is of interest. References
	// to addresses that are not may be left out. All are if it is nil.
	Wanted   func(lo, hi uint64) bool
	verdicts [1024]verdict
}

// verdict is whether bytes are an instruction.
type verdict struct {
	form  uint64 // see form; 0 for none
	valid bool
}

// Refs appends to refs the addresses in data that the instructions of code,
// which begins at address addr, refer to: in the order of the instructions, and
// as often as they do. Code must begin at an instruction. Bytes that are no
// instruction are passed over one by one.
//
// With absolute the code is linked at fixed addresses, and an operand of 32 bits
// can be an address as it is: a displacement; what MOV puts into a register, or
// into 64 bits of memory; what PUSH pushes; what ADD adds to 64 bits. Numbers there
// can look like addresses: other immediate operands are not taken for one.
//
// Few instructions refer to data. So the bytes are searched for what could be such an
// operand, eight at a time, and only the instructions before one are walked.
func (d *AMD64) Refs(refs []uint64, code []byte, addr uint64, data Range, absolute bool) []uint64 {
	w := amd64Walk{decoder: d, code: code, addr: addr, data: data, absolute: absolute, refs: refs}
	w.reach = data.Hi - data.Lo + min(maxBehind, ^(data.Hi-data.Lo))
	if absolute {
		w.searchAll()
	} else {
		w.search()
	}
	return w.refs
}

// decodes says whether the bytes are an instruction of that shape.
func (d *AMD64) decodes(code []byte, ins *instruction) bool {
	form, ok := ins.form(code)
	if !ok {
		return decodes(code, ins)
	}
	v := &d.verdicts[form*0x9e3779b97f4a7c15>>54]
	if v.form != form {
		*v = verdict{form, decodes(code, ins)}
	}
	return v.valid
}

func decodes(code []byte, ins *instruction) bool {
	inst, err := x86asm.Decode(code[:ins.length], 64)
	return err == nil && inst.Len == ins.length
}

// form is the bytes up to the first operand of four bytes, and the length. No
// other byte decides whether there is such an instruction, but that behind VEX
// and EVEX an immediate byte can be a register.
func (ins *instruction) form(code []byte) (form uint64, ok bool) {
	n := ins.disp
	if n == 0 {
		n = ins.imm
	}
	if n == 0 || n > 7 {
		return 0, false
	}
	switch code[0] {
	case 0xc4, 0xc5, 0x62:
		if ins.length != n+4 {
			return 0, false
		}
	}
	form = uint64(ins.length)
	for _, b := range code[:n] {
		form = form<<8 | uint64(b)
	}
	return form, true
}
