package xref

import "encoding/binary"

// ARM64 decodes arm64 code. The zero value is ready. It is for one goroutine.
type ARM64 struct {
	// Wanted is as that of AMD64.
	Wanted func(lo, hi uint64) bool
	pages  pages
}

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
	if !d.mayRefer(code, addr, data) {
		return refs
	}
	return d.follow(refs, code, addr, data)
}

// follow appends the references of a function. To keep what registers hold in local
// variables instead of memory took as long: the time is in branches that cannot be
// foreseen.
func (d *ARM64) follow(refs []uint64, code []byte, addr uint64, data Range) []uint64 {
	p := &d.pages
	p.reset(len(code) / 4)
	add := func(target uint64) {
		if data.contains(target) {
			refs = append(refs, target)
		}
	}
	for i := range len(code) / 4 {
		at := 4 * i
		w := binary.LittleEndian.Uint32(code[at:])
		p.arrive(i)
		kind := kindsARM64[w>>24]
		if p.valid == 0 && kind <= addImmediate {
			continue
		}
		pc := addr + uint64(at)
		switch rn := w >> 5 & 31; kind {
		case nothing:
		case result:
			p.drop(w & 31)
		case addImmediate:
			if page, ok := p.get(rn); ok && w>>23&1 == 0 {
				add(page + offsetARM64(w))
			}
			p.drop(w & 31)
		case loadStore:
			if page, ok := p.get(rn); ok {
				add(page + offsetARM64(w))
			}
			p.write(w)
		case several:
			p.write(w)
		case literal:
			target := pc + signed(w>>5&0x7ffff, 19)<<2
			add(target)
			if i := target - addr; w>>24 == 0x58 && i < uint64(len(code)) && uint64(len(code))-i >= 8 {
				add(binary.LittleEndian.Uint64(code[i:]))
			}
			p.write(w)
		case pageAddress:
			target := addressARM64(w, pc)
			// Linkers turn the ADRP of a page that is near into ADR.
			if w>>31 != 0 || target&0xfff == 0 {
				p.set(w&31, target)
				continue
			}
			add(target)
			p.drop(w & 31)
		case branch:
			if w>>31 != 0 {
				p.call()
			} else {
				p.branch(i, int(int32(w<<6)>>6))
				p.stop()
			}
		case branchIf:
			if w>>24 != 0x54 || w&0x10 == 0 {
				p.branch(i, int(int32(w<<8)>>13))
			}
		case branchBit:
			p.branch(i, int(int32(w<<13)>>18))
		case branchRegister:
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
		}
	}
	return refs
}

// addressARM64 is the address that an ADR or ADRP at pc loads.
func addressARM64(w uint32, pc uint64) uint64 {
	distance := signed(w>>5&0x7ffff<<2|w>>29&3, 21)
	if w>>31 != 0 {
		return pc&^0xfff + distance<<12
	}
	return pc + distance
}

// mayRefer says whether any address that the code loads, or loads from, or adds to may
// lead to one that is wanted.
func (d *ARM64) mayRefer(code []byte, addr uint64, data Range) bool {
	near := data.Hi - data.Lo + min(pageSize, ^(data.Hi-data.Lo))
	pages := false
	for at := 3; at < len(code); at += 4 {
		kind := kindsARM64[code[at]]
		if kind < literal {
			continue
		}
		if kind == literal {
			return true
		}
		pages = true
		w := binary.LittleEndian.Uint32(code[at-3:])
		if lo := addressARM64(w, addr+uint64(at-3)); lo-(data.Lo-pageSize) < near && (d.Wanted == nil || d.Wanted(lo, lo+pageSize)) {
			return true
		}
	}
	if !pages {
		return false
	}
	for at := 3; at < len(code); at += 4 {
		switch kindsARM64[code[at]] {
		case addImmediate, loadStore:
			if w := binary.LittleEndian.Uint32(code[at-3:]); offsetARM64(w) >= pageSize {
				return true
			}
		}
	}
	return false
}

const pageSize = 1 << 12 // of ADRP

// offsetARM64 is the offset in an ADD of 64 bits, or in a load or store with an
// unsigned offset.
func offsetARM64(w uint32) uint64 {
	offset := uint64(w >> 10 & 0xfff)
	if w>>24 == 0x91 {
		return offset << (w >> 22 & 1 * 12)
	}
	size := w >> 30
	if size == 0 && w&(1<<26) != 0 && w&(1<<23) != 0 {
		size = 4 // a vector register whole
	}
	return offset << size
}

// What an instruction of arm64 does, by its highest byte.
const (
	nothing      = iota // that matters here
	result              // sets the register in its lowest bits
	several             // loads, stores, vectors, the system: see pages.write
	loadStore           // with an unsigned offset from a register
	addImmediate        // ADD of 64 bits

	// The others matter even if no register holds a page.
	branch
	branchIf
	branchBit
	branchRegister
	literal
	pageAddress
)

var kindsARM64 = func() (t [256]uint8) {
	for b := range t {
		switch {
		case b&0x1f == 0x10:
			t[b] = pageAddress
		case b&0x7c == 0x14:
			t[b] = branch
		case b == 0x54, b&0x7e == 0x34:
			t[b] = branchIf
		case b&0x7e == 0x36:
			t[b] = branchBit
		case b&0xfe == 0xd6:
			t[b] = branchRegister
		case b == 0x91:
			t[b] = addImmediate
		case b&0x3b == 0x39:
			t[b] = loadStore
		case b&0x3b == 0x18:
			t[b] = literal
		default:
			switch b >> 1 & 15 {
			case 5, 8, 9, 13:
				t[b] = result
			case 4, 6, 12, 14, 7, 15, 10, 11:
				t[b] = several
			}
		}
	}
	return t
}()

// signed is the number that the lowest bits of v are in two's complement.
func signed(v uint32, bits int) uint64 {
	return uint64(int64(uint64(v)<<(64-bits)) >> (64 - bits))
}
