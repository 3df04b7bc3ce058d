package gosym

import (
	"encoding/binary"
	"strings"
	"testing"
)

// synFunc is a function of a hand-made table. A nil pc-value table becomes
// offset 0.
type synFunc struct {
	entry              uint64
	name               string
	pcsp, pcline, file []byte
	unit               int // index into synTable.units, -1 for none
}

// synTable describes a hand-made table, written by layout below.
type synTable struct {
	magic     uint32
	quantum   byte
	textStart uint64
	funcs     []synFunc
	end       uint64
	units     [][]string // source files by unit; "" is a file that was dropped
}

// pcv encodes pairs of (value delta, pc delta in quanta) and the terminator.
func pcv(pairs ...int) []byte {
	var b []byte
	for i := 0; i < len(pairs); i += 2 {
		b = binary.AppendVarint(b, int64(pairs[i]))
		b = binary.AppendUvarint(b, uint64(pairs[i+1]))
	}
	return append(b, 0)
}

var le = binary.LittleEndian

func (s synTable) bytes() []byte {
	if s.magic == 0xfffffffb {
		return s.bytes12()
	}
	wide := s.magic == 0xfffffffa // entries are addresses
	put := func(b []byte, v uint64) []byte {
		if wide {
			return le.AppendUint64(b, v)
		}
		return le.AppendUint32(b, uint32(v))
	}
	var names, cutab, files []byte
	pctab := []byte{0}
	cuStart := make([]uint32, len(s.units))
	for u, list := range s.units {
		cuStart[u] = uint32(len(cutab) / 4)
		for _, f := range list {
			if f == "" {
				cutab = le.AppendUint32(cutab, 0xffffffff)
				continue
			}
			cutab = le.AppendUint32(cutab, uint32(len(files)))
			files = append(append(files, f...), 0)
		}
	}
	width := 4
	if wide {
		width = 8
	}
	tabSize := (2*len(s.funcs) + 1) * width
	var functab, records []byte
	for _, f := range s.funcs {
		for (tabSize+len(records))%8 != 0 {
			records = append(records, 0)
		}
		functab = put(put(functab, f.entry), uint64(tabSize+len(records)))
		records = put(records, f.entry)
		records = le.AppendUint32(records, uint32(len(names)))
		names = append(append(names, f.name...), 0)
		records = le.AppendUint32(records, 16) // args
		records = le.AppendUint32(records, 0)  // deferreturn
		for _, tab := range [][]byte{f.pcsp, f.file, f.pcline} {
			off := uint32(0)
			if tab != nil {
				off = uint32(len(pctab))
				pctab = append(pctab, tab...)
			}
			records = le.AppendUint32(records, off)
		}
		records = le.AppendUint32(records, 0) // npcdata
		cu := uint32(0xffffffff)
		if f.unit >= 0 {
			cu = cuStart[f.unit]
		}
		records = le.AppendUint32(records, cu)
		if s.magic == 0xfffffff1 {
			records = le.AppendUint32(records, 7) // startLine
		}
		records = append(records, 0, 0, 0, 0) // funcID, flag, padding, nfuncdata
	}
	functab = put(functab, s.end)

	var b []byte
	b = le.AppendUint32(b, s.magic)
	b = append(b, 0, 0, s.quantum, 8)
	b = le.AppendUint64(b, uint64(len(s.funcs)))
	b = le.AppendUint64(b, uint64(len(files)))
	at := uint64(8 + 7*8)
	if !wide {
		b = le.AppendUint64(b, s.textStart)
		at += 8
	}
	for _, part := range [][]byte{names, cutab, files, pctab} {
		b = le.AppendUint64(b, at)
		at += uint64(len(part))
	}
	b = le.AppendUint64(b, at)
	for _, part := range [][]byte{names, cutab, files, pctab, functab, records} {
		b = append(b, part...)
	}
	return b
}

