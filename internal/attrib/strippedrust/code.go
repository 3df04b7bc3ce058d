package strippedrust

import (
	"slices"

	"github.com/sizegate/sizegate/internal/attrib/parallel"
	"github.com/sizegate/sizegate/internal/attrib/rustinfer"
	"github.com/sizegate/sizegate/internal/attrib/xref"
	"github.com/sizegate/sizegate/internal/elfscan"
)

// longestRead bounds the memory that a function needs.
const longestRead = 1 << 20

// readCode decodes the functions and adds what they hold and refer to.
func (a *work) readCode(functions unwound, data *constData, places *panicPlaces, program *rustinfer.Program) error {
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
	parallel.Each(len(batches), func() func(int) {
		var buf []byte
		var flow xref.Flow
		return func(i int) {
			b := batches[i]
			s := &a.Binary.Sections[functions[b.lo].section]
			start := functions[b.lo].Lo
			// What is behind the cut of a function of this length tells no more.
			n := min(functions[b.hi-1].Hi-start, longestRead)
			buf = slices.Grow(buf[:0], int(n))[:n]
			if _, err := a.Binary.SectionReader(s).ReadAt(buf, int64(start-s.Addr)); err != nil {
				b.err = elfscan.ReadError(err)
				return
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
	for _, b := range batches {
		if b.err != nil {
			return b.err
		}
		program.Calls = append(program.Calls, b.calls...)
		program.References = append(program.References, b.references...)
	}
	return nil
}
