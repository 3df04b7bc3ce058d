package starter

import (
	"testing"

	"github.com/sizegate/sizegate/internal/snapshot"
)

// TestLargestDependency: std has copies of gimli and memchr. Where Cargo's package is
// known, the crate is the program's own copy.
func TestLargestDependency(t *testing.T) {
	crate := func(name, pkg, origin string, text uint64) snapshot.Owner {
		return snapshot.Owner{Kind: "crate", Name: name, Module: pkg, Origin: origin, Size: text, Sections: map[string]uint64{".text": text}}
	}
	for _, tt := range []struct {
		owners []snapshot.Owner
		match  string
		text   uint64
	}{
		{[]snapshot.Owner{crate("gimli", "", "dependencies", 900), crate("serde", "", "dependencies", 500)}, "serde", 500},
		{[]snapshot.Owner{crate("memchr", "memchr", "dependencies", 900), crate("serde", "", "dependencies", 500)}, "memchr", 900},
		{[]snapshot.Owner{crate("gimli", "std", "standard library", 900), crate("memchr", "", "dependencies", 500)}, "", 0},
	} {
		d, ok := largestDependency(&snapshot.Binary{Sections: []snapshot.Section{{Name: ".text", Kind: "code"}}, Owners: tt.owners})
		if d.match != tt.match || d.text != tt.text || ok != (tt.match != "") {
			t.Errorf("%+v: got %+v, %t", tt.owners, d, ok)
		}
	}
}
