// Package linetable reads the tables of .debug_line: which source file the code at
// an address is from.
package linetable

import (
	"strings"

	"github.com/sizegate/sizegate/internal/attrib/dwarf"
	"github.com/sizegate/sizegate/internal/attrib/dwarf/window"
)

// Table is a table of .debug_line, of DWARF 2 to 5 (DWARF 5, 6.2.4).
type Table struct {
	header  dwarf.Header
	dirs    []dwarf.Value // the first is the unit's directory from DWARF 5 on
	files   []fileEntry
	program window.Cursor

	minLength  uint64 // of an instruction
	lineBase   int64
	lineRange  uint64
	opcodeBase uint64
	lengths    []uint64 // how many operands an opcode has, from 1 on
}

// fileEntry is a file's name and the number of its directory.
type fileEntry struct {
	name dwarf.Value
	dir  uint64
}

// Read reads the header of the table at off, if take agrees to read that
// many bytes.
func Read(w *window.Window, off uint64, take func(bytes uint64) bool) (*Table, bool) {
	c := w.At(off)
	t := &Table{header: dwarf.Header{Off: off, OffSize: 4, AddrSize: 8}}
	length, ok := dwarf.UnitLength(&c, &t.header)
	if !ok {
		return nil, false
	}
	c.End = c.Off + length
	t.header.Version = int(c.Uint(2))
	if t.header.Version < 2 || t.header.Version > 5 {
		return nil, false
	}
	if t.header.Version == 5 {
		t.header.AddrSize = int(c.Uint(1))
		c.Skip(1) // segment selector size
	}
	size := c.Uint(t.header.OffSize)
	// An address of no bytes would make entries of none.
	if c.Bad || size > c.End-c.Off || t.header.AddrSize < 1 || t.header.AddrSize > 8 || !take(c.Off-off+size) {
		return nil, false
	}
	t.program = c
	t.program.Off = c.Off + size
	c.End = t.program.Off
	t.minLength = c.Uint(1)
	if t.header.Version >= 4 {
		c.Skip(1) // operations in an instruction: one on all but VLIW machines
	}
	c.Skip(1) // default_is_stmt
	t.lineBase = int64(int8(c.Uint(1)))
	t.lineRange = c.Uint(1)
	t.opcodeBase = c.Uint(1)
	for i := uint64(1); i < t.opcodeBase; i++ {
		t.lengths = append(t.lengths, c.Uint(1))
	}
	if t.header.Version == 5 {
		t.readEntries(&c, func(name dwarf.Value, _ uint64) { t.dirs = append(t.dirs, name) })
		t.readEntries(&c, func(name dwarf.Value, dir uint64) { t.files = append(t.files, fileEntry{name, dir}) })
	} else {
		t.dirs = append(t.dirs, dwarf.Value{}) // number 0 is the unit's directory
		for {
			name, more := t.readName(&c)
			if !more {
				break
			}
			t.dirs = append(t.dirs, name)
		}
		t.files = append(t.files, fileEntry{}) // files count from 1
		for {
			name, more := t.readName(&c)
			if !more {
				break
			}
			t.files = append(t.files, fileEntry{name, c.Uleb()})
			c.Uleb() // time of the last change
			c.Uleb() // size
		}
	}
	return t, !c.Bad
}

// readName reads a name of a list that an empty name ends.
func (t *Table) readName(c *window.Cursor) (name dwarf.Value, more bool) {
	name = dwarf.Value{Form: dwarf.FormString, Num: c.Off}
	c.SkipString()
	return name, !c.Bad && c.Off > name.Num+1
}

// readEntries reads a description of entries, and the entries.
func (t *Table) readEntries(c *window.Cursor, each func(name dwarf.Value, dir uint64)) {
	const path, directory = 1, 2 // DW_LNCT_path, DW_LNCT_directory_index
	var specs []dwarf.AttrSpec
	for n := c.Uint(1); n > 0 && !c.Bad; n-- {
		spec := dwarf.AttrSpec{Attr: c.Uleb(), Form: c.Uleb()}
		switch spec.Form {
		case dwarf.FormFlagPresent, dwarf.FormImplicitConst, dwarf.FormIndirect:
			c.Bad = true // none of them takes a byte, or says what follows
		}
		specs = append(specs, spec)
	}
	if len(specs) == 0 {
		return
	}
	for n := c.Uleb(); n > 0 && !c.Bad; n-- {
		var name dwarf.Value
		dir := uint64(0)
		for _, s := range specs {
			v, ok := t.header.ReadValue(c, s)
			if !ok {
				c.Bad = true
				return
			}
			switch s.Attr {
			case path:
				name = v
			case directory:
				dir = v.Num
			}
		}
		each(name, dir)
	}
}

