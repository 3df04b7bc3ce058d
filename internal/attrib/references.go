package attrib

import (
	"debug/elf"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/sizegate/sizegate/internal/attrib/xref"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/span"
)

// addReferences charges data that nothing has claimed to the owners of what
// refers to it.
//
//  1. What is claimed already is left out; the rest is open (openData).
//  2. Functions are decoded for the addresses in open data that they refer to, and
//     the pointers in data are listed.
//  3. At each such address an object begins. It reaches to the next one, or to
//     the end of the open bytes.
//  4. An object belongs to all owners of the code, and of the claimed data, that
//     refers to it; one that only other open objects point to belongs to the
//     owners of those that are the fewest steps from code.
//
// That an object reaches as far as that is concluded, so its owners are Inferred.
func (a *attribution) addReferences() error {
	d := newOpenData(a)
	if len(d.sections) == 0 {
		return nil
	}
	pointers, err := a.pointers(d)
	if err != nil {
		return err
	}
	sets := newOwnerSets(len(a.owners.list))
	d.close(a, pointers, sets)
	refs, err := a.codeReferences(d, sets)
	if err != nil {
		return err
	}
	if pointers, err = a.likely(d, refs, pointers); err != nil {
		return err
	}
	os := newObjects(d, refs, pointers)
	os.own(refs, pointers, sets)
	return a.chargeObjects(os, sets)
}

// dataRef is that code refers to a byte of open data.
type dataRef struct {
	pos uint64
	set int32 // the owners of the code
}

// stretch is code that begins with an instruction and has one set of owners.
type stretch struct {
	span.Range
	section int
	set     int32
}

