package gotype

import (
	"cmp"
	"slices"

	"github.com/sizegate/sizegate/internal/attrib/radix"
)

// nameUse is a name that a type of a package refers to: its offset, and the owner in the
// lower half.
type nameUse uint64

func newNameUse(at uint32, owner int32) nameUse { return nameUse(at)<<32 | nameUse(uint32(owner)) }

func (n nameUse) at() uint32   { return uint32(n >> 32) }
func (n nameUse) owner() int32 { return int32(uint32(n)) }

// nameCount is how many names useNames can find.
func (d *descriptor) nameCount() int {
	n := 1 + int(d.mcount)
	if d.pkgPath != noOffset {
		n++
	}
	if d.innerPath != noOffset {
		n++
	}
	if d.kind != kindFunc {
		n += int(d.itemCount)
	}
	return n
}

// useNames notes the names that the descriptor refers to. They are counted in advance,
// written down one behind the other and sorted once: to look each up in a table took three
// times as long, as names lie all over.
func (r *reader) useNames(d *descriptor, owner int32) {
	r.useName(d.name, owner)
	r.useName(d.pkgPath, owner)
	r.useName(d.innerPath, owner)
	switch d.kind {
	case kindStruct:
		for i := range d.itemCount {
			r.useName(r.offset(d.items+i*fieldSize), owner)
		}
	case kindInterface:
		for i := range d.itemCount {
			r.useName(r.u32(d.items+i*imethodSize), owner)
		}
	}
	for i := range d.mcount {
		r.useName(r.u32(d.methods+i*methodSize), owner)
	}
}

func (r *reader) useName(at uint32, owner int32) {
	if r.holds(at, 2) {
		r.names = append(r.names, newNameUse(at, owner))
	}
}

// readNames reads the names that types refer to, in the order of their addresses, and
// returns their records. Those that are none are without bytes. Who shares a name shares
// the import path that it refers to.
func (r *reader) readNames() []Record {
	names := radix.Sort(r.names, 32) // those of one name stay in their order
	r.names = nil
	n := 0
	for i := range names {
		if i == 0 || names[i].at() != names[i-1].at() {
			n++
		}
	}
	records := make([]Record, 0, n)
	type path struct{ at, of uint32 } // an offset, and a position in records
	var paths []path
	r.drop()
	var owners []int32
	for rest := names; len(rest) > 0; {
		at := rest[0].at()
		r.pass(at)
		name, ok := r.name(at)
		rec := Record{r.base + uint64(at), name.hi - name.lo, rest[0].owner()}
		if !ok {
			rec.size = 0
		}
		owners = owners[:0]
		for ; len(rest) > 0 && rest[0].at() == at; rest = rest[1:] {
			if o := rest[0].owner(); uint32(len(owners)) < min(rec.size, mostSharing) && !slices.Contains(owners, o) {
				owners = append(owners, o)
			}
		}
		if len(owners) > 1 {
			r.lists = append(r.lists, slices.Clone(owners))
			rec.of = ^int32(len(r.lists) - 1)
		}
		if ok && name.pkgPath != noOffset {
			paths = append(paths, path{name.pkgPath, uint32(len(records))})
		}
		records = append(records, rec)
	}
	found := make(map[uint32]int) // paths by offset: positions in records, -1 for those that are no name of a type
	for _, p := range paths {
		i, ok := found[p.at]
		if !ok {
			i, ok = slices.BinarySearchFunc(records, r.base+uint64(p.at), func(rec Record, addr uint64) int { return cmp.Compare(rec.Lo, addr) })
			if !ok {
				i = -1
			}
			found[p.at] = i
		}
		of := []int32{records[p.of].of}
		if of[0] < 0 {
			of = r.lists[^of[0]]
		}
		if i >= 0 {
			for _, owner := range of {
				r.join(&records[i], owner)
			}
		} else if name, ok := r.name(p.at); ok {
			for _, owner := range of {
				r.share(r.base+uint64(name.lo), r.base+uint64(name.hi), owner)
			}
		}
	}
	return records
}