// Run is the code between two rows of a line table.
type Run struct {
	dwarf.Range
	File, Line uint64
}

// ProgramSize is how many bytes Runs reads.
func (t *Table) ProgramSize() uint64 { return t.program.End - t.program.Off }

// Runs yields the runs of the table, without empty ones, until yield says that
// it is enough. Neighbours of one file with a line are one run.
func (t *Table) Runs(yield func(Run) bool) {
	const (
		opCopy             = 1
		opAdvancePC        = 2
		opAdvanceLine      = 3
		opSetFile          = 4
		opConstAddPC       = 8
		opFixedAdvancePC   = 9
		extEndSequence     = 1
		extSetAddress      = 2
		extDefineFile      = 3
		firstFile          = 1
		firstLine          = 1
		specialOpcodeLimit = 255
	)
	if t.lineRange == 0 {
		return
	}
	c := &t.program
	at := Run{File: firstFile, Line: firstLine}
	address := uint64(0)
	started := false // at is a row, whose code goes up to address
	var last Run
	flush := func() bool {
		r := last
		last = Run{}
		return r.Lo >= r.Hi || yield(r)
	}
	file, line := uint64(firstFile), uint64(firstLine)
	row := func() bool {
		if started && at.Lo < address {
			at.Hi = address
			if last.Hi == at.Lo && last.File == at.File && (last.Line == 0) == (at.Line == 0) && last.Lo < last.Hi {
				last.Hi = at.Hi
			} else {
				if !flush() {
					return false
				}
				last = at
			}
		}
		at = Run{Range: dwarf.Range{Lo: address}, File: file, Line: line}
		started = true
		return true
	}
	for !c.Bad && c.Off < c.End {
		op := c.Uint(1)
		if op >= t.opcodeBase {
			op -= t.opcodeBase
			address += op / t.lineRange * t.minLength
			line += uint64(t.lineBase + int64(op%t.lineRange))
			if !row() {
				return
			}
			continue
		}
		switch op {
		case 0:
			n := c.Uleb()
			if n == 0 || n > c.End-c.Off {
				c.Bad = true
				break
			}
			end := c.Off + n
			switch c.Uint(1) {
			case extEndSequence:
				if !row() || !flush() {
					return
				}
				started, address, file, line = false, 0, firstFile, firstLine
			case extSetAddress:
				if n > 1 && n <= 9 {
					address = c.Uint(int(n) - 1)
				}
			case extDefineFile:
				if name, ok := t.readName(c); ok {
					t.files = append(t.files, fileEntry{name, c.Uleb()})
				}
			}
			c.Off = end
		case opCopy:
			if !row() {
				return
			}
		case opAdvancePC:
			address += c.Uleb() * t.minLength
		case opAdvanceLine:
			line += uint64(c.Sleb())
		case opSetFile:
			file = c.Uleb()
		case opConstAddPC:
			address += (specialOpcodeLimit - t.opcodeBase) / t.lineRange * t.minLength
		case opFixedAdvancePC:
			address += c.Uint(2)
		default:
			for range t.lengths[op-1] {
				c.Uleb()
			}
		}
	}
	flush()
}

// Path joins the name of a file to its directory, and that to the unit's, "" if
// there is no such file.
func (t *Table) Path(file uint64, compDir string, text func(dwarf.Value) string) string {
	if file >= uint64(len(t.files)) {
		return ""
	}
	f := t.files[file]
	name := text(f.name)
	if name == "" || strings.HasPrefix(name, "/") {
		return name
	}
	if f.dir < uint64(len(t.dirs)) {
		if dir := text(t.dirs[f.dir]); dir != "" {
			name = dir + "/" + name
		}
	}
	if compDir != "" && !strings.HasPrefix(name, "/") {
		name = compDir + "/" + name
	}
	return name
}
