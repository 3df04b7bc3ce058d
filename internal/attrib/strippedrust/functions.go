package strippedrust

import (
	"cmp"
	"debug/elf"
	"slices"
	"sort"

	"github.com/sizegate/sizegate/internal/attrib/ehframe"
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
func (a *work) unwound() (unwound, error) {
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
				if section = a.Binary.CodeAt(e.PC); section < 0 || !a.Wanted(section) || !a.Binary.Sections[section].HasCode() || a.Binary.Sections[section].Shared() {
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
