package account

import (
	"slices"
	"sort"

	"github.com/sizegate/sizegate/internal/attrib/ownership"
	"github.com/sizegate/sizegate/internal/span"
)

// Records charges the records of a table section. Neighbours of one owner become
// one claim.
type Records struct {
	book    *Book
	section int
	base    uint64 // what offset 0 is in claims
	size    uint64
	run     span.Range // offsets not charged yet, all of owner
	owner   int32
}

// Records returns records whose offsets count from the start of a section.
func (b *Book) Records(section int) *Records {
	s := &b.Binary.Sections[section]
	return &Records{book: b, section: section, base: s.Addr, size: s.Size}
}

// RecordsAt returns records whose offsets count from an address, nil if the section
// there is not attributed or not in the file.
func (b *Book) RecordsAt(addr uint64) *Records {
	i := b.Binary.SectionAt(addr)
	if i < 0 || !b.Wanted(i) || b.Binary.Sections[i].FileSize == 0 {
		return nil
	}
	out := b.Records(i)
	out.size -= addr - out.base
	out.base = addr
	return out
}

// Room is how many bytes there are from offset 0 on.
func (r *Records) Room() uint64 { return r.size }

// End is the offset behind what was charged last.
func (r *Records) End() uint64 { return r.run.Hi }

// Add charges the bytes from offset lo to hi. Several owners get pieces whose
// sizes differ by one byte at most, the first owners the larger ones: for a
// record of few bytes that is all there is to divide. No owners are charged
// nothing.
func (r *Records) Add(lo, hi uint64, owners []int32) {
	hi = min(hi, r.size)
	if lo >= hi {
		return
	}
	if len(owners) == 1 { // as nearly always: to divide takes long
		r.One(lo, hi, owners[0])
		return
	}
	total := hi - lo
	n := int(min(uint64(len(owners)), total)) // the rest would get nothing
	for i := range n {
		end := lo + span.Share(total, i, n)
		r.One(lo, end, owners[i])
		lo = end
	}
}

// One is Add for one owner.
func (r *Records) One(lo, hi uint64, owner int32) {
	if r.run.Hi == lo && r.owner == owner && r.run.Hi > r.run.Lo {
		r.run.Hi = hi
		return
	}
	r.Flush()
	r.run, r.owner = span.Range{Lo: lo, Hi: hi}, owner
}

// Flush charges what is left.
func (r *Records) Flush() {
	if r.run.Lo < r.run.Hi {
		r.book.Charge(r.section, span.Range{Lo: r.base + r.run.Lo, Hi: r.base + r.run.Hi}, RankTable, r.owner)
	}
	r.run = span.Range{}
}

// Finder tells who owns addresses. It is quick where they ascend.
type Finder struct {
	book   *Book
	last   int     // the place of the last answer
	sorted []bool  // by section: its claims are in order
	single []int32 // every owner by its own number, to be cut into lists of one
}

func (b *Book) Finder() *Finder {
	return &Finder{book: b, sorted: make([]bool, len(b.Binary.Sections))}
}

// At returns the owners of the byte at addr, nil if nobody is known to own it:
// by what an earlier stage divided, or by the claims on a section that is not
// divided yet or, as .bss, never is.
func (f *Finder) At(addr uint64) []int32 {
	p := f.book.Places
	for i := f.last; i < min(f.last+2, len(p)); i++ {
		if p[i].Lo <= addr && addr < p[i].Hi() {
			f.last = i
			return f.book.OwnersAt(&p[i])
		}
	}
	i := sort.Search(len(p), func(i int) bool { return p[i].Hi() > addr })
	if i < len(p) && p[i].Lo <= addr {
		f.last = i
		return f.book.OwnersAt(&p[i])
	}
	return f.claimed(addr)
}

// claimed returns the owner with the best claim on an address: the latest start,
// then the strongest rank, then the smallest size.
func (f *Finder) claimed(addr uint64) []int32 {
	section := f.book.Binary.SectionAt(addr)
	if section < 0 {
		return nil
	}
	f.book.unpack(section)
	claims := f.book.Claims[section]
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
	if c.Hi <= addr || uint64(c.ID) >= uint64(len(f.book.Entries)) {
		return nil
	}
	return f.One(f.book.Entries[c.ID].Owner)
}

// One is a list of one owner, nil for ownership.Nobody.
func (f *Finder) One(owner int32) []int32 {
	if owner == ownership.Nobody {
		return nil
	}
	for int(owner) >= len(f.single) {
		f.single = append(f.single, int32(len(f.single)))
	}
	return f.single[owner : owner+1 : owner+1]
}

// Join adds owners that are not in the list yet, up to limit.
func Join(list, more []int32, limit int) []int32 {
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

// ChargeWeights divides a section, of whose plain bytes so many have owners, in
// the proportions of weights, of which that behind the last owner is of nobody.
func (b *Book) ChargeWeights(section int, plain, known uint64, weights []uint64) {
	s := &b.Binary.Sections[section]
	charged := span.Shares(s.Size, []uint64{known, plain - known})[0]
	pos := s.Addr
	for owner, size := range span.Shares(charged, weights) {
		if size > 0 && owner < len(b.Owners.Keys) {
			b.Charge(section, span.Range{Lo: pos, Hi: pos + size}, RankTable, int32(owner))
			pos += size
		}
	}
}
