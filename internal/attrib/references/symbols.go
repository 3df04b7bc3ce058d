package references

import (
	"cmp"
	"slices"
	"sort"

	"github.com/sizegate/sizegate/internal/attrib/account"
	"github.com/sizegate/sizegate/internal/attrib/ownership"
	"github.com/sizegate/sizegate/internal/span"
)

// dataSymbol is data of C or C++ with a symbol that does not tell the source file:
// global variables, vtables. They are objects whose ends are known, and a
// reference to any of their bytes is one to the whole.
type dataSymbol struct {
	span.Range                 // positions
	claims     []account.Claim // of all symbols with this range
	settled    bool
}

// takeSymbols takes the claims of such symbols out of those of the sections.
func (d *openData) takeSymbols(a *search) {
	unknown, ok := a.Owners.Find(ownership.Key{Kind: ownership.Library, Name: ownership.UnknownNative, Confidence: ownership.Exact})
	if !ok {
		return
	}
	d.unknown = unknown
	d.named = newBitSet(d.size)
	for i := range d.sections {
		s := &d.sections[i]
		var taken []account.Claim
		s.claims = slices.DeleteFunc(s.claims, func(c account.Claim) bool {
			is := c.Rank == account.RankSized && uint64(c.ID) < uint64(len(a.Entries)) && a.Entries[c.ID].Owner == unknown
			if is {
				taken = append(taken, c)
			}
			return is
		})
		slices.SortStableFunc(taken, func(x, y account.Claim) int { return cmp.Or(cmp.Compare(x.Lo, y.Lo), cmp.Compare(x.Hi, y.Hi)) })
		for len(taken) > 0 {
			n := 1
			for n < len(taken) && taken[n].Range == taken[0].Range {
				n++
			}
			sym := dataSymbol{Range: span.Range{Lo: s.pos + taken[0].Lo - s.addr, Hi: s.pos + taken[0].Hi - s.addr}, claims: slices.Clip(taken[:n])}
			if last := len(d.symbols) - 1; last >= 0 && sym.Lo < d.symbols[last].Hi {
				// Inside or across another: only one of them can be an object.
				s.claims = append(s.claims, sym.claims...)
			} else {
				d.symbols = append(d.symbols, sym)
				d.named.add(sym.Lo, sym.Hi)
			}
			taken = taken[n:]
		}
		a.Claims[s.section] = s.claims
	}
}

// symbolStarts says whether a symbol starts at a position.
func (d *openData) symbolStarts(pos uint64) bool {
	_, ok := slices.BinarySearchFunc(d.symbols, pos, func(s dataSymbol, pos uint64) int { return cmp.Compare(s.Lo, pos) })
	return ok
}

// start returns where the symbol at a position starts, or the position if there is
// none.
func (d *openData) start(pos uint64) uint64 {
	if !d.named.has(pos) {
		return pos
	}
	return d.symbols[sort.Search(len(d.symbols), func(i int) bool { return d.symbols[i].Lo > pos })-1].Lo
}

// aim makes references to symbols lead to their starts.
func (d *openData) aim(refs dataRefs, pointers []pointer) {
	if len(d.symbols) == 0 {
		return
	}
	refs.move(d.start)
	for i := range pointers {
		if p := &pointers[i]; d.open.has(p.target()) {
			p.aim(d.start(p.target()))
		}
	}
	d.named = nil // not needed any more
}

// settle gives a symbol back its claims, under the owner if one is known.
func (a *search) settle(section int, s *dataSymbol, owners []int32) {
	if s.settled {
		return // a claim in its middle has cut it
	}
	s.settled = true
	for _, c := range s.claims {
		if len(owners) > 0 && a.Owners.Keys[owners[0]].Name != ownership.UnknownNative {
			a.Entries[c.ID].Owner = owners[0]
		}
	}
	a.Claims[section] = append(a.Claims[section], s.claims...)
}