// bytes12 lays the table out as Go 1.2 to 1.15 did: everything is an offset
// from the table's start, and units do not exist (all files are in units[0]).
func (s synTable) bytes12() []byte {
	n := len(s.funcs)
	b := le.AppendUint32(nil, s.magic)
	b = append(b, 0, 0, s.quantum, 8)
	b = le.AppendUint64(b, uint64(n))
	functab := len(b)
	b = append(b, make([]byte, (2*n+1)*8+4)...) // filled in below; the last 4 bytes locate the files
	str := func(v string) uint32 {
		off := len(b)
		b = append(append(b, v...), 0)
		return uint32(off)
	}
	for i, f := range s.funcs {
		name := str(f.name)
		var offs [3]uint32
		for k, tab := range [][]byte{f.pcsp, f.file, f.pcline} {
			if tab != nil {
				offs[k] = uint32(len(b))
				b = append(b, tab...)
			}
		}
		le.PutUint64(b[functab+16*i:], f.entry)
		le.PutUint64(b[functab+16*i+8:], uint64(len(b)))
		b = le.AppendUint64(b, f.entry)
		b = le.AppendUint32(b, name)
		b = le.AppendUint32(b, 16) // args
		b = le.AppendUint32(b, 32) // frame
		for _, off := range offs {
			b = le.AppendUint32(b, off)
		}
		b = le.AppendUint32(b, 0) // npcdata
		b = le.AppendUint32(b, 0) // nfuncdata
	}
	le.PutUint64(b[functab+16*n:], s.end)
	var offs []uint32
	for _, f := range s.units[0] {
		offs = append(offs, str(f))
	}
	le.PutUint32(b[functab+16*n+8:], uint32(len(b)))
	b = le.AppendUint32(b, uint32(len(offs)+1))
	for _, off := range offs {
		b = le.AppendUint32(b, off)
	}
	return b
}

// small is a table of four functions that differ in where their size is from.
// File numbers count from 1 in 1.2, where word 0 of the list is its length,
// and from 0 within the unit later.
func small(magic uint32, quantum byte, base uint64) synTable {
	first := 0
	if magic == 0xfffffffb {
		first = 1
	}
	q := uint64(quantum)
	return synTable{
		magic: magic, quantum: quantum, textStart: 0x401000,
		funcs: []synFunc{
			// Values -1+1=0, +8, -8 over 5, 20 and 2 units: 27.
			{base, "main.main", pcv(1, 5, 8, 20, -8, 2), pcv(11, 27), pcv(1+first, 27), 0},
			// No stack table; lines over 300 units, which takes two bytes.
			{base + 32*q, "net/http.(*Server).Serve", nil, pcv(5, 300), pcv(2+first, 300), 0},
			// The second unit's first file from 1.16 on, the third file in 1.2.
			{base + 400*q, "slices.Sort[go.shape.int]", nil, nil, pcv(1+3*first, 9), 1},
			// C code: no tables at all.
			{base + 410*q, "x_cgo_init", nil, nil, nil, -1},
		},
		end: base + 420*q,
		units: [][]string{
			{"/src/main.go", "/src/http.go", "/src/sort.go"},
			{"/src/sort.go"},
		},
	}
}

