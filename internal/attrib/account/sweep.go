package account

import (
	"cmp"
	"debug/elf"
	"slices"

	"github.com/sizegate/sizegate/internal/attrib/stage"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/span"
)

// Claim is that an entry, whose position is the ID, claims a range.
type Claim = span.Claim

// Ranks of claims, the strongest first.
const (
	rankElsewhere uint32 = iota // bytes of the file that belong to what comes earlier in the headers
	RankTable                   // the Go function table; a record of another table
	RankSized                   // a symbol with a size
	RankUnsized                 // a symbol without one, up to the next symbol
	RankInferred                // a function that nothing names
	RankReference               // what code or data refers to
	RankSection                 // a section that only linkers write, or whose owner is known as a whole
)

// IDs that are no entry.
const (
	idElsewhere = ^uint32(0) - iota
	Padding     // bytes that are fill, claimed as such
)

// Sweep turns the claims of a stage's sections into their tallies, into sizes of
// entries, and into places.
func (b *Book) Sweep(st stage.Stage) error {
	if st == stage.Code {
		b.settleInlined()
	}
	b.remembers = false
	for later := st + 1; later <= stage.Tables; later++ {
		b.remembers = b.remembers || b.AnyWanted(later)
	}
	isSwept := func(i int) bool {
		s := &b.Binary.Sections[i]
		return b.Wanted(i) && s.FileSize > 0 && stage.Of(s) == st
	}
	if b.remembers {
		b.makeRoom(isSwept)
	}
	for i := range b.Binary.Sections {
		s := &b.Binary.Sections[i]
		if !isSwept(i) {
			continue
		}
		if err := b.sweepSection(i, s, &b.Tallies[i]); err != nil {
			return err
		}
		b.Claims[i] = nil
	}
	slices.SortFunc(b.Places, func(p, q Place) int { return cmp.Compare(p.Lo, q.Lo) })
	return nil
}

// makeRoom makes room for the places of some sections: as a rule one for each claim. To
// let the list grow would leave twice its size behind as garbage.
func (b *Book) makeRoom(isSwept func(section int) bool) {
	n := 0
	for i, claims := range b.Claims {
		if !b.Binary.Sections[i].Alloc() || !isSwept(i) {
			continue
		}
		for _, c := range claims {
			if c.ID != Padding {
				n++
			}
		}
	}
	b.Places = slices.Grow(b.Places, n)
}

func (b *Book) sweepSection(section int, s *elfscan.Section, t *Tally) error {
	b.unpack(section)
	claims := b.Claims[section]
	if s.FileSize != s.Size {
		claims = append(claims, elsewhere(s)...)
	}
	code := s.Flags&elf.SHF_EXECINSTR != 0
	remember := s.Alloc() && b.remembers
	inlined := b.inlinedIn(section)
	unclaimed := gaps{binary: b.Binary, section: s}
	gap := func(lo, hi uint64) {
		switch {
		case lo >= hi:
		case code:
			unclaimed.add(span.Range{Lo: lo, Hi: hi})
		default:
			t.Unattributed += hi - lo
		}
	}
	// Names with one range share its bytes as a whole, however many pieces
	// symbols inside it cut it into.
	folded := make(map[*Claim]int) // first claim of a group → position in shares
	var shares []share
	pos := s.Addr
	for r, group := range span.Sweep(claims) {
		gap(pos, r.Lo)
		pos = r.Hi
		switch group[0].ID {
		case idElsewhere:
			continue
		case Padding:
			t.Padding += r.Len()
			continue
		}
		t.Attributed += r.Len()
		if remember {
			b.remember(r, group)
		}
		first := &b.Entries[group[0].ID]
		if len(group) == 1 {
			first.Size += r.Len()
			if !first.Whole {
				first.Size -= inlined.charge(r, first.Owner)
			}
			first.Counted = code && !first.Whole
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
			e := &b.Entries[c.ID]
			e.Size += span.Share(sh.size, i, len(sh.group))
			e.Counted = code && !e.Whole
		}
	}
	gap(pos, s.Addr+s.Size)
	return unclaimed.finish(t)
}

// share is bytes that several names own together.
type share struct {
	group []Claim
	size  uint64
}

// elsewhere claims the bytes of s that are counted for something before it in
// the headers.
func elsewhere(s *elfscan.Section) []Claim {
	var claims []Claim
	pos := s.Offset
	add := func(lo, hi uint64) {
		if lo < hi {
			claims = append(claims, Claim{Range: span.Range{Lo: s.Addr + (lo - s.Offset), Hi: s.Addr + (hi - s.Offset)},
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
