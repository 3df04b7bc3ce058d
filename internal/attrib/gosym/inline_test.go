package gosym

import (
	"slices"
	"testing"
)

// inlineTable is a table written by hand from runtime/symtab.go and, from 1.20
// on, symtabinl.go: a function p.A of 32 units of code, with the pc-value table
// for its inline tree at offset 4 of the pc-value tables. Its tree is at tree.
// The names are at 0 p.A, 4 q.B and 8 r.C.
func inlineTable(version string, calls []byte, tree uint64) []byte {
	const names = "p.A\x00q.B\x00r.C\x00\x00\x00\x00\x00"
	pctab := append([]byte{0, 2, 32, 0}, calls...)
	for len(pctab)%8 != 0 {
		pctab = append(pctab, 0)
	}
	size := uint64(len(pctab))
	switch version {
	case "1.16":
		return slices.Concat(words32(0xfffffffa, 0x08010000), words64(1, 1, 64, 80, 80, 80, 80+size), []byte(names), pctab,
			words64(0x1000, 24, 0x1020), words64(0x1000), words32(0, 0, 0, 1, 1, 1, 3, 0, 0x04000000, 0, 0, 4), words64(0, 0, 0, tree))
	case "1.18":
		return slices.Concat(words32(0xfffffff0, 0x08010000), words64(1, 1, 0x1000, 72, 88, 88, 88, 88+size), []byte(names), pctab,
			words32(0, 12, 32), words32(0, 0, 0, 0, 1, 1, 1, 3, 0, 0x04000000, 0, 0, 4, noOffset, noOffset, noOffset, uint32(tree)))
	}
	return slices.Concat(words32(0xfffffff1, 0x08010000), words64(1, 1, 0, 72, 88, 88, 88, 88+size), []byte(names), pctab,
		words32(0, 12, 32), words32(0, 0, 0, 0, 1, 1, 1, 3, 0, 7, 0x04000000, 0, 0, 4, noOffset, noOffset, noOffset, uint32(tree)))
}

// inlineTrees are the calls of q.B and r.C, as the versions write them.
var inlineTrees = map[string][]byte{
	"1.16": words32(0x0000ffff, 1, 10, 4, 3, 0, 1, 11, 8, 5), // parent and kind, file, line, name, parent's pc
	"1.18": words32(0x0000ffff, 1, 10, 4, 3, 0, 1, 11, 8, 5),
	"1.20": words32(0, 4, 3, 10, 0, 8, 5, 11), // kind, name, parent's pc, line
}

func TestInlined(t *testing.T) {
	for version, tree := range inlineTrees {
		lo := uint64(0)
		if version == "1.16" {
			lo = 0x1000
		}
		for _, tt := range []struct {
			name  string
			calls []byte
			want  []Inlined
		}{
			{"none", pcv(0, 32), nil},
			{"all", pcv(1, 32), []Inlined{{lo, lo + 32, 4}}},
			{"one in another", pcv(0, 2, 1, 3, 1, 5, -1, 10, -1, 12),
				[]Inlined{{lo + 2, lo + 5, 4}, {lo + 5, lo + 10, 8}, {lo + 10, lo + 20, 4}}},
			{"the second first", pcv(2, 1, -1, 1, -1, 30), []Inlined{{lo, lo + 1, 8}, {lo + 1, lo + 2, 4}}},
			{"two bytes of length", pcv(1, 1, -1, 31), []Inlined{{lo, lo + 1, 4}}},
			{"behind the tree", pcv(3, 4, -1, 28), []Inlined{{lo + 4, lo + 32, 8}}},
			{"far behind the tree", pcv(1<<31-1, 4), nil},
			{"far before the tree", pcv(-1<<30, 4, -1<<30, 4), nil},
			{"behind the function", pcv(1, 16, 1, 17, -1, 1), []Inlined{{lo, lo + 16, 4}}},
			{"far behind the function", pcv(1, 16, 1, 1<<32-1), []Inlined{{lo, lo + 16, 4}}},
			{"an empty part", pcv(1, 16, 1, 0, -1, 16), []Inlined{{lo, lo + 16, 4}}},
			{"cut off", []byte{2, 16, 2, 0x80}, []Inlined{{lo, lo + 16, 4}}},
			{"a long varint", []byte{2, 16, 0x80, 0x80, 0x80, 0x80, 0x80, 1, 4, 0}, []Inlined{{lo, lo + 16, 4}}},
		} {
			t.Run(version+" "+tt.name, func(t *testing.T) {
				tab, err := Parse(inlineTable(version, tt.calls, 0x100))
				if err != nil {
					t.Fatal(err)
				}
				if tt.name == "cut off" {
					tab.pctab = tab.pcTables()[:8] // without the fill
				}
				rec, ok := tab.Record(0)
				if !ok {
					t.Fatal("no record")
				}
				if at, ok := rec.InlineTree(); at != 0x100 || !ok {
					t.Errorf("the tree is at %#x, %v", at, ok)
				}
				if got := slices.Collect(tab.Inlined(0, &rec, tree)); !slices.Equal(got, tt.want) {
					t.Errorf("got %v, want %v", got, tt.want)
				}
				if got := slices.Collect(tab.Inlined(0, &rec, tree[:len(tree)/2-1])); len(got) != 0 {
					t.Errorf("of a tree that is cut off: %v", got)
				}
				for range tab.Inlined(0, &rec, tree) {
					break
				}
			})
		}
	}
}

func TestInlineTree(t *testing.T) {
	for version, none := range map[string]uint64{"1.16": 0, "1.18": 0xffffffff, "1.20": 0xffffffff} {
		tab, err := Parse(inlineTable(version, pcv(1, 32), none))
		if err != nil {
			t.Fatal(err)
		}
		rec, ok := tab.Record(0)
		if at, found := rec.InlineTree(); !ok || found {
			t.Errorf("%s: a tree at %#x, record %v", version, at, ok)
		}
	}
	// Functions without these tables, and a version whose trees are not read.
	for version, tt := range layoutTables {
		tab, err := Parse(tt.data)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 2 {
			rec, ok := tab.Record(i)
			if at, found := rec.InlineTree(); !ok || found {
				t.Errorf("%s, function %d: a tree at %#x, record %v", version, i, at, ok)
			}
		}
	}
}

func TestInlinedName(t *testing.T) {
	tab, err := Parse(inlineTable("1.20", pcv(1, 32), 0))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		off  uint32
		want string // "" for none
	}{{0, "p.A"}, {4, "q.B"}, {8, "r.C"}, {1, ""}, {3, ""}, {5, ""}, {12, ""}, {15, ""}, {16, ""}, {1 << 31, ""}, {noOffset, ""}} {
		if got, ok := tab.InlinedName(tt.off); got != tt.want || ok != (tt.want != "") {
			t.Errorf("at %d: %q, %v, want %q", tt.off, got, ok, tt.want)
		}
	}
	tab.names = tab.names[:11]
	if got, ok := tab.InlinedName(8); ok {
		t.Errorf("a name without an end: %q", got)
	}
	mixed, err := Parse(layoutTables["1.2"].data)
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := mixed.InlinedName(192); ok {
		t.Errorf("a name of a mixed table: %q", got)
	}
}
