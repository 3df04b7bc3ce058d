package strippedrust

import (
	"bytes"
	"cmp"
	"debug/elf"
	"encoding/binary"
	"slices"
	"sort"
	"strings"

	"github.com/sizegate/sizegate/internal/attrib/native"
	"github.com/sizegate/sizegate/internal/attrib/xref"
	"github.com/sizegate/sizegate/internal/elfscan"
)

// constData is the sections where Rust keeps constants: what nothing writes to once
// the program runs.
type constData struct {
	sections []constSection // by address
	bounds   xref.Range
}

type constSection struct {
	addr uint64
	data []byte // as the loader leaves it, if it loads the file to address 0
}

func (a *work) readData() (*constData, error) {
	d := new(constData)
	for i := range a.Binary.Sections {
		s := &a.Binary.Sections[i]
		if s.Type != elf.SHT_PROGBITS || !s.Alloc() || s.Shared() || s.Flags&elf.SHF_EXECINSTR != 0 || s.Size == 0 ||
			s.Kind != elfscan.ROData && !strings.HasPrefix(s.Base, ".data.rel.ro") {
			continue
		}
		data, err := a.Binary.Bytes(s)
		if err != nil {
			return nil, err
		}
		if s.Flags&elf.SHF_WRITE != 0 {
			if err := a.Binary.Relocate(data, s.Addr); err != nil {
				return nil, err
			}
		}
		d.sections = append(d.sections, constSection{s.Addr, data})
	}
	slices.SortStableFunc(d.sections, func(x, y constSection) int { return cmp.Compare(x.addr, y.addr) })
	for i, s := range d.sections {
		if i == 0 {
			d.bounds.Lo = s.addr
		}
		d.bounds.Hi = max(d.bounds.Hi, s.addr+uint64(len(s.data)))
	}
	return d, nil
}

// at returns the bytes from an address on, nil if there are none.
func (d *constData) at(addr uint64) []byte {
	i := sort.Search(len(d.sections), func(i int) bool { return d.sections[i].addr > addr }) - 1
	if i < 0 || addr-d.sections[i].addr >= uint64(len(d.sections[i].data)) {
		return nil
	}
	return d.sections[i].data[addr-d.sections[i].addr:]
}

// words calls do for each aligned word, with what follows it.
func (d *constData) words(do func(addr, word uint64, rest []byte)) {
	for _, s := range d.sections {
		for at := -s.addr & 7; at+8 <= uint64(len(s.data)); at += 8 {
			do(s.addr+at, binary.LittleEndian.Uint64(s.data[at:]), s.data[at+8:])
		}
	}
}

// panicPlaces is the places in the source that can panic.
type panicPlaces struct {
	crates []native.Origin
	crate  []int32          // of each place
	byAddr map[uint64]int32 // places by the address of a core::panic::Location
}

// places finds the panic locations: the address and length of a path, a line and a
// column. Which crate a path is of is asked once for each path.
func (d *constData) places() *panicPlaces {
	const (
		longestPath  = 512
		longestFile  = 1 << 21 // lines
		longestLine  = 1 << 16 // columns
		shortestPath = len("a.rs")
	)
	type place struct {
		file int32
		line uint32
	}
	p := &panicPlaces{byAddr: make(map[uint64]int32)}
	files := make(map[string]int32)
	var crateOf []int32 // by file
	crates := make(map[string]int32)
	add := func(o native.Origin) int32 {
		id, ok := crates[o.Name]
		if !ok {
			id = int32(len(p.crates))
			crates[o.Name] = id
			p.crates = append(p.crates, o)
		}
		return id
	}
	for _, name := range []string{"core", "alloc", "std"} { // as rustinfer numbers them
		add(native.Origin{Kind: native.KindCrate, Name: name, Std: true})
	}
	numbers := make(map[place]int32)
	end := uint64(0) // of the last one: they do not overlap
	// Compilers do not write a path as the end of another, so that all of them fit
	// into the sections.
	left := uint64(0)
	for _, s := range d.sections {
		left += uint64(len(s.data))
	}
	d.words(func(addr, word uint64, rest []byte) {
		if addr < end || len(rest) < 16 || word-d.bounds.Lo >= d.bounds.Hi-d.bounds.Lo {
			return
		}
		n := binary.LittleEndian.Uint64(rest)
		line, column := binary.LittleEndian.Uint32(rest[8:]), binary.LittleEndian.Uint32(rest[12:])
		if n < uint64(shortestPath) || n > longestPath || line-1 >= longestFile || column-1 >= longestLine {
			return
		}
		path := d.at(word)
		if uint64(len(path)) < n || !bytes.HasSuffix(path[:n], []byte(".rs")) {
			return
		}
		file, ok := files[string(path[:n])]
		if !ok {
			if n > left {
				return
			}
			left -= n
			file = int32(len(files))
			files[string(path[:n])] = file
			crateOf = append(crateOf, add(native.FromRustSource(string(path[:n]))))
		}
		at := place{file, line}
		number, ok := numbers[at]
		if !ok {
			number = int32(len(p.crate))
			numbers[at] = number
			p.crate = append(p.crate, crateOf[file])
		}
		p.byAddr[addr] = number
		end = addr + 24
	})
	return p
}

// destructors calls do for the first word of what may be vtables: the address of a
// destructor, the size and the alignment of a type.
func (d *constData) destructors(do func(addr uint64)) {
	const largest, mostAligned = 1 << 24, 1 << 12
	d.words(func(_, word uint64, rest []byte) {
		if len(rest) < 16 {
			return
		}
		size, align := binary.LittleEndian.Uint64(rest), binary.LittleEndian.Uint64(rest[8:])
		if align-1 < mostAligned && align&(align-1) == 0 && size < largest && size%align == 0 {
			do(word)
		}
	})
}
