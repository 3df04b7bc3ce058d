package main

import (
	"bytes"
	"compress/zlib"
	"debug/elf"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// maxGrowth is how many bytes a mutant can be longer than its file.
const maxGrowth = 1 << 20

// bombSize is how many bytes a bomb has when it is decompressed.
const bombSize = 64 << 20

// mutant is a copy of a file that is being damaged. The parts of its subject
// are those of the file as it was.
type mutant struct {
	*subject
	rng  *rand.Rand
	data []byte
}

// kinds are the ways to damage a file. A new one goes to the end: a seed stands
// for the same mutant as long as those before it stay.
var kinds = []struct {
	name  string
	apply func(*mutant)
}{
	{"bits", (*mutant).bits},
	{"bytes", (*mutant).bytes},
	{"words", (*mutant).words},
	{"fields", (*mutant).fields},
	{"counts", (*mutant).counts},
	{"swaps", (*mutant).swaps},
	{"overlaps", (*mutant).overlaps},
	{"duplicates", (*mutant).duplicates},
	{"cycles", (*mutant).cycles},
	{"names", (*mutant).names},
	{"compressed", (*mutant).compressed},
	{"repeats", (*mutant).repeats},
	{"splices", (*mutant).splices},
	{"shifts", (*mutant).shifts},
	{"truncations", (*mutant).truncations},
}

// mutate returns the mutant of a file that a seed stands for, and the positions
// in kinds of what was done to it.
func mutate(s *subject, seed uint64) (data []byte, done []int) {
	m := &mutant{s, rand.New(rand.NewPCG(seed, s.stream())), bytes.Clone(s.data)}
	for {
		k := m.rng.IntN(len(kinds))
		kinds[k].apply(m)
		done = append(done, k)
		if len(done) == 8 || m.rng.IntN(2) == 0 {
			return m.data, done
		}
	}
}

// pick returns a region: the header tables as often as all sections together.
func (m *mutant) pick() part {
	tables := min(len(m.regions), 3)
	for tables > 1 && m.regions[tables-1].name != "section headers" && m.regions[tables-1].name != "program headers" {
		tables--
	}
	if m.rng.IntN(2) == 0 || tables == len(m.regions) {
		return m.regions[m.rng.IntN(tables)]
	}
	return m.regions[tables+m.rng.IntN(len(m.regions)-tables)]
}

// place returns a position with room for width bytes, often near the start of a
// region, where tables have their headers; -1 if there is none.
func (m *mutant) place(width int) int {
	p := m.pick()
	at := p.lo + m.rng.IntN(p.hi-p.lo)
	if m.rng.IntN(3) == 0 {
		at = p.lo + m.rng.IntN(min(64, p.hi-p.lo))
	}
	if width > 1 && m.rng.IntN(4) > 0 {
		at -= (at - p.lo) % width
	}
	if at+width > len(m.data) {
		return -1
	}
	return at
}

func (m *mutant) bits() {
	for range 1 + m.rng.IntN(8) {
		if at := m.place(1); at >= 0 {
			m.data[at] ^= 1 << m.rng.IntN(8)
		}
	}
}

func (m *mutant) bytes() {
	for range 1 + m.rng.IntN(8) {
		if at := m.place(1); at >= 0 {
			m.data[at] = [...]byte{0, 1, 0x7f, 0x80, 0xff, byte(m.rng.Uint32()), m.data[at] + 1, m.data[at] - 1}[m.rng.IntN(8)]
		}
	}
}

// value returns what a field that is old would not be expected to be.
func (m *mutant) value(old uint64) uint64 {
	size := uint64(len(m.data))
	p := m.pick()
	list := [...]uint64{0, 1, 2, 1<<31 - 1, 1 << 31, 1<<32 - 1, 1 << 32, 1 << 62, 1<<63 - 1, 1 << 63, 1<<64 - 1, -size,
		size, size - 1, size + 1, old + 1, old - 1, old * 2, -old, old ^ 1<<m.rng.IntN(64),
		uint64(p.lo), uint64(p.hi), uint64(p.hi - p.lo), p.addr, p.addr + uint64(m.rng.IntN(p.hi-p.lo)), m.rng.Uint64()}
	return list[m.rng.IntN(len(list))]
}

func (m *mutant) words() {
	for range 1 + m.rng.IntN(4) {
		m.put(m.place(8), 2<<m.rng.IntN(3))
	}
}

// put writes a value into the field of 2, 4 or 8 bytes at a position, if the
// file has it.
func (m *mutant) put(at, width int) {
	if at < 0 || at+width > len(m.data) {
		return
	}
	switch field := m.data[at:]; width {
	case 2:
		binary.LittleEndian.PutUint16(field, uint16(m.value(uint64(binary.LittleEndian.Uint16(field)))))
	case 4:
		binary.LittleEndian.PutUint32(field, uint32(m.value(uint64(binary.LittleEndian.Uint32(field)))))
	default:
		binary.LittleEndian.PutUint64(field, m.value(binary.LittleEndian.Uint64(field)))
	}
}

// header returns the section header with an index, or some program header, and
// where it is; nil if the file no longer has it.
func (m *mutant) header(section int) (h []byte, at int) {
	size := shdrSize
	at = m.shoff + section*shdrSize
	if section < 0 {
		if m.phnum == 0 {
			return nil, 0
		}
		at, size = m.phoff+m.rng.IntN(m.phnum)*phdrSize, phdrSize
	}
	if at+size > len(m.data) {
		return nil, 0
	}
	return m.data[at : at+size], at
}

// someSection returns the index of a section header, -1 if there is none or a
// program header is to be taken.
func (m *mutant) someSection() int {
	if len(m.sections) == 0 || m.rng.IntN(4) == 0 {
		return -1
	}
	return m.rng.IntN(len(m.sections))
}

// widths of the fields in a section header and in a program header.
var (
	shdrFields = []int{4, 4, 8, 8, 8, 8, 4, 4, 8, 8}
	phdrFields = []int{4, 4, 8, 8, 8, 8, 8, 8}
)

func (m *mutant) fields() {
	for range 1 + m.rng.IntN(3) {
		i := m.someSection()
		h, start := m.header(i)
		other, _ := m.header(m.someSection())
		if h == nil {
			continue
		}
		widths := shdrFields
		if i < 0 {
			widths = phdrFields
		}
		field, at := m.rng.IntN(len(widths)), 0
		for _, w := range widths[:field] {
			at += w
		}
		w := widths[field]
		switch {
		case m.rng.IntN(3) == 0 && len(other) == len(h):
			copy(h[at:at+w], other[at:at+w])
		case len(h) == shdrSize && field == 1: // a type that means something
			types := [...]uint32{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 14, 15, 17, 18, 19, 0x6ffffff6, 0x6fffffff, 0x70000001}
			binary.LittleEndian.PutUint32(h[4:], types[m.rng.IntN(len(types))])
		case len(h) == shdrSize && field == 2:
			binary.LittleEndian.PutUint64(h[8:], binary.LittleEndian.Uint64(h[8:])^1<<m.rng.IntN(12))
		default:
			m.put(start+at, w)
		}
	}
}

// counts writes huge numbers where tables say how long they are.
func (m *mutant) counts() {
	huge := [...]uint64{1<<63 - 1, 1 << 63, 1<<64 - 1, 1<<32 - 1, 1 << 31, 1<<31 - 1, 0xffff, 1 << 28, uint64(len(m.data))}
	n := huge[m.rng.IntN(len(huge))]
	put := func(at, width int) {
		if at < 0 || at+width > len(m.data) {
			return
		}
		var field [8]byte
		binary.LittleEndian.PutUint64(field[:], n)
		copy(m.data[at:], field[:width])
	}
	tables := m.named(".gopclntab", ".note", ".gnu.hash", ".hash", ".gnu.version", ".eh_frame", ".debug_", ".go.", ".dynamic", ".gcc_except_table", ".typelink")
	switch m.rng.IntN(4) {
	case 0: // e_phnum, e_shnum, e_shstrndx, and the extended ones
		put([...]int{56, 60, 62}[m.rng.IntN(3)], 2)
	case 1:
		put(m.shoff+[...]int{32, 40, 44}[m.rng.IntN(3)], 4)
		put(60, 2)
	case 2: // sh_size, p_filesz, p_memsz, sh_entsize, sh_info
		i := m.someSection()
		if h, start := m.header(i); h != nil {
			at := [...]int{32, 56, 40}[m.rng.IntN(3)]
			if i < 0 {
				at = [...]int{32, 40, 48}[m.rng.IntN(3)]
			}
			put(start+at, 8)
		}
	default: // the first words of a table
		if len(tables) > 0 {
			p := tables[m.rng.IntN(len(tables))]
			width := 4 << m.rng.IntN(2)
			put(p.lo+width*m.rng.IntN(10), width)
		}
	}
}

func (m *mutant) swaps() {
	a, _ := m.header(m.someSection())
	b, _ := m.header(m.someSection())
	if len(a) != len(b) || a == nil {
		return
	}
	saved := bytes.Clone(a)
	copy(a, b)
	copy(b, saved)
}

// overlaps lets two sections or segments be in the same place, in the file, in
// memory or both.
func (m *mutant) overlaps() {
	a, _ := m.header(m.someSection())
	b, _ := m.header(m.someSection())
	if len(a) != len(b) || a == nil {
		return
	}
	le := binary.LittleEndian
	offset, addr, size := 24, 16, 32
	if len(a) == phdrSize {
		offset, addr, size = 8, 16, 32
	}
	length := le.Uint64(b[size:])
	shift := [...]uint64{0, 1, length / 2, length - 1, -(length / 2)}[m.rng.IntN(5)]
	which := 1 + m.rng.IntN(3)
	if which&1 != 0 {
		le.PutUint64(a[offset:], le.Uint64(b[offset:])+shift)
	}
	if which&2 != 0 {
		le.PutUint64(a[addr:], le.Uint64(b[addr:])+shift)
	}
	if m.rng.IntN(2) == 0 {
		le.PutUint64(a[size:], length)
	}
}

// duplicates writes one header over others.
func (m *mutant) duplicates() {
	i := m.someSection()
	h, _ := m.header(i)
	h = bytes.Clone(h)
	for range 1 + m.rng.IntN(6) {
		j := -1
		if i >= 0 {
			j = m.rng.IntN(len(m.sections))
		}
		to, _ := m.header(j)
		copy(to, h)
	}
}

// cycles lets things refer to themselves, or to what refers to them.
func (m *mutant) cycles() {
	le := binary.LittleEndian
	switch m.rng.IntN(5) {
	case 0: // sh_link and sh_info
		if len(m.sections) == 0 {
			return
		}
		i, j := m.rng.IntN(len(m.sections)), m.rng.IntN(len(m.sections))
		for _, link := range [][2]int{{i, j}, {j, i}} {
			if h, _ := m.header(link[0]); h != nil {
				le.PutUint32(h[40+4*m.rng.IntN(2):], uint32(link[1]))
			}
		}
	case 1: // offsets within a table: DWARF's references, unwind entries
		tables := m.named(".debug_", ".eh_frame", ".gopclntab", ".gnu.version", ".note")
		if len(tables) == 0 {
			return
		}
		p := tables[m.rng.IntN(len(tables))]
		for range 1 + m.rng.IntN(8) {
			at := p.lo + m.rng.IntN(p.hi-p.lo)
			if at+4 > len(m.data) {
				return
			}
			back := m.rng.IntN(at - p.lo + 1)
			le.PutUint32(m.data[at:], uint32([...]int{at - p.lo, back, at - p.lo - back, 0, 4}[m.rng.IntN(5)]))
		}
	case 2: // pointers in data
		parts := m.named(".data", ".rodata", ".go.", ".noptrdata", ".itablink", ".init_array", ".got", ".dynamic")
		if len(parts) == 0 {
			return
		}
		p := parts[m.rng.IntN(len(parts))]
		for range 1 + m.rng.IntN(8) {
			at := p.lo + 8*m.rng.IntN((p.hi-p.lo+7)/8)
			if at+8 > len(m.data) {
				return
			}
			to := p.addr + uint64(at-p.lo)
			if m.rng.IntN(2) == 0 {
				to = p.addr + uint64(8*m.rng.IntN((p.hi-p.lo+7)/8))
			}
			le.PutUint64(m.data[at:], to)
		}
	case 3: // abbreviations: one code everywhere
		for _, p := range m.named(".debug_abbrev", ".debug_info") {
			for range 1 + m.rng.IntN(8) {
				if at := p.lo + m.rng.IntN(p.hi-p.lo); at < len(m.data) {
					m.data[at] = byte(m.rng.IntN(8))
				}
			}
		}
	default: // relocations that patch relocations
		parts := m.named(".rela", ".relr")
		if len(parts) == 0 {
			return
		}
		p := parts[m.rng.IntN(len(parts))]
		for range 1 + m.rng.IntN(8) {
			at := p.lo + 8*m.rng.IntN((p.hi-p.lo+7)/8)
			if at+8 <= len(m.data) {
				le.PutUint64(m.data[at:], p.addr+uint64(m.rng.IntN(p.hi-p.lo)))
			}
		}
	}
}

// names damages mangled names, and lets symbols share names.
func (m *mutant) names() {
	le := binary.LittleEndian
	switch tables := m.named(".symtab", ".dynsym"); {
	case len(tables) > 0 && m.rng.IntN(2) == 0: // one name for many symbols
		p := tables[m.rng.IntN(len(tables))]
		name := uint32(m.rng.IntN(1 << (4 + m.rng.IntN(16))))
		step := 24 * (1 + m.rng.IntN(4))
		for at := p.lo; at+24 <= min(p.hi, len(m.data)); at += step {
			le.PutUint32(m.data[at:], name)
		}
	default:
		parts := m.named(".strtab", ".dynstr", ".shstrtab", ".gopclntab", ".debug_str", ".debug_line_str", ".comment")
		if len(parts) == 0 {
			return
		}
		p := parts[m.rng.IntN(len(parts))]
		words := [...]string{"B_", "B0_", "Bz_", "INtB", "_RNv", "_ZN", "17h", "E", "\x00", "\n::error::", "\x1b[2J", "\xff", "$LT$", "..", "[", "]", "9999999999999999999", "%2e", "/", "."}
		for range 1 + m.rng.IntN(16) {
			if at := p.lo + m.rng.IntN(p.hi-p.lo); at < len(m.data) {
				copy(m.data[at:], words[m.rng.IntN(len(words))])
			}
		}
		if m.rng.IntN(4) == 0 { // one long name
			lo := p.lo + m.rng.IntN(p.hi-p.lo)
			unit := words[m.rng.IntN(len(words))]
			for at := lo; at+len(unit) <= min(p.hi, len(m.data)); at += len(unit) {
				copy(m.data[at:], unit)
			}
		}
	}
}

// bombs are what takes little room and is long when it is decompressed, by
// compression type.
var bombs = sync.OnceValue(func() map[elf.CompressionType][]byte {
	made := map[elf.CompressionType][]byte{}
	for kind, encoder := range map[elf.CompressionType]func(io.Writer) (io.WriteCloser, error){
		elf.COMPRESS_ZLIB: func(w io.Writer) (io.WriteCloser, error) { return zlib.NewWriter(w), nil },
		elf.COMPRESS_ZSTD: func(w io.Writer) (io.WriteCloser, error) {
			return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20))
		},
	} {
		var b bytes.Buffer
		z, err := encoder(&b)
		for zeros, i := make([]byte, 1<<20), 0; err == nil && i < bombSize>>20; i++ {
			_, err = z.Write(zeros)
		}
		if err == nil {
			err = z.Close()
		}
		if err != nil {
			panic(err) // writing to memory does not fail
		}
		made[kind] = b.Bytes()
	}
	return made
})

