package attrib

import (
	"cmp"
	"debug/elf"
	"slices"

	"github.com/sizegate/sizegate/internal/attrib/stage"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/span"
)

type claim = span.Claim

// Ranks of claims, the strongest first.
const (
	rankElsewhere uint32 = iota // bytes of the file that belong to what comes earlier in the headers
	rankTable                   // the Go function table; a record of another table
	rankSized                   // a symbol with a size
	rankUnsized                 // a symbol without one, up to the next symbol
	rankInferred                // a function that nothing names
	rankReference               // what code or data refers to
	rankSection                 // a section that only linkers write, or whose owner is known as a whole
)

// IDs that are no entry.
const (
	idElsewhere = ^uint32(0) - iota
	idPadding
)

// sweep turns the claims of a stage's sections into their tallies, into sizes of
// entries, and into places.
func (a *attribution) sweep(st stage.Stage) error {
	if st == stage.Code {
		a.settleInlined()
	}
	a.remembers = false
	for later := st + 1; later <= stage.Tables; later++ {
		a.remembers = a.remembers || a.anyWanted(later)
	}
	for i := range a.binary.Sections {
		s := &a.binary.Sections[i]
		if !a.wanted(i) || s.FileSize == 0 || stage.Of(s) != st {
			continue
		}
		if err := a.sweepSection(i, s, &a.tallies[i]); err != nil {
			return err
		}
		a.claims[i] = nil
	}
	slices.SortFunc(a.places, func(p, q place) int { return cmp.Compare(p.Lo, q.Lo) })
	return nil
}

func (a *attribution) sweepSection(section int, s *elfscan.Section, t *Tally) error {
	claims := a.claims[section]
	if s.FileSize != s.Size {
		claims = append(claims, elsewhere(s)...)
	}
	code := s.Flags&elf.SHF_EXECINSTR != 0
	remember := s.Alloc() && a.remembers
	inlined := a.inlinedIn(section)
	unclaimed := gaps{binary: a.binary, section: s, tally: t}
	gap := func(lo, hi uint64) error {
		switch {
		case lo >= hi:
		case code:
			return unclaimed.add(span.Range{Lo: lo, Hi: hi})
		default:
			t.Unattributed += hi - lo
		}
		return nil
	}
	// Names with one range share its bytes as a whole, however many pieces
	// symbols inside it cut it into.
	folded := make(map[*claim]int) // first claim of a group → position in shares
	var shares []share
	pos := s.Addr
	for r, group := range span.Sweep(claims) {
		if err := gap(pos, r.Lo); err != nil {
			return err
		}
		pos = r.Hi
		switch group[0].ID {
		case idElsewhere:
			continue
		case idPadding:
			t.Padding += r.Len()
			continue
		}
		t.Attributed += r.Len()
		if remember {
			a.remember(r, group)
		}
		first := &a.entries[group[0].ID]
		if len(group) == 1 {
			first.size += r.Len()
			if !first.whole {
				first.size -= inlined.charge(r, first.owner)
			}
			first.counted = code && !first.whole
			continue
		}
		at, ok := folded[&group[0]]
		if !ok {
			at = len(shares)
			folded[&group[0]] = at
			shares = append(shares, share{group: group})
		}
		shares[at].size += r.Len()
	}
	for _, sh := range shares {
		for i, c := range sh.group {
			e := &a.entries[c.ID]
			e.size += span.Share(sh.size, i, len(sh.group))
			e.counted = code && !e.whole
		}
	}
	if err := gap(pos, s.Addr+s.Size); err != nil {
		return err
	}
	return unclaimed.look()
}

// share is bytes that several names own together.
type share struct {
	group []claim
	size  uint64
}

// elsewhere claims the bytes of s that are counted for something before it in
// the headers.
func elsewhere(s *elfscan.Section) []claim {
	var claims []claim
	pos := s.Offset
	add := func(lo, hi uint64) {
		if lo < hi {
			claims = append(claims, claim{Range: span.Range{Lo: s.Addr + (lo - s.Offset), Hi: s.Addr + (hi - s.Offset)},
				Rank: rankElsewhere, ID: idElsewhere})
		}
	}
	for _, r := range s.Owned {
		add(pos, r.Lo)
		pos = r.Hi
	}
	add(pos, s.Offset+s.Size)
	return claims
}
