package gotype

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math/rand/v2"
	"slices"
)

func le64(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }

// mostSharing is how many packages share a record: more than that would get
// next to nothing.
const mostSharing = 64

// share notes that a package's type needs the bytes from lo to hi, which is the
// same for each who needs those at lo.
func (r *reader) share(lo, hi uint64, owner int32) {
	for ; hi-lo > maxRecord; lo += maxRecord {
		r.shareOne(lo, maxRecord, owner)
	}
	r.shareOne(lo, uint32(hi-lo), owner)
}

func (r *reader) shareOne(lo uint64, size uint32, owner int32) {
	if 2*len(r.shared) >= len(r.slots) {
		r.growSlots()
	}
	slot := r.slot(lo)
	if *slot == 0 {
		r.shared = append(r.shared, Record{lo, size, owner})
		*slot = uint32(len(r.shared))
		return
	}
	rec := &r.shared[*slot-1]
	most := min(rec.size, mostSharing)
	if rec.of >= 0 {
		if rec.of != owner && most > 1 {
			r.lists = append(r.lists, []int32{rec.of, owner})
			rec.of = ^int32(len(r.lists) - 1)
		}
	} else if list := &r.lists[^rec.of]; uint32(len(*list)) < most && !slices.Contains(*list, owner) {
		*list = append(*list, owner)
	}
}

// slot returns that of the shared record at an address, or the free one that it would
// take. It is no map because to look up each name that a type refers to in one was a
// fifth of the time that all types take.
func (r *reader) slot(lo uint64) *uint32 {
	mask := uint64(len(r.slots) - 1)
	for i := lo * r.factor >> 32; ; i++ {
		if s := &r.slots[i&mask]; *s == 0 || r.shared[*s-1].Lo == lo {
			return s
		}
	}
}

func (r *reader) growSlots() {
	if r.factor == 0 { // not known in advance, so that no file can be made to have one long chain
		r.factor = rand.Uint64() | 1
	}
	r.slots = make([]uint32, max(1024, 2*len(r.slots)))
	for i := range r.shared {
		*r.slot(r.shared[i].Lo) = uint32(i + 1)
	}
}

// note notes that the bytes at offsets lo to hi are a package's alone.
func (r *reader) note(lo, hi uint32, owner int32) {
	if lo < hi {
		r.own = append(r.own, Record{r.base + uint64(lo), hi - lo, owner})
	}
}

// collect makes the records of all types, in the order of their addresses, and
// returns their closures.
func (r *reader) collect() []Closure {
	r.own = make([]Record, 0, len(r.types))
	var closures []Closure
	for _, i := range r.inOrder {
		r.pass(r.types[i]) // most of what is left to read are names
		d, _ := r.descriptor(r.types[i])
		owner := r.owner[i]
		r.extents(&d, owner)
		r.names(&d, owner)
		r.mask(&d, owner)
		if d.equal != 0 {
			closures = append(closures, Closure{d.equal, d.size})
		}
		if d.kind == kindMap {
			if hasher := r.u64(d.at + 72); hasher != 0 {
				key, _ := r.descriptor(r.offset(d.at + commonSize))
				closures = append(closures, Closure{hasher, key.size})
			}
		}
	}
	slices.SortFunc(closures, func(a, b Closure) int { return cmp.Or(cmp.Compare(a.Addr, b.Addr), cmp.Compare(a.Size, b.Size)) })
	return slices.Compact(closures)
}

// extents notes the descriptor and its lists, which as a rule are one piece.
func (r *reader) extents(d *descriptor, owner int32) {
	lo, hi := d.at, d.end
	add := func(at, size uint32) {
		if at == (hi+word-1)&^(word-1) {
			hi = at + size
			return
		}
		r.note(at, at+size, owner)
	}
	if d.itemCount > 0 {
		size := d.itemCount * fieldSize
		switch d.kind {
		case kindFunc:
			size = d.itemCount * word
		case kindInterface:
			size = d.itemCount * imethodSize
		}
		add(d.items, size)
	}
	if d.mcount > 0 {
		add(d.methods, d.mcount*methodSize)
	}
	r.note(lo, hi, owner)
}

