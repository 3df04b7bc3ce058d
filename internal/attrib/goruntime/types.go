package goruntime

import (
	"encoding/binary"
	"slices"

	"github.com/sizegate/sizegate/internal/attrib/gotype"
	"github.com/sizegate/sizegate/internal/attrib/ownership"
)

// ReadTypes reads the types of a program that is made of the modules.
func (m *Module) ReadTypes(mem *Memory, modules *ownership.GoModules) *gotype.Types {
	return gotype.Read(m.types(mem, modules))
}

// FindMentions finds the types that are made of types of the packages that about is true of.
func (m *Module) FindMentions(mem *Memory, modules *ownership.GoModules, about func(path string) bool) *gotype.Mentions {
	return gotype.FindMentions(m.types(mem, modules), about)
}

func (m *Module) types(mem *Memory, modules *ownership.GoModules) *gotype.Module {
	itablinks := mem.Slice(m.Itablinks, 8)
	itabs := make([]uint64, len(itablinks)/8)
	for i := range itabs {
		itabs[i] = binary.LittleEndian.Uint64(itablinks[8*i:])
	}
	return &gotype.Module{
		Types: m.Types, Size: min(mem.Room(m.Types), m.etypes-m.Types),
		Read:      func(buf []byte, lo, hi uint64) []byte { return mem.CopyTo(buf, m.Types, lo, hi) },
		Typelinks: mem.Slice(m.Typelinks, 4), Itabs: itabs, Memory: mem.At, Room: mem.Room,
		// Who can name types of several packages imports them, so it is rather
		// the program's own code than a library, and rather that than std.
		Rank: func(path string) int {
			_, _, origin := modules.Of(path)
			return slices.Index([]ownership.Origin{ownership.Own, ownership.Dependency, ownership.Standard}, origin)
		},
	}
}
