package attrib

import (
	"slices"
	"sort"

	"github.com/sizegate/sizegate/internal/attrib/ownership"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/span"
)

// records charges the records of a table section. Neighbours of one owner become
// one claim.
type records struct {
	a       *attribution
	section int
	base    uint64 // what offset 0 is in claims
	size    uint64
	run     span.Range // offsets not charged yet, all of owner
	owner   int32
}

func (a *attribution) records(section int) *records {
	s := &a.binary.Sections[section]
	return &records{a: a, section: section, base: s.Addr, size: s.Size}
}

// add charges the bytes from offset lo to hi. Several owners get pieces whose
// sizes differ by one byte at most, the first owners the larger ones: for a
// record of few bytes that is all there is to divide. No owners are charged
// nothing.
func (r *records) add(lo, hi uint64, owners []int32) {
	hi = min(hi, r.size)
	if lo >= hi {
		return
	}
	total := hi - lo
	n := int(min(uint64(len(owners)), total)) // the rest would get nothing
	for i := range n {
		end := lo + span.Share(total, i, n)
		r.one(lo, end, owners[i])
		lo = end
	}
}

func (r *records) one(lo, hi uint64, owner int32) {
	if r.run.Hi == lo && r.owner == owner && r.run.Hi > r.run.Lo {
		r.run.Hi = hi
		return
	}
	r.flush()
	r.run, r.owner = span.Range{Lo: lo, Hi: hi}, owner
}

// flush charges what is left.
func (r *records) flush() {
	if r.run.Lo < r.run.Hi {
		r.a.charge(r.section, span.Range{Lo: r.base + r.run.Lo, Hi: r.base + r.run.Hi}, rankTable, r.owner)
	}
	r.run = span.Range{}
}

// finder tells who owns addresses. It is quick where they ascend.
type finder struct {
	a      *attribution
	last   int     // the place of the last answer
	sorted []bool  // by section: its claims are in order
	single []int32 // every owner by its own number, to be cut into lists of one
}

func (a *attribution) finder() *finder {
	return &finder{a: a, sorted: make([]bool, len(a.binary.Sections))}
}

// at returns the owners of the byte at addr, nil if nobody is known to own it:
// by what an earlier stage divided, or by the claims on a section that is not
// divided yet or, as .bss, never is.
func (f *finder) at(addr uint64) []int32 {
	p := f.a.places
	for i := f.last; i < min(f.last+2, len(p)); i++ {
		if p[i].Lo <= addr && addr < p[i].Hi {
			f.last = i
			return f.a.ownersAt(&p[i])
		}
	}
	i := sort.Search(len(p), func(i int) bool { return p[i].Hi > addr })
	if i < len(p) && p[i].Lo <= addr {
		f.last = i
		return f.a.ownersAt(&p[i])
	}
	return f.claimed(addr)
}

// claimed returns the owner with the best claim on an address: the latest start,
// then the strongest rank, then the smallest size.
func (f *finder) claimed(addr uint64) []int32 {
	section := f.a.binary.SectionAt(addr)
	if section < 0 {
		return nil
	}
	claims := f.a.claims[section]
	if !f.sorted[section] {
		span.Sort(claims)
		f.sorted[section] = true
	}
	end := sort.Search(len(claims), func(i int) bool { return claims[i].Lo > addr })
	if end == 0 {
		return nil
	}
	lo := claims[end-1].Lo
	best := sort.Search(end, func(i int) bool { return claims[i].Lo >= lo })
	c := claims[best]
	if c.Hi <= addr || uint64(c.ID) >= uint64(len(f.a.entries)) {
		return nil
	}
	return f.one(f.a.entries[c.ID].owner)
}

// one is a list of one owner, nil for noOwner.
func (f *finder) one(owner int32) []int32 {
	if owner == ownership.Nobody {
		return nil
	}
	for int(owner) >= len(f.single) {
		f.single = append(f.single, int32(len(f.single)))
	}
	return f.single[owner : owner+1 : owner+1]
}

// join adds owners that are not in the list yet, up to limit.
func join(list, more []int32, limit int) []int32 {
	for _, o := range more {
		if len(list) >= limit {
			break
		}
		if !slices.Contains(list, o) {
			list = append(list, o)
		}
	}
	return list
}

// sectionOf returns the position of the first section that is as asked, or -1.
func (a *attribution) sectionOf(is func(*elfscan.Section) bool) int {
	return slices.IndexFunc(a.binary.Sections, func(s elfscan.Section) bool { return is(&s) })
}
