package facts

import (
	"debug/elf"
	"encoding/binary"
	"sort"
	"strings"

	"github.com/sizegate/sizegate/internal/attrib"
	"github.com/sizegate/sizegate/internal/elfscan"
)

// Function is the code of a function.
type Function struct {
	Name       string
	Addr, Size uint64 // in bytes
}

// CompiledFunctions returns those that the compiler made, by address. Parts that it split
// off are reached by jumps of any kind, so they count as used.
func (in *File) CompiledFunctions() []Function {
	var list []Function
	for i := range in.Profile.Functions {
		f := &in.Profile.Functions[i]
		if in.Binary.Sections[f.Section].Kind != elfscan.Code || f.Inlined || f.Constant || f.Size == 0 || strings.HasPrefix(f.Name, "[") ||
			strings.Contains(f.Name, ".cold") || f.Name == "_init" || f.Name == "_fini" || in.Profile.Owners[f.Owner].Origin == attrib.FromLinker {
			continue
		}
		if n := len(list); n > 0 && list[n-1].Addr == f.Address {
			list[n-1].Size += f.Size // another name
			continue
		}
		list = append(list, Function{f.Name, f.Address, f.Size})
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Addr < list[j].Addr })
	return list
}

// Referenced says of each function whether something else in the file may refer
// to it. Bytes that only look like a reference count as one: no function that is
// in use is missed.
func (in *File) Referenced(functions []Function) ([]bool, error) {
	used := make([]bool, len(functions))
	if len(functions) == 0 {
		return used, nil
	}
	at := make(map[uint64]int, len(functions))
	for i, f := range functions {
		at[f.Addr] = i
	}
	lo, hi := functions[0].Addr, functions[len(functions)-1].Addr
	mark := func(target, from uint64) {
		if target < lo || target > hi {
			return
		}
		if i, ok := at[target]; ok && (from < target || from-target >= functions[i].Size) {
			used[i] = true
		}
	}
	const nowhere = ^uint64(0)
	fixed := in.Binary.Type == elfscan.Exec // code can hold addresses
	const entryPoint = 24                   // in the ELF header
	var entry [8]byte
	if _, err := in.Binary.Reader().ReadAt(entry[:], entryPoint); err != nil {
		return nil, err
	}
	mark(binary.LittleEndian.Uint64(entry[:]), nowhere)
	for i := range in.Binary.Sections {
		s := &in.Binary.Sections[i]
		if !s.Alloc() || s.FileSize == 0 || s.Shared() || strings.HasPrefix(s.Base, ".eh_frame") {
			continue
		}
		data, err := in.Binary.Bytes(s)
		if err != nil {
			return nil, err
		}
		switch {
		case s.Base == ".dynsym":
			const entry = 24
			for ; len(data) >= entry; data = data[entry:] {
				if binary.LittleEndian.Uint16(data[6:]) != uint16(elf.SHN_UNDEF) {
					mark(binary.LittleEndian.Uint64(data[8:]), nowhere)
				}
			}
		case s.Kind != elfscan.Code:
			if err := in.Binary.Relocate(data, s.Addr); err != nil {
				return nil, err
			}
			for at := int(-s.Addr & 7); at+8 <= len(data); at += 8 {
				mark(binary.LittleEndian.Uint64(data[at:]), nowhere)
			}
		case in.Binary.Arch == elfscan.ARM64:
			in.referencedByARM64(data, s.Addr, functions, used, mark)
		default:
			referencedByAMD64(data, s.Addr, fixed, mark)
		}
	}
	return used, nil
}

// referencedByAMD64 marks what the bytes at any place can lead to: four as the
// distance in a call, a jump or an address, and two as a short jump. Where code is
// at a fixed address four can be an address by itself.
func referencedByAMD64(code []byte, addr uint64, fixed bool, mark func(target, from uint64)) {
	for at := 0; at+2 <= len(code); at++ {
		from := addr + uint64(at)
		if op := code[at]; op == 0xeb || op&0xf0 == 0x70 { // JMP, Jcc
			mark(from+2+uint64(int64(int8(code[at+1]))), from)
		}
		if at+4 > len(code) {
			continue
		}
		word := binary.LittleEndian.Uint32(code[at:])
		if word != 0 || endsInCall(code[:at]) {
			mark(from+4+uint64(int64(int32(word))), from)
		}
		if fixed {
			mark(uint64(word), from)
		}
	}
}

// endsInCall tells a call or a jump to what is right behind it from the no-ops that
// fill up to the next function: those end in zeros too.
func endsInCall(code []byte) bool {
	n := len(code)
	return n > 0 && (code[n-1] == 0xe8 || code[n-1] == 0xe9) || n > 1 && code[n-2] == 0x0f && code[n-1]&0xf0 == 0x80 // CALL, JMP, Jcc
}

// referencedByARM64 marks what branches lead to, and all functions in pages that
// an ADRP names: which register is added to it is not followed.
func (in *File) referencedByARM64(code []byte, addr uint64, functions []Function, used []bool, mark func(target, from uint64)) {
	pages := make(map[uint64]bool)
	for at := 0; at+4 <= len(code); at += 4 {
		pc, w := addr+uint64(at), binary.LittleEndian.Uint32(code[at:])
		switch {
		case w&0x7c000000 == 0x14000000: // B, BL
			mark(pc+uint64(int64(int32(w<<6)>>6)*4), pc)
		case w&0xff000010 == 0x54000000, w&0x7e000000 == 0x34000000: // B.cond, CBZ, CBNZ
			mark(pc+uint64(int64(int32(w<<8)>>13)*4), pc)
		case w&0x7e000000 == 0x36000000: // TBZ, TBNZ
			mark(pc+uint64(int64(int32(w<<13)>>18)*4), pc)
		case w&0x9f000000 == 0x90000000: // ADRP
			imm := int64(int32(w>>5&0x7ffff)<<13>>13)<<2 | int64(w>>29&3)
			pages[pc&^0xfff+uint64(imm<<12)] = true
		case w&0x9f000000 == 0x10000000: // ADR
			imm := int64(int32(w>>5&0x7ffff)<<13>>13)<<2 | int64(w>>29&3)
			mark(pc+uint64(imm), pc)
		}
	}
	for i, f := range functions {
		if pages[f.Addr&^0xfff] {
			used[i] = true
		}
	}
}
