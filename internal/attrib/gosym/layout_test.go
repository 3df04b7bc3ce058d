package gosym

import (
	"bytes"
	"slices"
	"testing"
)

// layoutTables are written by hand from runtime/runtime2.go and
// runtime/symtab.go of the Go releases that have the layouts: functions p.A and
// p.B of a unit with one file, which share a pc-value table. p.B has two words
// of pc data and three of function data. The comments count offsets.
var layoutTables = map[string]struct {
	data    []byte
	layout  Layout
	records [2]Part
	pairs   [2]Part
	funcs   [2][]uint32 // function data
}{
	"1.20": {
		data: slices.Concat(
			words32(0xfffffff1, 0x08010000), words64(2, 1, 0x1000, 72, 80, 88, 96, 104), // 0
			[]byte("p.A\x00p.B\x00"), words32(0, 0), []byte("/a.go\x00\x00\x00"), // 72, 80, 88
			[]byte{0, 2, 9, 0, 4, 7, 0, 0},           // 96: fill, 1: 0 for 9, 4: 1 for 7
			words32(0, 24, 16, 72, 32),               // 104
			words32(0),                               // 124
			words32(0, 0, 0, 0, 1, 1, 1, 0, 0, 5, 0), // 128
			words32(0),                               // 172
			words32(16, 4, 0, 0, 1, 1, 4, 2, 0, 6, 0x03000000, 0, 4, 0, 0xffffffff, 0x20), // 176
		),
		layout: Layout{Header: Part{0, 72}, Names: Part{72, 80}, Units: Part{80, 88}, Files: Part{88, 96},
			PCTables: Part{96, 104}, Functab: Part{104, 124}, Records: Part{124, 240}},
		records: [2]Part{{128, 176}, {176, 240}},
		pairs:   [2]Part{{104, 112}, {112, 120}},
		funcs:   [2][]uint32{nil, {0, 0x20}},
	},
	"1.18": {
		data: slices.Concat(
			words32(0xfffffff0, 0x08010000), words64(2, 1, 0x1000, 72, 80, 88, 96, 104), // 0
			[]byte("p.A\x00p.B\x00"), words32(0, 0), []byte("/a.go\x00\x00\x00"), // 72, 80, 88
			[]byte{0, 2, 9, 0, 4, 7, 0, 0},        // 96
			words32(0, 24, 16, 64, 32),            // 104
			words32(0),                            // 124
			words32(0, 0, 0, 0, 1, 1, 1, 0, 0, 0), // 128
			words32(16, 4, 0, 0, 1, 1, 4, 2, 0, 0x03000000, 0, 4, 0, 0xffffffff, 0x20), // 168
			words32(0), // 228
		),
		layout: Layout{Header: Part{0, 72}, Names: Part{72, 80}, Units: Part{80, 88}, Files: Part{88, 96},
			PCTables: Part{96, 104}, Functab: Part{104, 124}, Records: Part{124, 232}},
		records: [2]Part{{128, 168}, {168, 232}},
		pairs:   [2]Part{{104, 112}, {112, 120}},
		funcs:   [2][]uint32{nil, {0, 0x20}},
	},
	"1.16": {
		data: slices.Concat(
			words32(0xfffffffa, 0x08010000), words64(2, 1, 64, 72, 80, 88, 96), // 0
			[]byte("p.A\x00p.B\x00"), words32(0, 0), []byte("/a.go\x00\x00\x00"), // 64, 72, 80
			[]byte{0, 2, 9, 0, 4, 7, 0, 0},                                  // 88
			words64(0x1000, 40, 0x1010, 88, 0x1020),                         // 96
			words64(0x1000), words32(0, 0, 0, 1, 1, 1, 0, 0, 0), words32(0), // 136, 180
			words64(0x1010), words32(4, 0, 0, 1, 1, 4, 2, 0, 0x03000000, 0, 4), words32(0), words64(7, 8, 9), // 184
		),
		layout: Layout{Header: Part{0, 64}, Names: Part{64, 72}, Units: Part{72, 80}, Files: Part{80, 88},
			PCTables: Part{88, 96}, Functab: Part{96, 136}, Records: Part{136, 264}},
		records: [2]Part{{136, 184}, {184, 264}},
		pairs:   [2]Part{{96, 112}, {112, 128}},
	},
	"1.2": {
		data: slices.Concat(
			words32(0xfffffffb, 0x08010000), words64(2), // 0
			words64(0x1000, 64, 0x1010, 120, 0x1020), words32(216), words32(0), // 16, 56
			words64(0x1000), words32(104, 0, 0, 108, 108, 108, 0, 0), []byte("p.A\x00"), []byte{4, 9, 0, 0}, // 64, 104, 108
			words32(0, 0),                                                                               // 112
			words64(0x1010), words32(192, 0, 0, 108, 108, 196, 2, 0x03000000, 0, 196), words64(7, 8, 9), // 120, 168
			[]byte("p.B\x00"), []byte{4, 7, 0, 0}, []byte("/a.go\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"), // 192, 196, 200
			words32(2, 200), // 216
		),
		layout: Layout{Mixed: true, Header: Part{0, 16}, Names: Part{0, 224}, Units: Part{216, 224}, Files: Part{0, 224},
			PCTables: Part{0, 224}, Functab: Part{16, 60}, Records: Part{0, 224}},
		records: [2]Part{{64, 104}, {120, 192}},
		pairs:   [2]Part{{16, 32}, {32, 48}},
	},
}