func TestSyntheticTables(t *testing.T) {
	for _, tt := range []struct {
		version  string
		magic    uint32
		base     uint64
		relative bool
		start    uint64
		lastUnit uint32
	}{
		{"1.2", 0xfffffffb, 0x401000, false, 0, 0},
		{"1.16", 0xfffffffa, 0x401000, false, 0, 3},
		{"1.18", 0xfffffff0, 0, true, 0x401000, 3},
		{"1.20", 0xfffffff1, 0, true, 0x401000, 3},
	} {
		for _, quantum := range []byte{1, 4} {
			t.Run(tt.version, func(t *testing.T) {
				data := small(tt.magic, quantum, tt.base).bytes()
				if !Plausible(data) {
					t.Error("not plausible")
				}
				tab, err := Parse(append(data, "what follows the table"...))
				if err != nil {
					t.Fatal(err)
				}
				if tab.Version() != tt.version || tab.Len() != 4 || tab.Quantum() != int(quantum) ||
					tab.Relative() != tt.relative || tab.TextStart() != tt.start {
					t.Errorf("got version %s, %d functions, quantum %d, relative %v, text start %#x",
						tab.Version(), tab.Len(), tab.Quantum(), tab.Relative(), tab.TextStart())
				}
				q := uint64(quantum)
				b := tt.base
				if lo, hi := tab.Bounds(); lo != b || hi != b+420*q {
					t.Errorf("bounds %#x-%#x", lo, hi)
				}
				want := []struct {
					f    Func
					file string
					unit uint32
					ok   bool
				}{
					{Func{Extent{Entry: b, End: b + 27*q, Next: b + 32*q, Sized: true}, "main.main"}, "/src/main.go", 0, true},
					{Func{Extent{Entry: b + 32*q, End: b + 332*q, Next: b + 400*q, Sized: true}, "net/http.(*Server).Serve"}, "/src/http.go", 0, true},
					{Func{Extent{Entry: b + 400*q, End: b + 409*q, Next: b + 410*q, Sized: true}, "slices.Sort[go.shape.int]"}, "/src/sort.go", tt.lastUnit, true},
					{Func{Extent{Entry: b + 410*q, End: b + 420*q, Next: b + 420*q, Sized: false}, "x_cgo_init"}, "", 0xffffffff, false},
				}
				for i, w := range want {
					f, err := tab.Func(i)
					if tab.Name(f.NameAt) != w.f.Name {
						t.Errorf("function %d: the name at %d is %q, want %q", i, f.NameAt, tab.Name(f.NameAt), w.f.Name)
					}
					if name := tab.FileName(f.FileAt); name != w.file {
						t.Errorf("function %d: the file at %d is %q, want %q", i, f.FileAt, name, w.file)
					}
					f.NameAt, f.FileAt = 0, 0
					if w.f.Unit = w.unit; tt.version == "1.2" {
						w.f.Unit = NoUnit
					}
					if err != nil || f != w.f {
						t.Errorf("function %d: got %+v, %v, want %+v", i, f, err, w.f)
					}
					file, err := tab.File(i)
					if err != nil || file != w.file {
						t.Errorf("function %d: got file %q, %v, want %q", i, file, err, w.file)
					}
					if ok := f.Unit != NoUnit; ok != (w.ok && tt.version != "1.2") {
						t.Errorf("function %d: got unit %d, want one: %v", i, f.Unit, w.ok)
					}
				}
			})
		}
	}
}

