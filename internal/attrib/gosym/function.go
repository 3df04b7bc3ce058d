package gosym

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"unsafe"
)

// nameFactor is how many times longer than the table's average room for a
// function a name may be before it is cut. Real tables have at least 100 bytes
// a function, so that only names beyond 6 kB can be affected.
const nameFactor = 64

// Offsets of fields in a function record (runtime._func), counted from the end
// of its first field, the entry, whose width depends on the version.
const (
	recName   = 0
	recPCSP   = 12
	recPCFile = 16
	recPCLine = 20
	recCU     = 28
	recRest   = 32 // smallest size of what follows the entry, in every version
)

// Extent is a function without its name. Entry, End and Next are virtual addresses, or
// offsets from runtime.text where [Table.Relative] says so.
type Extent struct {
	Entry uint64 // first byte
	End   uint64 // behind the last byte, as the assembler knew it; Entry <= End <= Next
	Next  uint64 // start of the next function; for the last one the table's end

	// Sized is false if no pc-value table gives a size that fits before Next.
	// End is Next then, and fill is still to be trimmed. All that Go's
	// compiler and assembler make is sized; the rest is C code that the Go
	// linker linked in, whose names are not Go names, and markers without code
	// (go:textfipsstart).
	Sized bool

	NameAt uint32 // offset of the name in Layout.Names: see [Table.Name]
	FileAt uint32 // offset in Layout.Files of the source file that the first instruction is from, or NoFile: see [Table.FileName]

	// Unit is a number that functions of one compilation unit, which is one package,
	// share. It is NoUnit before 1.16 and for functions without a unit. A function keeps
	// the unit it was compiled in: instantiated generics, promoted methods and generated
	// comparisons are in a unit that needed them. A unit that names no source files
	// shares its number with the unit after it.
	Unit uint32
}

// NoFile and NoUnit are in place of a file and a unit where there is none: in C code
// linked in, and what the linker made.
const (
	NoFile = noOffset
	NoUnit = noOffset
)

// noOffset marks what is missing.
const noOffset = ^uint32(0)

// Extent returns where function i lies, 0 <= i < Len, by the pc-value tables and without
// its name. Functions are in the order of their entries; one may be empty. It does not
// allocate unless it fails, and it fails, naming i, where the table is corrupt or not
// ascending. A walk is to stop at the first error.
//
// End is the sum of the pc deltas of the function's stack-depth table (pcsp),
// or where it has none of its line or file table: each of them ends where the
// assembler ended the function. On amd64 that excludes alignment fill; on
// arm64 the assembler's own size includes it.
func (t *Table) Extent(i int) (Extent, error) {
	rec, err := t.record(i)
	if err != nil {
		return Extent{}, err
	}
	f := Extent{Entry: t.entry(i), Next: t.entry(i + 1), NameAt: u32(rec, recName), FileAt: NoFile, Unit: NoUnit}
	if t.version != ver12 {
		f.Unit = u32(rec, recCU)
	}
	if f.Next < f.Entry || f.Next > t.entry(t.n) {
		return Extent{}, corrupt(i, "the functions are not in ascending order")
	}
	f.End = f.Next
	for _, field := range [...]int{recPCSP, recPCLine, recPCFile} {
		off := u32(rec, field)
		if off == 0 {
			continue
		}
		room := f.Next - f.Entry
		units, ok := t.codeUnits(off, room/t.quantum)
		if !ok {
			return Extent{}, corrupt(i, "a pc-value table is malformed")
		}
		// A size that reaches into the next function cannot be right;
		// functab wins, as it does in the runtime.
		if size := units * t.quantum; size <= room {
			f.End = f.Entry + size
			f.Sized = true
		}
		break
	}
	if off, problem := t.fileOffset(rec); problem == "" {
		f.FileAt = off
	}
	return f, nil
}

// Func is a function with its name, which shares the table's memory.
type Func struct {
	Extent
	Name string
}

// Func returns function i. It fails as Extent and FuncName do.
func (t *Table) Func(i int) (Func, error) {
	f, err := t.Extent(i)
	if err != nil {
		return Func{}, err
	}
	name, err := t.FuncName(i, f.NameAt)
	if err != nil {
		return Func{}, err
	}
	return Func{f, name}, nil
}

