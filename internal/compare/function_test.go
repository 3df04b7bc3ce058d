package compare

import (
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/snapshot"
)

func function(owner, id, name string, size uint64) snapshot.Function {
	return snapshot.Function{Name: name, Owner: owner, OwnerID: id, Section: ".text", Size: size}
}

func TestFunctions(t *testing.T) {
	type list = []snapshot.Function
	crates := func(id string) []snapshot.Owner {
		return []snapshot.Owner{crate("a", "a"+id, "", "exact", 100), crate("a", "b"+id, "", "exact", 50), crate("b", "", "", "exact", 30), {Kind: "library", Name: "x.c", Size: 5}}
	}
	oldOwners, newOwners := crates("1"), append(crates("2"), snapshot.Owner{Kind: "library", Name: "new.c", Size: 5})
	for _, test := range []struct {
		name     string
		old, new list
		want     []string
	}{
		{"identical",
			list{function("b", "", "b::f", 5), function("b", "", "b::g", 6)},
			list{function("b", "", "b::g", 6), function("b", "", "b::f", 5)},
			[]string{"b::f in b: 5→5 +0 same", "b::g in b: 6→6 +0 same"}},
		{"added is not size 0",
			list{function("b", "", "b::f", 0), function("b", "", "b::h", 7)},
			list{function("b", "", "b::f", 4), function("b", "", "b::g", 0)},
			[]string{"b::h in b: 7→0 -7 removed", "b::f in b: 0→4 +4 grown", "b::g in b: 0→0 +0 added"}},
		{"owners whose IDs are new",
			list{function("a", "a1", "a::f", 5), function("a", "b1", "a::f", 50)},
			list{function("a", "b2", "a::f", 51), function("a", "a2", "a::f", 5)},
			[]string{"a::f#b2 in a: 50→51 +1 grown", "a::f#a2 in a: 5→5 +0 same"}},
		{"another hash",
			list{function("b", "", "b::f::h0123456789abcdef", 5), function("b", "", "b::f::h1111111111111111", 9)},
			list{function("b", "", "b::f::hfedcba9876543210", 9), function("b", "", "b::f::h2222222222222222", 6)},
			[]string{"b::f::h2222222222222222 in b: 5→6 +1 grown", "b::f::hfedcba9876543210 in b: 9→9 +0 same"}},
		{"a whole name comes before a bare one",
			list{function("b", "", "f", 5), function("b", "", "f.cold", 3)},
			list{function("b", "", "f.cold", 5), function("b", "", "f", 3)},
			[]string{"f in b: 5→3 -2 shrunk", "f.cold in b: 3→5 +2 grown"}},
		{"an optimiser's copy",
			list{function("x.c", "", "parse", 500)},
			list{function("x.c", "", "parse.constprop.0", 480), function("x.c", "", "parse.part.1", 20)},
			[]string{"parse.constprop.0 in x.c: 500→480 -20 shrunk", "parse.part.1 in x.c: 0→20 +20 added"}},
		{"another disambiguator",
			list{function("b", "", "<b[0123456789abcdef]::T as core[aaaaaaaaaaaaaaaa]::Clone>::clone", 5)},
			list{function("b", "", "<b[fedcba9876543210]::T as core[bbbbbbbbbbbbbbb]::Clone>::clone", 5)},
			[]string{"<b[fedcba9876543210]::T as core[bbbbbbbbbbbbbbb]::Clone>::clone in b: 5→5 +0 same"}},
		{"closures are told apart",
			list{function("b", "", "b::f::{closure#0}", 5), function("b", "", "main.f.func1", 3)},
			list{function("b", "", "b::f::{closure#1}", 5), function("b", "", "main.f.func2", 3)},
			[]string{"b::f::{closure#0} in b: 5→0 -5 removed", "b::f::{closure#1} in b: 0→5 +5 added",
				"main.f.func1 in b: 3→0 -3 removed", "main.f.func2 in b: 0→3 +3 added"}},
		{"several of one name: equal sizes first",
			list{function("x.c", "", "init", 10), function("x.c", "", "init", 20), function("x.c", "", "init", 30)},
			list{function("x.c", "", "init", 31), function("x.c", "", "init", 20), function("x.c", "", "init", 10), function("x.c", "", "init", 2)},
			[]string{"init in x.c: 0→2 +2 added", "init in x.c: 30→31 +1 grown", "init in x.c: 20→20 +0 same", "init in x.c: 10→10 +0 same"}},
		{"moved to another owner",
			list{function("b", "", "drop", 8)},
			list{function("x.c", "", "drop", 9)},
			[]string{"drop in x.c: 8→9 +1 grown"}},
		{"no move to an owner that is new",
			list{function("x.c", "", "usage", 8)},
			list{function("new.c", "", "usage", 9)},
			[]string{"usage in new.c: 0→9 +9 added", "usage in x.c: 8→0 -8 removed"}},
		{"owners that the list of owners lacks",
			list{function("nobody", "", "f", 8), function("gone", "", "g", 1)},
			list{function("nobody", "", "f", 8), function("come", "", "g", 1)},
			[]string{"g in come: 0→1 +1 added", "g in gone: 1→0 -1 removed", "f in nobody: 8→8 +0 same"}},
		{"none", list{}, list{}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			old, new := binary(t, 0, 0, 0, oldOwners...), binary(t, 0, 0, 0, newOwners...)
			old.Functions, new.Functions = test.old, test.new
			d := diff(t, old, new)
			if d.Functions == nil {
				t.Error("nil")
			}
			wantLines(t, "functions", d.Functions, test.want...)
		})
	}
}

