package gosym

import (
	"bytes"
	"encoding/binary"
	"iter"
	"unsafe"
)

// A function's inline tree is a list of the calls that were inlined into it, as
// far as some instruction is left of them. A pc-value table gives the number of
// the innermost call for each instruction, -1 for none. (runtime/symtabinl.go,
// and symtab.go before 1.20.)
const (
	pcdataInlTreeIndex = 2
	funcdataInlTree    = 3
)

// inlinedCallSizes are the sizes of a tree's records, and where the offset of
// the function's name is in one.
var inlinedCallSizes = [...]struct{ size, name int }{
	ver116: {20, 12},
	ver118: {20, 12},
	ver120: {16, 4},
}

// InlineTree returns where the function's inline tree is: an offset from the
// moduledata's gofunc, before 1.18 an address. It is false if nothing was
// inlined, and in tables before 1.16, whose trees are not read.
func (r *Record) InlineTree() (at uint64, ok bool) {
	switch {
	case r.mixed || len(r.pcdata) < 4*(pcdataInlTreeIndex+1) || u32(r.pcdata, 4*pcdataInlTreeIndex) == 0:
		return 0, false
	case r.wide:
		if len(r.funcdata) < ptrSize*(funcdataInlTree+1) {
			return 0, false
		}
		at = binary.LittleEndian.Uint64(r.funcdata[ptrSize*funcdataInlTree:])
		return at, at != 0
	case len(r.funcdata) < 4*(funcdataInlTree+1):
		return 0, false
	}
	off := u32(r.funcdata, 4*funcdataInlTree)
	return uint64(off), off != noOffset
}

// Inlined is code of a function that was inlined into another one.
type Inlined struct {
	Lo, Hi uint64 // in the representation of [Func]'s Entry; not empty
	Name   uint32 // offset of the inlined function's name in Layout.Names
}

// Inlined yields what was inlined into function i, whose record and inline tree
// are given, in the order of the code. Of calls inside of calls it is the
// innermost one. The tree may end before its bytes do. What lies outside of the
// function or the tree is not yielded, nor is what follows a malformed part of
// the pc-value table. The time is linear in the function's code at most.
func (t *Table) Inlined(i int, r *Record, tree []byte) iter.Seq[Inlined] {
	return func(yield func(Inlined) bool) {
		if _, ok := r.InlineTree(); !ok {
			return
		}
		layout := inlinedCallSizes[t.version]
		pos, end := t.entry(i), t.entry(i+1)
		for part := range t.values(u32(r.pcdata, 4*pcdataInlTreeIndex)) {
			lo := pos
			if pos += part.units * t.quantum; pos > end {
				return
			}
			if part.value < 0 || int(part.value) >= len(tree)/layout.size {
				continue
			}
			name := u32(tree, int(part.value)*layout.size+layout.name)
			if !yield(Inlined{lo, pos, name}) {
				return
			}
		}
	}
}

// InlinedName returns the name at an offset in Layout.Names. It is false if no
// name begins there: so the lengths of all names add up to those of the table's
// part, and looking at each once is linear.
func (t *Table) InlinedName(off uint32) (name string, ok bool) {
	names := t.allNames()
	if t.layout.Mixed || uint64(off) >= uint64(len(names)) || off > 0 && names[off-1] != 0 {
		return "", false
	}
	n := bytes.IndexByte(names[off:], 0)
	if n <= 0 {
		return "", false
	}
	return unsafe.String(&names[off], n), true
}