func TestParseErrors(t *testing.T) {
	set8 := func(off int, v byte) func([]byte) []byte {
		return func(b []byte) []byte { b[off] = v; return b }
	}
	set64 := func(off int, v uint64) func([]byte) []byte {
		return func(b []byte) []byte { le.PutUint64(b[off:], v); return b }
	}
	cut := func(n int) func([]byte) []byte { return func(b []byte) []byte { return b[:n] } }
	const v12, v116, v118, v120 = 0xfffffffb, 0xfffffffa, 0xfffffff0, 0xfffffff1
	for _, tt := range []struct {
		name   string
		magic  uint32
		change func([]byte) []byte
		want   string
	}{
		{"empty", v120, cut(0), "shorter than its header"},
		{"magic only", v120, cut(4), "shorter than its header"},
		{"cut header", v120, cut(71), "shorter than its header"},
		{"cut 1.16 header", v116, cut(63), "shorter than its header"},
		{"no magic", v120, set8(0, 0xf2), "unknown magic"},
		{"big-endian", v120, func(b []byte) []byte { copy(b, "\xff\xff\xff\xf1"); return b }, "big-endian"},
		{"padding", v118, set8(5, 1), "padding"},
		{"quantum 2", v118, set8(6, 2), "quantum"},
		{"quantum 0", v118, set8(6, 0), "quantum"},
		{"32 bits", v118, set8(7, 4), "pointer size"},
		{"no functions", v120, set64(8, 0), "no functions"},
		{"one function too many", v120, func(b []byte) []byte { return b[:le.Uint64(b[64:])+(2*4+1)*4-1] }, "more functions"},
		{"2^61 functions", v120, set64(8, 1<<61), "more functions"},
		{"2^64-1 functions", v12, set64(8, 1<<64-1), "more functions"},
		{"part outside", v120, set64(64, 1<<40), "outside the data"},
		{"part at 2^64-1", v116, set64(56, 1<<64-1), "outside the data"},
		{"part in header", v120, set64(32, 71), "overlap"},
		{"parts swapped", v120, set64(40, 1<<20), "outside the data"},
		{"parts out of order", v120, set64(48, 73), "overlap"},
		{"file table outside", v12, func(b []byte) []byte { le.PutUint32(b[16+9*8:], 1<<31); return b }, "file table lies outside"},
		{"file table cut", v12, func(b []byte) []byte { return b[:len(b)-1] }, "more source files"},
		{"file table missing", v12, cut(16 + 9*8 + 3), "file table is missing"},
		{"unrelocated", v116, func(b []byte) []byte {
			off := le.Uint64(b[56:])
			for i := range uint64(5) {
				le.PutUint64(b[off+i*16:], 0)
			}
			return b
		}, "cover no code"},
		{"spans too much", v12, set64(16+8*8, 1<<33), "4 GiB"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			data := tt.change(small(tt.magic, 1, 0x1000).bytes())
			_, err := Parse(data)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got error %v, want one with %q", err, tt.want)
			}
			if Plausible(data) {
				t.Error("plausible")
			}
		})
	}
}

// TestFuncSize checks where a single function of 64 bytes ends.
func TestFuncSize(t *testing.T) {
	for _, tt := range []struct {
		name  string
		f     synFunc
		size  uint64
		sized bool
		bad   bool
	}{
		{"pcsp wins", synFunc{pcsp: pcv(1, 60), pcline: pcv(1, 50), file: pcv(1, 40)}, 60, true, false},
		{"then lines", synFunc{pcline: pcv(1, 50), file: pcv(1, 40)}, 50, true, false},
		{"then files", synFunc{file: pcv(1, 40)}, 40, true, false},
		{"exactly all", synFunc{pcsp: pcv(1, 64)}, 64, true, false},
		{"too long is capped", synFunc{pcsp: pcv(1, 65)}, 64, false, false},
		{"far too long", synFunc{pcsp: pcv(1, 1<<31, 1, 1<<31, 1, 1<<31)}, 64, false, false},
		{"value stays -1", synFunc{pcsp: pcv(0, 12)}, 12, true, false},
		{"empty last pair", synFunc{pcsp: pcv(1, 12, 1, 0)}, 12, true, false},
		{"empty inner pair", synFunc{pcsp: pcv(1, 12, 1, 0, 1, 2)}, 0, false, true},
		{"no end", synFunc{pcsp: []byte{2, 1}}, 0, false, true},
		{"value only", synFunc{pcsp: []byte{2}}, 0, false, true},
		{"long varint", synFunc{pcsp: []byte{0x82, 0x80, 0x80, 0x80, 0x80, 0x80, 0, 5, 0}}, 0, false, true},
		{"long pc varint", synFunc{pcsp: []byte{2, 0x82, 0x80, 0x80, 0x80, 0x80, 0x80, 0, 0}}, 0, false, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.f.name, tt.f.unit = "f", 0
			tab, err := Parse(synTable{magic: 0xfffffff1, quantum: 1, funcs: []synFunc{tt.f}, end: 64,
				units: [][]string{{"a", "b"}}}.bytes())
			if err != nil {
				t.Fatal(err)
			}
			f, err := tab.Func(0)
			if (err != nil) != tt.bad || f.End != tt.size || f.Sized != tt.sized {
				t.Errorf("got %+v, %v", f, err)
			}
		})
	}
}