// TestIdentical looks at every list.
func TestIdentical(t *testing.T) {
	build := func(size uint64, functions ...snapshot.Function) *snapshot.Binary {
		b := binary(t, 0, 0, 100-size, pkg("a", "", "", size))
		b.Functions = functions
		return b
	}
	if !diff(t, build(5, function("a", "", "f", 5)), build(5, function("a", "", "f", 5))).Identical() {
		t.Error("the same differs")
	}
	if diff(t, build(5), build(6)).Identical() {
		t.Error("an owner grew")
	}
	if diff(t, build(5, function("a", "", "f", 3), function("a", "", "g", 2)), build(5, function("a", "", "f", 2), function("a", "", "g", 3))).Identical() {
		t.Error("functions differ")
	}
}

func TestFunctionsOfOneSide(t *testing.T) {
	for _, which := range []string{"old", "new"} {
		old, new := binary(t, 0, 0, 0), binary(t, 0, 0, 0)
		map[string]*snapshot.Binary{"old": old, "new": new}[which].Functions = []snapshot.Function{}
		d := diff(t, old, new)
		if d.Functions != nil || len(d.Warnings) != 1 || !strings.Contains(d.Warnings[0], "only the "+which+" side") {
			t.Error(d.Functions, d.Warnings)
		}
	}
}

func TestBareName(t *testing.T) {
	for _, test := range []struct{ name, want string }{
		{"", ""},
		{"main.main", "main.main"},
		{"main.f.func1", "main.f.func1"},
		{"main.f.func1.2", "main.f.func1.2"},
		{"main.T.m-fm", "main.T.m-fm"},
		{"b::f::{closure#12}", "b::f::{closure#12}"},
		{"b::f::h0123456789abcdef", "b::f"},
		{"b::f::h0123456789abcdef.llvm.123", "b::f"},
		{"b::f::h0123456789abcdeg", "b::f::h0123456789abcdeg"},
		{"b::f::h123456789abcdef", "b::f::h123456789abcdef"},
		{"::h0123456789abcdef", "::h0123456789abcdef"},
		{"_ZN1b1f17h0123456789abcdefE", "_ZN1b1f"},
		{"_ZN1b1f17h0123456789abcdefE.llvm.9", "_ZN1b1f"},
		{"b::f.llvm.1234567890", "b::f"},
		{"f.isra.0", "f"},
		{"f.part.12.constprop.0.isra.1", "f"},
		{"f.cold", "f"},
		{"f.cold.3", "f"},
		{"f.lto_priv.0", "f"},
		{"f.0", "f.0"},
		{"f.", "f."},
		{"f.colder", "f.colder"},
		{"foo::bar() [clone .constprop.0] [clone .cold]", "foo::bar()"},
		{"foo::bar() [clone .other]", "foo::bar() [clone .other]"},
		{"foo::bar(int [3])", "foo::bar(int [3])"},
		{"foo[abi:cxx11]", "foo[abi:cxx11]"},
		{"anon.308753c16e66f46f889e122d31551682.27.llvm.18034672209188226750", "anon."},
		{"anon.308753c16e66f46f889e122d31551682.3", "anon."},
		{"anon.short.3", "anon.short.3"},
		{"<b[3b2c0123456789ab]::T as core[0a1b2c3d]::X>::m", "<b::T as core::X>::m"},
		{"<[f32] as b::X>::m::<[u8; 4]>", "<[f32] as b::X>::m::<[u8; 4]>"},
		{"slices.Sort[go.shape.[]uint8]", "slices.Sort[go.shape.[]uint8]"},
		{"main.F[dead]", "main.F[dead]"},
		{"x[0123456789abcdef0]", "x[0123456789abcdef0]"},
		{"x[01234567", "x[01234567"},
		{"[0123456789abcdef]", "[0123456789abcdef]"},
		{".cold.cold", ".cold"},
	} {
		if got := bareName(test.name); got != test.want {
			t.Errorf("bareName(%q) = %q, want %q", test.name, got, test.want)
		}
	}
}

// TestLongNames would take minutes if a name were read again for each part.
func TestLongNames(t *testing.T) {
	for _, part := range []string{".cold", ".isra.0", " [clone .cold]", "a[01234567]", "[", "x[", "1", "]", "::h0123456789abcdef", "anon."} {
		bareName(strings.Repeat(part, 1<<20))
	}
}
