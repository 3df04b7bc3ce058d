package gotype

import "slices"

// Positions in reader.packages, and what is none.
const (
	predeclared = 0
	undecided   = -1
	deciding    = -2
)

// longestPath is more bytes than import paths have. Hostile data can have a
// path of any length, and many that are parts of it.
const longestPath = 4096

// intern returns the position of a package in r.packages.
func (r *reader) intern(p Package) int32 {
	if i, ok := r.byPackage[p]; ok {
		return i
	}
	i := int32(len(r.packages))
	r.byPackage[p] = i
	r.packages = append(r.packages, p)
	rank := 0
	if p.Path != "" && r.Rank != nil {
		rank = r.Rank(p.Path)
	}
	r.ranks = append(r.ranks, rank)
	return i
}

// importPath returns the package that a name is the import path of.
func (r *reader) importPath(at uint32) (int32, bool) {
	if i, ok := r.byName[at]; ok {
		return i, i >= 0
	}
	i := int32(undecided)
	n, ok := r.name(at)
	size := int(n.textHi - n.textLo)
	if ok && size > 0 && size <= longestPath && size <= r.pathBudget {
		r.pathBudget -= size
		i = r.intern(Package{Path: string(r.bytes(n.textLo, n.textHi-n.textLo))})
	}
	r.byName[at] = i
	return i, i >= 0
}

// typeAt returns the position in r.types of the type at an offset, or -1.
func (r *reader) typeAt(at uint32) int32 {
	if at%word != 0 || uint64(at) >= r.size || !r.isType.has(at/word) {
		return -1
	}
	return int32(r.isType.rank(at / word))
}

// ownerAt returns the package of the type at an offset, or -1.
func (r *reader) ownerAt(at uint32) int32 {
	if i := r.typeAt(at); i >= 0 {
		return r.owner[i]
	}
	return -1
}

// declared returns the package that the descriptor names: that of a declared
// type, or that of the unexported names in a struct or interface without a name.
// Two that it can name are none: unsafe.Pointer is as the predeclared types, and
// the shapes that the compiler instantiates generic functions for, which are as
// types without a name, are in go.shape.
func (r *reader) declared(d *descriptor) (int32, bool) {
	for _, at := range [2]uint32{d.pkgPath, r.inner(d)} {
		if at == noOffset {
			continue
		}
		p, ok := r.importPath(at)
		switch {
		case !ok || r.packages[p].Path == "go.shape":
		case r.packages[p].Path == "unsafe":
			return predeclared, true
		default:
			return p, true
		}
	}
	return predeclared, d.flags&flagNamed != 0 && d.pkgPath == noOffset
}

// inner returns the name of the package of the unexported names in a type,
// noOffset without. Interfaces without a name have it with their methods.
func (r *reader) inner(d *descriptor) uint32 {
	if d.kind == kindInterface && d.innerPath == noOffset && d.pkgPath == noOffset {
		for i := range d.itemCount {
			if n, ok := r.name(r.u32(d.items + i*imethodSize)); ok && n.pkgPath != noOffset {
				return n.pkgPath
			}
		}
	}
	return d.innerPath
}

// frame is a type that is being decided and the first of its parts that was not
// looked at.
type frame struct {
	typ  int32
	next uint32
}

// resolve decides the package of each type. A type without a name is decided by
// its parts, these first; types that are parts of themselves have names or
// are shapes, and count for nothing in themselves.
func (r *reader) resolve() {
	r.byName = make(map[uint32]int32)
	r.byPackage = make(map[Package]int32)
	r.intern(Package{}) // predeclared
	r.owner = slices.Repeat([]int32{undecided}, len(r.types))
	var stack []frame
	for i := range r.types {
		if r.owner[i] == undecided {
			r.owner[i] = deciding
			stack = append(stack, frame{typ: int32(i)})
		}
	next:
		for len(stack) > 0 {
			top := &stack[len(stack)-1]
			d, _ := r.descriptor(r.types[top.typ])
			owner, ok := int32(predeclared), false
			if top.next == 0 {
				owner, ok = r.declared(&d)
			}
			if !ok {
				for top.next < d.parts() {
					part := r.typeAt(r.part(&d, top.next))
					top.next++
					if part >= 0 && r.owner[part] == undecided {
						r.owner[part] = deciding
						stack = append(stack, frame{typ: part})
						continue next
					}
				}
				owner = r.composed(&d)
			}
			r.owner[top.typ] = owner
			stack = stack[:len(stack)-1]
		}
	}
}

// composed returns the package of a type without a name whose parts are decided:
// that of the parts with a package of their own. Where these are of several it
// is the one of the lowest rank, the first of equals, and Inferred; so it is
// where no part has a package, as anybody can have needed the type.
func (r *reader) composed(d *descriptor) int32 {
	best := int32(predeclared)
	several := false
	for i := range d.parts() {
		p := r.ownerAt(r.part(d, i))
		if p < 0 || r.packages[p].Path == "" {
			continue
		}
		switch {
		case best == predeclared:
			best = p
		case r.packages[p].Path != r.packages[best].Path:
			several = true
			if r.ranks[p] < r.ranks[best] {
				best = p
			}
		}
	}
	if several || best == predeclared {
		return r.intern(Package{Path: r.packages[best].Path, Inferred: true})
	}
	return best
}
