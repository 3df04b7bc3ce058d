package xref

import "encoding/binary"

// ARM64 decodes arm64 code. The zero value is ready. It is for one goroutine.
type ARM64 struct{ pages pages }

// Refs appends to refs the addresses in data that the instructions of code,
// which begins at address addr, refer to: in the order of the instructions, and
// as often as they do. Code must begin with a function.
//
// An ADRP loads the address of a page of 4 KiB, and a later ADD, load or store
// adds an immediate to it. Which registers hold such a page is followed in the
// order of the addresses, and along branches forward: a register holds a page
// where it does so on some way to get there. Calls clobber what the procedure call
// standard lets them.
//
// golang.org/x/arch is not asked here: it looks through all formats for each
// instruction, and it notes which it met in a variable that goroutines would share.
// The few formats that matter are told by masks, and tests hold them against it.
func (d *ARM64) Refs(refs []uint64, code []byte, addr uint64, data Range) []uint64 {
	p := &d.pages
	p.reset()
	add := func(target uint64) {
		if data.contains(target) {
			refs = append(refs, target)
		}
	}
	for at := 0; at+4 <= len(code); at += 4 {
		w := binary.LittleEndian.Uint32(code[at:])
		pc := addr + uint64(at)
		p.arrive(pc)
		rd, rn := w&31, w>>5&31
		switch {
		case w&0x1f000000 == 0x10000000: // ADR, ADRP
			target := pc + signed(w>>5&0x7ffff<<2|w>>29&3, 21)
			if w>>31 != 0 {
				target = pc&^0xfff + signed(w>>5&0x7ffff<<2|w>>29&3, 21)<<12
			}
			// Linkers turn the ADRP of a page that is near into ADR.
			if w>>31 != 0 || target&0xfff == 0 {
				p.set(rd, target)
				continue
			}
			add(target)
		case w&0x7c000000 == 0x14000000: // B, BL
			if w>>31 != 0 {
				p.call()
			} else {
				p.branch(pc, pc+signed(w&0x3ffffff, 26)<<2)
				p.stop()
			}
			continue
		case w&0xff000010 == 0x54000000, w&0x7e000000 == 0x34000000: // B.cond, CBZ, CBNZ
			p.branch(pc, pc+signed(w>>5&0x7ffff, 19)<<2)
			continue
		case w&0x7e000000 == 0x36000000: // TBZ, TBNZ
			p.branch(pc, pc+signed(w>>5&0x3fff, 14)<<2)
			continue
		case w&0xfe000000 == 0xd6000000: // BR, BLR, RET
			switch w >> 21 & 3 {
			case 0:
				p.computed.copy(&p.held) // what the targets of a jump table begin with
				p.stop()
			case 1:
				p.call()
			default:
				p.held.copy(&p.computed)
				p.stop()
			}
			continue
		case w&0xff800000 == 0x91000000: // ADD of 64 bits with an immediate
			if page, ok := p.get(rn); ok {
				add(page + uint64(w>>10&0xfff)<<(w>>22&1*12))
			}
		case w&0x3b000000 == 0x39000000: // load or store with an unsigned offset
			size := w >> 30
			if size == 0 && w&(1<<26) != 0 && w&(1<<23) != 0 {
				size = 4 // a vector register whole
			}
			if page, ok := p.get(rn); ok {
				add(page + uint64(w>>10&0xfff)<<size)
			}
		case w&0x3b000000 == 0x18000000: // load from a literal pool
			target := pc + signed(w>>5&0x7ffff, 19)<<2
			add(target)
			if i := target - addr; w>>24 == 0x58 && i < uint64(len(code)) && uint64(len(code))-i >= 8 {
				add(binary.LittleEndian.Uint64(code[i:]))
			}
		}
		p.write(w)
	}
	return refs
}

// signed is the number that the lowest bits of v are in two's complement.
func signed(v uint32, bits int) uint64 {
	return uint64(int64(uint64(v)<<(64-bits)) >> (64 - bits))
}
