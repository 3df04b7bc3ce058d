package gosym

import (
	"bytes"
	"encoding/binary"
	"iter"
	"unsafe"
)

// Part is the bytes Lo <= offset < Hi of a table, counted from its start.
type Part struct{ Lo, Hi uint64 }

// Layout is where the parts of a table lie. What the linker left for alignment
// behind a part counts to it.
type Layout struct {
	// Mixed says that the table is older than 1.16: names, file names,
	// pc-value tables and records then lie among each other, and these parts
	// are the whole table.
	Mixed bool

	Header   Part
	Names    Part // NUL-terminated, of functions and of inlined functions
	Units    Part // a list of offsets in Files for each compilation unit; one list if Mixed
	Files    Part // NUL-terminated names of source files
	PCTables Part
	Functab  Part // entry and record offset of each function, then the end of the last one
	Records  Part // up to the end of the data: where they end is not said
}

// Layout returns where the parts of the table lie.
func (t *Table) Layout() Layout { return t.layout }

// Record is where function i's record lies, fill behind it included, and what
// it refers to.
type Record struct {
	Part
	Pair     Part   // the function's pair in Layout.Functab
	Name     uint32 // offset in Layout.Names
	fixed    []byte // from behind the entry on
	pcdata   []byte // offsets of pc-value tables
	funcdata []byte // offsets from go:func.*, before 1.18 addresses
	wide     bool   // funcdata is addresses
	mixed    bool   // as in Layout
}

// maxPCData is more pc-value tables than a function of any version has. It bounds
// what is read for a record, of which many can lie at one place.
const maxPCData = 4096

// Record returns function i's record, which is valid until the next call of a
// method. It is false if that does not lie inside the table.
func (t *Table) Record(i int) (Record, bool) {
	const usual = 256 // bytes that nearly all records are fewer than, so that they are asked for once
	fixed := recRest
	switch t.version {
	case ver116, ver118:
		fixed += 4 // the unit
	case ver120:
		fixed += 8 // the unit and the line that the function starts in
	}
	const recNPCData = 24
	if i < 0 || i >= t.n {
		return Record{}, false
	}
	rec := t.bytes(i, usual)
	if len(rec) < t.width+fixed {
		return Record{}, false
	}
	npcdata := uint64(u32(rec, t.width+recNPCData))
	if npcdata > maxPCData {
		return Record{}, false
	}
	nfuncdata := uint64(rec[t.width+fixed-1])
	offset := t.field(2*i + 1)
	pcdata := uint64(fixed)
	funcdata := pcdata + 4*npcdata
	end := funcdata + 4*nfuncdata
	if t.version < ver118 { // pointers, and aligned like these
		funcdata += -(offset + uint64(t.width) + funcdata) % ptrSize
		end = funcdata + ptrSize*nfuncdata
	}
	end += uint64(t.width)
	if end > usual {
		rec = t.bytes(i, end)
	}
	if uint64(len(rec)) < end {
		return Record{}, false
	}
	rec = rec[t.width:end]
	if t.version != ver12 { // where names follow without a gap
		end += -(offset + end) % ptrSize
	}
	lo := t.recordsAt + offset
	pair := t.layout.Functab.Lo + uint64(2*i*t.width)
	r := Record{
		Part:   Part{lo, lo + end},
		Pair:   Part{pair, pair + uint64(2*t.width)},
		Name:   u32(rec, recName),
		fixed:  rec[:fixed],
		pcdata: rec[pcdata : pcdata+4*npcdata],
	}
	r.mixed = t.layout.Mixed
	if r.wide = t.version < ver118; r.wide {
		r.funcdata = rec[funcdata : funcdata+ptrSize*nfuncdata]
	} else {
		r.funcdata = rec[funcdata : funcdata+4*nfuncdata]
	}
	return r, true
}

// PCTables yields the offsets in Layout.PCTables of the function's pc-value
// tables. Several functions can have the same.
func (r *Record) PCTables() iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		for _, field := range [...]int{recPCSP, recPCFile, recPCLine} {
			if off := u32(r.fixed, field); off != 0 && !yield(off) {
				return
			}
		}
		for at := 0; at < len(r.pcdata); at += 4 {
			if off := u32(r.pcdata, at); off != 0 && !yield(off) {
				return
			}
		}
	}
}

