package attrib

import (
	"slices"
	"sort"

	"github.com/sizegate/sizegate/internal/attrib/stage"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/span"
)

// In the view Source the parts of a function that were inlined into it are
// charged to the packages and crates that they are from. What was inlined where
// is claimed in attribution.inlined, by virtual addresses, for the innermost call.

// inlined is what of a function was inlined into the code of a section.
type inlined struct {
	section int
	owner   int32
	name    string // "" where names are not asked for
}

// idFunction is the ID of a claim for code that stays with the function that it
// is in, though it is inside of what was inlined from elsewhere.
const idFunction = ^uint32(0)

// inliningWanted says whether it matters what was inlined.
func (a *attribution) inliningWanted() bool {
	return a.opt.View == Source && slices.ContainsFunc(a.binary.Sections, func(s elfscan.Section) bool {
		return stage.Of(&s) == stage.Code && a.opt.Section(&s)
	})
}

// inlinedEntry returns the entry that has the bytes of the section that the
// function, which is of owner, was inlined to.
func (a *attribution) inlinedEntry(section int, owner int32, name string) uint32 {
	if !a.opt.Functions {
		name = ""
	}
	key := inlined{section, owner, name}
	id, ok := a.inlinedIDs[key]
	if !ok {
		if a.inlinedIDs == nil {
			a.inlinedIDs = make(map[inlined]uint32)
		}
		id = uint32(len(a.entries))
		a.inlinedIDs[key] = id
		a.entries = append(a.entries, a.list(entry{owner: owner, section: int32(section), whole: true, inlined: true, file: -1}, name))
	}
	return id
}

// settleInlined leaves one claim for each byte that was inlined.
func (a *attribution) settleInlined() {
	if !a.inliningWanted() {
		return
	}
	if !a.inlining {
		a.warnf("what was inlined is not known, so that all code is charged to the functions that it is in (build with debug information, " +
			"report the file before it is stripped, or name its --debug-file)")
	}
	settled := make([]claim, 0, len(a.inlined))
	for r, group := range span.Sweep(a.inlined) {
		c := claim{Range: r, ID: group[0].ID} // claims overlap where a line table contradicts itself
		if last := len(settled) - 1; last >= 0 && settled[last].Hi == c.Lo && settled[last].ID == c.ID {
			settled[last].Hi = c.Hi
			continue
		}
		settled = append(settled, c)
	}
	a.inlined = settled
}

// inlinedCode is what was inlined into the code of a section.
type inlinedCode struct {
	a       *attribution
	section int32
	rest    []claim // what does not end before the code that was looked at last
}

func (a *attribution) inlinedIn(section int) inlinedCode {
	lo := a.binary.Sections[section].Addr
	first := sort.Search(len(a.inlined), func(i int) bool { return a.inlined[i].Hi > lo })
	return inlinedCode{a, int32(section), a.inlined[first:]}
}

// charge charges what was inlined into a range of a function's code, and
// returns how many bytes that is. What the function's own owner has inlined
// stays with the function. Ranges come in ascending order.
func (in *inlinedCode) charge(r span.Range, owner int32) (bytes uint64) {
	for ; len(in.rest) > 0 && in.rest[0].Lo < r.Hi; in.rest = in.rest[1:] {
		c := in.rest[0]
		lo, hi := max(c.Lo, r.Lo), min(c.Hi, r.Hi)
		if lo < hi && c.ID != idFunction {
			e := &in.a.entries[c.ID]
			// Sections can overlap in memory.
			if e.section == in.section && !in.a.owners.Alike(e.owner, owner) {
				if e.size == 0 {
					e.addr = lo
				}
				e.size += hi - lo
				bytes += hi - lo
			}
		}
		if c.Hi > r.Hi {
			break
		}
	}
	return bytes
}