func words32(values ...uint32) []byte {
	var b []byte
	for _, v := range values {
		b = le.AppendUint32(b, v)
	}
	return b
}

func words64(values ...uint64) []byte {
	var b []byte
	for _, v := range values {
		b = le.AppendUint64(b, v)
	}
	return b
}

func TestLayout(t *testing.T) {
	for version, tt := range layoutTables {
		t.Run(version, func(t *testing.T) {
			tab, err := Parse(tt.data)
			if err != nil {
				t.Fatal(err)
			}
			if tab.Version() != version {
				t.Errorf("version %s", tab.Version())
			}
			got := tab.Layout()
			if got != tt.layout {
				t.Errorf("layout\n%+v, want\n%+v", got, tt.layout)
			}
			for i, want := range tt.records {
				rec, ok := tab.Record(i)
				if !ok || rec.Part != want || rec.Pair != tt.pairs[i] {
					t.Errorf("record %d: %+v, want %v and %v", i, rec, want, tt.pairs[i])
				}
				name := got.Names.Lo + uint64(rec.Name)
				if end := tab.StringEnd(name, got.Names.Hi); string(tt.data[name:end]) != "p."+"AB"[i:i+1]+"\x00" {
					t.Errorf("record %d: the name is %q", i, tt.data[name:end])
				}
				var tables []string
				for off := range rec.PCTables() {
					lo := got.PCTables.Lo + uint64(off)
					tables = append(tables, string(tt.data[lo:tab.PCTableEnd(lo, got.PCTables.Hi)]))
				}
				a, b := "\x02\x09\x00", "\x04\x07\x00"
				if got.Mixed { // file 0 would be the count
					a = "\x04\x09\x00"
				}
				if want := [][]string{{a, a, a}, {a, a, b, b}}[i]; !slices.Equal(tables, want) {
					t.Errorf("record %d: pc-value tables %q, want %q", i, tables, want)
				}
				if data := slices.Collect(rec.FuncData()); !slices.Equal(data, tt.funcs[i]) {
					t.Errorf("record %d: function data %v", i, data)
				}
				extent, err := tab.Extent(i)
				lo := got.Files.Lo + uint64(extent.FileAt)
				if err != nil || string(tt.data[lo:tab.StringEnd(lo, got.Files.Hi)]) != "/a.go\x00" || tab.FileName(extent.FileAt) != "/a.go" {
					t.Errorf("record %d: file at %d, %v", i, lo, err)
				}
			}
			var names []string
			for off, name := range tab.Names() {
				if off != uint32(4*len(names)) {
					t.Errorf("%s is at %d", name, off)
				}
				names = append(names, name)
			}
			if want := []string{"p.A", "p.B"}; !got.Mixed && !slices.Equal(names, want) || got.Mixed && names != nil {
				t.Errorf("names %q", names)
			}
			if off, ok := tab.UnitFile(0); ok == got.Mixed || off != 0 {
				t.Errorf("file 0 of the units is %d, %v", off, ok)
			}
			if _, ok := tab.UnitFile(2); ok {
				t.Error("there is a file 2 of the units")
			}
		})
	}
}

