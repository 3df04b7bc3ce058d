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
	"errors"
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

const (
	fixedHeader = 8 // magic, two zero bytes, quantum, pointer size
	ptrSize     = 8
)

// Table is a parsed function table. It refers to the bytes given to [Parse],
// which must not change while the table or a string from it is in use.
// It is safe for concurrent use.
type Table struct {
	version   version
	quantum   uint64
	n         int
	width     int // bytes of a functab field, and of the entry in a function record: 8, from 1.18 on 4
	nameLimit int
	textStart uint64
	layout    Layout
	recordsAt uint64 // offset in data that the record offsets count from

	data    []byte // the table, and what follows it
	functab []byte // n pairs (entry, offset of the record in records), then the end of the last function
	records []byte // what the record offsets of functab count from
	names   []byte
	cutab   []byte // 1.16 and later: uint32 offsets into files
	files   []byte // NUL-terminated names; for 1.2 the whole table
	fileIdx []byte // 1.2 only: uint32 offsets into files, the first one being the count
	pctab   []byte
}

// Parse reads and checks the header of the function table at the start of
// data. The table may end before data does. Only little-endian tables with
// 8-byte pointers and an instruction quantum of 1 (amd64) or 4 (arm64) are
// supported. The error is one line without the file's name.
//
// In position-independent programs built by Go before 1.18 the table holds
// addresses that only relocations fill in; without them the table is refused.
func Parse(data []byte) (*Table, error) {
	t := new(Table)
	if problem := t.readHeader(data); problem != "" {
		return nil, errors.New("go function table: " + problem)
	}
	return t, nil
}

// Plausible reports whether [Parse] would accept data. It reads only the
// header and two entries, so that it can be called wherever a magic number is
// seen.
func Plausible(data []byte) bool {
	var t Table
	return t.readHeader(data) == ""
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

// readHeader fills in t. It returns what is wrong with data, or "".
// The message is constant: a search may try very many places.
func (t *Table) readHeader(data []byte) string {
	if len(data) < fixedHeader+ptrSize {
		return "shorter than its header"
	}
	words := 0 // pointer-sized words of the header after the fixed part
	switch magic := binary.LittleEndian.Uint32(data); magic {
	case 0xfffffffb:
		t.version, words = ver12, 1
	case 0xfffffffa:
		t.version, words = ver116, 7
	case 0xfffffff0:
		t.version, words = ver118, 8
	case 0xfffffff1:
		t.version, words = ver120, 8
	case 0xfbffffff, 0xfaffffff, 0xf0ffffff, 0xf1ffffff:
		return "big-endian tables are not supported"
	default:
		return "unknown magic number"
	}
	if data[4] != 0 || data[5] != 0 {
		return "the header's padding is not zero"
	}
	if data[6] != 1 && data[6] != 4 {
		return "the instruction quantum is neither 1 nor 4"
	}
	if data[7] != ptrSize {
		return "the pointer size is not 8"
	}
	t.quantum = uint64(data[6])
	if len(data) < fixedHeader+words*ptrSize {
		return "shorter than its header"
	}
	word := func(i int) uint64 { return binary.LittleEndian.Uint64(data[fixedHeader+i*ptrSize:]) }

	t.width = ptrSize
	if t.version >= ver118 {
		t.width = 4
		t.textStart = word(2)
	}
	t.data = data
	functab, functabAt := data[fixedHeader+ptrSize:], uint64(fixedHeader+ptrSize)
	if t.version == ver12 {
		t.records, t.names, t.pctab, t.files = data, data, data, data
	} else {
		// The linker lays the parts out in this order, so that each ends
		// where the next begins. The last one is open-ended.
		first := words - 5
		var off [5]uint64
		low := uint64(fixedHeader + words*ptrSize)
		for i := range off {
			off[i] = word(first + i)
			if off[i] < low {
				return "its parts overlap"
			}
			if off[i] > uint64(len(data)) {
				return "a part lies outside the data"
			}
			low = off[i]
		}
		t.names = data[off[0]:off[1]]
		t.cutab = data[off[1]:off[2]]
		t.files = data[off[2]:off[3]]
		t.pctab = data[off[3]:off[4]]
		t.records = data[off[4]:]
		t.recordsAt = off[4]
		functab, functabAt = t.records, off[4]
		t.layout = Layout{Header: Part{0, uint64(fixedHeader + words*ptrSize)}, Names: Part{off[0], off[1]},
			Units: Part{off[1], off[2]}, Files: Part{off[2], off[3]}, PCTables: Part{off[3], off[4]}}
	}

	n := word(0)
	if n == 0 {
		return "it has no functions"
	}
	if len(functab) < t.width || n > uint64(len(functab)-t.width)/uint64(2*t.width) {
		return "more functions than the data can hold"
	}
	t.n = int(n)
	end := (2*t.n + 1) * t.width
	t.functab = functab[:end]
	t.layout.Functab = Part{functabAt, functabAt + uint64(end)}
	t.layout.Records = Part{t.layout.Functab.Hi, uint64(len(data))}
	if t.version == ver12 {
		if problem := t.readFileIndex(functab[end:]); problem != "" {
			return problem
		}
	}

	lo, hi := t.Bounds()
	if lo >= hi {
		return "the functions cover no code (are the table's relocations not applied?)"
	}
	// Both architectures reach code by 32-bit displacements at most.
	if hi-lo > 1<<32 {
		return "the functions span more than 4 GiB"
	}
	// Functions may share a name's bytes, so the work on names is bounded by
	// their average share of the table, not by each name's length.
	t.nameLimit = len(data) / t.n * nameFactor
	return ""
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
	all := Part{0, uint64(len(t.data))}
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
