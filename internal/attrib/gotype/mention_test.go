package gotype

import (
	"fmt"
	"slices"
	"testing"
)

// TestMentions looks for types of which it is known what they are made of.
func TestMentions(t *testing.T) {
	for _, wide := range []bool{false, true} {
		t.Run(fmt.Sprintf("names of 1.16 %t", wide), func(t *testing.T) {
			s := newSynData()
			s.wide = wide
			integer := s.declared(kindInt, "int", "")
			theirs := s.declared(kindInt, "web.T", "example.com/web/http")
			other := s.declared(kindInt, "dep.T", "example.com/dep")
			pointer := s.of(kindPointer, "*web.T", theirs)
			function := s.function("func(int, *web.T)", []uint32{integer, pointer}, nil)
			method := s.declared(kindInt, "main.M", "main", synMethod{s.name("M", "", 0), function})
			types := []struct {
				name string
				typ  uint32
				want bool
			}{
				{"predeclared", integer, false},
				{"of the package", theirs, true},
				{"of another", other, false},
				{"pointer", pointer, true},
				{"function", function, true},
				{"pointer to pointer", s.of(kindPointer, "**web.T", pointer), true},
				{"slice of another", s.of(kindSlice, "[]dep.T", other), false},
				{"struct", s.structure("struct { X *web.T }", 0, synField{s.name("X", "", 0), pointer}), true},
				{"interface", s.iface("interface { M(int, *web.T) }", synMethod{s.name("M", "", 0), function}), true},
				{"declared with a method", method, false},
				{"pointer to that", s.of(kindPointer, "*main.M", method), false},
				{"instance", s.mapOf("dep.Map[web.T]", integer, theirs, s.structure("map.group[int]web.T", 0), false, "example.com/dep"), true},
				{"declared map", s.mapOf("own.M", integer, theirs, s.structure("noalg.map.group[int]web.T", 0), false, "example.com/own"), false},
			}
			for _, tt := range types {
				s.link(tt.typ)
			}
			itab := s.itab(types[8].typ, other, 1)
			m := s.module()
			got := FindMentions(m, func(path string) bool { return path == "example.com/web/http" })
			for _, tt := range types {
				if found := slices.Contains(got.Types, m.Types+uint64(tt.typ)); found != tt.want {
					t.Errorf("%s: %t", tt.name, found)
				}
			}
			if !slices.Contains(got.Types, m.Types+uint64(itab)) {
				t.Error("the interface table is missing")
			}
			if want := []string{"example.com/dep", "example.com/own", "main"}; !slices.Equal(got.Declaring, want) {
				t.Errorf("declaring: %q, not %q", got.Declaring, want)
			}
		})
	}
}