// TestRecordOutside: a record whose lists end behind the data is refused.
func TestRecordOutside(t *testing.T) {
	for version, tt := range layoutTables {
		t.Run(version, func(t *testing.T) {
			data := slices.Clone(tt.data)
			last := tt.records[1]
			counts := map[string]uint64{"1.20": 28, "1.18": 28, "1.16": 32, "1.2": 32}[version] // of pc data
			for _, n := range []uint32{100, 1 << 30, 1<<32 - 1} {
				le.PutUint32(data[last.Lo+counts:], n)
				tab, err := Parse(data)
				if err != nil {
					t.Fatal(err)
				}
				if rec, ok := tab.Record(1); ok {
					t.Errorf("%d words of pc data: %+v", n, rec.Part)
				}
			}
		})
	}
	tab, err := Parse(layoutTables["1.20"].data)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{-1, 2, 1 << 40} {
		if _, ok := tab.Record(i); ok {
			t.Errorf("Record(%d) succeeds", i)
		}
		if _, err := tab.Extent(i); err == nil {
			t.Errorf("Extent(%d) succeeds", i)
		}
	}
}

// TestLongRecord: a record of more bytes than usual is read whole, up to a limit.
func TestLongRecord(t *testing.T) {
	for version, tt := range layoutTables {
		t.Run(version, func(t *testing.T) {
			last := tt.records[1]
			counts := map[string]uint64{"1.20": 28, "1.18": 28, "1.16": 32, "1.2": 32}[version] // of pc data
			for _, n := range []uint32{40, 70, 1000, maxPCData, maxPCData + 1} {
				data := slices.Concat(tt.data, bytes.Repeat([]byte{1, 0, 0, 0}, 5000))
				le.PutUint32(data[last.Lo+counts:], n)
				tab, err := Parse(data)
				if err != nil {
					t.Fatal(err)
				}
				rec, ok := tab.Record(1)
				if ok != (n <= maxPCData) {
					t.Fatalf("%d words of pc data: %v", n, ok)
				}
				if !ok {
					continue
				}
				if size := rec.Hi - rec.Lo; size < 4*uint64(n) || size > 4*uint64(n)+200 {
					t.Errorf("%d words of pc data: %d bytes", n, size)
				}
				if tables := slices.Collect(rec.PCTables()); len(tables) < int(n)-10 || tables[len(tables)-1] != 1 {
					t.Errorf("%d words of pc data: %d tables", n, len(tables))
				}
			}
		})
	}
}

func TestEnds(t *testing.T) {
	data := slices.Clone(layoutTables["1.20"].data)
	copy(data[96:], "\x00\x82\x80\x01\x05\x00\x02\x80")
	tab, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name         string
		end          func(lo, hi uint64) uint64
		lo, hi, want uint64
	}{
		{"table", tab.PCTableEnd, 97, 104, 102},
		{"cut by the next", tab.PCTableEnd, 97, 99, 99},
		{"first delta 0", tab.PCTableEnd, 101, 104, 104},
		{"varint without end", tab.PCTableEnd, 103, 104, 104},
		{"behind the part", tab.PCTableEnd, 500, 1 << 60, 104},
		{"string", tab.StringEnd, 88, 96, 94},
		{"string cut", tab.StringEnd, 88, 90, 90},
		{"nothing", tab.StringEnd, 88, 88, 88},
		{"string behind the part", tab.StringEnd, 1 << 40, 1 << 60, 96},
	} {
		if got := tt.end(tt.lo, tt.hi); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
}
