package native

import (
	"cmp"
	"math"
	"slices"
)

// nobody is the unit of a point where bytes without a unit begin.
const nobody = math.MaxUint32

// point says that bytes from off on are of a unit, up to the next point.
type point struct {
	off  uint32
	unit uint32
}

// points are the offsets in one section that units refer to. Sections of 4 GiB
// and more, and those with too many points to be kept, are not divided.
type points struct {
	list []point
	over bool
}

// maxPoints bounds the memory. Where more are needed, neighbours of one unit are
// merged: object files are laid out whole, so nearly all of them go.
const maxPoints = 1 << 21

func (p *points) add(off uint64, unit uint32) {
	if p.over || off >= math.MaxUint32 {
		return
	}
	if last := len(p.list) - 1; last >= 0 && p.list[last] == (point{uint32(off), unit}) {
		return
	}
	if len(p.list) >= maxPoints {
		p.merge()
		if p.over = len(p.list) > maxPoints/2; p.over {
			p.list = nil
			return
		}
	}
	p.list = append(p.list, point{uint32(off), unit})
}

// merge sorts the points and leaves of each run of one unit the first and the last.
func (p *points) merge() {
	p.sort()
	kept := p.list[:0]
	for i, x := range p.list {
		inner := i > 0 && i+1 < len(p.list) && p.list[i-1].unit == x.unit && p.list[i+1].unit == x.unit
		shared := i > 1 && p.list[i-2].off == p.list[i-1].off // the one before is not this unit's alone
		if !inner || shared {
			kept = append(kept, x)
		}
	}
	p.list = kept
}

func (p *points) sort() {
	slices.SortFunc(p.list, func(x, y point) int {
		return cmp.Or(cmp.Compare(x.off, y.off), cmp.Compare(x.unit, y.unit))
	})
	p.list = slices.Compact(p.list)
}

// divide gives the section's bytes to the units. end returns where what begins
// at an offset ends, if that is known; nil if it never is.
func (p *points) divide(parts *Parts, end func(off uint64) (uint64, bool)) {
	p.sort()
	for i := 0; i < len(p.list); {
		off := p.list[i].off
		if uint64(off) >= parts.Size {
			return
		}
		j := i + 1
		for j < len(p.list) && p.list[j].off == off {
			j++
		}
		hi := parts.Size
		if j < len(p.list) {
			hi = min(hi, uint64(p.list[j].off))
		}
		if end != nil {
			if e, ok := end(uint64(off)); ok {
				hi = min(hi, max(e, uint64(off)))
			}
		}
		group := p.list[i:j]
		if group[len(group)-1].unit == nobody {
			group = group[:len(group)-1]
		}
		parts.share(hi-uint64(off), group)
		i = j
	}
}

// snap moves the first point of each contribution to its start, so that headers
// are of the unit whose lists follow. starts are the contributions' in order; one
// without a point is of nobody.
func (p *points) snap(starts []uint64, size uint64) {
	p.sort()
	var out []point
	i := 0
	for k, start := range starts {
		end := size
		if k+1 < len(starts) {
			end = starts[k+1]
		}
		if start >= math.MaxUint32 {
			break
		}
		for i < len(p.list) && uint64(p.list[i].off) < start {
			out = append(out, p.list[i])
			i++
		}
		if i == len(p.list) || uint64(p.list[i].off) >= end {
			out = append(out, point{uint32(start), nobody})
			continue
		}
		first := p.list[i].off
		for ; i < len(p.list) && p.list[i].off == first; i++ {
			out = append(out, point{uint32(start), p.list[i].unit})
		}
	}
	p.list = append(out, p.list[i:]...)
}
