package gotype

// Module is where a program's runtime finds its types.
type Module struct {
	Types     uint64   // virtual address that the offsets of types and names count from
	Size      uint64   // bytes of memory from there on
	Typelinks []byte   // offsets of types, 4 bytes each
	Itabs     []uint64 // virtual addresses of interface tables
	// Read returns the bytes between two offsets from Types, at most Size, with
	// relocations applied, nil if they cannot be read. They must not change until buf,
	// which has what an earlier call returned or nothing, is given for another.
	Read func(buf []byte, lo, hi uint64) []byte
	// Memory returns n bytes from an address on, fewer where its section ends or
	// the file has none. They are valid until the next call.
	Memory func(addr, n uint64) []byte
	// Room is how many bytes there are from an address to the end of its section.
	Room func(addr uint64) uint64
	// Rank says how likely a type without a name that is made of types of
	// several packages is that of the package with this import path: the lowest
	// is.
	Rank func(path string) int
}

// Package is who a type is of.
type Package struct {
	// Path is the import path, "" for the types that the language declares and
	// those made of nothing else.
	Path string
	// Inferred says that the type has no name and the package is one of several
	// that it could be of. The same path can be there twice.
	Inferred bool
}

// Types are the types of a program.
type Types struct {
	Packages []Package
	// Types is how many there are.
	Types int
	// Links is the package of each entry of Module.Typelinks, Itabs that of each
	// of Module.Itabs: positions in Packages, -1 if unknown.
	Links, Itabs []int32
	// Records is what describes types, in ascending order and without overlaps.
	Records []Record
	// Closures are the functions that compare and hash values of types.
	Closures []Closure

	single []int32   // every package by its own number, to be cut into lists of one
	lists  [][]int32 // of the records that have several
}

// Record is the bytes from address Lo on, at most maxRecord, which describe types.
// There are some 150,000 in a large program, so a record has no list of its own (see
// Types.Of).
type Record struct {
	Lo   uint64
	size uint32
	of   int32 // the package, or the complement of a position in the lists
}

// Hi is the address behind the bytes.
func (r *Record) Hi() uint64 { return r.Lo + uint64(r.size) }

// maxRecord is how many bytes a record has at most, before fill is added. What has
// more, which an honest file has not, is several.
const maxRecord = 1 << 31

// Of returns the packages of the types that a record describes, as positions in
// t.Packages. Lists are shared and must not be changed.
func (t *Types) Of(r Record) []int32 {
	if r.of < 0 {
		return t.lists[^r.of]
	}
	return t.single[r.of : r.of+1 : r.of+1]
}

// Closure is a pointer to a function, and the size of what that works on where
// it needs to be told.
type Closure struct{ Addr, Size uint64 }

// maxData is more than offsets of types and names, which are 31 bits, can
// reach.
const maxData = 1 << 31

// reader is the work in progress.
type reader struct {
	Module
	memory
	base        uint64
	wideLengths bool // lengths of names have two bytes

	types   []uint32 // offsets, ascending; after walk
	isType  bitSet   // by offset/8
	seen    bitSet   // by offset/8: it was looked at whether there is a type, or will be
	cursor  uint32   // what is seen behind this offset will be looked at when the walk comes there
	pending []uint32 // offsets before that, to be looked at
	budget  uint64   // bytes that the lists of more types can have

	owner      []int32 // parallel to types: position in packages
	packages   []Package
	byName     map[uint32]int32  // of names that are import paths
	byPackage  map[Package]int32 // the inverse of packages
	ranks      []int             // parallel to packages
	pathBudget int               // bytes that more import paths can have
	mapSizes   map[uint32]uint32 // of descriptors of maps, by the offset of what the map is made of

	own      []Record         // descriptors
	names    []nameUse        // that types refer to
	nameUses int              // how many names that will be
	shared   []Record         // what else several descriptors can refer to
	sharedAt map[uint64]int32 // positions in that, by address
	lists    [][]int32        // packages of the records that have several
}

// Read reads the types of a module. What is not a type where one should be is
// left out.
func Read(m *Module) *Types {
	r := newReader(m)
	t := &Types{Packages: r.packages, Types: len(r.types)}
	for at := 0; at+4 <= len(r.Typelinks); at += 4 {
		t.Links = append(t.Links, r.ownerAt(r.link(at)))
	}
	t.Itabs = r.itabs()
	t.Closures = r.collect()
	t.Records = r.records()
	t.lists = r.lists
	for i := range r.packages {
		t.single = append(t.single, int32(i))
	}
	return t
}

