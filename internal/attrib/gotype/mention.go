package gotype

import (
	"bytes"
	"maps"
	"slices"
)

// Mentions is where the types of some packages are named.
type Mentions struct {
	// Types has the addresses of the descriptors of these types, of types without a name
	// and of instances of generic types that are made of them, and of the interface tables
	// of any of those.
	Types []uint64
	// Declaring has the import paths of the other packages that declare a type with
	// such a part or method, or one with such an interface table, in order.
	Declaring []string
}

// FindMentions finds the types that are made of types of the packages that about is true of.
func FindMentions(m *Module, about func(path string) bool) *Mentions {
	r := newReader(m)
	its := make([]bool, len(r.packages))
	for i, p := range r.packages {
		its[i] = p.Path != "" && about(p.Path)
	}
	named := make([]bool, len(r.types)) // parallel to types, as mentions is
	mentions := make([]bool, len(r.types))
	for i, at := range r.types {
		d, _ := r.descriptor(at)
		if named[i] = d.flags&flagNamed != 0; named[i] {
			n, ok := r.name(d.name)
			named[i] = !ok || !bytes.ContainsRune(r.bytes(n.textLo, n.textHi-n.textLo), '[')
			mentions[i] = its[r.owner[i]]
		}
	}
	// Types are in no order of their parts, and in no program nested that deep.
	const rounds = 64
	for round, changed := 0, true; changed && round < rounds; round++ {
		changed = false
		for i, at := range r.types {
			if named[i] || mentions[i] {
				continue
			}
			d, _ := r.descriptor(at)
			if mentions[i] = r.anyPart(&d, mentions); mentions[i] {
				changed = true
			}
		}
	}

	out := &Mentions{}
	declaring := make(map[string]bool)
	declares := func(typ int32) {
		if p := r.packages[r.owner[typ]]; p.Path != "" && !p.Inferred && !its[r.owner[typ]] {
			declaring[p.Path] = true
		}
	}
	for i, at := range r.types {
		if mentions[i] {
			out.Types = append(out.Types, r.base+uint64(at))
			continue
		}
		if d, _ := r.descriptor(at); named[i] && (r.anyPart(&d, mentions) || r.anyMethod(&d, mentions)) {
			declares(int32(i))
		}
	}
	for _, addr := range r.Itabs {
		tab := r.Memory(addr, itabFixed)
		if len(tab) < itabFixed {
			continue
		}
		inter, typ := le64(tab)-r.base, le64(tab[word:])-r.base
		if inter >= r.size || typ >= r.size {
			continue
		}
		i, t := r.typeAt(uint32(inter)), r.typeAt(uint32(typ))
		if i >= 0 && t >= 0 && (mentions[i] || mentions[t]) {
			out.Types = append(out.Types, addr)
			declares(i)
			declares(t)
		}
	}
	out.Declaring = slices.Sorted(maps.Keys(declaring))
	return out
}

// anyPart says whether one of the types that a type is made of is in the set, which is
// parallel to r.types.
func (r *reader) anyPart(d *descriptor, set []bool) bool {
	for i := range d.parts() {
		if p := r.typeAt(r.part(d, i)); p >= 0 && set[p] {
			return true
		}
	}
	return false
}

// anyMethod is anyPart for the signatures of a type's methods. Those of methods that
// the linker left out are not there.
func (r *reader) anyMethod(d *descriptor, set []bool) bool {
	for i := range d.mcount {
		if p := r.typeAt(r.u32(d.methods + i*methodSize + 4)); p >= 0 && set[p] {
			return true
		}
	}
	return false
}
