// Package gosym reads what a Go program says about its own functions: the
// function table (pclntab) that the linker writes for tracebacks and that
// survives stripping, and the package paths inside symbol names.
//
// It works on plain bytes. Finding the table in a file, and the address of
// runtime.text that the offsets of newer tables count from, is the caller's
// part.
//
// The format is specified by its writer, cmd/link/internal/ld/pcln.go and
// cmd/internal/obj/pcln.go of the Go distribution, and by its reader in
// runtime/symtab.go; debug/gosym documents the layouts of older versions.
//
// Input may be hostile. Nothing here panics on it or allocates by a count read
// from it, and the time to walk a table is linear in len(data) plus the span
// of code that [Table.Bounds] reports: a caller that does not trust the table
// must compare the bounds with the size of the code before walking it.
package gosym

import (
	"encoding/binary"
)

// version tells the four layouts apart. They are ordered by age.
type version uint8

const (
	ver12 version = iota
	ver116
	ver118
	ver120
)

// versionNames are the Go releases that introduced each layout.
var versionNames = [...]string{ver12: "1.2", ver116: "1.16", ver118: "1.18", ver120: "1.20"}

// The magic numbers.
const (
	magic12  = 0xfffffffb
	magic116 = 0xfffffffa
	magic118 = 0xfffffff0
	magic120 = 0xfffffff1
)

const (
	fixedHeader = 8 // magic, two zero bytes, quantum, pointer size
	ptrSize     = 8
)

// Table is a parsed function table. It refers to the bytes given to [Parse],
// which must not change while the table or a string from it is in use. One from
// [Open] reads records as they are asked for: in their order, that is quick. Its names
// and its pc-value tables, a quarter of it each, are read whole when one is needed. It
// is for one goroutine.
type Table struct {
	version   version
	quantum   uint64
	n         int
	width     int // bytes of a functab field, and of the entry in a function record: 8, from 1.18 on 4
	nameLimit int
	textStart uint64
	layout    Layout
	recordsAt uint64 // offset in data that the record offsets count from

	source  Source
	err     error  // the first of reading records
	functab []byte // n pairs (entry, offset of the record behind recordsAt), then the end of the last function
	names   []byte // nil until they are needed
	cutab   []byte // 1.16 and later: uint32 offsets into files
	files   []byte // NUL-terminated names; for 1.2 the whole table
	fileIdx []byte // 1.2 only: uint32 offsets into files, the first one being the count
	pctab   []byte // nil until it is needed
	room    []byte // of what was dropped, for what is read next
}

// Parse reads and checks the header of the function table at the start of
// data. The table may end before data does. Only little-endian tables with
// 8-byte pointers and an instruction quantum of 1 (amd64) or 4 (arm64) are
// supported. The error is one line without the file's name.
//
// In position-independent programs built by Go before 1.18 the table holds
// addresses that only relocations fill in; without them the table is refused.
func Parse(data []byte) (*Table, error) { return Open(whole(data)) }

// Open is Parse for a table that is not in memory. An error of the source is
// returned as it is.
func Open(source Source) (*Table, error) {
	t := &Table{source: source}
	problem, err := t.readHeader()
	if err != nil {
		return nil, err
	}
	if problem != "" {
		return nil, Malformed("go function table: " + problem)
	}
	return t, nil
}

// Another returns the table for another goroutine. What is read by then they have in
// common.
func (t *Table) Another() *Table {
	other := *t
	other.source, other.err = t.source.Another(), nil
	return &other
}

// Malformed is what is wrong with a table, and no error of reading.
type Malformed string

func (m Malformed) Error() string { return string(m) }

// ReadNames reads the names of functions. Names and StringEnd do without, in their
// order.
func (t *Table) ReadNames() error {
	if t.names == nil {
		t.names = t.read(t.layout.Names)
	}
	return t.err
}

// ReadPCTables reads the pc-value tables.
func (t *Table) ReadPCTables() error {
	if t.pctab == nil {
		t.pctab = t.read(t.layout.PCTables)
	}
	return t.err
}

// allNames are the names, and pcTables the pc-value tables, nil where they cannot be
// read.
func (t *Table) allNames() []byte {
	if t.names == nil && t.err == nil {
		t.ReadNames()
	}
	return t.names
}

