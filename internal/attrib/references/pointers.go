package references

import (
	"cmp"
	"debug/elf"
	"encoding/binary"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/attrib/account"
	"github.com/sizegate/sizegate/internal/attrib/sectionbytes"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/span"
)

// pointer is a word of data that holds the address of data. A large program has
// 300,000, so the two positions, which are less than maxSize, are packed.
type pointer struct {
	word uint64 // from the highest bit on: the place, the upper bits of the target, and flags
	low  uint32 // the lower bits of the target
	set  int32  // owners of the place, if it is claimed
}

// Bits of pointer.word.
const (
	guess  = 1 << iota // no relocation says so
	sized              // the word behind it can be the length of what it points to
	listed             // it is one of several in a row

	flagBits   = 3
	flags      = 1<<flagBits - 1
	targetBits = positionBits - 32
	placeAt    = flagBits + targetBits

	positionBits = 46
	maxSize      = 1 << positionBits // 70 TB
)

// newPointer returns a pointer without owners and flags.
func newPointer(place, target uint64) pointer {
	return pointer{word: place<<placeAt | target>>32<<flagBits, low: uint32(target), set: unowned}
}

// place is the position of the pointer.
func (p *pointer) place() uint64 { return p.word >> placeAt }

// target is the position that it points to.
func (p *pointer) target() uint64 {
	return p.word>>flagBits&(1<<targetBits-1)<<32 | uint64(p.low)
}

// aim makes it point elsewhere.
func (p *pointer) aim(target uint64) {
	p.word = p.word>>placeAt<<placeAt | target>>32<<flagBits | p.word&flags
	p.low = uint32(target)
}

// is says whether it has one of the flags.
func (p *pointer) is(flag uint64) bool { return p.word&flag != 0 }

// Values of pointer.set.
const (
	unowned = -1 - iota // nobody has claimed the place
	bound               // the target is where something begins or ends; that it is needed here says nothing
)

// pointers lists the pointers to open data by their places, where functions are asked
// for those to other data too, by which embedded files are found: what the relocations
// say, and in a file that is not relocated, or whose relocations keep
// their addends in place, the aligned words that look like addresses (see likely).
func (a *search) pointers(d *openData) ([]pointer, error) {
	var list []pointer
	from, to := 0, 0
	for r, err := range a.Binary.Relative() {
		if err != nil {
			return nil, err
		}
		if target, set, ok := d.pointer(r.Addend, &to); ok {
			if place, ok := d.at(r.Place, &from); ok && a.lists(d, target, set) {
				p := newPointer(place, target)
				p.set = set
				list = append(list, p)
			}
		}
	}
	relr := slices.ContainsFunc(a.Binary.Sections, func(s elfscan.Section) bool { return s.Type == relrSection })
	if a.Binary.Type == elfscan.Exec || relr {
		for i := range d.sections {
			var err error
			if list, err = a.words(list, d, i, &to); err != nil {
				return nil, err
			}
		}
	}
	if !slices.IsSortedFunc(list, byPlace) {
		slices.SortStableFunc(list, byPlace)
	}
	return list, nil
}

// lists says whether pointers lists one to a target. Of a large Go program's 230,000 one
// in ten leads to open data: the others lead from type to type.
func (a *search) lists(d *openData, target uint64, set int32) bool {
	return a.Functions || set == bound || d.open.has(target)
}

func byPlace(p, q pointer) int { return cmp.Compare(p.place(), q.place()) }

// pointer returns the target and the set of a pointer that holds an address; last is
// as for at.
func (d *openData) pointer(addr uint64, last *int) (target uint64, set int32, ok bool) {
	if target, ok = d.at(addr, last); !ok {
		target = d.size // no byte
	}
	if addr == d.table && d.table != 0 {
		return target, bound, true
	}
	return target, unowned, ok
}

