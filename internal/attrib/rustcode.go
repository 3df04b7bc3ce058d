package attrib

import (
	"cmp"
	"debug/elf"
	"runtime"
	"slices"
	"sort"
	"sync"
	"sync/atomic"

	"github.com/sizegate/sizegate/internal/attrib/ehframe"
	"github.com/sizegate/sizegate/internal/attrib/rustinfer"
	"github.com/sizegate/sizegate/internal/attrib/stage"
	"github.com/sizegate/sizegate/internal/attrib/xref"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/span"
)

// unwoundFunction is a function that the unwind tables describe.
type unwoundFunction struct {
	span.Range
	section int
	common  uint64 // the address of the entry that it shares with others
	lands   bool   // it has an exception table
}

// unwound are by address and do not overlap.
type unwound []unwoundFunction

// at returns the position of the function at an address, or -1.
func (u unwound) at(addr uint64) int {
	i := sort.Search(len(u), func(i int) bool { return u[i].Lo > addr }) - 1
	if i < 0 || addr >= u[i].Hi {
		return -1
	}
	return i
}

// unwound lists the functions in the sections that are asked for.
func (a *attribution) unwound() (unwound, error) {
	var list unwound
	for i := range a.Binary.Sections {
		s := &a.Binary.Sections[i]
		if s.Base != ".eh_frame" || s.Type == elf.SHT_NOBITS || s.Size == 0 || s.Shared() {
			continue
		}
		data, err := a.Binary.Bytes(s)
		if err != nil {
			return nil, err
		}
		section := -1
		for e := range ehframe.Entries(data, s.Addr, ehframe.EH) {
			if e.Kind != ehframe.FDE || !e.Known || e.Size == 0 {
				continue
			}
			if section < 0 || !a.Binary.Sections[section].Contains(e.PC) {
				if section = stage.CodeAt(a.Binary, e.PC); section < 0 || !a.Wanted(section) || !stage.HasCode(&a.Binary.Sections[section]) || a.Binary.Sections[section].Shared() {
					section = -1
					continue
				}
			}
			code := &a.Binary.Sections[section]
			if e.Size <= code.Size-(e.PC-code.Addr) {
				list = append(list, unwoundFunction{span.Range{Lo: e.PC, Hi: e.PC + e.Size}, section, s.Addr + e.CIE, e.LSDA != 0})
			}
		}
	}
	slices.SortStableFunc(list, func(x, y unwoundFunction) int { return cmp.Compare(x.Lo, y.Lo) })
	end := uint64(0)
	return slices.DeleteFunc(list, func(f unwoundFunction) bool {
		overlaps := f.Lo < end
		if !overlaps {
			end = f.Hi
		}
		return overlaps
	}), nil
}

// longestRead bounds the memory that a function needs.
const longestRead = 1 << 20

// readRustCode decodes the functions and adds what they hold and refer to.
func (a *attribution) readRustCode(functions unwound, data *rustData, places *rustPlaces, program *rustinfer.Program) error {
	const size = 256 << 10 // bytes of code that are read at once
	type batch struct {
		lo, hi            int
		calls, references []rustinfer.Reference
		err               error
	}
	var batches []*batch
	for lo := 0; lo < len(functions); {
		hi := lo + 1
		for hi < len(functions) && functions[hi].section == functions[lo].section && functions[hi].Hi-functions[lo].Lo <= size {
			hi++
		}
		batches = append(batches, &batch{lo: lo, hi: hi})
		lo = hi
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(batches)) {
		wg.Go(func() {
			var buf []byte
			var flow xref.Flow
			for {
				i := int(next.Add(1)) - 1
				if i >= len(batches) {
					return
				}
				b := batches[i]
				s := &a.Binary.Sections[functions[b.lo].section]
				start := functions[b.lo].Lo
				// What is behind the cut of a function of this length tells no more.
				n := min(functions[b.hi-1].Hi-start, longestRead)
				buf = slices.Grow(buf[:0], int(n))[:n]
				if _, err := a.Binary.SectionReader(s).ReadAt(buf, int64(start-s.Addr)); err != nil {
					b.err = &elfscan.Error{Problem: "cannot be read: " + err.Error(), Hint: "check the disk, or copy it again", Err: err}
					continue
				}
				for k := b.lo; k < b.hi; k++ {
					f := &functions[k]
					code := buf[f.Lo-start : min(f.Hi-start, n)]
					flow.Data, flow.Calls = flow.Data[:0], flow.Calls[:0]
					if a.Binary.Arch == elfscan.ARM64 {
						flow.ARM64(code, f.Lo, data.bounds)
					} else {
						flow.AMD64(code, f.Lo, data.bounds, a.Binary.Type == elfscan.Exec)
					}
					var held []int32
					for _, target := range flow.Data {
						if place, ok := places.byAddr[target]; ok {
							held = append(held, place)
						} else {
							b.references = append(b.references, rustinfer.Reference{From: int32(k), To: target})
						}
					}
					slices.Sort(held)
					program.Functions[k].Locations = slices.Clip(slices.Compact(held))
					for _, target := range flow.Calls {
						if to := functions.at(target); to >= 0 {
							b.calls = append(b.calls, rustinfer.Reference{From: int32(k), To: uint64(to)})
						}
					}
				}
			}
		})
	}
	wg.Wait()
	for _, b := range batches {
		if b.err != nil {
			return b.err
		}
		program.Calls = append(program.Calls, b.calls...)
		program.References = append(program.References, b.references...)
	}
	return nil
}
