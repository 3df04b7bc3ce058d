package image

import (
	"cmp"
	"slices"

	"github.com/sizegate/sizegate/internal/image/unpack"
)

// efficiency is dive's figures, which are in the package comment. It needs the
// layers in order, and keeps dive's own idea of what is below each.
type efficiency struct {
	paths *paths
	stack *present
	below []stacked // by the number of the path, in the stack
	found []pathSizes
	// occurrences are every time that a path counts, in the order of the layers.
	occurrences []occurrence
	current     []mention // of the layer at hand
	layer       int32
}

// stacked is a path in the layers below.
type stacked struct {
	size      uint64
	directory bool
}

// pathSizes is what a path comes to in all layers.
type pathSizes struct {
	count         int
	sum, smallest uint64
}

type occurrence struct {
	size        uint64
	path, layer int32
}

// mention is a path in the layer at hand.
type mention struct {
	stacked
	layer   int32 // the number of the layer, from 1: others are left from before
	hasMore bool  // there is something below it
	marked  int32 // the layer in which it was a marker
}

func newEfficiency(p *paths) *efficiency {
	room := cap(p.nodes)
	return &efficiency{
		paths: p, stack: newPresent(p), below: make([]stacked, 0, room), found: make([]pathSizes, 0, room),
		current: make([]mention, 0, room), occurrences: make([]occurrence, 0, room),
	}
}

func (f *efficiency) grow() {
	f.stack.grow()
	need := len(f.paths.nodes)
	f.below = slices.Grow(f.below, need-len(f.below))[:need]
	f.found = slices.Grow(f.found, need-len(f.found))[:need]
	f.current = slices.Grow(f.current, need-len(f.current))[:need]
}

// count adds the next layer.
func (f *efficiency) count(u *unpack.Layer) {
	f.layer++
	if u == nil {
		return
	}
	var touched, markers []int32
	// touch notes a path and the directories above it.
	touch := func(n int32) {
		f.grow()
		for ; n != root && f.current[n].layer != f.layer; n = f.paths.nodes[n].dir {
			f.current[n] = mention{layer: f.layer, marked: f.current[n].marked}
			touched = append(touched, n)
		}
	}
	within := func(dir int32) {
		touch(dir)
		f.current[dir].hasMore = dir != root
	}
	for i := range u.Entries {
		e := &u.Entries[i]
		n := f.paths.add(e.Path)
		switch e.Kind {
		case unpack.Empties:
			touch(n)
		case unpack.Deletes:
			f.grow()
			within(f.paths.nodes[n].dir)
			if f.current[n].marked != f.layer {
				f.current[n].marked = f.layer
				markers = append(markers, n)
			}
		case unpack.Adds:
			touch(n)
			f.current[n].stacked = stacked{e.Size, e.Type == unpack.Directory}
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
			f.occurs(n, f.current[n].size)
		}
	}
	for _, n := range markers {
		f.stack.remove(n, func(int32) {})
	}
	for _, n := range touched {
		f.stack.add(n)
		f.below[n] = f.current[n].stacked
	}
}

func (f *efficiency) occurs(n int32, size uint64) {
	p := &f.found[n]
	if p.count == 0 || size < p.smallest {
		p.smallest = size
	}
	p.count++
	p.sum += size
	f.occurrences = append(f.occurrences, occurrence{size, n, f.layer - 1})
}

// finish sets the figures of the image and of its layers.
func (f *efficiency) finish(m *Image) {
	for n, p := range f.found {
		m.SmallestBytes += p.smallest
		m.AllBytes += p.sum
		if p.count > 1 && p.sum > 0 {
			m.Wasted += p.sum
			m.WastedPaths = append(m.WastedPaths, WastedPath{f.paths.text(int32(n)), p.count, p.sum})
		}
	}
	slices.SortFunc(m.WastedPaths, func(x, y WastedPath) int {
		return cmp.Or(cmp.Compare(y.Bytes, x.Bytes), cmp.Compare(x.Path, y.Path))
	})
	for _, o := range f.occurrences {
		if f.found[o.path].count > 1 {
			m.Layers[o.layer].Wasted += o.size
		}
	}
}
