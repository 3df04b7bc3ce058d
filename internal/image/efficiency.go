package image

import (
	"cmp"
	"math"
	"slices"

	"github.com/sizegate/sizegate/internal/image/unpack"
)

// efficiency is dive's figures, which are in the package comment. It needs the
// layers in order, and keeps dive's own idea of what is below each.
type efficiency struct {
	paths *paths
	stack *present
	below []stacked // by the number of the path, in the stack
	// occurrences are every time that a path counts, in the order of the layers.
	occurrences []occurrence
	latest      []int32   // by the number of the path, its last occurrence and 1: 0 is none
	current     []mention // by the number of the path, in the layer at hand
	layer       int16     // the number of the layer, from 1
}

// stacked is a path in the layers below.
type stacked struct {
	size      uint64
	directory bool
}

type occurrence struct {
	size   uint64
	before int32 // the one before of this path, as in latest
	layer  int16
}

// mention is a path in the layer at hand.
type mention struct {
	entry   int32 // the last one with this path, none for a directory above another path
	layer   int16 // others are left from before
	marked  int16 // the layer in which it was a marker
	hasMore bool  // there is something below it
}

// measureEfficiency sets the figures of an image and of its layers.
func measureEfficiency(p *paths, layers []layer, m *Image) {
	room := len(p.nodes)
	f := efficiency{paths: p, stack: newPresent(p), below: make([]stacked, room), latest: make([]int32, room), current: make([]mention, room)}
	for _, u := range layers {
		f.count(u)
	}
	f.finish(m)
}

// count adds the next layer.
func (f *efficiency) count(u layer) {
	f.layer++
	if u.Layer == nil {
		return
	}
	var touched, markers []int32
	// touch notes a path and the directories above it.
	touch := func(n int32) {
		for ; n != root && f.current[n].layer != f.layer; n = f.paths.nodes[n].dir {
			f.current[n] = mention{entry: none, layer: f.layer, marked: f.current[n].marked}
			touched = append(touched, n)
		}
	}
	within := func(dir int32) {
		touch(dir)
		f.current[dir].hasMore = dir != root
	}
	// now is what the layer has at a path.
	now := func(n int32) stacked {
		if f.current[n].entry == none {
			return stacked{}
		}
		e := u.Entries.At(int(f.current[n].entry))
		return stacked{e.Size, e.Type == unpack.Directory}
	}
	for i, n := range u.numbers {
		switch u.Entries.At(i).Kind {
		case unpack.Empties:
			touch(n)
		case unpack.Deletes:
			within(f.paths.nodes[n].dir)
			if f.current[n].marked != f.layer {
				f.current[n].marked = f.layer
				markers = append(markers, n)
			}
		case unpack.Adds:
			touch(n)
			f.current[n].entry = int32(i)
		}
	}
	for _, n := range touched {
		if dir := f.paths.nodes[n].dir; dir != root {
			f.current[dir].hasMore = true
		}
	}
	for _, n := range markers {
		if !f.stack.has(n) {
			continue
		}
		var size uint64
		if f.below[n].directory {
			f.stack.below(n, func(n int32) { size += f.below[n].size })
		}
		f.occurs(n, size)
	}
	for _, n := range touched {
		if !f.current[n].hasMore {
			f.occurs(n, now(n).size)
		}
	}
	for _, n := range markers {
		f.stack.remove(n, func(int32) {})
	}
	for _, n := range touched {
		f.stack.add(n)
		f.below[n] = now(n)
	}
}

func (f *efficiency) occurs(n int32, size uint64) {
	f.occurrences = append(f.occurrences, occurrence{size, f.latest[n], f.layer - 1})
	f.latest[n] = int32(len(f.occurrences))
}

// finish sets the figures of the image and of its layers.
func (f *efficiency) finish(m *Image) {
	for n, latest := range f.latest {
		if latest == 0 {
			continue
		}
		count, sum, smallest := 0, uint64(0), uint64(math.MaxUint64)
		for at := latest; at != 0; at = f.occurrences[at-1].before {
			count++
			sum += f.occurrences[at-1].size
			smallest = min(smallest, f.occurrences[at-1].size)
		}
		m.SmallestBytes += smallest
		m.AllBytes += sum
		if count == 1 {
			continue
		}
		for at := latest; at != 0; at = f.occurrences[at-1].before {
			m.Layers[f.occurrences[at-1].layer].Wasted += f.occurrences[at-1].size
		}
		if sum > 0 {
			m.Wasted += sum
			m.WastedPaths = append(m.WastedPaths, WastedPath{f.paths.text(int32(n)), count, sum})
		}
	}
	slices.SortFunc(m.WastedPaths, func(x, y WastedPath) int {
		return cmp.Or(cmp.Compare(y.Bytes, x.Bytes), cmp.Compare(x.Path, y.Path))
	})
}
