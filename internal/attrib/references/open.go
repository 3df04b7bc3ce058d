package references

import (
	"cmp"
	"debug/elf"
	"math/bits"
	"slices"
	"sort"

	"github.com/sizegate/sizegate/internal/attrib/account"
	"github.com/sizegate/sizegate/internal/attrib/ownership"
	"github.com/sizegate/sizegate/internal/attrib/stage"
	"github.com/sizegate/sizegate/internal/attrib/xref"
	"github.com/sizegate/sizegate/internal/span"
)

// openData is the bytes of data sections that nothing has claimed. Sections are
// laid end to end, and a byte's position counts from the start of the first: sets
// of bytes are bits, an eighth of the data.
type openData struct {
	sections []openSection // by address
	bounds   xref.Range    // the addresses of all
	size     uint64        // positions of all
	open     bitSet        // bytes that nothing has claimed
	table    uint64        // address of the Go function table, 0 without one
	symbols  []dataSymbol  // by position, without overlaps
	unknown  int32         // the owner of symbols whose source is not known
	named    bitSet        // their bytes, nil if there are none
	long     []span.Range  // positions of what Go's strings and slices may be, of at least minLong
}

// openSection is a section of openData.
type openSection struct {
	addr, size uint64
	pos        uint64 // of its first byte
	section    int    // position in Binary.Sections
	claims     []account.Claim
}

func newOpenData(a *search) *openData {
	d := new(openData)
	if a.goTable != nil {
		d.table = a.goTable.Addr
	}
	for i := range a.Binary.Sections {
		s := &a.Binary.Sections[i]
		if stage.Of(s) != stage.Data || !a.Wanted(i) || s.Type != elf.SHT_PROGBITS || s.Size == 0 || s.Shared() || s.Flags&elf.SHF_TLS != 0 {
			continue
		}
		d.sections = append(d.sections, openSection{addr: s.Addr, size: s.Size, section: i, claims: a.Claims[i]})
	}
	slices.SortStableFunc(d.sections, func(s, t openSection) int { return cmp.Compare(s.addr, t.addr) })
	end := uint64(0)
	d.sections = slices.DeleteFunc(d.sections, func(s openSection) bool {
		if s.addr < end || s.size >= maxSize-d.size { // only in damaged files
			return true
		}
		end = s.addr + s.size
		d.size += s.size
		return false
	})
	pos := uint64(0)
	for i := range d.sections {
		d.sections[i].pos = pos
		pos += d.sections[i].size
	}
	if len(d.sections) > 0 {
		d.bounds = xref.Range{Lo: d.sections[0].addr, Hi: end}
	}
	return d
}

// at returns the position of the byte at an address. last is a section to look
// at first, and then the one where it was.
func (d *openData) at(addr uint64, last *int) (pos uint64, ok bool) {
	s := &d.sections[*last]
	if addr-s.addr >= s.size {
		i := sort.Search(len(d.sections), func(i int) bool { return d.sections[i].addr > addr }) - 1
		if i < 0 {
			return 0, false
		}
		s = &d.sections[i]
		if addr-s.addr >= s.size {
			return 0, false
		}
		*last = i
	}
	return s.pos + addr - s.addr, true
}

// mayBeOpen says whether one of the bytes lo ≤ address < hi is open. It also says so where
// only some of them are in one section. last is as for at.
func (d *openData) mayBeOpen(lo, hi uint64, last *int) bool {
	pos, ok := d.at(lo, last)
	if !ok || d.open.has(pos) {
		return true
	}
	s, end := &d.sections[*last], pos+hi-lo
	return end > s.pos+s.size || d.open.next(pos, end, true) < end
}

// address is that of the byte at a position.
func (s *openSection) address(pos uint64) uint64 { return s.addr + pos - s.pos }

// sectionAt returns the section of a position, which must be before size.
func (d *openData) sectionAt(pos uint64) *openSection {
	return &d.sections[sort.Search(len(d.sections), func(i int) bool { return d.sections[i].pos > pos })-1]
}

