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
//
// Where the last of as many words as are enough is no function, none before it needs to
// be looked at: nearly all of what is read is passed in such steps.
func (a *Program) chargeClosures(m *goruntime.Module, mem *goruntime.Memory) {
	const least = 16
	section := a.Binary.SectionAt(m.Types)
	words := wordReader{mem: mem, addr: m.Types, size: mem.Room(m.Types)}
	if words.size == 0 || m.Types%wordSize != 0 || !a.Wanted(section) {
		return
	}
	var owners []int32
	for at := uint64(0); words.hold(at, least); {
		before := uint64(least)
		for before > 0 && a.functionAt(words.at(at+(before-1)*wordSize)) != ownership.Nobody {
			before--
		}
		if before > 0 {
			at += before * wordSize
			continue
		}
		lo := m.Types + at
		owners = owners[:0]
		for ; words.hold(at, 1); at += wordSize {
			owner := a.functionAt(words.at(at))
			if owner == ownership.Nobody {
				break
			}
			owners = append(owners, owner)
		}
		for i := 0; i < len(owners); {
			n := i + 1
			for n < len(owners) && owners[n] == owners[i] {
				n++
			}
			a.Charge(section, span.Range{Lo: lo + uint64(i)*wordSize, Hi: lo + uint64(n)*wordSize}, account.RankReference, owners[i])
			i = n
		}
	}
}

const wordSize = 8

// wordReader reads the words from an address on, in ascending order, through one buffer.
type wordReader struct {
	mem        *goruntime.Memory
	addr, size uint64 // size is that of the memory there
	first      uint64 // offset of data
	data       []byte
}

// hold reads n words from an offset on, and more that follow, unless they are at hand. It
// is false where there are not as many, or they cannot be read.
func (r *wordReader) hold(at, n uint64) bool {
	const ahead = 64 << 10
	if at+n*wordSize > r.size {
		return false
	}
	if at-r.first+n*wordSize > uint64(len(r.data)) {
		r.first, r.data = at, r.mem.CopyTo(r.data, r.addr, at, at+min(ahead, r.size-at))
	}
	return n*wordSize <= uint64(len(r.data))
}

// at is the word at an offset that is at hand.
func (r *wordReader) at(at uint64) uint64 { return binary.LittleEndian.Uint64(r.data[at-r.first:]) }
