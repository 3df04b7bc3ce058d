package page

import (
	"cmp"
	"maps"
	"slices"

	"github.com/sizegate/sizegate/internal/compare"
	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/oneline"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// A difference knows owners by kind and name: two versions of a crate are one
// cell. After a change of compilers neither IDs nor versions of both sides are the
// same, while functions say no more of their owner than its name and ID.
type diffOwner struct{ kind, name string }

// place is an owner in a section, as positions in file.Owners and file.Sections.
type place struct{ section, owner int }

// The sides of a difference.
const (
	before = iota
	after
)

// diffFile is the cells of a difference: by section in the order of d.Sections, in
// it by owner, the largest change first.
func diffFile(d *compare.Diff) (file, error) {
	if !fits(d.Old.FileSize, d.New.FileSize) {
		return file{}, errTooLarge
	}
	c := newDiffCells(d)
	c.addSide(before, d.Old)
	c.addSide(after, d.New)
	c.addFunctions(d)
	err := c.finish()
	return c.file, err
}

// diffCells collects the cells of both sides.
type diffCells struct {
	file      file
	sectionAt map[string]int
	oneSided  map[string]bool // sections whose owners cannot be compared
	ownerAt   map[diffOwner]int
	named     map[string][]int     // owners by name
	first     [][2]*snapshot.Owner // of each owner behind the rest, on both sides
	sizes     map[place]*[2]uint64
	functions map[place][]*compare.Row
}

func newDiffCells(d *compare.Diff) *diffCells {
	c := &diffCells{
		file:      newFile(d.New.Name, d.New.FileSize, d.Old.FileSize, slices.Concat(labelled("Old: ", facts(d.Old)), labelled("New: ", facts(d.New))), d.Warnings),
		sectionAt: make(map[string]int),
		oneSided:  oneSided(d.Old, d.New),
		ownerAt:   make(map[diffOwner]int),
		named:     make(map[string][]int),
		sizes:     make(map[place]*[2]uint64),
		functions: make(map[place][]*compare.Row),
	}
	for i := range d.Sections {
		if r := &d.Sections[i]; !r.Rest {
			c.sectionAt[r.Name] = len(c.file.Sections)
			c.file.Sections = append(c.file.Sections, section{oneline.Printable(r.Name), r.Kind})
		}
	}
	return c
}

// oneSided is the sections that only one side has divided among owners. They
// count as unattributed on both, as compare counts them.
func oneSided(old, new *snapshot.Binary) map[string]bool {
	untouched := func(s *snapshot.Section) bool { return s.FileSize > 0 && s.Attributed == 0 && s.Padding == 0 }
	known := make(map[string]*snapshot.Section, len(old.Sections))
	for i := range old.Sections {
		known[old.Sections[i].Name] = &old.Sections[i]
	}
	list := make(map[string]bool)
	for i := range new.Sections {
		a := &new.Sections[i]
		if b := known[a.Name]; b != nil && (untouched(a) && b.Attributed > 0 || untouched(b) && a.Attributed > 0) {
			list[a.Name] = true
		}
	}
	return list
}

// addSide adds the bytes of a binary to one side of the cells.
func (c *diffCells) addSide(side int, b *snapshot.Binary) {
	add := func(section, owner int, size uint64) {
		if size == 0 {
			return
		}
		at := place{section, owner}
		if c.sizes[at] == nil {
			c.sizes[at] = new([2]uint64)
		}
		c.sizes[at][side] += size
	}
	for i := range b.Owners {
		o := &b.Owners[i]
		at := c.owner(side, o)
		for name, size := range o.Sections {
			if !c.oneSided[name] {
				add(c.sectionAt[name], at, size)
			}
		}
	}
	for i := range b.Sections {
		s := &b.Sections[i]
		at := c.sectionAt[s.Name]
		if c.oneSided[s.Name] {
			add(at, unattributed, s.FileSize)
			continue
		}
		add(at, padding, s.Padding)
		add(at, unattributed, s.Unattributed)
	}
	add(-1, headers, b.Overhead.Headers)
	add(-1, gaps, b.Overhead.Gaps)
}

// owner is the position of an owner. Where several owners are one here, the
// first of each side, which is its largest, gives module and version.
func (c *diffCells) owner(side int, o *snapshot.Owner) int {
	key := diffOwner{o.Kind, o.Name}
	at, ok := c.ownerAt[key]
	if !ok {
		at = len(c.file.Owners)
		c.ownerAt[key] = at
		c.named[o.Name] = append(c.named[o.Name], at)
		c.file.Owners = append(c.file.Owners, owner{Kind: o.Kind, Name: oneline.Printable(o.Name)})
		c.first = append(c.first, [2]*snapshot.Owner{})
	}
	if first := &c.first[at-gaps-1][side]; *first == nil {
		*first = o
	}
	return at
}

// addFunctions adds the functions that changed, each in the section where it is on
// the new side, or was if it is gone. What a function was elsewhere stays in the
// rest of its group, which can be less than nothing on the old side.
func (c *diffCells) addFunctions(d *compare.Diff) {
	sections := [2]map[functionSize][]string{c.sectionsOf(d.Old), c.sectionsOf(d.New)}
	total, unclear := uint64(0), 0
	for i := range d.Functions {
		r := &d.Functions[i]
		if r.Old == r.New {
			continue
		}
		total += r.Old + r.New // no more than the reader of reports allows
		key, side := functionSize{r.Owner, r.ID, r.Name, r.New}, after
		if r.Change == compare.Removed {
			key.size, side = r.Old, before
		}
		names := sections[side][key]
		if len(names) == 0 {
			unclear++
			continue
		}
		sections[side][key] = names[1:]
		at, ok := c.place(c.sectionAt[names[0]], r.Owner)
		if !ok {
			unclear++
			continue
		}
		c.functions[at] = append(c.functions[at], r)
	}
	if !fits(total) {
		clear(c.functions)
		unclear = len(d.Functions)
	}
	switch {
	case unclear == 1:
		c.file.Warnings = append(c.file.Warnings, "1 function is not shown: the reports do not tell whose it is")
	case unclear > 1:
		c.file.Warnings = append(c.file.Warnings, display.Number(unclear)+" functions are not shown: the reports do not tell whose they are")
	}
}

// functionSize is what a row of a difference tells of a function of one side.
type functionSize struct {
	owner, id, name string
	size            uint64
}

// sectionsOf says in which sections functions are, in the order of the file where
// several are alike.
func (c *diffCells) sectionsOf(b *snapshot.Binary) map[functionSize][]string {
	list := make(map[functionSize][]string, len(b.Functions))
	for i := range b.Functions {
		f := &b.Functions[i]
		if _, known := c.sectionAt[f.Section]; known && !c.oneSided[f.Section] {
			key := functionSize{f.Owner, f.OwnerID, f.Name, f.Size}
			list[key] = append(list[key], f.Section)
		}
	}
	return list
}

// place finds the group of a function. A crate and a library can have one name:
// then it is the one that has bytes in the section, if that is one.
func (c *diffCells) place(section int, owner string) (found place, ok bool) {
	for _, at := range c.named[owner] {
		p := place{section, at}
		if c.sizes[p] == nil {
			continue
		}
		if ok {
			return p, false
		}
		found, ok = p, true
	}
	return found, ok
}

// finish writes the cells in their order, and what is known of their owners.
func (c *diffCells) finish() error {
	f := &c.file
	for i, first := range c.first {
		o := &f.Owners[gaps+1+i]
		for _, from := range first {
			if from != nil {
				o.Module, o.Origin, o.Version = oneline.Printable(from.Module), from.Origin, oneline.Printable(from.Version)
			}
		}
		if first[before] != nil && first[after] != nil && first[before].Version != first[after].Version {
			o.Version = oneline.Printable(first[before].Version) + " → " + o.Version
		}
	}
	order := slices.SortedFunc(maps.Keys(c.sizes), func(x, y place) int {
		a, b := c.sizes[x], c.sizes[y]
		// Bytes outside all sections come last.
		return cmp.Or(cmp.Compare(uint(x.section), uint(y.section)), cmp.Compare(distance(b[before], b[after]), distance(a[before], a[after])),
			cmp.Compare(b[after], a[after]), cmp.Compare(x.owner, y.owner))
	})
	for _, at := range order {
		sizes := c.sizes[at]
		f.group(at.section, at.owner, sizes[after], sizes[before], 0, true)
		var last [2]int64
		for _, r := range c.functions[at] { // in the order of the difference
			f.Functions.Name = append(f.Functions.Name, oneline.Printable(r.Name))
			f.Functions.Size = append(f.Functions.Size, int64(r.New)-last[after])
			f.Functions.Old = append(f.Functions.Old, int64(r.Old)-last[before])
			last = [2]int64{before: int64(r.Old), after: int64(r.New)}
			f.Groups.Count[len(f.Groups.Count)-1]++
		}
	}
	return f.check()
}

func distance(a, b uint64) uint64 { return max(a, b) - min(a, b) }