// compressed lets a section be compressed contents at the end of the file, which
// need not be as long as they say.
func (m *mutant) compressed() {
	if len(m.sections) == 0 {
		return
	}
	i := m.rng.IntN(len(m.sections))
	for range 8 { // what is read decompressed
		if name := m.sections[i].name; len(name) > 6 && name[:6] == ".debug" {
			break
		}
		i = m.rng.IntN(len(m.sections))
	}
	h, _ := m.header(i)
	if h == nil {
		return
	}
	le := binary.LittleEndian
	kind := elf.CompressionType(1 + m.rng.IntN(2))
	payload := bombs()[kind]
	said := uint64(bombSize)
	switch m.rng.IntN(4) {
	case 0:
		payload = payload[:m.rng.IntN(len(payload))]
	case 1:
		p := m.pick()
		payload = m.data[min(p.lo, len(m.data)):min(p.hi, len(m.data))]
	}
	if m.rng.IntN(2) == 0 {
		said = m.value(said)
	}
	if m.rng.IntN(8) == 0 {
		kind = elf.CompressionType(m.rng.Uint32())
	}
	chdr := le.AppendUint32(nil, uint32(kind))
	chdr = le.AppendUint32(chdr, 0)
	chdr = le.AppendUint64(chdr, said)
	chdr = le.AppendUint64(chdr, uint64(1)<<m.rng.IntN(8))
	le.PutUint64(h[8:], le.Uint64(h[8:])|uint64(elf.SHF_COMPRESSED))
	le.PutUint64(h[24:], uint64(len(m.data)))
	le.PutUint64(h[32:], uint64(len(chdr)+len(payload)))
	if m.rng.IntN(2) == 0 {
		le.PutUint64(h[8:], uint64(elf.SHF_COMPRESSED)) // not loaded
	}
	m.data = append(append(m.data, chdr...), payload...)
}

