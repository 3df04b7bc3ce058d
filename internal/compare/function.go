package compare

import (
	"cmp"
	"slices"

	"github.com/sizegate/sizegate/internal/snapshot"
)

// functions matches functions: those of one name in matched owners; then those
// whose names differ only in what compilers make up anew; then those that moved
// between owners that both sides have. Of several with one name, those of one
// size are the same function, and the rest are paired from the largest down.
func functions(old, new *side, m *match) []Row {
	classes := newClasses(m)
	before, after := classes.ofOld(old.functions), classes.ofNew(new.functions)

	type key struct {
		class int32
		name  string
	}
	p := newPairing(len(old.functions), len(new.functions))
	several := func(a, b []int32) { bySize(p, old.functions, new.functions, a, b) }
	for _, find := range []func(f *snapshot.Function, class int32) (key, bool){
		func(f *snapshot.Function, class int32) (key, bool) { return key{class, f.Name}, true },
		func(f *snapshot.Function, class int32) (key, bool) { return key{class, bareName(f.Name)}, true },
		func(f *snapshot.Function, class int32) (key, bool) {
			return key{none, f.Name}, classes.both[class]
		},
	} {
		pass(p,
			func(i int32) (key, bool) { return find(old.functions[i], before[i]) },
			func(i int32) (key, bool) { return find(new.functions[i], after[i]) }, several)
	}

	removed := 0
	for _, j := range p.toNew {
		if j == none {
			removed++
		}
	}
	rows := make([]Row, 0, len(new.functions)+removed)
	for i, f := range new.functions {
		r := Row{Name: f.Name, Owner: f.Owner, ID: f.OwnerID, New: f.Size, Change: Added}
		if j := p.toOld[i]; j != none {
			r.Old = old.functions[j].Size
			r.Change = changed(r.Old, r.New)
		}
		rows = append(rows, r)
	}
	for i, f := range old.functions {
		if p.toNew[i] == none {
			rows = append(rows, Row{Name: f.Name, Owner: f.Owner, ID: f.OwnerID, Old: f.Size, Change: Removed})
		}
	}
	return rows
}

// bySize pairs functions of one name.
func bySize(p *pairing, old, new []*snapshot.Function, a, b []int32) {
	slices.SortStableFunc(a, func(i, j int32) int { return cmp.Compare(old[j].Size, old[i].Size) })
	slices.SortStableFunc(b, func(i, j int32) int { return cmp.Compare(new[j].Size, new[i].Size) })
	leftA, leftB := a[:0], b[:0]
	i, j := 0, 0
	for i < len(a) && j < len(b) {
		switch x, y := old[a[i]].Size, new[b[j]].Size; {
		case x == y:
			p.join(a[i], b[j])
			i++
			j++
		case x > y:
			leftA = append(leftA, a[i])
			i++
		default:
			leftB = append(leftB, b[j])
			j++
		}
	}
	p.inTurn(append(leftA, a[i:]...), append(leftB, b[j:]...))
}

// ownerName is what a function says of its owner. It leaves the kind open.
type ownerName struct{ name, id string }

// classes number the owners of functions, so that matched owners have one
// number although their IDs differ.
type classes struct {
	number map[ownerName]int32 // of the new side, and of what only the old side has
	old    map[ownerName]int32 // of the owners of the old side that have a partner
	both   []bool              // by class: the owner is on both sides
}

func newClasses(m *match) *classes {
	c := &classes{number: make(map[ownerName]int32), old: make(map[ownerName]int32)}
	for i := range m.old {
		j := m.parties.toNew[i]
		if j == none {
			continue
		}
		before := ownerName{m.old[i].name, m.old[i].id}
		if _, ok := c.old[before]; !ok { // the first is the largest
			c.old[before] = c.class(ownerName{m.new[j].name, m.new[j].id})
			c.both[c.old[before]] = true
		}
	}
	return c
}

func (c *classes) class(o ownerName) int32 {
	n, ok := c.number[o]
	if !ok {
		n = int32(len(c.both))
		c.number[o] = n
		c.both = append(c.both, false)
	}
	return n
}

func (c *classes) ofOld(functions []*snapshot.Function) []int32 {
	list := make([]int32, len(functions))
	for i, f := range functions {
		o := ownerName{f.Owner, f.OwnerID}
		n, ok := c.old[o]
		if !ok {
			n = c.class(o)
		}
		list[i] = n
	}
	return list
}

func (c *classes) ofNew(functions []*snapshot.Function) []int32 {
	list := make([]int32, len(functions))
	for i, f := range functions {
		list[i] = c.class(ownerName{f.Owner, f.OwnerID})
	}
	return list
}
