package facts

import (
	"cmp"
	"debug/elf"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/elfscan/buildrecord"
)

// SavedBy returns how many bytes shorter the file gets if the loaded section
// loses n bytes. Linkers begin the next segment at the next offset that is
// congruent to its address: GNU ld and Go keep the address's place in its page,
// so that the file loses whole pages. LLD moves the address as well, and the file
// loses what the section does.
func (in *File) SavedBy(s *elfscan.Section, n uint64) uint64 {
	if n > s.FileSize {
		n = s.FileSize
	}
	if in.LLD {
		return n
	}
	own, next := in.segments(s.Offset)
	if own == nil || next == nil || next.Align < 2 || n > own.Filesz {
		return n
	}
	end := own.Off + own.Filesz
	up := func(x uint64) uint64 { return x + (next.Off-x)%next.Align }
	if next.Align&(next.Align-1) != 0 || up(end) != next.Off {
		return n // no linker's layout: nothing is known of the padding
	}
	return up(end) - up(end-n)
}

// SavedByAll is SavedBy for several sections, by their positions.
func (in *File) SavedByAll(lost map[int]uint64) uint64 {
	total := uint64(0)
	for section, n := range lost {
		total += in.SavedBy(&in.Binary.Sections[section], n)
	}
	return total
}

// segments returns the loaded segment that holds the byte of the file at an
// offset, of several the one that begins last, and the first one that begins
// behind the byte; nil where there is none.
func (in *File) segments(offset uint64) (own, next *elf.ProgHeader) {
	i, _ := slices.BinarySearchFunc(in.loads, offset, func(p elf.ProgHeader, offset uint64) int {
		if p.Off <= offset {
			return -1
		}
		return 1
	})
	if i < len(in.loads) {
		next = &in.loads[i]
	}
	if i > 0 && offset-in.loads[i-1].Off < in.loads[i-1].Filesz {
		own = &in.loads[i-1]
	}
	return own, next
}

// loads returns the loaded segments that have bytes of the file, in the order of
// these.
func loads(b *elfscan.Binary) []elf.ProgHeader {
	list := slices.DeleteFunc(slices.Clone(b.Segments), func(p elf.ProgHeader) bool { return p.Type != elf.PT_LOAD || p.Filesz == 0 })
	slices.SortStableFunc(list, func(x, y elf.ProgHeader) int { return cmp.Compare(x.Off, y.Off) })
	return list
}

func linkedByLLD(b *elfscan.Binary) (bool, error) {
	comments, err := buildrecord.Comments(b)
	return slices.ContainsFunc(comments, func(c string) bool {
		return strings.HasPrefix(c, "Linker: ") && strings.Contains(c, "LLD ") // distributions put their name before it
	}), err
}

// SavedWithoutPIE returns how many bytes shorter a Go program gets without its
// relocations. Go's own linker, which names their section .rela, then also leaves
// out what the dynamic linker reads, and puts the data that had to be writable
// while it relocated behind the other read-only data, in one segment.
func (in *File) SavedWithoutPIE(rela *elfscan.Section, relocations uint64) uint64 {
	plain := in.SavedBy(rela, relocations)
	var relro *elf.ProgHeader
	for i := range in.Binary.Segments {
		if p := &in.Binary.Segments[i]; p.Type == elf.PT_GNU_RELRO {
			relro = p
		}
	}
	own, _ := in.segments(rela.Offset)
	if rela.Base != ".rela" || relro == nil || own == nil {
		return plain
	}
	data, next := in.segments(relro.Off)
	if data == nil || next == nil || data.Off != relro.Off || data.Align == 0 || data.Align&(data.Align-1) != 0 || own.Off+own.Filesz > data.Off {
		return plain
	}
	gone := uint64(0)
	for i := range in.Binary.Sections {
		s := &in.Binary.Sections[i]
		if !s.Alloc() || s.Offset < own.Off || s.Offset >= next.Off {
			continue
		}
		switch s.Type {
		case elf.SHT_RELA, elf.SHT_DYNSYM, elf.SHT_STRTAB, elf.SHT_HASH, elf.SHT_DYNAMIC, elf.SHT_GNU_VERSYM, elf.SHT_GNU_VERNEED:
			gone += s.FileSize
		}
	}
	if gone > own.Filesz+data.Filesz {
		return plain
	}
	up := func(x uint64) uint64 { return x + -x%data.Align }
	after := own.Off + up(own.Filesz+data.Filesz-gone)
	if after > next.Off {
		return plain
	}
	return next.Off - after
}
