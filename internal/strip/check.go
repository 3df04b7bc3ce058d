package strip

import (
	"cmp"
	"debug/elf"
	"fmt"
	"math"
	"slices"

	"github.com/sizegate/sizegate/internal/elfscan"
)

// checkSegments refuses what comes of segments and sections that have nothing
// to do with each other: sizes below zero and beyond the end of memory.
func (p *plan) checkSegments() error {
	memory := uint64(0)
	for i, m := range p.segments {
		bad := max(m.Off, m.Filesz) > math.MaxInt64
		if m.Type == elf.PT_LOAD {
			bad = bad || m.Memsz > elfscan.MaxMemory-memory || m.Vaddr+m.Memsz < m.Vaddr
			memory += m.Memsz // not looked at again if it is too much
		}
		if bad {
			return damaged("segment %d does not fit its sections", i)
		}
	}
	return nil
}

// piece is a part of the file that has contents; what is between pieces is
// zero.
type piece struct {
	offset, size uint64
	section      *section // nil for the program headers
}

// findPieces lists what is to be written in the order of offsets, and checks
// that nothing is in the place of something else.
func (p *plan) findPieces() error {
	p.pieces = append(p.pieces, piece{offset: p.programHeaders, size: p.tableSize()})
	for _, s := range p.sections {
		switch {
		case s.nobits() || s.Size == 0:
		case s.input > 0 && p.in.sections[s.input].nobits():
			// In a segment of notes it has become a section of notes, of
			// which there are none to write.
			if s.Off+s.Size > p.size {
				return damaged("section %q is in a segment of notes and has none", s.name)
			}
		default:
			p.pieces = append(p.pieces, piece{s.Off, s.Size, s})
		}
	}
	slices.SortFunc(p.pieces, func(a, b piece) int { return cmp.Compare(a.offset, b.offset) })
	end := uint64(fileHeaderSize)
	for _, next := range p.pieces {
		if next.size == 0 {
			continue
		}
		if next.offset < end {
			return damaged("laid out by its addresses, parts of it overlap at offset %d", next.offset)
		}
		end = next.offset + next.size
	}
	return nil
}

// checkLoadable finds out whether the loader will find the sections at their
// addresses. It does not if a segment begins with the program headers, far
// before its first section, as BOLT arranges it: GNU strip moves the sections
// and leaves the segment's address.
func (p *plan) checkLoadable() error {
	for _, m := range p.segments {
		if m.Type != elf.PT_LOAD {
			continue
		}
		for _, s := range m.sections {
			if !s.nobits() && s.Size > 0 && s.Addr-m.Vaddr != s.Off-m.Off {
				return refuse(fmt.Sprintf("stripped the way GNU strip does it, it does not run: section %q is no longer where its segment says", s.name),
					"link it with -s instead, or strip it before BOLT rewrites it")
			}
		}
	}
	return nil
}
