package goclaims

import (
	"debug/elf"

	"github.com/sizegate/sizegate/internal/attrib/account"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/span"
)

// addressRecords charges records that are given by their addresses, whatever
// sections these are in.
type addressRecords struct {
	a        *Program
	sections map[int]*account.Records // nil for those that are not asked for
	last     *elfscan.Section         // of the last address
	around   span.Range               // the addresses that are known to be of that
	out      *account.Records
}

func newAddressRecords(a *Program) *addressRecords {
	return &addressRecords{a: a, sections: make(map[int]*account.Records)}
}

// add charges the bytes from address lo to hi, as far as they are in one
// section, to owners together.
func (g *addressRecords) add(lo, hi uint64, owners []int32) {
	if lo < g.around.Lo || lo >= g.around.Hi {
		i, around := g.a.Binary.SectionAround(lo)
		if i < 0 {
			return
		}
		g.around = around
		out, ok := g.sections[i]
		if !ok && g.a.Wanted(i) && g.a.Binary.Sections[i].Type != elf.SHT_NOBITS {
			out = g.a.Records(i)
		}
		g.sections[i] = out
		g.last, g.out = &g.a.Binary.Sections[i], out
	}
	if g.out != nil && lo < hi {
		g.out.Add(lo-g.last.Addr, hi-g.last.Addr, owners)
	}
}

func (g *addressRecords) flush() {
	for _, out := range g.sections {
		if out != nil {
			out.Flush()
		}
	}
}
