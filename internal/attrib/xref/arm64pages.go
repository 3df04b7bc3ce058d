package xref

import (
	"math/bits"
	"slices"
)

// held is which registers hold the address of a page.
type held struct {
	valid uint32 // a bit for each
	page  [32]uint64
}

func (h *held) set(reg uint32, page uint64) {
	if reg == 31 { // nothing, or the stack pointer in other instructions
		return
	}
	h.valid |= 1 << reg
	h.page[reg] = page
}

func (h *held) get(reg uint32) (page uint64, ok bool) {
	return h.page[reg], h.valid&(1<<reg) != 0
}

func (h *held) drop(reg uint32) { h.valid &^= 1 << reg }

// fill takes over what o knows of registers that h knows nothing of.
func (h *held) fill(o *held) {
	for more := o.valid &^ h.valid; more != 0; more &= more - 1 {
		reg := bits.TrailingZeros32(more)
		h.page[reg] = o.page[reg]
	}
	h.valid |= o.valid
}

// copy takes over what o knows. Few registers hold a page at a time: to copy all
// took half of the time for arm64.
func (h *held) copy(o *held) {
	h.valid = 0
	h.fill(o)
}

// pages is what registers hold before an instruction.
type pages struct {
	held
	computed held // at the last computed jump
	stopped  bool // the instruction before does not go on here
	// Where branches that were passed arrive, and what registers hold there.
	arriving []held
	free     []uint8 // places in arriving that are not used
	targets  []uint8 // for each instruction, 1 and the place in arriving, or 0
	length   int     // how many instructions there are
	outside  []int   // targets outside of the code, each once: they wait for ever
}

// maxWaiting bounds the branches under way, and so their memory, and the time for those
// that leave the code. Compilers need few pages at a time.
const maxWaiting = 128

// reset prepares for a function of so many instructions.
func (p *pages) reset(instructions int) {
	p.valid, p.computed.valid = 0, 0
	p.stopped = false
	if p.arriving == nil {
		p.arriving = make([]held, maxWaiting)
		for i := range uint8(maxWaiting) {
			p.free = append(p.free, i)
		}
	}
	p.outside = p.outside[:0]
	if len(p.targets) < instructions {
		p.targets = make([]uint8, max(instructions, 2*len(p.targets)))
	}
	p.length = instructions
}

// branch notes that an instruction branches so many instructions away. What is
// behind it was read already.
func (p *pages) branch(i, distance int) {
	if distance <= 0 {
		return
	}
	waiting := maxWaiting - len(p.free) + len(p.outside)
	target := i + distance
	if target >= p.length {
		if waiting < maxWaiting && !slices.Contains(p.outside, target) {
			p.outside = append(p.outside, target)
		}
		return
	}
	if t := p.targets[target]; t != 0 {
		p.arriving[t-1].fill(&p.held)
		return
	}
	if waiting == maxWaiting {
		return
	}
	t := p.free[len(p.free)-1]
	p.free = p.free[:len(p.free)-1]
	p.targets[target] = t + 1
	p.arriving[t].copy(&p.held)
}

// stop notes that the instruction before does not go on to the next. What is
// there is reached by branches forward, which are known, or else by others, which
// most likely come from code that began with what is held now: compilers put the
// condition of a loop behind its body.
func (p *pages) stop() { p.stopped = true }

// arrive begins an instruction.
func (p *pages) arrive(i int) {
	if t := p.targets[i]; t != 0 {
		p.land(i, t-1)
	}
	p.stopped = false
}

// land takes over what branches to an instruction bring.
func (p *pages) land(i int, t uint8) {
	if p.stopped {
		p.held.copy(&p.arriving[t])
	} else {
		p.fill(&p.arriving[t])
	}
	p.targets[i] = 0
	p.free = append(p.free, t)
}

// call drops what a called function may overwrite.
func (p *pages) call() {
	const preserved = 1<<29 - 1<<19 // x19 to x28, and the frame pointer
	p.valid &= preserved | 1<<29
}

// write drops the registers that the instruction overwrites, or may overwrite.
func (p *pages) write(w uint32) {
	if p.valid == 0 {
		return
	}
	rd := w & 31
	vector := w&(1<<26) != 0
	switch w >> 25 & 15 {
	case 4, 6, 12, 14: // loads and stores
		store := w&0x3b000000 == 0x39000000 && w>>22&3 == 0 || w&0x3a400000 == 0x28000000
		if !vector && !store {
			p.drop(rd)
			if w&0x3a000000 == 0x28000000 { // of pairs
				p.drop(w >> 10 & 31)
			}
			if w&0x3f000000 == 0x08000000 { // exclusive, which say whether they did it
				p.drop(w >> 16 & 31)
			}
		}
		// Those that step through memory write their base.
		if w&0x3b200400 == 0x38000400 || w&0x3a800000 == 0x28800000 || w&0xbf800000 == 0x0c800000 || w&0xbf800000 == 0x0d800000 {
			p.drop(w >> 5 & 31)
		}
	case 7, 15: // vectors
		toInt := w&0x7f20fc00 == 0x1e200000 || w&0x7f200000 == 0x1e000000
		move := w&0xbfe0fc00 == 0x0e003c00 || w&0xbfe0fc00 == 0x0e002c00 // UMOV, SMOV
		if toInt || move {
			p.drop(rd)
		}
	case 10, 11: // branches and the system
		if w&0xfff00000 == 0xd5300000 { // MRS
			p.drop(rd)
		}
	case 8, 9, 5, 13:
		p.drop(rd)
	}
}
