package goclaims

import (
	"github.com/sizegate/sizegate/internal/attrib/account"
	"github.com/sizegate/sizegate/internal/attrib/goruntime"
	"github.com/sizegate/sizegate/internal/attrib/ownership"
	"github.com/sizegate/sizegate/internal/span"
)

// leastInlined is fewer bytes than inlined calls have on average. Functions can
// share a table that says of every byte that it is of another call.
const leastInlined = 8

// AddInlined claims what was inlined into the functions of the Go function
// table for the packages that it is from. Their inline trees are in stripped
// files too. A name without a package leaves the code with the function.
func (a *Program) AddInlined() error {
	t := a.Table
	if !a.DividesInlined || t == nil || !a.Wanted(t.Section) || t.Layout().Mixed {
		return nil
	}
	from := uint64(0) // what the trees' places count from
	if t.Relative() {
		var err error
		if from, _, err = t.FuncData(); from == 0 || err != nil {
			return err
		}
	}
	a.InliningKnown = true
	first := len(a.Entries)
	packages := a.functions.packages
	memory := goruntime.NewMemory(a.Binary)
	ids := make(map[uint32]uint32) // by the offset of the name
	limit := (t.Hi - t.Lo) / leastInlined
functions:
	for i := range a.functions.n {
		rec, ok := t.Record(i)
		if !ok {
			continue
		}
		at, ok := rec.InlineTree()
		if !ok {
			continue
		}
		owner := a.Entries[a.functions.first+i].Owner
		for part := range t.Inlined(i, &rec, memory.From(from+at)) {
			id, ok := ids[part.Name]
			if !ok {
				id = account.StaysInFunction
				if name, ok := t.InlinedName(part.Name); ok {
					if inlined := packages.of(name); inlined != ownership.Nobody {
						id = a.InlinedEntry(t.Section, inlined, name)
					}
				}
				ids[part.Name] = id
			}
			if id == account.StaysInFunction || a.Entries[id].Owner == owner {
				continue
			}
			r := span.Range{Lo: t.TextAt + part.Lo, Hi: t.TextAt + part.Hi}
			if last := len(a.Inlined) - 1; last >= 0 && a.Inlined[last].Hi == r.Lo && a.Inlined[last].ID == id {
				a.Inlined[last].Hi = r.Hi
				continue
			}
			if uint64(len(a.Inlined)) >= limit {
				a.Warnf("the Go function table has more inlined calls than there can be: from %#x on inlined code is charged to the functions that it is in", r.Lo)
				break functions
			}
			a.Inlined = append(a.Inlined, account.Claim{Range: r, ID: id})
		}
	}
	packages.promote(a.Entries[first:])
	return memory.Err
}
