package account

import (
	"sort"

	"github.com/sizegate/sizegate/internal/span"
)

// If that is asked for, the parts of a function that were inlined into it are
// charged to the packages and crates that they are from. What was inlined where
// is claimed in Book.Inlined, by virtual addresses, for the innermost call.

// inlined is what of a function was inlined into the code of a section.
type inlined struct {
	section int
	owner   int32
	name    string // "" where names are not asked for
}

// StaysInFunction is the ID of a claim for code that stays with the function that it
// is in, though it is inside of what was inlined from elsewhere.
const StaysInFunction = ^uint32(0)

// InlinedEntry returns the entry that has the bytes of the section that the
// function, which is of owner, was inlined to.
func (b *Book) InlinedEntry(section int, owner int32, name string) uint32 {
	if !b.Functions {
		name = ""
	}
	key := inlined{section, owner, name}
	id, ok := b.inlinedIDs[key]
	if !ok {
		if b.inlinedIDs == nil {
			b.inlinedIDs = make(map[inlined]uint32)
		}
		id = uint32(len(b.Entries))
		b.inlinedIDs[key] = id
		b.Entries = append(b.Entries, b.WithName(Entry{Owner: owner, Section: int32(section), Whole: true, Inlined: true}, name))
	}
	return id
}

// settleInlined leaves one claim for each byte that was inlined.
func (b *Book) settleInlined() {
	if !b.DividesInlined {
		return
	}
	if !b.InliningKnown {
		b.Warnf("what was inlined is not known, so that all code is charged to the functions that it is in (build with debug information, " +
			"report the file before it is stripped, or name its --debug-file)")
	}
	settled := make([]Claim, 0, len(b.Inlined))
	for r, group := range span.Sweep(b.Inlined) {
		c := Claim{Range: r, ID: group[0].ID} // claims overlap where a line table contradicts itself
		if last := len(settled) - 1; last >= 0 && settled[last].Hi == c.Lo && settled[last].ID == c.ID {
			settled[last].Hi = c.Hi
			continue
		}
		settled = append(settled, c)
	}
	b.Inlined = settled
}

// inlinedCode is what was inlined into the code of a section.
type inlinedCode struct {
	book    *Book
	section int32
	rest    []Claim // what does not end before the code that was looked at last
}

func (b *Book) inlinedIn(section int) inlinedCode {
	lo := b.Binary.Sections[section].Addr
	first := sort.Search(len(b.Inlined), func(i int) bool { return b.Inlined[i].Hi > lo })
	return inlinedCode{b, int32(section), b.Inlined[first:]}
}

// charge charges what was inlined into a range of a function's code, and
// returns how many bytes that is. What the function's own owner has inlined
// stays with the function. Ranges come in ascending order.
func (in *inlinedCode) charge(r span.Range, owner int32) (bytes uint64) {
	for ; len(in.rest) > 0 && in.rest[0].Lo < r.Hi; in.rest = in.rest[1:] {
		c := in.rest[0]
		lo, hi := max(c.Lo, r.Lo), min(c.Hi, r.Hi)
		if lo < hi && c.ID != StaysInFunction {
			e := &in.book.Entries[c.ID]
			// Sections can overlap in memory.
			if e.Section == in.section && !in.book.Owners.Alike(e.Owner, owner) {
				if e.Size == 0 {
					e.Addr = lo
				}
				e.Size += hi - lo
				bytes += hi - lo
			}
		}
		if c.Hi > r.Hi {
			break
		}
	}
	return bytes
}
