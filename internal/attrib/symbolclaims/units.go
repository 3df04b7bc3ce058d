package symbolclaims

import (
	"cmp"
	"slices"
	"sort"

	"github.com/sizegate/sizegate/internal/attrib/debugsection"
	"github.com/sizegate/sizegate/internal/attrib/dwarf"
	"github.com/sizegate/sizegate/internal/attrib/native"
)

// units are the compile units' address ranges, by start.
type units []unitRange

type unitRange struct {
	dwarf.Range
	origin *native.Origin
}

// at returns what the unit with code at addr says. Where units overlap, which
// they do not in what linkers write, it is the one that starts last.
func (us units) at(addr uint64) (*native.Origin, bool) {
	i := sort.Search(len(us), func(i int) bool { return us[i].Lo > addr })
	if i == 0 || addr >= us[i-1].Hi {
		return nil, false
	}
	return us[i-1].origin, true
}

// readUnits reads the compile units and keeps what they tell of crates.
func (a *Symbols) readUnits() (units, error) {
	sections, err := debugsection.Units(a.unitFile, false)
	if err != nil {
		a.Warnf("debug information is not used: %v", err)
	}
	if err != nil || sections.Info == nil {
		return nil, nil
	}
	found, warnings, err := dwarf.ReadUnits(sections, func(r dwarf.Range) bool { return a.Binary.CodeAt(r.Lo) >= 0 })
	a.Warnings = append(a.Warnings, warnings...)
	if err != nil {
		a.Warnf("debug information is not used: %v", err)
		return nil, nil
	}
	var us units
	for i := range found {
		u := &found[i]
		origin, ok := native.FromUnit(u.Name, u.CompDir, u.Producer)
		if !ok {
			continue
		}
		if origin.Kind == native.KindCrate {
			a.Crates.AddUnit(&origin)
		}
		for _, r := range u.Ranges {
			us = append(us, unitRange{r, &origin})
		}
	}
	slices.SortFunc(us, func(x, y unitRange) int { return cmp.Compare(x.Lo, y.Lo) })
	return us, nil
}
