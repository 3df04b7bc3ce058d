package rustsym

import (
	"strings"
	"testing"
)

// groups are names of one item each, and the path to show.
var groups = []struct {
	path  string
	names []string
}{
	{"core::ptr::drop_in_place", []string{
		"_RINvNtCs_4core3ptr13drop_in_placehECs0_1b",
		"_RINvNtCs_4core3ptr13drop_in_placeNtCs0_1b1TECs0_1b",
		"_RINvNtCs_4core3ptr13drop_in_placeINtCs0_1b1VhEECs1_1c",
		"_RINvNtCs_4core3ptr13drop_in_placehECs0_1b.llvm.123",
	}},
	// Another version of the crate.
	{"core::ptr::drop_in_place", []string{
		"_RINvNtCs2_4core3ptr13drop_in_placehECs0_1b",
		"_RINvNtCs2_4core3ptr13drop_in_placetECs0_1b",
	}},
	// A copy for each crate that inlines it.
	{"a::f", []string{"_RNvCs_1a1f", "_RNvCs_1a1fCs0_1b", "_RNvCs_1a1fCs1_1c"}},
	{"a::f", []string{"_RNvCs_1as_1f", "_RNvCs_1as_1fCs0_1b"}}, // another item of the name
	// Arguments of the type and of the method.
	{"<a::V>::push", []string{
		"_RNvMs_Cs_1aINtB4_1VhE4pushCs0_1b",
		"_RNvMs_Cs_1aINtB4_1VtE4pushCs0_1b",
		"_RINvMs_Cs_1aINtB5_1VtE4pushhECs0_1b",
	}},
	{"<a::V>::push", []string{ // the impl of another number
		"_RNvMs0_Cs_1aINtB5_1VhE4pushCs0_1b",
		"_RNvMs0_Cs_1aINtB5_1VtE4pushCs0_1b",
	}},
	{"<[_]>::sort", []string{
		"_RNvMNtCs_4core5sliceSh4sortCs0_1b",
		"_RNvMNtCs_4core5sliceSt4sortCs0_1b",
	}},
	{"<&_ as core::fmt::Debug>::fmt", []string{
		"_RNvXsg_NtCs_4core3fmtRhNtB5_5Debug3fmtCs0_1b",
		"_RNvXsg_NtCs_4core3fmtRNtCs0_1b1TNtB5_5Debug3fmtCs0_1b",
	}},
	// A blanket impl for a type of another form each.
	{"<_ as core::fmt::Text>::text", []string{
		"_RNvXsh_NtCs_4core3fmtRhNtB5_4Text4textCs0_1b",
		"_RNvXsh_NtCs_4core3fmtShNtB5_4Text4textCs0_1b",
	}},
	// Two impls that differ in the trait's arguments alone.
	{"<a::T as a::From>::from", []string{
		"_RNvXs_Cs_1aNtB4_1TINtB4_4FromhE4from",
		"_RNvXs_Cs_1aNtB4_1TINtB4_4FromhE4fromCs0_1b",
	}},
	{"<a::T as a::From>::from", []string{
		"_RNvXs0_Cs_1aNtB5_1TINtB5_4FromtE4from",
		"_RNvXs0_Cs_1aNtB5_1TINtB5_4FromtE4fromCs0_1b",
	}},
	// A default method is the trait's.
	{"<_ as a::Tr>::f", []string{"_RNvYhNtCs_1a2Tr1fCs0_1b", "_RNvYtNtCs_1a2Tr1fCs0_1b", "_RNvYNtCs0_1b1TNtCs_1a2Tr1fB4_"}},
	{"a::main::{closure#0}", []string{"_RNCNvCs_1a4main0B3_", "_RNCINvCs_1a4mainhE0Cs0_1b"}},
	{"a::main::{closure#1}", []string{"_RNCNvCs_1a4mains_0B3_", "_RNCINvCs_1a4mainhEs_0Cs0_1b"}},

	{"core::ptr::drop_in_place", []string{
		"_ZN4core3ptr23drop_in_place$LT$u8$GT$17h0123456789abcdefE",
		"_ZN4core3ptr24drop_in_place$LT$i32$GT$17h0123456789abcdeeE",
	}},
	{"alloc::vec::Vec::push", []string{
		"_ZN5alloc3vec16Vec$LT$T$C$A$GT$4push17h0123456789abcdefE",
		"_ZN5alloc3vec16Vec$LT$T$C$A$GT$4push17h0123456789abcde0E",
		"_ZN5alloc3vec16Vec$LT$T$C$A$GT$4push17h0123456789abcde1E.llvm.7",
	}},
	{"a::From::from", []string{
		"_ZN1a14From$LT$u8$GT$4from17h0123456789abcdefE",
		"_ZN1a14From$LT$u8$GT$4from17h0123456789abcde0E",
	}},
	{"a::From::from", []string{
		"_ZN1a15From$LT$u16$GT$4from17h0123456789abcdefE",
		"_ZN1a15From$LT$u16$GT$4from17h0123456789abcde0E",
	}},
}

func TestItem(t *testing.T) {
	group := make(map[string]int) // of a key
	for i, g := range groups {
		for _, name := range g.names {
			key, ok := Item(name)
			if !ok {
				t.Errorf("Item(%s) is none", name)
				continue
			}
			if j, known := group[key]; known && j != i {
				t.Errorf("%s is in the group of %s", name, groups[j].names[0])
			} else if name != g.names[0] && !known {
				t.Errorf("%s is not in the group of %s: %q", name, g.names[0], key)
			}
			group[key] = i
		}
		if got := SharedPath(g.names); got != g.path {
			t.Errorf("SharedPath(%q) = %q, want %q", g.names, got, g.path)
		}
	}
	for _, name := range []string{"", "main", "_R", "_ZN", "_ZN3foo3barE", "_ZN4core3ptr13drop_in_placeE", "_RNvC1a",
		"_RNvC1a" + "5000_" + strings.Repeat("f", 5000), "_RNvMB_1a1f"} {
		if key, ok := Item(name); ok {
			t.Errorf("Item(%.40q) = %.40q, want none", name, key)
		}
	}
}

// TestItemHostile: nesting and chains of back-references end early.
func TestItemHostile(t *testing.T) {
	for _, name := range []string{
		"_R" + strings.Repeat("Nv", 1<<20) + "C1a" + strings.Repeat("1b", 1<<20),
		"_R" + strings.Repeat("I", 1<<20) + "C1a" + strings.Repeat("E", 1<<20),
		"_RNvM" + strings.Repeat("Y", 1<<20),
		"_RINvC1a1f" + strings.Repeat("S", 1<<20) + "hE",
		"_RNvMC1a" + strings.Repeat("S", 1<<20) + "h1f",
		"_ZN" + strings.Repeat("1a", 1<<20) + "17h0123456789abcdefE",
	} {
		Item(name)
		SharedPath([]string{name, "_RNvC1a1f"})
	}
}

func FuzzItem(f *testing.F) {
	for _, g := range groups {
		for _, name := range g.names {
			f.Add(name)
		}
	}
	f.Fuzz(func(t *testing.T, name string) {
		if key, ok := Item(name); ok {
			if _, parsed := Parse(name); !parsed || key == "" {
				t.Errorf("Item(%q) = %q", name, key)
			}
		}
		SharedPath([]string{name, name + ".llvm.1"})
	})
}