// FuncData yields where the function's stack maps, inline tree and the like
// begin, as offsets from the moduledata's gofunc. Before 1.18 the table holds
// their addresses instead, which are not yielded.
func (r *Record) FuncData() iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		for at := 0; at < len(r.funcdata) && !r.wide; at += 4 {
			if off := u32(r.funcdata, at); off != noOffset && !yield(off) {
				return
			}
		}
	}
}

// Names yields the offset in Layout.Names and the text of every name, in the
// order of the offsets and as long as it is. There are none if the table is
// Mixed. A name is valid until the next one.
func (t *Table) Names() iter.Seq2[uint32, string] {
	return func(yield func(uint32, string) bool) {
		if t.layout.Mixed {
			return
		}
		const usual = 32 << 10
		size := t.layout.Names.Hi - t.layout.Names.Lo
		for start, ask := uint64(0), uint64(usual); start < size; {
			names := t.namesFrom(start, min(ask, size-start))
			at := 0
			for at < len(names) {
				n := bytes.IndexByte(names[at:], 0)
				if n < 0 {
					break
				}
				if n > 0 && !yield(uint32(start)+uint32(at), unsafe.String(&names[at], n)) {
					return
				}
				at += n + 1
			}
			switch {
			case at > 0:
				start, ask = start+uint64(at), usual
			case uint64(len(names)) < min(ask, size-start) || uint64(len(names)) == size-start:
				return // the last one does not end
			default:
				ask *= 2
			}
		}
	}
}

// namesFrom returns n bytes of the names from an offset on, none where they cannot be
// read. They are valid until the next call.
func (t *Table) namesFrom(at, n uint64) []byte {
	if t.names != nil {
		if at >= uint64(len(t.names)) {
			return nil
		}
		return t.names[at:min(at+n, uint64(len(t.names)))]
	}
	names, err := t.source.Window(t.layout.Names.Lo+at, int(n))
	if err != nil && t.err == nil {
		t.err = err
	}
	return names
}

// UnitFile returns word k of Layout.Units, an offset in Layout.Files. Function
// i's unit begins with word Extent.Unit. It is false for a file that the linker
// dropped, and behind the last word.
func (t *Table) UnitFile(k uint64) (uint32, bool) {
	if t.version == ver12 || k >= uint64(len(t.cutab)/4) {
		return 0, false
	}
	off := binary.LittleEndian.Uint32(t.cutab[4*k:])
	return off, off != noOffset
}

// StringEnd returns the end of the NUL-terminated string at the offset lo of
// the table, which is of a name or a file's name. It is hi, or the end of the part,
// if that comes first.
func (t *Table) StringEnd(lo, hi uint64) uint64 {
	part, names := t.layout.Names, true
	if lo < part.Lo || lo >= part.Hi {
		part, names = t.layout.Files, false
	}
	hi = min(hi, part.Hi)
	if lo < part.Lo || lo >= hi {
		return hi
	}
	var text []byte
	if names {
		text = t.namesFrom(lo-part.Lo, hi-lo)
	} else {
		text = t.files[lo-part.Lo : hi-part.Lo]
	}
	if n := bytes.IndexByte(text, 0); n >= 0 {
		return lo + uint64(n) + 1
	}
	return hi
}

// PCTableEnd returns the end of the pc-value table at the offset lo of the
// table. It is hi, or the end of the part, if that comes first.
func (t *Table) PCTableEnd(lo, hi uint64) uint64 {
	base := t.layout.PCTables.Lo
	hi = min(hi, t.layout.PCTables.Hi)
	if lo < base || lo >= hi {
		return hi
	}
	p, err := t.source.Window(lo, int(hi-lo))
	if err != nil && t.err == nil {
		t.err = err
	}
	for i, first := 0, true; i < len(p); first = false {
		if p[i] == 0 && !first {
			return lo + uint64(i) + 1
		}
		i = skipVarint(p, skipVarint(p, i))
	}
	return hi
}