func TestCorruptFunctions(t *testing.T) {
	type edit func(tab *Table)
	rec := func(field int, v uint32) edit {
		return func(tab *Table) {
			le.PutUint32(tab.source.(whole)[tab.recordsAt+tab.field(3)+uint64(tab.width+field):], v)
		}
	}
	for _, tt := range []struct {
		name         string
		edit         edit
		function, in bool // which of Func and File fail
	}{
		{"untouched", func(*Table) {}, false, false},
		{"descending", func(tab *Table) { le.PutUint32(tab.functab[16:], 31) }, true, false},
		{"beyond the end", func(tab *Table) { le.PutUint32(tab.functab[16:], 421) }, true, false},
		{"record outside", func(tab *Table) { le.PutUint32(tab.functab[12:], 1<<31) }, true, true},
		{"record cut off", func(tab *Table) { le.PutUint32(tab.functab[12:], uint32(tab.source.Size()-tab.recordsAt-35)) }, true, true},
		{"name outside", rec(0, 1<<31), true, false},
		{"name without end", func(tab *Table) { tab.ReadNames(); tab.names = tab.names[:20] }, true, false},
		{"lines outside", rec(20, 1<<31), true, false},
		{"files outside", rec(16, 1<<31), false, true},
		{"unit outside", rec(28, 1<<31), false, true},
		{"no unit but a file", rec(28, 1<<32-1), false, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tab, err := Parse(small(0xfffffff1, 1, 0).bytes())
			if err != nil {
				t.Fatal(err)
			}
			tt.edit(tab)
			_, err = tab.Func(1)
			if (err != nil) != tt.function || err != nil && !strings.Contains(err.Error(), "function 1:") {
				t.Errorf("Func: %v", err)
			}
			_, err = tab.File(1)
			if (err != nil) != tt.in || err != nil && !strings.Contains(err.Error(), "function 1:") {
				t.Errorf("File: %v", err)
			}
		})
	}
	tab, err := Parse(small(0xfffffff1, 1, 0).bytes())
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{-1, 4, 1 << 40} {
		if _, err := tab.Func(i); err == nil {
			t.Errorf("Func(%d) succeeds", i)
		}
		if _, err := tab.File(i); err == nil {
			t.Errorf("File(%d) succeeds", i)
		}
	}
}

func TestFileOfNothing(t *testing.T) {
	s := small(0xfffffff1, 1, 0)
	s.units[0][0] = "" // dropped by the linker
	s.funcs[1].file = pcv(0, 300)
	tab, err := Parse(s.bytes())
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		if file, err := tab.File(i); file != "" || err != nil {
			t.Errorf("function %d: got %q, %v", i, file, err)
		}
	}
}

// TestLongNames checks that names that are long for their table are cut: that
// is what keeps a walk linear where many functions share one long name.
func TestLongNames(t *testing.T) {
	s := synTable{magic: 0xfffffff1, quantum: 1, end: 1000, units: [][]string{{"a"}}}
	long := "p.F" + strings.Repeat("x", 1<<18)
	for i := range 1000 {
		s.funcs = append(s.funcs, synFunc{entry: uint64(i), name: "p.f", unit: 0})
	}
	s.funcs[7].name = long
	data := s.bytes()
	tab, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	f, err := tab.Func(7)
	if want := len(data) / 1000 * 64; err != nil || len(f.Name) != want || !strings.HasPrefix(long, f.Name) {
		t.Errorf("got a name of %d bytes, %v, want %d", len(f.Name), err, want)
	}
	if f, err := tab.Func(8); err != nil || f.Name != "p.f" {
		t.Errorf("got %+v, %v", f, err)
	}
}
