package references

import (
	"iter"
	"slices"
)

// dataRef is that code refers to a byte of open data.
type dataRef struct {
	pos     uint64
	set     int32 // the owners of the code
	offsets bool  // the code uses it as a table of distances
}

// dataRefs are the references of a program in the pieces in which they were found:
// to copy them into one would take twice the memory.
type dataRefs []refPiece

// refPiece is the references of some stretches of code. A large program has 160,000: so
// these are numbers, and owners are kept once for each stretch.
type refPiece struct {
	positions positions
	stretches []refStretch
}

// refStretch is how many of the positions, behind those of the stretch before, are of
// a stretch.
type refStretch struct {
	set int32
	n   uint32
}

// usesOffsets is set in a position that the code uses as a table of distances.
const usesOffsets = 1 << 63

// positions is a list of positions with usesOffsets. It takes half the memory where there
// is less than 2 GiB of data.
type positions struct {
	narrow []uint32 // usesOffsets is the highest bit
	wide   []uint64
}

// newPositions copies a list of positions in data of a size.
func newPositions(list []uint64, size uint64) positions {
	if size >= usesOffsets>>32 {
		return positions{wide: slices.Clone(list)}
	}
	p := positions{narrow: make([]uint32, len(list))}
	for i, pos := range list {
		p.set(i, pos)
	}
	return p
}

func (p *positions) len() int { return len(p.narrow) + len(p.wide) }

func (p *positions) at(i int) uint64 {
	if p.wide != nil {
		return p.wide[i]
	}
	const flag = usesOffsets >> 32
	pos := uint64(p.narrow[i])
	return pos&^flag | pos&flag<<32
}

func (p *positions) set(i int, pos uint64) {
	if p.wide != nil {
		p.wide[i] = pos
		return
	}
	p.narrow[i] = uint32(pos) | uint32(pos>>32)
}

func (d dataRefs) len() int {
	n := 0
	for i := range d {
		n += d[i].positions.len()
	}
	return n
}

// all yields the references in the order of the code.
func (d dataRefs) all() iter.Seq[dataRef] {
	return func(yield func(dataRef) bool) {
		for i := range d {
			next := 0
			for _, s := range d[i].stretches {
				for range s.n {
					p := d[i].positions.at(next)
					next++
					if !yield(dataRef{p &^ usesOffsets, s.set, p&usesOffsets != 0}) {
						return
					}
				}
			}
		}
	}
}

// move makes the references lead elsewhere.
func (d dataRefs) move(to func(pos uint64) uint64) {
	for i := range d {
		list := &d[i].positions
		for k := range list.len() {
			p := list.at(k)
			list.set(k, to(p&^usesOffsets)|p&usesOffsets)
		}
	}
}
