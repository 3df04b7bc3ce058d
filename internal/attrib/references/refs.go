package references

import "iter"

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
	positions []uint64 // with usesOffsets
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

func (d dataRefs) len() int {
	n := 0
	for i := range d {
		n += len(d[i].positions)
	}
	return n
}

// all yields the references in the order of the code.
func (d dataRefs) all() iter.Seq[dataRef] {
	return func(yield func(dataRef) bool) {
		for i := range d {
			rest := d[i].positions
			for _, s := range d[i].stretches {
				for _, p := range rest[:s.n] {
					if !yield(dataRef{p &^ usesOffsets, s.set, p&usesOffsets != 0}) {
						return
					}
				}
				rest = rest[s.n:]
			}
		}
	}
}

// move makes the references lead elsewhere.
func (d dataRefs) move(to func(pos uint64) uint64) {
	for i := range d {
		positions := d[i].positions
		for k, p := range positions {
			positions[k] = to(p&^usesOffsets) | p&usesOffsets
		}
	}
}