// codeReferences returns what functions refer to in open data.
func (a *attribution) codeReferences(d *openData, sets *ownerSets) ([]dataRef, error) {
	var batches [][]stretch
	const size = 256 << 10 // bytes of code that a batch has
	for rest := a.stretches(sets); len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n].section == rest[0].section && rest[n].Hi-rest[0].Lo <= size {
			n++
		}
		batches = append(batches, rest[:n])
		rest = rest[n:]
	}
	found := make([][]dataRef, len(batches))
	errs := make([]error, len(batches))
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(batches)) {
		wg.Go(func() {
			var buf []byte
			for {
				i := int(next.Add(1)) - 1
				if i >= len(batches) {
					return
				}
				found[i], buf, errs[i] = a.decode(batches[i], d, buf)
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return slices.Concat(found...), nil
}

// stretches cuts code where functions begin and where its owners change, so that
// each stretch begins with an instruction. Code that nobody owns is taken in
// too: it shows where objects begin. Between Go's functions there is none.
func (a *attribution) stretches(sets *ownerSets) []stretch {
	starts := make([]uint64, 0, len(a.entries))
	for i := range a.entries {
		if e := &a.entries[i]; !e.whole && hasCode(&a.binary.Sections[e.section]) {
			starts = append(starts, e.addr)
		}
	}
	slices.Sort(starts)
	list := make([]stretch, 0, len(a.places))
	section, end := -1, uint64(0) // of the last place
	done := uint64(0)             // its end
	for i := range a.places {
		p := &a.places[i]
		if p.Lo < done {
			continue // sections overlap
		}
		if section < 0 || p.Lo >= end {
			section = a.binary.SectionAt(p.Lo)
			if section < 0 || !hasCode(&a.binary.Sections[section]) {
				section = -1
				continue
			}
			end = a.binary.Sections[section].Addr + a.binary.Sections[section].Size
		} else if !a.goTable.describes(done) {
			list = cut(list, stretch{span.Range{Lo: done, Hi: p.Lo}, section, unowned}, nil)
		}
		for len(starts) > 0 && starts[0] <= p.Lo {
			starts = starts[1:]
		}
		done = min(p.Hi, end)
		list = cut(list, stretch{span.Range{Lo: p.Lo, Hi: done}, section, sets.of(p.owners)}, starts)
	}
	return list
}

func hasCode(s *elfscan.Section) bool {
	return s.Flags&elf.SHF_EXECINSTR != 0 && s.Type != elf.SHT_NOBITS
}

// maxStretch bounds the memory that a stretch needs. A function may be cut: what is
// behind the cut is read wrongly for some instructions at most.
const maxStretch = 1 << 20

// cut adds a stretch to the list, in parts that end where functions begin.
func cut(list []stretch, s stretch, starts []uint64) []stretch {
	for lo := s.Lo; lo < s.Hi; {
		hi := min(s.Hi, lo+maxStretch)
		for len(starts) > 0 && starts[0] <= lo {
			starts = starts[1:]
		}
		if len(starts) > 0 {
			hi = min(hi, starts[0])
		}
		list = append(list, stretch{span.Range{Lo: lo, Hi: hi}, s.section, s.set})
		lo = hi
	}
	return list
}

// describes says whether the address is of code that the table describes. A file
// without a table has a nil one.
func (t *goTable) describes(addr uint64) bool { return t != nil && t.lo <= addr && addr < t.hi }

// decode returns what functions of one section refer to in open data. buf is
// used for their code, and returned for the next call.
func (a *attribution) decode(functions []stretch, d *openData, buf []byte) ([]dataRef, []byte, error) {
	s := &a.binary.Sections[functions[0].section]
	lo, hi := functions[0].Lo, functions[len(functions)-1].Hi
	if n := int(hi - lo); cap(buf) < n {
		buf = make([]byte, n)
	}
	buf = buf[:hi-lo]
	if _, err := a.binary.SectionReader(s).ReadAt(buf, int64(lo-s.Addr)); err != nil {
		return nil, nil, err
	}
	var found []dataRef
	var targets []uint64
	last := 0 // section of the last target
	for _, f := range functions {
		code := buf[f.Lo-lo : f.Hi-lo]
		if a.binary.Arch == elfscan.ARM64 {
			targets = xref.ARM64(targets[:0], code, f.Lo, d.bounds)
		} else {
			// Go's compiler writes no absolute addresses on amd64.
			absolute := a.binary.Type == elfscan.Exec && !a.goTable.describes(f.Lo)
			targets = xref.AMD64(targets[:0], code, f.Lo, d.bounds, absolute)
		}
		begin := len(found)
		for _, t := range targets {
			if pos, ok := d.at(t, &last); ok && d.open.has(pos) {
				found = append(found, dataRef{pos, f.set})
			}
		}
		mine := found[begin:]
		slices.SortFunc(mine, func(x, y dataRef) int {
			switch {
			case x.pos < y.pos:
				return -1
			case x.pos > y.pos:
				return 1
			}
			return 0
		})
		found = found[:begin+len(slices.Compact(mine))]
	}
	return found, buf, nil
}

// maxShares is how many owners objects may have on average: what all objects of a
// file have would need memory without bound. Real programs have one to three.
const maxShares = 16

// chargeObjects charges the objects, and claims as padding the few zero bytes
// that align what follows them.
func (a *attribution) chargeObjects(os *objects, sets *ownerSets) error {
	inferred := make(map[int32]int32)
	room := maxShares * len(os.sets)
	for i, s := range os.data.sections {
		w := newWindow(a.binary, &a.binary.Sections[s.section])
		run := struct {
			span.Range
			owner int32
		}{owner: noOwner}
		add := func(lo, hi uint64, owner int32) {
			if lo == hi {
				return
			}
			if run.Hi == lo && run.owner == owner {
				run.Hi = hi
				return
			}
			if run.owner != noOwner {
				a.charge(s.section, run.Range, rankReference, run.owner)
			}
			run.Range, run.owner = span.Range{Lo: lo, Hi: hi}, owner
		}
		for piece, object := range os.pieces(i) {
			lo, hi := s.addr+piece.Lo-s.pos, s.addr+piece.Hi-s.pos
			var owners []int32
			if object >= 0 {
				owners = sets.get(os.sets[object])
			}
			if len(owners) == 0 {
				fill, err := w.aligns(lo, hi)
				if err != nil {
					return err
				}
				if fill {
					a.claims[s.section] = append(a.claims[s.section], claim{Range: span.Range{Lo: lo, Hi: hi}, Rank: rankReference, ID: idPadding})
				}
				continue
			}
			// Pieces whose sizes differ by one byte at most, the first owners have the larger ones.
			size, n := hi-lo, len(owners)
			if n > 1 {
				if room -= n; room < 0 {
					owners, n = owners[:1], 1
				}
			}
			for k, owner := range owners {
				part := span.Share(size, k, n)
				if part == 0 {
					break
				}
				add(lo, lo+part, a.inferred(owner, inferred))
				lo += part
			}
		}
		add(0, 1, noOwner) // what is left
	}
	return nil
}

// maxAlign is the largest alignment that data is padded for in what compilers
// write: a cache line.
const maxAlign = 64

// aligns says whether [lo,hi) is zero bytes up to the alignment of what follows.
func (w *window) aligns(lo, hi uint64) (bool, error) {
	if hi-lo >= maxAlign || hi%8 != 0 {
		return false, nil
	}
	for lo < hi {
		data, err := w.at(lo, hi)
		if err != nil {
			return false, err
		}
		for _, c := range data {
			if c != 0 {
				return false, nil
			}
		}
		lo += uint64(len(data))
	}
	return true, nil
}
