package attrib

import (
	"github.com/sizegate/sizegate/internal/attrib/goruntime"
	"github.com/sizegate/sizegate/internal/attrib/ownership"
	"github.com/sizegate/sizegate/internal/span"
)

// leastInlined is fewer bytes than inlined calls have on average. Functions can
// share a table that says of every byte that it is of another call.
const leastInlined = 8

// addGoInlined claims what was inlined into the functions of the Go function
// table for the packages that it is from. Their inline trees are in stripped
// files too. A name without a package leaves the code with the function.
func (a *attribution) addGoInlined() error {
	t := a.goTable
	if !a.inliningWanted() || t == nil || !a.wanted(t.Section) || t.Layout().Mixed {
		return nil
	}
	from := uint64(0) // what the trees' places count from
	if t.Relative() {
		var err error
		if from, _, err = t.FuncData(); from == 0 || err != nil {
			return err
		}
	}
	a.inlining = true
	first := len(a.entries)
	packages := a.goFunctions.packages
	memory := goruntime.NewMemory(a.binary)
	ids := make(map[uint32]uint32) // by the offset of the name
	limit := (t.Hi - t.Lo) / leastInlined
functions:
	for i := range a.goFunctions.n {
		rec, ok := t.Record(i)
		if !ok {
			continue
		}
		at, ok := rec.InlineTree()
		if !ok {
			continue
		}
		owner := a.entries[a.goFunctions.first+i].owner
		for part := range t.Inlined(i, &rec, memory.From(from+at)) {
			id, ok := ids[part.Name]
			if !ok {
				id = idFunction
				if name, ok := t.InlinedName(part.Name); ok {
					if inlined := packages.of(name); inlined != ownership.Nobody {
						id = a.inlinedEntry(t.Section, inlined, name)
					}
				}
				ids[part.Name] = id
			}
			if id == idFunction || a.entries[id].owner == owner {
				continue
			}
			r := span.Range{Lo: t.TextAt + part.Lo, Hi: t.TextAt + part.Hi}
			if last := len(a.inlined) - 1; last >= 0 && a.inlined[last].Hi == r.Lo && a.inlined[last].ID == id {
				a.inlined[last].Hi = r.Hi
				continue
			}
			if uint64(len(a.inlined)) >= limit {
				a.warnf("the Go function table has more inlined calls than there can be: from %#x on inlined code is charged to the functions that it is in", r.Lo)
				break functions
			}
			a.inlined = append(a.inlined, claim{Range: r, ID: id})
		}
	}
	packages.promote(a.entries[first:])
	return memory.Err
}