// repeats makes a section long: its contents many times over, at the end of the
// file. What takes quadratic time shows in such files.
func (m *mutant) repeats() {
	if len(m.sections) == 0 {
		return
	}
	i := m.rng.IntN(len(m.sections))
	p := m.sections[i]
	h, _ := m.header(i)
	if p.hi == p.lo || h == nil || p.hi > len(m.data) || len(m.data) > len(m.subject.data)+maxGrowth {
		return
	}
	binary.LittleEndian.PutUint64(h[24:], uint64(len(m.data)))
	times := 1 + m.rng.IntN(1<<m.rng.IntN(12))
	contents := bytes.Repeat(m.data[p.lo:p.hi], min(times, 1+maxGrowth/(p.hi-p.lo)))
	binary.LittleEndian.PutUint64(h[32:], uint64(len(contents)))
	m.data = append(m.data, contents...)
}

// splices copies bytes from one place to another, or fills a range.
func (m *mutant) splices() {
	from, to := m.place(1), m.place(1)
	if from < 0 || to < 0 {
		return
	}
	n := min(1<<m.rng.IntN(14), len(m.data)-max(from, to))
	switch m.rng.IntN(4) {
	case 0:
		clear(m.data[to : to+n])
	case 1:
		for i := range m.data[to : to+n] {
			m.data[to+i] = 0xff
		}
	default:
		copy(m.data[to:to+n], m.data[from:from+n])
	}
}

