package goruntime

import (
	"encoding/binary"

	"github.com/sizegate/sizegate/internal/attrib/gotype"
)

// ReadTypes reads the types of a program. rank orders packages: see gotype.Module.
func (m *Module) ReadTypes(mem *Memory, rank func(path string) int) *gotype.Types {
	itablinks := mem.Slice(m.Itablinks, 8)
	itabs := make([]uint64, len(itablinks)/8)
	for i := range itabs {
		itabs[i] = binary.LittleEndian.Uint64(itablinks[8*i:])
	}
	return gotype.Read(&gotype.Module{
		Types: m.Types, Size: min(mem.Room(m.Types), m.etypes-m.Types),
		Read:      func(lo, hi uint64) []byte { return mem.Copy(m.Types, lo, hi) },
		Typelinks: mem.Slice(m.Typelinks, 4), Itabs: itabs, Memory: mem.At, Room: mem.Room,
		Rank: rank,
	})
}
