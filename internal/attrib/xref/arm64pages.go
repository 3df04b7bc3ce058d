package xref

import (
	"math"
	"math/bits"
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
	// Where branches that were passed arrive, each target once and in no order,
	// and what registers hold there. Targets are apart because each branch looks
	// through all of them.
	targets  []uint64
	arriving []held
	next     uint64 // the lowest target, never without one
}

const (
	never = math.MaxUint64
	// maxWaiting bounds the branches under way, and so the time for one. Compilers
	// need few pages at a time.
	maxWaiting = 128
)

// reset prepares for a function.
func (p *pages) reset() {
	p.valid, p.computed.valid = 0, 0
	p.stopped, p.next = false, never
	p.targets, p.arriving = p.targets[:0], p.arriving[:0]
}

// branch notes a branch at pc. What is behind pc was read already.
func (p *pages) branch(pc, target uint64) {
	if target <= pc {
		return
	}
	for i, t := range p.targets {
		if t == target {
			p.arriving[i].fill(&p.held)
			return
		}
	}
	n := len(p.targets)
	if n == maxWaiting {
		return
	}
	p.targets = append(p.targets, target)
	if n < cap(p.arriving) {
		p.arriving = p.arriving[:n+1]
	} else {
		p.arriving = append(p.arriving, held{})
	}
	p.arriving[n].copy(&p.held)
	p.next = min(p.next, target)
}

// stop notes that the instruction before does not go on to the next. What is
// there is reached by branches forward, which are known, or else by others, which
// most likely come from code that began with what is held now: compilers put the
// condition of a loop behind its body.
func (p *pages) stop() { p.stopped = true }

// arrive begins the instruction at pc.
func (p *pages) arrive(pc uint64) {
	if pc >= p.next {
		p.land(pc)
	}
	p.stopped = false
}

// land takes over what branches to pc bring, and forgets the targets up to there.
func (p *pages) land(pc uint64) {
	p.next = never
	for i := 0; i < len(p.targets); {
		t := p.targets[i]
		if t > pc {
			p.next = min(p.next, t)
			i++
			continue
		}
		switch {
		case t == pc && p.stopped:
			p.held.copy(&p.arriving[i])
		case t == pc:
			p.fill(&p.arriving[i])
		}
		last := len(p.targets) - 1
		p.targets[i] = p.targets[last]
		if i < last {
			p.arriving[i].copy(&p.arriving[last])
		}
		p.targets, p.arriving = p.targets[:last], p.arriving[:last]
	}
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
