package gotype

import (
	"cmp"
	"math/bits"
	"slices"
)

// nameUse is a name that a type of a package refers to.
type nameUse struct {
	at    uint32
	owner int32
}

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
		r.names = append(r.names, nameUse{at, owner})
	}
}

// readNames reads the names that types refer to, in the order of their addresses, and
// returns their records. Those that are none are without bytes. Who shares a name shares
// the import path that it refers to.
func (r *reader) readNames() []Record {
	names := r.names
	r.names = nil
	sortUses(names, uint32(r.size))
	n := 0
	for i := range names {
		if i == 0 || names[i].at != names[i-1].at {
			n++
		}
	}
	records := make([]Record, 0, n)
	type path struct{ at, of uint32 } // an offset, and a position in records
	var paths []path
	r.drop()
	var owners []int32
	for rest := names; len(rest) > 0; {
		at := rest[0].at
		r.pass(at)
		name, ok := r.name(at)
		rec := Record{r.base + uint64(at), name.hi - name.lo, rest[0].owner}
		if !ok {
			rec.size = 0
		}
		owners = owners[:0]
		for ; len(rest) > 0 && rest[0].at == at; rest = rest[1:] {
			if o := rest[0].owner; uint32(len(owners)) < min(rec.size, mostSharing) && !slices.Contains(owners, o) {
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

// sortUses puts uses in the order of their offsets, which are below size, and leaves those
// of one name in the order that they have. It is a radix sort: comparing takes four times
// as long for the 150,000 names that the types of a large program mention.
func sortUses(uses []nameUse, size uint32) {
	const digit = 12 // bits: two passes for a program with 16 MB of types and names
	from, to := uses, make([]nameUse, len(uses))
	for shift := 0; shift < bits.Len32(size); shift += digit {
		var next [1 << digit]uint32 // by digit: how many there are, then where the next one goes
		for _, u := range from {
			next[u.at>>shift&(1<<digit-1)]++
		}
		at := uint32(0)
		for d, n := range next {
			next[d] = at
			at += n
		}
		for _, u := range from {
			d := u.at >> shift & (1<<digit - 1)
			to[next[d]] = u
			next[d]++
		}
		from, to = to, from
	}
	if len(uses) > 0 && &from[0] != &uses[0] {
		copy(uses, from)
	}
}
