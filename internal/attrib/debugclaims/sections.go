package debugclaims

import (
	"slices"

	"github.com/sizegate/sizegate/internal/attrib/account"
	"github.com/sizegate/sizegate/internal/attrib/debugsection"
	"github.com/sizegate/sizegate/internal/attrib/dwarf/divide"
	"github.com/sizegate/sizegate/internal/attrib/dwarf/window"
	"github.com/sizegate/sizegate/internal/attrib/native"
	"github.com/sizegate/sizegate/internal/attrib/ownership"
	"github.com/sizegate/sizegate/internal/attrib/parallel"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/span"
)

// Debug is debug information that is divided, beside what else is done: to
// read it takes a third of the time for a Go program, and needs nothing of the rest.
type Debug struct {
	*account.Book
	unitFile  *elfscan.Binary // whose debug information names compile units
	positions map[string]int  // of the sections asked for
	entries   *goEntries
	division  *divide.Division // nil if there are no units
	warnings  []string
	err       error
	done      chan struct{}
}

// New returns work that is not begun yet. unitFile has the debug information that
// names compile units.
func New(book *account.Book, unitFile *elfscan.Binary) *Debug {
	return &Debug{Book: book, unitFile: unitFile, positions: make(map[string]int),
		entries: newGoEntries(), done: make(chan struct{})}
}

// Start begins to divide debug information, if that is asked for.
func (a *Debug) Start() {
	sections := make(map[string]divide.Section)
	for i := range a.Binary.Sections {
		s := &a.Binary.Sections[i]
		if s.Kind != elfscan.Debug || s.Size == 0 {
			continue
		}
		name := debugsection.Name(s)
		if _, ok := sections[name]; ok {
			continue // a second one of a name is not what offsets refer to
		}
		section, ok := debugsection.Plain(a.Binary, s)
		if !ok {
			continue
		}
		section.Section = paced{section.Section, &a.Cores}
		sections[name] = section
		if a.Wanted(i) {
			a.positions[name] = i
		}
	}
	if _, ok := sections[".debug_info"]; !ok || len(a.positions) == 0 {
		close(a.done)
		return
	}
	asked := func(name string) bool { _, ok := a.positions[name]; return ok && name != ".debug_frame" }
	go func() {
		defer close(a.done)
		a.division, a.warnings, a.err = divide.ByUnit(sections, asked, a.entries.key)
	}()
}

// paced is a section that is read while there are cores to spare.
type paced struct {
	window.Section
	cores *parallel.Cores
}

func (p paced) ReadAt(b []byte, off int64) (n int, err error) {
	p.cores.Spare(func() { n, err = p.Section.ReadAt(b, off) })
	return n, err
}

// Wait waits for what Start began.
func (a *Debug) Wait() { <-a.done }

// AddSections charges debug information to the owners of its compile units. Where
// in a section an owner's bytes lie makes no difference to anybody: each owner is
// one claim, as long as all its bytes. A compressed section is divided in the
// proportions of its plain content. hasGoTable says that the file has a Go function
// table.
func (a *Debug) AddSections(hasGoTable bool) error {
	<-a.done
	a.chargeWholeDebug(hasGoTable)
	for _, text := range a.warnings {
		if !slices.Contains(a.Warnings, text) { // of units that have been read before
			a.Warnings = append(a.Warnings, text)
		}
	}
	if a.err != nil {
		a.Warnf("debug information is not divided: %v", a.err)
		return nil
	}
	if a.division == nil {
		return nil
	}
	units := a.unitOwners(a.division.Units)
	named := a.entries.owners(a.division.Units, units)
	for i := range a.Binary.Sections { // in this order, so that runs do not differ
		name := debugsection.Name(&a.Binary.Sections[i])
		at, ok := a.positions[name]
		if parts := a.division.Sections[name]; ok && at == i && parts != nil {
			a.chargeParts(i, parts, units, named)
		}
	}
	return nil
}

// chargeParts charges a section as it was divided, given the owners of units and
// of named entries.
func (a *Debug) chargeParts(section int, parts *divide.Parts, units, named []int32) {
	weights := make([]uint64, len(a.Owners.Keys)+1) // the last is of nobody
	nobody := len(weights) - 1
	add := func(owner int32, w uint64) {
		if owner == ownership.Nobody {
			owner = int32(nobody)
		}
		weights[owner] += w
	}
	for unit, w := range parts.Weights {
		add(units[unit], w)
	}
	for key, w := range parts.Named {
		add(named[key], w)
	}
	a.ChargeWeights(section, parts.Size, parts.Charged, weights)
}

// unitOwners returns the owner of each unit, ownership.Nobody if it is not known. A type
// unit has no name: it is of the compile unit whose line table it uses.
func (a *Debug) unitOwners(units []divide.Unit) []int32 {
	owners := make([]int32, len(units))
	byLines := make(map[uint64]int32)
	for i := range units {
		u := &units[i]
		owners[i] = ownership.Nobody
		if !u.Compile {
			continue
		}
		owners[i] = a.unitOwner(u)
		if u.Lines != divide.NoLines {
			byLines[u.Lines] = owners[i]
		}
	}
	for i := range units {
		if u := &units[i]; !u.Compile && u.Lines != divide.NoLines {
			if owner, ok := byLines[u.Lines]; ok {
				owners[i] = owner
			}
		}
	}
	return owners
}

func (a *Debug) unitOwner(u *divide.Unit) int32 {
	origin, ok := native.FromUnit(u.Name, u.CompDir, u.Producer)
	switch {
	case ok && isGoUnit(u):
		return a.Owners.GoPackage(origin.Name, ownership.Exact)
	case ok && origin.Kind == native.KindCrate:
		a.Crates.AddUnit(&origin)
		return a.Owners.OfOrigin(&origin, ownership.Exact)
	case ok:
		if owner := a.Owners.OfOrigin(&origin, ownership.Exact); owner != ownership.Nobody {
			return owner
		}
	}
	return a.Owners.UnknownNative()
}

// chargeWholeDebug charges the sections that have one owner.
func (a *Debug) chargeWholeDebug(hasGoTable bool) {
	whole := func(name string, owner int32) {
		if i, ok := a.positions[name]; ok {
			s := &a.Binary.Sections[i]
			a.Charge(i, span.Range{Lo: s.Addr, Hi: s.Addr + s.Size}, account.RankSection, owner)
		}
	}
	whole(".gdb_index", a.Owners.Linker())
	if hasGoTable { // the path of the runtime's script
		whole(".debug_gdb_scripts", a.Owners.GoPackage("runtime", ownership.Exact))
	}
}