// newReader finds the types of a module and the package of each.
func newReader(m *Module) *reader {
	r := &reader{Module: *m, base: m.Types, memory: newMemory(min(m.Size, maxData), m.Read),
		mapSizes: make(map[uint32]uint32), sharedAt: make(map[uint64]int32)}
	r.budget = r.size
	r.pathBudget = int(r.size)
	r.seen, r.isType = newBitSet(int(r.size)/word+1), newBitSet(int(r.size)/word+1)
	r.guessLengths()
	r.walk()
	r.resolve()
	return r
}

// link returns the offset at a place in Typelinks.
func (r *reader) link(at int) uint32 {
	b := r.Typelinks[at:]
	return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
}

// guessLengths tells how lengths of names are written. No type has an empty
// name, which is what the first of two bytes looks like if it is read as a
// varint: names have less than 256 bytes, but for very few.
func (r *reader) guessLengths() {
	wide, narrow := 0, 0
	const enough = 64
	for at := 0; at+4 <= len(r.Typelinks) && at < 4*enough; at += 4 {
		off := r.link(at)
		if !r.holds(off, commonSize) {
			continue
		}
		str := r.u32(off + 40)
		if !r.holds(str, 3) {
			continue
		}
		if r.u8(str+1) == 0 {
			wide++
		} else {
			narrow++
		}
	}
	r.wideLengths = wide > narrow
}

// walk finds all types. It goes from offset to offset as far as that can be: to jump
// from each type to those that it refers to would take twice as long, as what is in
// memory there is not what the processor has at hand.
func (r *reader) walk() {
	for at := 0; at+4 <= len(r.Typelinks); at += 4 {
		r.add(r.link(at))
	}
	for _, addr := range r.Itabs {
		if tab := r.Memory(addr, itabFixed); len(tab) >= itabFixed {
			r.addAddr(tab)
			r.addAddr(tab[word:])
		}
	}
	for at := range r.seen.all() {
		r.cursor = at * word
		r.look(r.cursor)
		r.follow()
	}
	r.cursor = noOffset
	r.between()
	r.types = make([]uint32, 0, r.isType.count())
	for at := range r.isType.all() {
		r.types = append(r.types, at*word)
	}
	r.seen = bitSet{}
}

// addAddr adds the type whose address is at the start of b.
func (r *reader) addAddr(b []byte) {
	if off := le64(b) - r.base; off < r.size {
		r.add(uint32(off))
	}
}

// add notes that there may be a type at an offset.
func (r *reader) add(at uint32) {
	if at%word != 0 || uint64(at) >= r.size || r.seen.has(at/word) {
		return
	}
	r.seen.add(at / word)
	if at < r.cursor {
		r.pending = append(r.pending, at)
	}
}

// follow looks at all that is pending.
func (r *reader) follow() {
	for len(r.pending) > 0 {
		last := len(r.pending) - 1
		at := r.pending[last]
		r.pending = r.pending[:last]
		r.look(at)
	}
}

// look looks whether there is a type at an offset, and adds those that it refers to.
func (r *reader) look(at uint32) {
	d, ok := r.descriptor(at)
	if !ok {
		return
	}
	// Lists of honest descriptors do not overlap, so all of them together are no
	// larger than the data. Where they do, following them all would take forever.
	if n, ok := r.name(d.name); !ok || n.textLo == n.textHi || d.listed > r.budget {
		return
	}
	r.budget -= d.listed
	r.isType.add(at / word)
	r.add(d.toThis)
	for i := range d.parts() {
		r.add(r.part(&d, i))
	}
	switch d.kind {
	case kindArray:
		r.add(r.offset(d.at + 56)) // the slice
	case kindMap:
		r.add(r.offset(d.at + 64)) // the group or bucket
	}
	for i := range d.mcount {
		r.add(r.u32(d.methods + i*methodSize + 4))
	}
	r.nameUses += d.nameCount()
}

// between looks for types in the gaps between those that are known: the list of
// types has only those without a name, and code alone can refer to others.
func (r *reader) between() {
	gap := noOffset // where the last type ends
	for known := range r.isType.all() {
		known *= word
		for at := gap; at < known && at+commonSize <= known; at += word {
			if plausible(r.bytes(at+20, 4)) && !r.seen.has(at/word) && r.likely(at) {
				r.add(at)
				r.follow()
			}
		}
		d, _ := r.descriptor(known)
		gap = (d.end + word - 1) &^ (word - 1)
	}
}

// likely says whether what is at an offset is a type though nothing known refers
// to it: its name can be one, and the first of what it is made of are types.
func (r *reader) likely(at uint32) bool {
	d, ok := r.descriptor(at)
	if !ok || d.ptrBytes > 0 && d.gcData == 0 || !r.legible(d.name) {
		return false
	}
	const enough = 16
	for i := range min(d.parts(), enough) {
		if _, ok := r.descriptor(r.part(&d, i)); !ok {
			return false
		}
	}
	return true
}
