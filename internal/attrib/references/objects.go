package references

import (
	"iter"
	"math/bits"
	"slices"

	"github.com/sizegate/sizegate/internal/span"
)

// objects is what begins in open data where something refers to it. They are
// numbered in the order of their positions.
type objects struct {
	data   *openData
	starts bitSet
	before []uint32 // how many start before each 64 positions
	sets   []int32  // who owns each, unowned if that is not known
}

func newObjects(d *openData, refs dataRefs, pointers []pointer) *objects {
	os := &objects{data: d, starts: newBitSet(d.size)}
	for r := range refs.all() {
		os.starts.set(r.pos)
	}
	for i := range pointers {
		if t := pointers[i].target(); d.open.has(t) {
			os.starts.set(t)
		}
	}
	for i := range d.symbols {
		os.starts.set(d.symbols[i].Lo)
	}
	os.before = make([]uint32, len(os.starts))
	n := 0
	for i, word := range os.starts {
		os.before[i] = uint32(n)
		n += bits.OnesCount64(word)
	}
	os.sets = slices.Repeat([]int32{unowned}, n)
	return os
}

// at returns the object that starts at a position.
func (os *objects) at(pos uint64) uint32 {
	return os.before[pos/64] + uint32(bits.OnesCount64(os.starts[pos/64]&(1<<(pos%64)-1)))
}

// pieces yields the open bytes of a section in their order: the positions of
// each object with its number, and with −1 those before the first object that no
// claim is between.
func (os *objects) pieces(section int) iter.Seq2[span.Range, int] {
	return func(yield func(span.Range, int) bool) {
		s := &os.data.sections[section]
		object := -1
		for lo, end := s.pos, s.pos+s.size; ; {
			if lo = os.data.open.next(lo, end, true); lo == end {
				return
			}
			hi := os.data.open.next(lo, end, false)
			start := os.starts.next(lo, hi, true)
			if lo < start && !yield(span.Range{Lo: lo, Hi: start}, -1) {
				return
			}
			if start < hi {
				object = int(os.at(start))
			}
			for start < hi {
				next := os.starts.next(start+1, hi, true)
				if !yield(span.Range{Lo: start, Hi: next}, object) {
					return
				}
				start = next
				object++
			}
			lo = hi
		}
	}
}

// edge is that the owners of a set refer to an object: the object in the upper
// half, so that edges sort by it.
type edge uint64

func newEdge(object uint32, set int32) edge { return edge(object)<<32 | edge(uint32(set)) }

func (e edge) object() uint32 { return uint32(e >> 32) }
func (e edge) set() int32     { return int32(uint32(e)) }

// own finds the owners of the objects: of those that code and claimed data refer
// to, then of those that these point to, and so on. Symbols that nothing of this leads
// to are of a source that is not known, and so is what they point to.
func (os *objects) own(refs dataRefs, pointers []pointer, sets *ownerSets) {
	sets.room = 4 * (refs.len() + len(pointers))
	direct := os.assignAll(func(yield func(object uint32, set int32) bool) {
		for r := range refs.all() {
			if r.set != unowned && !yield(os.at(r.pos), r.set) {
				return
			}
		}
		for i := range pointers {
			if p := &pointers[i]; p.set >= 0 && os.data.open.has(p.target()) && !yield(os.at(p.target()), p.set) {
				return
			}
		}
	}, sets)
	first, targets := os.inside(pointers)
	os.spread(direct, first, targets, sets)
	var edges []edge
	for _, s := range os.data.symbols {
		if !os.data.open.has(s.Lo) {
			continue // a stronger claim has its start
		}
		if object := os.at(s.Lo); os.sets[object] == unowned {
			edges = append(edges, newEdge(object, os.data.unknown))
		}
	}
	os.spread(os.assign(edges, sets), first, targets, sets)
}

// spread gives the objects that fresh ones lead to their owners, and so on.
func (os *objects) spread(fresh, first, targets []uint32, sets *ownerSets) {
	var edges []edge
	for len(fresh) > 0 {
		edges = edges[:0]
		for _, object := range fresh {
			for _, target := range targets[first[object]:first[object+1]] {
				if os.sets[target] == unowned {
					edges = append(edges, newEdge(target, os.sets[object]))
				}
			}
		}
		fresh = os.assign(edges, sets)
	}
}

