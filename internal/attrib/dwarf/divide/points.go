package divide

import (
	"encoding/binary"
	"iter"
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

// number has the order of points: by offset, then by unit.
func (x point) number() uint64 { return uint64(x.off)<<32 | uint64(x.unit) }

func pointOf(number uint64) point { return point{off: uint32(number >> 32), unit: uint32(number)} }

// points are the offsets in one section that units refer to. Sections of 4 GiB
// and more, and those with too many points to be kept, are not divided.
//
// A Go program of 80 MB has half a million points. They are kept as differences,
// which mostly are a byte each, and most linkers write them in their order, so
// that they need not be in memory to be sorted.
type points struct {
	log   [][]byte // see append
	n     int      // points in it
	last  point
	jumps bool // they are not in order
	over  bool
}

// maxPoints bounds the memory. Where more are needed, neighbours of one unit are
// merged: object files are laid out whole, so nearly all of them go.
const maxPoints = 1 << 21

func (p *points) add(off uint64, unit uint32) {
	if p.over || off >= math.MaxUint32 {
		return
	}
	x := point{uint32(off), unit}
	if p.n > 0 && p.last == x {
		return
	}
	if p.n >= maxPoints {
		p.merge()
		if p.over = p.n > maxPoints/2; p.over {
			p.log = nil
			return
		}
	}
	p.append(x)
}

// logPiece is how large the pieces of a log are: one that grew as a whole took four
// times its size.
const logPiece = 64 << 10

// append writes the distance from the last point, with a lowest bit that says
// that the distance between their units follows.
func (p *points) append(x point) {
	p.jumps = p.jumps || p.n > 0 && x.number() < p.last.number()
	far := zigzag(int64(x.off)-int64(p.last.off)) << 1
	end := len(p.log) - 1
	if end < 0 || cap(p.log[end])-len(p.log[end]) < 2*binary.MaxVarintLen64 {
		size := logPiece
		if end < 0 {
			size = 1 << 10 // most files have few points
		}
		p.log = append(p.log, make([]byte, 0, size))
		end++
	}
	if x.unit == p.last.unit {
		p.log[end] = binary.AppendUvarint(p.log[end], far)
	} else {
		p.log[end] = binary.AppendUvarint(p.log[end], far|1)
		p.log[end] = binary.AppendVarint(p.log[end], int64(x.unit)-int64(p.last.unit))
	}
	p.last = x
	p.n++
}

// zigzag gives small numbers to numbers near zero.
func zigzag(v int64) uint64 { return uint64(v<<1) ^ uint64(v>>63) }

func unzigzag(u uint64) int64 { return int64(u>>1) ^ -int64(u&1) }

// added yields the points as they were added.
func (p *points) added() iter.Seq[point] {
	return func(yield func(point) bool) {
		var x point
		for _, log := range p.log {
			for len(log) > 0 {
				far, n := binary.Uvarint(log)
				log = log[n:]
				x.off = uint32(int64(x.off) + unzigzag(far>>1))
				if far&1 != 0 {
					unit, n := binary.Varint(log)
					log = log[n:]
					x.unit = uint32(int64(x.unit) + unit)
				}
				if !yield(x) {
					return
				}
			}
		}
	}
}

// list returns the numbers of the points in order, each once. To sort numbers takes a
// third of the time that points take.
func (p *points) list() []uint64 {
	list := make([]uint64, 0, p.n)
	for x := range p.added() {
		list = append(list, x.number())
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// sorted yields the points in order, each once.
func (p *points) sorted() iter.Seq[point] {
	if !p.jumps {
		return p.added() // add takes none twice in a row
	}
	return func(yield func(point) bool) {
		for _, x := range p.list() {
			if !yield(pointOf(x)) {
				return
			}
		}
	}
}

// merge leaves of each run of one unit the first and the last point.
func (p *points) merge() {
	list := p.list()
	*p = points{}
	for i := range list {
		x := pointOf(list[i])
		inner := i > 0 && i+1 < len(list) && pointOf(list[i-1]).unit == x.unit && pointOf(list[i+1]).unit == x.unit
		shared := i > 1 && pointOf(list[i-2]).off == pointOf(list[i-1]).off // the one before is not this unit's alone
		if !inner || shared {
			p.append(x)
		}
	}
}

// divide gives the bytes of a section, whose points are given in order, to the
// units. end returns where what begins at an offset ends, if that is known; nil if
// it never is.
func divide(points iter.Seq[point], parts *Parts, end func(off uint64) (uint64, bool)) {
	var group []point // of one offset
	share := func(hi uint64) {
		if len(group) == 0 {
			return
		}
		off := uint64(group[0].off)
		hi = min(hi, parts.Size)
		if end != nil {
			if e, ok := end(off); ok {
				hi = min(hi, max(e, off))
			}
		}
		if group[len(group)-1].unit == nobody {
			group = group[:len(group)-1]
		}
		parts.share(hi-off, group)
		group = group[:0]
	}
	for x := range points {
		if len(group) > 0 && group[0].off != x.off {
			share(uint64(x.off))
		}
		if uint64(x.off) >= parts.Size {
			break
		}
		group = append(group, x)
	}
	share(parts.Size)
}

// runs leaves out points that make no difference to whose the bytes are, of points in
// order: those that follow another of their unit alone. Of the lists of a program they
// are nearly all. starts are those given to snap, which needs the first point behind each.
func runs(points iter.Seq[point], starts []uint64) iter.Seq[point] {
	return func(yield func(point) bool) {
		var held point // the last one
		holds, inner := false, false
		alone := true // none before held has its offset
		next := 0     // contribution that begins behind held
		for x := range points {
			behind := x.off > held.off
			if holds && !(inner && behind) && !yield(held) {
				return
			}
			inner = holds && behind && alone && x.unit == held.unit
			for ; next < len(starts) && starts[next] <= uint64(x.off); next++ {
				inner = false
			}
			alone = !holds || behind
			held, holds = x, true
		}
		if holds {
			yield(held)
		}
	}
}

// snap moves the first point of each contribution to its start, so that headers
// are of the unit whose lists follow. starts are the contributions' in order; one
// without a point is of nobody. The last contribution ends at size.
func snap(points iter.Seq[point], starts []uint64, size uint64) iter.Seq[point] {
	return func(yield func(point) bool) {
		next := 0               // contribution that begins behind the last point
		var first, start uint32 // of the one before: where its first point is, and where it begins
		moves := false
		begins := func(off uint64) bool {
			return next < len(starts) && starts[next] < math.MaxUint32 && starts[next] <= off
		}
		for x := range points {
			for begins(uint64(x.off)) {
				start, next = uint32(starts[next]), next+1
				end := size
				if next < len(starts) {
					end = starts[next]
				}
				if moves = uint64(x.off) < end; moves {
					first = x.off
				} else if !yield(point{start, nobody}) {
					return
				}
			}
			if moves = moves && x.off == first; moves {
				x.off = start
			}
			if !yield(x) {
				return
			}
		}
		for ; begins(math.MaxUint64); next++ {
			if !yield(point{uint32(starts[next]), nobody}) {
				return
			}
		}
	}
}
