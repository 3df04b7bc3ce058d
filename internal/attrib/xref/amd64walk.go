package xref

import (
	"encoding/binary"
	"math/bits"
)

// amd64Walk is a walk over the instructions of code that may refer to data.
type amd64Walk struct {
	decoder  *AMD64
	code     []byte
	addr     uint64
	data     Range
	reach    uint64 // how many addresses there are in data, and maxBehind before it
	absolute bool
	at       int // an instruction begins here, and the walk was not further
	refs     []uint64
}

// maxBehind is how many bytes may follow the displacement of an instruction.
const maxBehind = 4

// search finds RIP-relative operands: a ModRM byte whose mod is 0 and whose rm is 5, and
// a displacement from the end of the instruction.
func (w *amd64Walk) search() {
	const (
		modAndRM = 0xc7c7c7c7c7c7c7c7
		relative = 0x0505050505050505
		lowBits  = 0x7f7f7f7f7f7f7f7f
	)
	for base := 0; base < len(w.code); base += 8 {
		var word uint64
		if len(w.code)-base >= 8 {
			word = binary.LittleEndian.Uint64(w.code[base:])
		} else {
			var rest [8]byte
			copy(rest[:], w.code[base:])
			word = binary.LittleEndian.Uint64(rest[:])
		}
		word = word&modAndRM ^ relative
		// The highest bit of each byte that is zero now.
		for hits := ^(word&lowBits + lowBits | word | lowBits); hits != 0; hits &= hits - 1 {
			if at := base + bits.TrailingZeros64(hits)/8 + 1; w.mayRefer(at) {
				w.visit(at)
			}
		}
	}
}

// mayRefer says whether the four bytes at a place, if they are the displacement of a
// RIP-relative operand, may lead to data.
func (w *amd64Walk) mayRefer(at int) bool {
	if len(w.code)-at < 4 {
		return false
	}
	lo := w.addr + uint64(at+4) + int32At(w.code, at) // if nothing follows
	if lo-(w.data.Lo-maxBehind) >= w.reach {
		return false
	}
	return w.decoder.Wanted == nil || w.decoder.Wanted(lo, lo+maxBehind+1)
}

// searchAll finds addresses in operands too.
func (w *amd64Walk) searchAll() {
	for at := 1; at+4 <= len(w.code); at++ {
		if w.data.contains(int32At(w.code, at)) || w.code[at-1]&0xc7 == 5 && w.mayRefer(at) {
			w.visit(at)
		}
	}
}

// visit walks to the instruction that the byte at a place is in, and adds what it
// refers to. Places ascend.
func (w *amd64Walk) visit(place int) {
	if place < w.at {
		return // seen with another place
	}
	if place-w.at >= far {
		w.at = max(w.at, meet(w.code, place))
	}
	n := step(w.code, w.at)
	for w.at+n <= place {
		w.at += n
		n = step(w.code, w.at)
	}
	code := w.code[w.at:]
	next := w.addr + uint64(w.at+n)
	w.at += n
	ins := shape(code)
	if ins.length == 0 {
		return
	}
	if ins.rip {
		w.add(next+int32At(code, ins.disp), code, &ins)
	} else if w.absolute && ins.disp != 0 {
		w.add(int32At(code, ins.disp), code, &ins)
	}
	if w.absolute && ins.imm != 0 {
		w.add(int32At(code, ins.imm), code, &ins)
	}
}

func (w *amd64Walk) add(target uint64, code []byte, ins *instruction) {
	if w.data.contains(target) && w.decoder.decodes(code, ins) {
		w.refs = append(w.refs, target)
	}
}

const (
	window = 64  // bytes that meet looks at
	far    = 150 // bytes from where meet takes less time than to walk
)

// meet returns a place before another one, which is at least window bytes inside the
// code, where an instruction begins: in every walk that began before the window. It
// returns 0 if it finds none. One of the window's first bytes begins an instruction,
// since none is longer than these; walks from all of them soon meet, after 20 steps
// on average. That halves the time for a large program.
func meet(code []byte, place int) int {
	from := place - window
	begins := uint64(1)<<longest - 1 // a bit for each byte of the window where one of the walks is
	for begins&(begins-1) != 0 {
		i := bits.TrailingZeros64(begins)
		if i >= window-longest {
			return 0
		}
		begins = begins&(begins-1) | 1<<(i+step(code, from+i))
	}
	return from + bits.TrailingZeros64(begins)
}