// findOpen finds what is open. Each byte is looked at once, however many claim it.
func (d *openData) findOpen() {
	claimed := newBitSet(d.size)
	for i := range d.sections {
		s := &d.sections[i]
		span.Sort(s.claims)
		done := s.addr
		for _, c := range s.claims {
			if lo, hi := max(c.Lo, done), min(c.Hi, s.addr+s.size); lo < hi {
				claimed.add(s.pos+lo-s.addr, s.pos+hi-s.addr)
				done = hi
			}
		}
	}
	claimed.add(d.size, uint64(len(claimed))*64)
	for i := range claimed {
		claimed[i] = ^claimed[i]
	}
	d.open = claimed
}

// ownPointers finds who owns the pointers that are in claimed data, and returns those
// that lead to open data.
func (d *openData) ownPointers(a *search, pointers []pointer, sets *ownerSets) []pointer {
	// The moduledata holds the bounds of sections. It begins with the address of
	// the function table, and no version of it is larger.
	const moduledataSize = 592
	end := uint64(0)
	for i := range pointers {
		p := &pointers[i]
		if p.set == bound {
			end = p.place() + moduledataSize
		} else if p.place() < end {
			p.set = bound
		}
	}
	rest := pointers
	for i := range d.sections {
		s := &d.sections[i]
		for r, group := range span.Sweep(s.claims) {
			r.Lo, r.Hi = max(r.Lo, s.addr), min(r.Hi, s.addr+s.size)
			if r.Lo >= r.Hi {
				continue
			}
			lo, hi := s.pos+r.Lo-s.addr, s.pos+r.Hi-s.addr
			for len(rest) > 0 && rest[0].place() < lo {
				rest = rest[1:]
			}
			if len(rest) == 0 || rest[0].place() >= hi {
				continue
			}
			set := sets.of(a.ownersOf(group))
			for ; len(rest) > 0 && rest[0].place() < hi; rest = rest[1:] {
				p := &rest[0]
				if p.set == unowned {
					p.set = set
				}
				// Whoever claimed the records of a table knows what they point to.
				if p.is(guess) && group[0].Rank == account.RankTable {
					p.aim(d.size)
				}
			}
		}
	}
	return slices.Clone(slices.DeleteFunc(pointers, func(p pointer) bool { return !d.open.has(p.target()) }))
}

// ownersOf returns the owners of what claims own together, nil if that is padding.
func (a *search) ownersOf(group []account.Claim) []int32 {
	var owners []int32
	for _, c := range group {
		if uint64(c.ID) < uint64(len(a.Entries)) {
			if o := a.Entries[c.ID].Owner; o != ownership.Nobody {
				owners = append(owners, o)
			}
		}
	}
	slices.Sort(owners)
	return slices.Compact(owners)
}

// bitSet is a set of positions.
type bitSet []uint64

func newBitSet(size uint64) bitSet { return make(bitSet, size/64+1) }

func (b bitSet) has(pos uint64) bool { return b[pos/64]>>(pos%64)&1 != 0 }

func (b bitSet) set(pos uint64) { b[pos/64] |= 1 << (pos % 64) }

// add sets the positions from lo to hi.
func (b bitSet) add(lo, hi uint64) {
	for lo < hi && lo%64 != 0 {
		b.set(lo)
		lo++
	}
	for ; hi-lo >= 64 && lo < hi; lo += 64 {
		b[lo/64] = ^uint64(0)
	}
	for ; lo < hi; lo++ {
		b.set(lo)
	}
}

// next returns the first position from pos on that is set, or is not, and limit
// if there is none before it.
func (b bitSet) next(pos, limit uint64, set bool) uint64 {
	for pos < limit {
		word := b[pos/64]
		if !set {
			word = ^word
		}
		if word >>= pos % 64; word != 0 {
			return min(limit, pos+uint64(bits.TrailingZeros64(word)))
		}
		pos = pos&^63 + 64
	}
	return limit
}