// FuncName returns the name of function i, which is at an offset in Layout.Names. A name
// that is very long for its table (beyond 64 times the average of all bytes per
// function) is cut.
func (t *Table) FuncName(i int, at uint32) (string, error) {
	name, problem := t.name(at)
	if problem != "" {
		return "", corrupt(i, problem)
	}
	return name, nil
}

// File returns the path of the source file that function i's first instruction
// is from, as the compiler wrote it and without allocating. It is "" for
// functions that name none (C code linked in, linker-made code).
func (t *Table) File(i int) (string, error) {
	rec, err := t.record(i)
	if err != nil {
		return "", err
	}
	off, problem := t.fileOffset(rec)
	if problem != "" {
		return "", corrupt(i, problem)
	}
	if off == NoFile {
		return "", nil
	}
	s, problem := t.cstring(t.files, off)
	if problem != "" {
		return "", corrupt(i, problem)
	}
	return s, nil
}

// FileName returns the path at an offset in Layout.Files, "" for NoFile and where there
// is none.
func (t *Table) FileName(at uint32) string {
	s, _ := t.cstring(t.files, at)
	return s
}

// fileOffset returns where the name of the source file of a record's first
// instruction begins, or NoFile.
func (t *Table) fileOffset(rec []byte) (off uint32, problem string) {
	pcfile := u32(rec, recPCFile)
	if pcfile == 0 {
		return NoFile, ""
	}
	no, ok := t.firstValue(pcfile)
	if !ok {
		return NoFile, "its file table is malformed"
	}
	if no < 0 {
		return NoFile, ""
	}
	index, at := t.fileIdx, uint64(no)
	if t.version == ver12 {
		if no == 0 { // that word is the count
			return NoFile, ""
		}
	} else {
		index = t.cutab
		at += uint64(u32(rec, recCU))
	}
	if at >= uint64(len(index)/4) {
		return NoFile, "its source file lies outside the file table"
	}
	return u32(index, int(at)*4), ""
}

// record returns function i's record from behind its entry on.
func (t *Table) record(i int) ([]byte, error) {
	if i < 0 || i >= t.n {
		return nil, corrupt(i, "there is no such function")
	}
	rec := t.bytes(i, uint64(t.width+recRest))
	if len(rec) < t.width+recRest {
		return nil, corrupt(i, "its record lies outside the data")
	}
	return rec[t.width:], nil
}

// bytes returns the first n bytes of function i's record, fewer where the data ends.
// They are valid until the next call.
func (t *Table) bytes(i int, n uint64) []byte {
	off, size := t.field(2*i+1), t.source.Size()
	if off > size-t.recordsAt || t.err != nil {
		return nil
	}
	rec, err := t.source.Window(t.recordsAt+off, int(n))
	if err != nil {
		t.err = err
		return nil
	}
	return rec
}

func corrupt(i int, problem string) error {
	return fmt.Errorf("go function table: function %d: %s", i, problem)
}

func u32(b []byte, off int) uint32 { return binary.LittleEndian.Uint32(b[off:]) }

// Name returns the name at an offset in Layout.Names, as FuncName does.
func (t *Table) Name(off uint32) string {
	s, _ := t.name(off)
	return s
}

// name returns the function name at off.
func (t *Table) name(off uint32) (s, problem string) {
	names := t.allNames()
	if names == nil {
		return "", "" // Err tells
	}
	return t.cstring(names, off)
}

// cstring returns the NUL-terminated string at off in b, cut at the table's
// limit.
func (t *Table) cstring(b []byte, off uint32) (s, problem string) {
	if uint64(off) >= uint64(len(b)) {
		return "", "a name lies outside the data"
	}
	b = b[off:]
	cut := len(b) > t.nameLimit
	if cut {
		b = b[:t.nameLimit]
	}
	n := bytes.IndexByte(b, 0)
	if n < 0 {
		if !cut {
			return "", "a name does not end"
		}
		n = len(b)
	}
	return unsafe.String(unsafe.SliceData(b), n), ""
}