// names notes the names that the descriptor refers to.
func (r *reader) names(d *descriptor, owner int32) {
	r.shareName(d.name, owner)
	r.shareName(d.pkgPath, owner)
	r.shareName(d.innerPath, owner)
	switch d.kind {
	case kindStruct, kindInterface:
		for i := range d.itemCount {
			if d.kind == kindStruct {
				r.shareName(r.offset(d.items+i*fieldSize), owner)
			} else {
				r.shareName(r.u32(d.items+i*imethodSize), owner)
			}
		}
	}
	for i := range d.mcount {
		r.shareName(r.u32(d.methods+i*methodSize), owner)
	}
}

func (r *reader) shareName(at uint32, owner int32) {
	n, ok := r.name(at)
	if !ok {
		return
	}
	r.share(r.base+uint64(n.lo), r.base+uint64(n.hi), owner)
	if n.pkgPath != noOffset {
		if path, ok := r.name(n.pkgPath); ok {
			r.share(r.base+uint64(path.lo), r.base+uint64(path.hi), owner)
		}
	}
}

// mask notes the bits that say where values of the type have pointers.
func (r *reader) mask(d *descriptor, owner int32) {
	if d.ptrBytes == 0 || d.gcData == 0 {
		return
	}
	room := uint64(0)
	if off := d.gcData - r.base; off < r.size {
		room = r.size - off
	} else {
		room = r.Room(d.gcData)
	}
	size := (d.ptrBytes/word + 7) / 8
	switch {
	case d.flags&flagMaskOnDemand != 0:
		size = word
	case d.gcProg:
		head := r.Memory(d.gcData, 4)
		if len(head) < 4 || room < 4 {
			return
		}
		size = 4 + uint64(binary.LittleEndian.Uint32(head))
	}
	if size <= room {
		r.share(d.gcData, d.gcData+size, owner)
	}
}

// itabs notes the interface tables and returns the package of each: that of the
// type that it makes an interface of.
func (r *reader) itabs() []int32 {
	owners := make([]int32, len(r.Itabs))
	for i, addr := range r.Itabs {
		owners[i] = -1
		tab := r.Memory(addr, itabFixed)
		if len(tab) < itabFixed {
			continue
		}
		inter, typ := le64(tab)-r.base, le64(tab[word:])-r.base
		if inter >= r.size || typ >= r.size || r.typeAt(uint32(inter)) < 0 {
			continue
		}
		d, _ := r.descriptor(uint32(inter))
		size := itabFixed + word*uint64(d.itemCount)
		owner := r.ownerAt(uint32(typ))
		if d.kind != kindInterface || owner < 0 || size > r.Room(addr) {
			continue
		}
		owners[i] = owner
		r.share(addr, addr+size, owner)
	}
	return owners
}

// mostFill is the most bytes that alignment leaves between two records.
const mostFill = 32

// records returns all records in the order of their addresses. Where they
// overlap, which an honest file's do not, the earlier one ends. Zero bytes up to
// the next one are fill of the earlier one.
func (r *reader) records() []Record {
	r.drop()
	byStart := func(a, b Record) int { return cmp.Compare(a.Lo, b.Lo) }
	if !slices.IsSortedFunc(r.own, byStart) {
		slices.SortStableFunc(r.own, byStart)
	}
	slices.SortFunc(r.shared, byStart)
	all := make([]Record, 0, len(r.own)+len(r.shared))
	own := r.own
	for _, rec := range r.shared {
		for len(own) > 0 && own[0].Lo <= rec.Lo {
			all = append(all, own[0])
			own = own[1:]
		}
		all = append(all, rec)
	}
	all = append(all, own...)
	for i := range all[:max(0, len(all)-1)] {
		rec, next := &all[i], all[i+1].Lo
		switch hi, lo := rec.Hi(), rec.Hi()-r.base; {
		case hi > next:
			rec.size = uint32(next - rec.Lo)
		case next-hi < mostFill && lo <= r.size && next-hi <= r.size-lo:
			r.pass(uint32(lo))
			if fill := r.bytes(uint32(lo), uint32(next-hi)); bytes.Count(fill, []byte{0}) == len(fill) {
				rec.size += uint32(len(fill))
			}
		}
	}
	return slices.DeleteFunc(all, func(rec Record) bool { return rec.size == 0 })
}
