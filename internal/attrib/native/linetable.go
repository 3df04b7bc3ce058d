package native

import "strings"

// lineTable is a table of .debug_line, of DWARF 2 to 5 (DWARF 5, 6.2.4).
type lineTable struct {
	header
	dirs    []value // the first is the unit's directory from DWARF 5 on
	files   []lineFile
	program cursor

	minLength  uint64 // of an instruction
	lineBase   int64
	lineRange  uint64
	opcodeBase uint64
	lengths    []uint64 // how many operands an opcode has, from 1 on
}

// lineFile is a file's name and the number of its directory.
type lineFile struct {
	name value
	dir  uint64
}

// readLineTable reads the header of the table at off, if take agrees to read that
// many bytes.
func readLineTable(w *window, off uint64, take func(bytes uint64) bool) (*lineTable, bool) {
	c := w.at(off)
	t := &lineTable{header: header{off: off, offSize: 4, addrSize: 8}}
	length, ok := unitLength(&c, &t.header)
	if !ok {
		return nil, false
	}
	c.end = c.off + length
	t.version = int(c.uint(2))
	if t.version < 2 || t.version > 5 {
		return nil, false
	}
	if t.version == 5 {
		t.addrSize = int(c.uint(1))
		c.skip(1) // segment selector size
	}
	size := c.uint(t.offSize)
	// An address of no bytes would make entries of none.
	if c.bad || size > c.end-c.off || t.addrSize < 1 || t.addrSize > 8 || !take(c.off-off+size) {
		return nil, false
	}
	t.program = c
	t.program.off = c.off + size
	c.end = t.program.off
	t.minLength = c.uint(1)
	if t.version >= 4 {
		c.skip(1) // operations in an instruction: one on all but VLIW machines
	}
	c.skip(1) // default_is_stmt
	t.lineBase = int64(int8(c.uint(1)))
	t.lineRange = c.uint(1)
	t.opcodeBase = c.uint(1)
	for i := uint64(1); i < t.opcodeBase; i++ {
		t.lengths = append(t.lengths, c.uint(1))
	}
	if t.version == 5 {
		t.readEntries(&c, func(name value, _ uint64) { t.dirs = append(t.dirs, name) })
		t.readEntries(&c, func(name value, dir uint64) { t.files = append(t.files, lineFile{name, dir}) })
	} else {
		t.dirs = append(t.dirs, value{}) // number 0 is the unit's directory
		for {
			name, more := t.readName(&c)
			if !more {
				break
			}
			t.dirs = append(t.dirs, name)
		}
		t.files = append(t.files, lineFile{}) // files count from 1
		for {
			name, more := t.readName(&c)
			if !more {
				break
			}
			t.files = append(t.files, lineFile{name, c.uleb()})
			c.uleb() // time of the last change
			c.uleb() // size
		}
	}
	return t, !c.bad
}

// readName reads a name of a list that an empty name ends.
func (t *lineTable) readName(c *cursor) (name value, more bool) {
	name = value{form: formString, num: c.off}
	c.skipString()
	return name, !c.bad && c.off > name.num+1
}

// readEntries reads a description of entries, and the entries.
func (t *lineTable) readEntries(c *cursor, each func(name value, dir uint64)) {
	const path, directory = 1, 2 // DW_LNCT_path, DW_LNCT_directory_index
	var specs []attrSpec
	for n := c.uint(1); n > 0 && !c.bad; n-- {
		spec := attrSpec{attr: c.uleb(), form: c.uleb()}
		switch spec.form {
		case formFlagPresent, formImplicitConst, formIndirect:
			c.bad = true // none of them takes a byte, or says what follows
		}
		specs = append(specs, spec)
	}
	if len(specs) == 0 {
		return
	}
	for n := c.uleb(); n > 0 && !c.bad; n-- {
		var name value
		dir := uint64(0)
		for _, s := range specs {
			v, ok := t.readValue(c, s)
			if !ok {
				c.bad = true
				return
			}
			switch s.attr {
			case path:
				name = v
			case directory:
				dir = v.num
			}
		}
		each(name, dir)
	}
}

// lineRun is the code between two rows of a line table.
type lineRun struct {
	Range
	file, line uint64
}

// runs yields the runs of the table, without empty ones, until yield says that
// it is enough. Neighbours of one file with a line are one run.
func (t *lineTable) runs(yield func(lineRun) bool) {
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
	at := lineRun{file: firstFile, line: firstLine}
	address := uint64(0)
	started := false // at is a row, whose code goes up to address
	var last lineRun
	flush := func() bool {
		r := last
		last = lineRun{}
		return r.Lo >= r.Hi || yield(r)
	}
	file, line := uint64(firstFile), uint64(firstLine)
	row := func() bool {
		if started && at.Lo < address {
			at.Hi = address
			if last.Hi == at.Lo && last.file == at.file && (last.line == 0) == (at.line == 0) && last.Lo < last.Hi {
				last.Hi = at.Hi
			} else {
				if !flush() {
					return false
				}
				last = at
			}
		}
		at = lineRun{Range: Range{Lo: address}, file: file, line: line}
		started = true
		return true
	}
	for !c.bad && c.off < c.end {
		op := c.uint(1)
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
			n := c.uleb()
			if n == 0 || n > c.end-c.off {
				c.bad = true
				break
			}
			end := c.off + n
			switch c.uint(1) {
			case extEndSequence:
				if !row() || !flush() {
					return
				}
				started, address, file, line = false, 0, firstFile, firstLine
			case extSetAddress:
				if n > 1 && n <= 9 {
					address = c.uint(int(n) - 1)
				}
			case extDefineFile:
				if name, ok := t.readName(c); ok {
					t.files = append(t.files, lineFile{name, c.uleb()})
				}
			}
			c.off = end
		case opCopy:
			if !row() {
				return
			}
		case opAdvancePC:
			address += c.uleb() * t.minLength
		case opAdvanceLine:
			line += uint64(c.sleb())
		case opSetFile:
			file = c.uleb()
		case opConstAddPC:
			address += (specialOpcodeLimit - t.opcodeBase) / t.lineRange * t.minLength
		case opFixedAdvancePC:
			address += c.uint(2)
		default:
			for range t.lengths[op-1] {
				c.uleb()
			}
		}
	}
	flush()
}

// path joins the name of a file to its directory, and that to the unit's, "" if
// there is no such file.
func (t *lineTable) path(file uint64, compDir string, text func(value) string) string {
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
