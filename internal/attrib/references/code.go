package references

import (
	"cmp"
	"iter"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/sizegate/sizegate/internal/attrib/xref"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/span"
)

// stretch is code that begins with an instruction and has one set of owners.
type stretch struct {
	span.Range
	section int
	set     int32
}

// codeReferences returns what functions refer to in open data. Stretches are decoded
// while the next ones are found: a list of all would be 8 MB for a program of 40 MB.
func (a *search) codeReferences(d *openData, sets *ownerSets) (dataRefs, error) {
	type batch struct {
		stretches []stretch
		refs      refPiece
		err       error
	}
	const size = 64 << 10 // bytes of code that a batch has; with more the buffers take more memory
	var batches []*batch
	var failed atomic.Bool // the file cannot be read: what follows is left out
	work := make(chan *batch, runtime.GOMAXPROCS(0))
	free := make(chan []stretch, 2*cap(work)+1) // lists to use again: those in work, with the workers, and next
	defer a.Cores.Take()()
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			c := newCoder(a, d)
			for b := range work {
				if b.refs, b.err = c.decode(b.stretches); b.err != nil {
					failed.Store(true)
				}
				free <- b.stretches[:0]
				b.stretches = nil
			}
		})
	}
	var next []stretch
	send := func() {
		if len(next) == 0 {
			return
		}
		b := &batch{stretches: next}
		batches = append(batches, b)
		work <- b
		select {
		case next = <-free:
		default:
			next = make([]stretch, 0, cap(next))
		}
	}
	for s := range a.stretches(sets) {
		if failed.Load() {
			break
		}
		if len(next) > 0 && (s.section != next[0].section || s.Hi-next[0].Lo > size) {
			send()
		}
		next = append(next, s)
	}
	send()
	close(work)
	wg.Wait()
	found := make(dataRefs, len(batches))
	for i, b := range batches {
		if b.err != nil {
			return nil, b.err
		}
		found[i] = b.refs
	}
	return found, nil
}

// stretches cuts code where functions begin and where its owners change, so that
// each stretch begins with an instruction. Code that nobody owns is taken in
// too: it shows where objects begin. Between Go's functions there is none.
func (a *search) stretches(sets *ownerSets) iter.Seq[stretch] {
	return func(yield func(stretch) bool) {
		starts := make([]uint64, 0, len(a.Entries))
		for i := range a.Entries {
			if e := &a.Entries[i]; !e.Whole && a.Binary.Sections[e.Section].HasCode() {
				starts = append(starts, e.Addr)
			}
		}
		slices.Sort(starts)
		section, end := -1, uint64(0) // of the last place
		done := uint64(0)             // its end
		unclaimed := func(hi uint64) bool {
			return section < 0 || done >= hi || a.goTable.Describes(done) || cut(stretch{span.Range{Lo: done, Hi: hi}, section, unowned}, nil, yield)
		}
		for i := range a.Places {
			p := &a.Places[i]
			if p.Lo < done {
				continue // sections overlap
			}
			if section < 0 || p.Lo >= end {
				if !unclaimed(end) {
					return
				}
				section = a.Binary.SectionAt(p.Lo)
				if section < 0 || !a.Binary.Sections[section].HasCode() {
					section = -1
					continue
				}
				s := &a.Binary.Sections[section]
				done, end = max(done, s.Addr), s.Addr+s.Size
			}
			if !unclaimed(p.Lo) {
				return
			}
			for len(starts) > 0 && starts[0] <= p.Lo {
				starts = starts[1:]
			}
			done = min(p.Hi(), end)
			if !cut(stretch{span.Range{Lo: p.Lo, Hi: done}, section, sets.of(a.OwnersAt(p))}, starts, yield) {
				return
			}
		}
		unclaimed(end)
	}
}

// maxStretch bounds the memory that a stretch needs. A function may be cut: what is
// behind the cut is read wrongly for some instructions at most.
const maxStretch = 1 << 20

// cut yields a stretch in parts that end where functions begin.
func cut(s stretch, starts []uint64, yield func(stretch) bool) bool {
	for lo := s.Lo; lo < s.Hi; {
		hi := lo + min(s.Hi-lo, maxStretch) // lo+maxStretch can be past the end of memory
		for len(starts) > 0 && starts[0] <= lo {
			starts = starts[1:]
		}
		if len(starts) > 0 {
			hi = min(hi, starts[0])
		}
		if !yield(stretch{span.Range{Lo: lo, Hi: hi}, s.section, s.set}) {
			return false
		}
		lo = hi
	}
	return true
}

// coder decodes code, for one goroutine.
type coder struct {
	a       *search
	data    *openData
	amd64   xref.AMD64
	arm64   xref.ARM64
	buf     []byte
	targets []uint64
	tables  []uint64
	found   []uint64 // positions with usesOffsets
	parts   []refStretch
}

func newCoder(a *search, d *openData) *coder {
	c := &coder{a: a, data: d}
	last := 0
	wanted := func(lo, hi uint64) bool { return d.mayBeOpen(lo, hi, &last) }
	c.amd64.Wanted, c.arm64.Wanted = wanted, wanted
	return c
}

// decode returns what functions of one section refer to in open data.
func (c *coder) decode(functions []stretch) (refPiece, error) {
	a, d := c.a, c.data
	s := &a.Binary.Sections[functions[0].section]
	lo, hi := functions[0].Lo, functions[len(functions)-1].Hi
	if n := int(hi - lo); cap(c.buf) < n {
		c.buf = make([]byte, n)
	}
	buf := c.buf[:hi-lo]
	if _, err := a.Binary.SectionReader(s).ReadAt(buf, int64(lo-s.Addr)); err != nil {
		return refPiece{}, elfscan.ReadError(err)
	}
	found, parts := c.found[:0], c.parts[:0]
	last := 0 // section of the last target
	for _, f := range functions {
		code := buf[f.Lo-lo : f.Hi-lo]
		if a.Binary.Arch == elfscan.ARM64 {
			c.targets = c.arm64.Refs(c.targets[:0], code, f.Lo, d.bounds)
		} else {
			// Go's compiler writes no absolute addresses on amd64.
			absolute := a.Binary.Type == elfscan.Exec && !a.goTable.Describes(f.Lo)
			c.targets = c.amd64.Refs(c.targets[:0], code, f.Lo, d.bounds, absolute)
		}
		begin := len(found)
		for _, t := range c.targets {
			if pos, ok := d.at(t, &last); ok && d.open.has(pos) {
				found = append(found, pos)
			}
		}
		mine := found[begin:]
		if len(mine) == 0 {
			continue
		}
		slices.Sort(mine)
		mine = slices.Compact(mine)
		found = found[:begin+len(mine)]
		parts = append(parts, refStretch{f.set, uint32(len(mine))})
		for _, t := range c.tablesIn(code, f.Lo) {
			if pos, ok := d.at(t, &last); ok {
				if i, ok := slices.BinarySearchFunc(mine, pos, func(p, pos uint64) int { return cmp.Compare(p&^usesOffsets, pos) }); ok {
					mine[i] |= usesOffsets
				}
			}
		}
	}
	c.found, c.parts = found, parts
	return refPiece{newPositions(found, d.size), slices.Clone(parts)}, nil
}