func (t *Table) pcTables() []byte {
	if t.pctab == nil && t.err == nil {
		t.ReadPCTables()
	}
	return t.pctab
}

func (t *Table) read(p Part) []byte {
	part, err := t.source.Part(t.room, p.Lo, p.Hi)
	t.room = nil
	if t.err == nil {
		t.err = err
	}
	return part
}

// Forget drops what it takes to read functions, and names too if that is asked
// for. What is left is the layout, and the names that are.
func (t *Table) Forget(names bool) {
	none := []byte{} // and nothing that is still to be read
	t.source, t.functab, t.cutab, t.files, t.fileIdx, t.pctab, t.room = whole(nil), nil, nil, nil, nil, none, nil
	t.n = 0
	if names || t.names == nil {
		t.names = none
	}
}

// ForgetNames drops the names of functions, unless they are in one part with all
// else.
func (t *Table) ForgetNames() {
	if !t.layout.Mixed {
		t.names = nil
	}
}

// ForgetPCTables drops the pc-value tables, unless they are in one part with all
// else. What is read next may take their room.
func (t *Table) ForgetPCTables() {
	if !t.layout.Mixed {
		t.room, t.pctab = t.pctab[:0], nil
	}
}

// Err returns the first error of reading records. Functions that ended with one
// have told that there is nothing.
func (t *Table) Err() error { return t.err }

// Plausible reports whether [Parse] would accept data. It reads only the
// header and two entries, so that it can be called wherever a magic number is
// seen.
func Plausible(data []byte) bool {
	t := Table{source: whole(data)}
	problem, _ := t.readHeader()
	return problem == ""
}

// HasAddresses reports whether the table whose header data begins with is of a
// version that holds addresses everywhere, and not only in its header.
func HasAddresses(data []byte) bool {
	if len(data) < 4 {
		return false
	}
	magic := binary.LittleEndian.Uint32(data)
	return magic == magic12 || magic == magic116
}

// Version returns the Go release that introduced the table's layout: "1.2",
// "1.16", "1.18" or "1.20".
func (t *Table) Version() string { return versionNames[t.version] }

// Quantum returns the unit of the table's code sizes in bytes: 1 on amd64,
// 4 on arm64.
func (t *Table) Quantum() int { return int(t.quantum) }

// Relative reports whether entries are offsets from runtime.text (1.18 and
// later) and not virtual addresses.
func (t *Table) Relative() bool { return t.version >= ver118 }

// TextStart returns the address of runtime.text that the header holds. It is 0
// before 1.18, which has no such word, for Go 1.26 and later, which leaves it
// empty, and where only a relocation fills it in.
func (t *Table) TextStart() uint64 { return t.textStart }

// Len returns the number of functions, which is at least 1.
func (t *Table) Len() int { return t.n }

// Bounds returns the start of the first function and the end of the last one,
// in the representation of [Func]'s Entry; lo is below hi.
func (t *Table) Bounds() (lo, hi uint64) { return t.entry(0), t.entry(t.n) }