// words adds the aligned words of a section that are addresses of data.
func (a *search) words(list []pointer, d *openData, section int, to *int) ([]pointer, error) {
	s := &d.sections[section]
	if strings.HasPrefix(a.Binary.Sections[s.section].Base, ".noptr") { // Go's linker says so
		return list, nil
	}
	at := -s.addr & 7
	if at >= s.size {
		return list, nil
	}
	w := sectionbytes.New(a.Binary, &a.Binary.Sections[s.section])
	end := s.addr + s.size
	row, before := 0, uint64(0) // how many pointers are neighbours up to the last one; its place
	first := len(list)          // where in the list the first of these is
	for lo := s.addr + at; end-lo >= 8; {
		data, err := w.At(lo, min(end, lo+sectionbytes.Size))
		if err != nil {
			return nil, err
		}
		last := lo+uint64(len(data)) == end
		if len(data) < 16 && !last {
			break // the file has become shorter
		}
		// The last word of a part is read again with the one behind it.
		for len(data) >= 16 || last && len(data) >= 8 {
			if v := binary.LittleEndian.Uint64(data); v-d.bounds.Lo < d.bounds.Hi-d.bounds.Lo {
				if target, set, ok := d.pointer(v, to); ok {
					place := s.pos + lo - s.addr
					p := newPointer(place, target)
					p.set = set
					p.word |= guess
					if len(data) >= 16 {
						t := &d.sections[*to]
						n := binary.LittleEndian.Uint64(data[8:])
						if n > 0 && v-t.addr < t.size && n <= t.size-(v-t.addr) {
							p.word |= sized
							if n >= minLong && a.goTable != nil {
								d.long = append(d.long, span.Range{Lo: target, Hi: target + n})
							}
						}
					}
					if place != before+8 {
						row, first = 0, len(list)
					}
					before = place
					if row++; row > minRow {
						p.word |= listed
					}
					if a.lists(d, target, set) {
						list = append(account.Roomy(list), p)
					}
					if row == minRow {
						for i := first; i < len(list); i++ {
							list[i].word |= listed
						}
					}
				}
			}
			data = data[8:]
			lo += 8
		}
	}
	return list, nil
}

// relrSection is SHT_RELR of the generic ABI, which debug/elf has no name for.
const relrSection elf.SectionType = 19

// minRow is how many pointers in a row are a list of pointers: numbers that look
// like addresses seldom come together.
const minRow = 4

// likely drops guesses that are more likely numbers: in files at fixed addresses
// these are small enough to be met by chance, and a large object would be hit by
// many. An address leads to the start of something, so one is kept if code has it
// too; if in Go a length follows (strings, slices), elsewhere in a list of pointers;
// where a symbol begins; behind a zero byte, where C's strings begin; and at a
// multiple of 8, unless that is inside text.
func (a *search) likely(d *openData, refs dataRefs, pointers []pointer) ([]pointer, error) {
	var guesses []int32
	likely := uint64(listed)
	if a.goTable != nil {
		likely = sized
	}
	var inCode bitSet
	if len(d.long) > 0 {
		inCode = d.inCode(refs)
		d.keepWhole(inCode, pointers)
	}
	for i := range pointers {
		if p := &pointers[i]; p.is(guess) && d.open.has(p.target()) && !p.is(likely) {
			guesses = append(guesses, int32(i))
		}
	}
	if len(guesses) == 0 {
		return pointers, nil
	}
	if inCode == nil {
		inCode = d.inCode(refs)
	}
	slices.SortFunc(guesses, func(i, j int32) int { return cmp.Compare(pointers[i].target(), pointers[j].target()) })
	text := func(c byte) bool { return c >= ' ' && c <= '~' || c == '\n' || c == '\t' }
	section := 0
	w := sectionbytes.New(a.Binary, &a.Binary.Sections[d.sections[0].section])
	for _, i := range guesses {
		t := pointers[i].target()
		for t >= d.sections[section].pos+d.sections[section].size {
			section++
			w = sectionbytes.New(a.Binary, &a.Binary.Sections[d.sections[section].section])
		}
		s := &d.sections[section]
		if inCode.has(t) || t == s.pos || d.symbolStarts(t) {
			continue
		}
		addr := s.addr + t - s.pos
		around, err := w.At(addr-1, addr+1)
		if err != nil {
			return nil, err
		}
		if len(around) < 2 || around[0] != 0 && (addr%8 != 0 || text(around[0]) && text(around[1])) {
			pointers[i].aim(d.size)
		}
	}
	return pointers, nil
}