// assign gives the objects of edges their owners and returns them, in their
// order.
func (os *objects) assign(edges []edge, sets *ownerSets) (fresh []uint32) {
	slices.Sort(edges)
	edges = slices.Compact(edges)
	var here []int32
	for len(edges) > 0 {
		object := edges[0].object()
		here = here[:0]
		for len(edges) > 0 && edges[0].object() == object {
			here = append(here, edges[0].set())
			edges = edges[1:]
		}
		os.sets[object] = sets.union(here)
		fresh = append(fresh, object)
	}
	return fresh
}

// assignAll is assign for as many edges as there are objects. It puts the sets of each
// object side by side, which takes a fifth of the time of sorting the edges, and less
// memory than a list of them.
func (os *objects) assignAll(edges iter.Seq2[uint32, int32], sets *ownerSets) (fresh []uint32) {
	ends := make([]uint32, len(os.sets)+1) // where the sets of each object begin, and later end
	for object := range edges {
		ends[object+1]++
	}
	n := uint32(0)
	for object := range ends {
		n += ends[object]
		ends[object] = n
	}
	lists := make([]int32, n)
	for object, set := range edges {
		lists[ends[object]] = set
		ends[object]++
	}
	begin := uint32(0)
	for object := range os.sets {
		here := lists[begin:ends[object]]
		begin = ends[object]
		if len(here) == 0 {
			continue
		}
		slices.Sort(here)
		os.sets[object] = sets.union(slices.Compact(here))
		fresh = append(fresh, uint32(object))
	}
	return fresh
}

// inside lists the objects that each object points to: targets[first[i]:first[i+1]]
// for object i.
func (os *objects) inside(pointers []pointer) (first, targets []uint32) {
	first = make([]uint32, len(os.sets)+1)
	for i := range os.data.sections {
		for r, object := range os.pieces(i) {
			for len(pointers) > 0 && pointers[0].place() < r.Lo {
				pointers = pointers[1:]
			}
			for ; len(pointers) > 0 && pointers[0].place() < r.Hi; pointers = pointers[1:] {
				if p := &pointers[0]; object >= 0 && p.set == unowned && os.data.open.has(p.target()) {
					targets = append(targets, os.at(p.target()))
				}
			}
			if object >= 0 {
				first[object+1] = uint32(len(targets))
			}
		}
	}
	return first, targets
}

// ownerSets are owners who share something. The sets of one owner have that
// owner's number.
type ownerSets struct {
	single []int32
	lists  [][]int32
	room   int // how many owners more union may list
}

func newOwnerSets(owners int) *ownerSets {
	s := &ownerSets{single: make([]int32, owners)}
	for i := range s.single {
		s.single[i] = int32(i)
	}
	return s
}

// of returns the set of owners, which are in order and distinct, or unowned.
func (s *ownerSets) of(owners []int32) int32 {
	switch len(owners) {
	case 0:
		return unowned
	case 1:
		return owners[0]
	}
	s.lists = append(s.lists, owners)
	return int32(len(s.single) + len(s.lists) - 1)
}

// get returns the owners in a set.
func (s *ownerSets) get(set int32) []int32 {
	switch i := int(set); {
	case set < 0:
		return nil
	case i < len(s.single):
		return s.single[i : i+1]
	default:
		return s.lists[i-len(s.single)]
	}
}

// maxJoined is how many owners of one set union takes, which bounds its time.
const maxJoined = 64

// union returns the owners of all the sets. It is the first set alone where the
// lists of others take more room than what they come from.
func (s *ownerSets) union(sets []int32) int32 {
	if len(sets) == 1 {
		return sets[0]
	}
	var owners []int32
	for _, set := range sets {
		list := s.get(set)
		owners = append(owners, list[:min(len(list), maxJoined)]...)
	}
	slices.Sort(owners)
	owners = slices.Compact(owners)
	if len(owners) > s.room {
		return sets[0]
	}
	s.room -= len(owners)
	return s.of(slices.Clip(owners))
}