// readHeader fills in t. It returns what is wrong with the table, or "".
// The message is constant: a search may try very many places.
func (t *Table) readHeader() (problem string, err error) {
	const largest = fixedHeader + 8*ptrSize
	data, err := t.source.Window(0, largest)
	if err != nil {
		return "", err
	}
	size := t.source.Size()
	if len(data) < fixedHeader+ptrSize {
		return "shorter than its header", nil
	}
	words := 0 // pointer-sized words of the header after the fixed part
	switch magic := binary.LittleEndian.Uint32(data); magic {
	case magic12:
		t.version, words = ver12, 1
	case magic116:
		t.version, words = ver116, 7
	case magic118:
		t.version, words = ver118, 8
	case magic120:
		t.version, words = ver120, 8
	case 0xfbffffff, 0xfaffffff, 0xf0ffffff, 0xf1ffffff:
		return "big-endian tables are not supported", nil
	default:
		return "unknown magic number", nil
	}
	if data[4] != 0 || data[5] != 0 {
		return "the header's padding is not zero", nil
	}
	if data[6] != 1 && data[6] != 4 {
		return "the instruction quantum is neither 1 nor 4", nil
	}
	if data[7] != ptrSize {
		return "the pointer size is not 8", nil
	}
	t.quantum = uint64(data[6])
	if len(data) < fixedHeader+words*ptrSize {
		return "shorter than its header", nil
	}
	word := func(i int) uint64 { return binary.LittleEndian.Uint64(data[fixedHeader+i*ptrSize:]) }

	t.width = ptrSize
	if t.version >= ver118 {
		t.width = 4
		t.textStart = word(2)
	}
	part := func(lo, hi uint64) (b []byte) {
		if err == nil {
			b, err = t.source.Part(nil, lo, hi)
		}
		return b
	}
	functabAt := uint64(fixedHeader + ptrSize)
	var off [5]uint64
	if t.version != ver12 {
		// The linker lays the parts out in this order, so that each ends
		// where the next begins. The last one is open-ended.
		first := words - 5
		low := uint64(fixedHeader + words*ptrSize)
		for i := range off {
			off[i] = word(first + i)
			if off[i] < low {
				return "its parts overlap", nil
			}
			if off[i] > size {
				return "a part lies outside the data", nil
			}
			low = off[i]
		}
		t.recordsAt, functabAt = off[4], off[4]
		t.layout = Layout{Header: Part{0, uint64(fixedHeader + words*ptrSize)}, Names: Part{off[0], off[1]},
			Units: Part{off[1], off[2]}, Files: Part{off[2], off[3]}, PCTables: Part{off[3], off[4]}}
	}

	n := word(0)
	if n == 0 {
		return "it has no functions", nil
	}
	if room := size - functabAt; room < uint64(t.width) || n > (room-uint64(t.width))/uint64(2*t.width) {
		return "more functions than the data can hold", nil
	}
	t.n = int(n)
	end := functabAt + uint64((2*t.n+1)*t.width)
	t.functab = part(functabAt, end)
	t.layout.Functab = Part{functabAt, end}
	t.layout.Records = Part{end, size}
	if t.version == ver12 {
		all := part(0, size)
		if err != nil {
			return "", err
		}
		t.names, t.pctab, t.files = all, all, all
		if problem := t.readFileIndex(all[end:]); problem != "" {
			return problem, nil
		}
	} else {
		t.cutab, t.files = part(off[1], off[2]), part(off[2], off[3])
	}
	if err != nil {
		return "", err
	}

	lo, hi := t.Bounds()
	if lo >= hi {
		return "the functions cover no code (are the table's relocations not applied?)", nil
	}
	// Both architectures reach code by 32-bit displacements at most.
	if hi-lo > 1<<32 {
		return "the functions span more than 4 GiB", nil
	}
	// Functions may share a name's bytes, so the work on names is bounded by
	// their average share of the table, not by each name's length.
	t.nameLimit = int(size) / t.n * nameFactor
	return "", nil
}

// readFileIndex finds the list of source files of a 1.2 table, whose offset
// follows the function table.
func (t *Table) readFileIndex(rest []byte) string {
	if len(rest) < 4 {
		return "the file table is missing"
	}
	off := uint64(binary.LittleEndian.Uint32(rest))
	if off > uint64(len(t.files)) || len(t.files)-int(off) < 4 {
		return "the file table lies outside the data"
	}
	idx := t.files[off:]
	n := uint64(binary.LittleEndian.Uint32(idx))
	if n > uint64(len(idx)/4) {
		return "more source files than the data can hold"
	}
	t.fileIdx = idx[:n*4]
	all := Part{0, t.source.Size()}
	t.layout.Mixed = true
	t.layout.Header = Part{0, t.layout.Functab.Lo}
	t.layout.Functab.Hi += 4 // the offset of this list
	t.layout.Units = Part{off, off + n*4}
	t.layout.Names, t.layout.Files, t.layout.PCTables, t.layout.Records = all, all, all, all
	return ""
}

// entry returns field 0 of functab's pair i; the pair after the last function
// is its end.
func (t *Table) entry(i int) uint64 { return t.field(2 * i) }

// field returns functab's i-th field.
func (t *Table) field(i int) uint64 {
	if t.width == 4 {
		return uint64(binary.LittleEndian.Uint32(t.functab[i*4:]))
	}
	return binary.LittleEndian.Uint64(t.functab[i*8:])
}
