package xref

import "math"

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
	for reg := range uint32(32) {
		if bit := uint32(1) << reg; o.valid&bit != 0 && h.valid&bit == 0 {
			h.set(reg, o.page[reg])
		}
	}
}

// pages is what registers hold before an instruction.
type pages struct {
	held
	computed held // at the last computed jump
	stopped  bool // the instruction before does not go on here
	waiting  []arrival
	next     uint64 // the first target in waiting, never without one
}

// arrival is what registers hold where a branch that was passed arrives.
type arrival struct {
	target uint64
	held
}

const (
	never = math.MaxUint64
	// maxWaiting bounds the branches under way, and so the time for one. Compilers
	// need few pages at a time.
	maxWaiting = 128
)

// branch notes a branch at pc. What is behind pc was read already.
func (p *pages) branch(pc, target uint64) {
	if target <= pc {
		return
	}
	for i := range p.waiting {
		if p.waiting[i].target == target {
			p.waiting[i].fill(&p.held)
			return
		}
	}
	if len(p.waiting) < maxWaiting {
		p.waiting = append(p.waiting, arrival{target, p.held})
		p.next = min(p.next, target)
	}
}

// stop notes that the instruction before does not go on to the next. What is
// there is reached by branches forward, which are known, or else by others, which
// most likely come from code that began with what is held now: compilers put the
// condition of a loop behind its body.
func (p *pages) stop() { p.stopped = true }

// arrive begins the instruction at pc.
func (p *pages) arrive(pc uint64) {
	if pc < p.next {
		p.stopped = false
		return
	}
	p.next = never
	rest := p.waiting[:0]
	for i := range p.waiting {
		switch a := &p.waiting[i]; {
		case a.target > pc:
			p.next = min(p.next, a.target)
			rest = append(rest, *a)
		case a.target == pc && p.stopped:
			p.held = a.held
		case a.target == pc:
			p.fill(&a.held)
		}
	}
	p.waiting = rest
	p.stopped = false
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
