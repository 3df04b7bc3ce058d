package advise

import (
	"cmp"
	"debug/elf"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/elfscan"
)

// savedBy returns how many bytes shorter the file gets if the loaded section
// loses n bytes. Linkers begin the next segment at the next offset that is
// congruent to its address: GNU ld and Go keep the address's place in its page,
// so that the file loses whole pages. LLD moves the address as well, and the file
// loses what the section does.
func (a *adviser) savedBy(s *elfscan.Section, n uint64) uint64 {
	if n > s.FileSize {
		n = s.FileSize
	}
	if a.lld {
		return n
	}
	own, next := a.segments(s.Offset)
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

// savedByAll is savedBy for several sections, by their positions.
func (a *adviser) savedByAll(lost map[int]uint64) uint64 {
	total := uint64(0)
	for section, n := range lost {
		total += a.savedBy(&a.Binary.Sections[section], n)
	}
	return total
}

// segments returns the loaded segment that holds the byte of the file at an
// offset, of several the one that begins last, and the first one that begins
// behind the byte; nil where there is none.
func (a *adviser) segments(offset uint64) (own, next *elf.ProgHeader) {
	i, _ := slices.BinarySearchFunc(a.loads, offset, func(p elf.ProgHeader, offset uint64) int {
		if p.Off <= offset {
			return -1
		}
		return 1
	})
	if i < len(a.loads) {
		next = &a.loads[i]
	}
	if i > 0 && offset-a.loads[i-1].Off < a.loads[i-1].Filesz {
		own = &a.loads[i-1]
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

func linkedByLLD(b *elfscan.Binary) bool {
	for _, c := range b.Comment() {
		if strings.HasPrefix(c, "Linker: ") && strings.Contains(c, "LLD ") { // distributions put their name before it
			return true
		}
	}
	return false
}
