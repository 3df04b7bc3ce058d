package gotype

import (
	"fmt"
	"strings"
	"testing"
)

const kindInt = 2

// TestPackages reads types of which it is known what package they are of.
func TestPackages(t *testing.T) {
	for _, wide := range []bool{false, true} {
		t.Run(fmt.Sprintf("names of 1.16 %t", wide), func(t *testing.T) {
			s := newSynData()
			s.wide = wide
			integer := s.declared(kindInt, "int", "")
			mine := s.declared(kindInt, "main.T", "main")
			other := s.declared(kindInt, "dep.T", "example.com/dep")
			third := s.declared(kindInt, "other.T", "example.com/other")
			pointer := s.declared(26, "unsafe.Pointer", "unsafe")
			slice := s.of(kindSlice, "[]*dep.T", s.of(kindPointer, "*dep.T", other))
			tests := []struct {
				name string
				typ  uint32
				want string
			}{
				{"predeclared", integer, ""},
				{"declared", mine, "main"},
				{"of nothing else", s.of(kindPointer, "*int", integer), "?"},
				{"unsafe", s.of(kindPointer, "*unsafe.Pointer", pointer), "?"},
				{"slice of pointers", slice, "example.com/dep"},
				{"channel", s.of(kindChan, "chan dep.T", other), "example.com/dep"},
				{"array", s.array("[1]dep.T", other, slice), "example.com/dep"},
				{"function of one", s.function("func(int, dep.T) int", []uint32{integer, other}, []uint32{integer}), "example.com/dep"},
				{"function of two, the first", s.function("func(dep.T, other.T)", []uint32{other, third}, nil), "example.com/dep?"},
				{"function of two, the own", s.function("func(dep.T) main.T", []uint32{other}, []uint32{mine}), "main?"},
				{"function of none", s.function("func()", nil, nil), "?"},
				{"struct", s.structure("struct { X dep.T }", 0, synField{s.name("X", `json:"x"`, 0), other}), "example.com/dep"},
				{"struct with unexported fields", s.structure("struct { x dep.T }", s.path("main"), synField{s.name("x", "", 0), other}), "main"},
				{"interface", s.iface("interface { M(dep.T) }", synMethod{s.name("M", "", 0), s.function("func(dep.T)", []uint32{other}, nil)}), "example.com/dep"},
				{"interface with unexported methods", s.iface("interface { m() }", synMethod{s.name("m", "", s.path("main")), s.function("func() int", nil, []uint32{integer})}), "main"},
				{"map", s.mapOf("map[int]dep.T", integer, other, s.structure("map.group[int]dep.T", 0), false, ""), "example.com/dep"},
				{"declared map", s.mapOf("main.M", integer, other, s.structure("noalg.map.group[int]dep.T", 0), false, "main"), "main"},
				{"old map", s.mapOf("map[main.T]int", mine, integer, s.structure("map.bucket[main.T]int", 0), true, ""), "main"},
				{"declared old map", s.mapOf("dep.M", mine, integer, s.structure("noalg.map.bucket[main.T]int", 0), true, "example.com/dep"), "example.com/dep"},
			}
			for _, tt := range tests {
				s.link(tt.typ)
			}
			shared := s.itab(tests[13].typ, other, 1)
			itabEnd := uint32(len(s.data))
			got := Read(s.module())
			for i, tt := range tests {
				expect(t, got, tt.name, tt.typ, tt.want)
				p := got.Packages[got.Links[i]]
				if link := strings.TrimSuffix(tt.want, "?"); p.Path != link || p.Inferred != (link != tt.want) {
					t.Errorf("the link to %s is of %+v", tt.name, p)
				}
			}
			expect(t, got, "the interface table", shared, "example.com/dep")
			expect(t, got, "its last byte", itabEnd-1, "example.com/dep")
			expect(t, got, "the tag", s.names["X\x00json:\"x\"0"], "example.com/dep")
			for i := 1; i < len(got.Records); i++ {
				if got.Records[i].Lo < got.Records[i-1].Hi() {
					t.Errorf("the record %+v overlaps %+v", got.Records[i], got.Records[i-1])
				}
			}
		})
	}
}

// TestReferences reads types that are not in the list, and what types refer to.
func TestReferences(t *testing.T) {
	s := newSynData()
	method := s.name("Close", "", 0)
	signature := s.function("func() error", nil, nil)
	first := s.declared(kindInt, "a.T", "a", synMethod{method, signature})
	hidden := s.declared(kindInt, "b.T", "b", synMethod{method, ^uint32(0)}) // a method that was left out
	junk := s.at()
	for range 12 {
		s.u64(0x0102030405060708)
	}
	last := s.declared(kindInt, "c.T", "c")
	end := uint32(len(s.data))
	s.link(first, last)

	mask := s.at()
	s.u64(5)
	program := s.at()
	s.u32(3)
	s.data = append(s.data, 2, 1, 0)
	onDemand := s.at()
	s.u64(0)
	masked := []uint32{
		s.common(kindInt, flagNamed, "x", 24, 24, synBase+uint64(mask)),
		s.common(kindInt|kindGCProgram, flagNamed, "y", 4096, 4096, synBase+uint64(program)),
		s.common(kindInt, flagNamed|flagMaskOnDemand, "z", 1<<20, 1<<20, synBase+uint64(onDemand)),
	}
	s.link(masked...)

	got := Read(s.module())
	expect(t, got, "a listed type", first, "a")
	expect(t, got, "its method", first+commonSize+uncommonSize, "a")
	expect(t, got, "a type that only code knows", hidden, "b")
	expect(t, got, "a method's type", signature, "?")
	expect(t, got, "what is no type", junk, "nobody")
	expect(t, got, "a name of two", method, "a b")
	expect(t, got, "the end of the last type", end-1, "c")
	expect(t, got, "a mask", mask, "")
	expect(t, got, "a program", program+6, "")
	expect(t, got, "a mask made on demand", onDemand+7, "")
	if got.Types != 4+len(masked) {
		t.Errorf("%d types", got.Types)
	}
}

// TestHostile reads what no compiler writes.
func TestHostile(t *testing.T) {
	t.Run("types that are made of themselves", func(t *testing.T) {
		s := newSynData()
		a := s.of(kindPointer, "*x", 8)
		b := s.of(kindSlice, "[]y", a)
		s.put64(a+commonSize, synBase+uint64(b))
		s.link(a)
		got := Read(s.module())
		expect(t, got, "the pointer", a, "?")
		expect(t, got, "the slice", b, "?")
	})
	t.Run("a long chain", func(t *testing.T) {
		const n = 200_000
		s := newSynData()
		typ := s.declared(kindInt, "main.T", "main")
		first := typ
		for range n {
			typ = s.of(kindPointer, "*", typ)
		}
		s.link(typ)
		got := Read(s.module())
		if got.Types != n+1 {
			t.Errorf("%d types", got.Types)
		}
		expect(t, got, "the first", first, "main")
		expect(t, got, "the last", typ, "main")
	})
	t.Run("many structs with the same fields", func(t *testing.T) {
		const n, count = 1 << 17, 20_000
		s := newSynData()
		field, typ := s.name("X", "", 0), s.declared(kindInt, "int", "")
		fields := s.at()
		for range n {
			s.ptr(field)
			s.ptr(typ)
			s.u64(0)
		}
		for range count {
			st := s.structure("struct {}", 0)
			s.put64(st+56, synBase+uint64(fields))
			s.put64(st+64, n)
			s.put64(st+72, n)
			s.link(st)
		}
		if got := Read(s.module()); got.Types > 10 {
			t.Errorf("%d types", got.Types)
		}
	})
}
