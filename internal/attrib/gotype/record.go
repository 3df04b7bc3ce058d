package gotype

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"maps"
	"slices"
)

func le64(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }

// mostSharing is how many packages share a record: more than that would get
// next to nothing.
const mostSharing = 64

// share notes that a package's type needs the bytes from lo to hi, which is the
// same for each who needs those at lo. At least one byte is needed.
func (r *reader) share(lo, hi uint64, owner int32) {
	for ; hi-lo > maxRecord; lo += maxRecord {
		r.shareOne(lo, maxRecord, owner)
	}
	r.shareOne(lo, uint32(hi-lo), owner)
}

func (r *reader) shareOne(lo uint64, size uint32, owner int32) {
	if i, ok := r.sharedAt[lo]; ok {
		r.join(&r.shared[i], owner)
		return
	}
	r.sharedAt[lo] = int32(len(r.shared))
	r.shared = append(r.shared, Record{lo, size, owner})
}

// join adds a package to those that share a record.
func (r *reader) join(rec *Record, owner int32) {
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

// note notes that the bytes at offsets lo to hi are a package's alone.
func (r *reader) note(lo, hi uint32, owner int32) {
	if lo < hi {
		r.own = append(r.own, Record{r.base + uint64(lo), hi - lo, owner})
	}
}

// collect makes the records of all types, in the order of their addresses, and
// returns their closures. Names are left for readNames.
func (r *reader) collect() []Closure {
	r.own = make([]Record, 0, len(r.types))
	r.names = make([]nameUse, 0, r.nameUses)
	closures := make(map[Closure]bool) // most are of many types
	for i, at := range r.types {
		r.pass(at)
		d, _ := r.descriptor(at)
		owner := r.owner[i]
		r.extents(&d, owner)
		r.useNames(&d, owner)
		r.mask(&d, owner)
		if d.equal != 0 {
			closures[Closure{d.equal, d.size}] = true
		}
		if d.kind == kindMap {
			if hasher := r.u64(d.at + 72); hasher != 0 {
				key, _ := r.descriptor(r.offset(d.at + commonSize))
				closures[Closure{hasher, key.size}] = true
			}
		}
	}
	return slices.SortedFunc(maps.Keys(closures), func(a, b Closure) int { return cmp.Or(cmp.Compare(a.Addr, b.Addr), cmp.Compare(a.Size, b.Size)) })
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
	names := r.readNames()
	r.drop()
	byStart := func(a, b Record) int { return cmp.Compare(a.Lo, b.Lo) }
	if !slices.IsSortedFunc(r.own, byStart) {
		slices.SortStableFunc(r.own, byStart)
	}
	slices.SortFunc(r.shared, byStart)
	all := merged(r.own, names, r.shared)
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

// merged returns the records of ordered lists in their order, with those of the earlier
// lists first where they begin at one address.
func merged(lists ...[]Record) []Record {
	n := 0
	for _, list := range lists {
		n += len(list)
	}
	all := make([]Record, 0, n)
	for len(all) < n {
		first := -1
		for i, list := range lists {
			if len(list) > 0 && (first < 0 || list[0].Lo < lists[first][0].Lo) {
				first = i
			}
		}
		all = append(all, lists[first][0])
		lists[first] = lists[first][1:]
	}
	return all
}