// shifts inserts or removes bytes, so that what is behind is elsewhere than
// headers say: all that follows, or the rest of a region.
func (m *mutant) shifts() {
	p := m.pick()
	p.hi = min(p.hi, len(m.data))
	if p.lo >= p.hi {
		return
	}
	at := p.lo + m.rng.IntN(p.hi-p.lo)
	n := 1 + m.rng.IntN(1<<m.rng.IntN(10))
	switch m.rng.IntN(8) {
	case 0:
		m.data = append(m.data[:at], m.data[min(at+n, len(m.data)):]...)
	case 1:
		tail := bytes.Clone(m.data[at:])
		m.data = append(append(m.data[:at], make([]byte, n)...), tail...)
	case 2, 3, 4:
		copy(m.data[at:p.hi], m.data[min(at+n, p.hi):p.hi])
	default:
		copy(m.data[min(at+n, p.hi):p.hi], m.data[at:p.hi])
	}
}

// truncations ends the file at the edge of a part, or near it.
func (m *mutant) truncations() {
	p := m.pick()
	end := p.hi
	switch m.rng.IntN(3) {
	case 0:
		end = p.lo
	case 1:
		end = p.lo + m.rng.IntN(p.hi-p.lo)
	}
	end += [...]int{0, 0, -1, 1, -8, 8}[m.rng.IntN(6)]
	m.data = m.data[:max(0, min(end, len(m.data)))]
}
