package goclaims

import (
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/sizegate/sizegate/internal/attrib/account"
	"github.com/sizegate/sizegate/internal/attrib/goruntime"
	"github.com/sizegate/sizegate/internal/attrib/ownership"
	"github.com/sizegate/sizegate/internal/span"
)

// pageBits are those of an address in a page of code, of which functions.pages knows
// where its functions begin: there are a dozen.
const pageBits = 12

// functionAt returns the owner of the Go function that begins at an address,
// or ownership.Nobody.
func (a *Program) functionAt(addr uint64) int32 {
	t, f := a.Table, &a.functions
	if addr < t.Lo || addr >= t.Hi {
		return ownership.Nobody
	}
	functions := a.Entries[f.first:][:f.n]
	if f.pages == nil {
		f.pages = make([]uint32, (t.Hi-t.Lo)>>pageBits+2)
		page := 0
		for i := range functions {
			for ; page <= int((functions[i].Addr-t.Lo)>>pageBits); page++ {
				f.pages[page] = uint32(i)
			}
		}
		for ; page < len(f.pages); page++ {
			f.pages[page] = uint32(len(functions))
		}
	}
	page := (addr - t.Lo) >> pageBits
	functions = functions[f.pages[page]:f.pages[page+1]]
	i, ok := slices.BinarySearchFunc(functions, addr, func(e account.Entry, addr uint64) int { return cmp.Compare(e.Addr, addr) })
	if !ok {
		return ownership.Nobody
	}
	return functions[i].Owner
}

// chargeClosures claims the function values of functions that capture nothing: the
// address of the code, one word behind the other. The linker puts those of all
// packages in one place without a list of them, behind the types. A few such
// words can be another thing, as a piece of a dictionary of a generic function.
func (a *Program) chargeClosures(m *goruntime.Module, mem *goruntime.Memory) {
	const least = 16
	section := a.Binary.SectionAt(m.Types)
	words := wordReader{size: mem.Room(m.Types), read: func(buf []byte, lo, hi uint64) []byte { return mem.CopyTo(buf, m.Types, lo, hi) }}
	if words.size == 0 || m.Types%wordSize != 0 || !a.Wanted(section) {
		return
	}
	for at := uint64(0); ; {
		start, owners := words.run(at, least, a.functionAt)
		if len(owners) == 0 {
			return
		}
		lo := m.Types + start
		for i := 0; i < len(owners); {
			n := i + 1
			for n < len(owners) && owners[n] == owners[i] {
				n++
			}
			a.Charge(section, span.Range{Lo: lo + uint64(i)*wordSize, Hi: lo + uint64(n)*wordSize}, account.RankReference, owners[i])
			i = n
		}
		at = start + uint64(len(owners))*wordSize
	}
}

const wordSize = 8

// wordReader reads words of a piece of memory, in ascending order, through one buffer.
type wordReader struct {
	size   uint64
	read   func(buf []byte, lo, hi uint64) []byte // nil where it cannot
	first  uint64                                 // offset of data
	data   []byte
	owners []int32
}

// run finds the first words from an offset on that have owners, one behind the other and
// at least so many. It returns where they begin and the owners of all of them, which are
// valid until the next call; none where there are no such words. What is before the offset
// is no part of them.
//
// Where the last of as many words as there must be has no owner, none before it needs to be
// looked at: nearly all of what is read is passed in such steps.
func (r *wordReader) run(at, least uint64, owner func(word uint64) int32) (start uint64, owners []int32) {
	for before := least; before > 0; at += before * wordSize {
		if !r.hold(at, least) {
			return 0, nil
		}
		for before = least; before > 0 && owner(r.word(at+(before-1)*wordSize)) != ownership.Nobody; {
			before--
		}
	}
	start, owners = at, r.owners[:0]
	for ; r.hold(at, 1); at += wordSize {
		o := owner(r.word(at))
		if o == ownership.Nobody {
			break
		}
		owners = append(owners, o)
	}
	r.owners = owners
	return start, owners
}

// hold reads n words from an offset on, and more that follow, unless they are at hand. It
// is false where there are not as many, or they cannot be read.
func (r *wordReader) hold(at, n uint64) bool {
	const ahead = 64 << 10
	if at+n*wordSize > r.size {
		return false
	}
	if at-r.first+n*wordSize > uint64(len(r.data)) {
		r.first, r.data = at, r.read(r.data, at, at+min(ahead, r.size-at))
	}
	return n*wordSize <= uint64(len(r.data))
}

// word is the one at an offset, which is at hand.
func (r *wordReader) word(at uint64) uint64 { return binary.LittleEndian.Uint64(r.data[at-r.first:]) }
