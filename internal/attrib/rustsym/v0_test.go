package rustsym

import (
	"math"
	"math/big"
	"strings"
	"testing"
)

// v0Names are names of the rustc book's chapter on v0, names that rustc makes
// for small programs, and names made up to use a rule of the grammar. What is
// expected is worked out by hand from the RFC. In "Cs_" the disambiguator is 1,
// in "Cs0_" 2; "C" alone has 0.
var v0Names = []struct {
	what, name string
	want       Symbol
	path       string
}{
	{"free function", "_RNvCs15kBYyAo9fc_7mycrate7example", v0("mycrate", 0xca63f166dbe9294), "mycrate::example"},
	{"no disambiguator", "_RNvC7mycrate7example", v0("mycrate", 0), "mycrate::example"},
	{"smallest disambiguator", "_RNvCs_7mycrate7example", v0("mycrate", 1), "mycrate::example"},
	{"largest disambiguator", "_RNvCslYGhA16ahyd_1a1b", v0("a", 0xffffffffffffffff), "a::b"},
	{"crate root alone", "_RCs0_4core", v0("core", 2), "core"},
	{"module", "_RNvNtNtCs_1a1b2cd3efg", v0("a", 1), "a::b::cd::efg"},
	{"name that begins with a digit", "_RNvCs_1a3_1bc", v0("a", 1), "a::1bc"},
	{"name that begins with an underscore", "_RNvCs_1a4__bcd", v0("a", 1), "a::_bcd"},
	{"disambiguated item", "_RNvCs_1as5_1b", v0("a", 1), "a::b"},

	{"inherent impl", "_RNvMs_Cs4Cv8Wi1oAIB_7mycrateNtB4_7Example3foo", v0("mycrate", 0x35d2de6ac96359ef), "<mycrate::Example>::foo"},
	{"inherent impl, one crate to another", "_RNvMsr_NtCs3ssYzQotkvD_3std4pathNtB5_7PathBuf3newCs15kBYyAo9fc_7mycrate",
		v0For("std", 0x284a76a8b41a7fd3, "mycrate", 0xca63f166dbe9294), "<std::path::PathBuf>::new"},
	{"inherent impl of a primitive", "_RNvMNtNtCs_4core3ptr9const_ptrPu13is_aligned_toCs0_1b", v0For("core", 1, "b", 2), "<*const ()>::is_aligned_to"},
	{"inherent impl of a trait object", "_RNvMs5_Cs_1aDNtB5_2TrEL_3inh", v0("a", 1), "<dyn a::Tr>::inh"},
	{"trait impl", "_RNvXCs15kBYyAo9fc_7mycrateNtB2_7ExampleNtB2_5Trait3foo", v0("mycrate", 0xca63f166dbe9294), "<mycrate::Example as mycrate::Trait>::foo"},
	{"trait impl for a foreign type", "_RNvXs3_Cs0_1bNtCs_1a2TyNtB5_2LT3ltt", v0("b", 2), "<a::Ty as b::LT>::ltt"},
	{"trait impl of a foreign trait", "_RNvXCs0_1bNtB2_1LNtCs_1a2Tr2gg", v0("b", 2), "<b::L as a::Tr>::gg"},
	{"trait impl whose path has arguments", "_RNvXININvCs_1a1fs_0hENtCs0_1b1TNtCs1_1c1U1m", v0("a", 1), "<b::T as c::U>::m"},
	{"trait impl for an impl's local type", "_RNvXNvXsc_Cs_1bNtB8_1LNtB8_2LT3lttNtB2_2InNtB8_2LT3ltt", v0("b", 1), "<<b::L as b::LT>::ltt::In as b::LT>::ltt"},
	{"default method", "_RNvYNtCs15kBYyAo9fc_7mycrate7ExampleNtB4_5Trait7exampleB4_",
		v0For("mycrate", 0xca63f166dbe9294, "mycrate", 0xca63f166dbe9294), "<mycrate::Example as mycrate::Trait>::example"},
	{"default method of a foreign trait", "_RNvYNtCs_1b1LNtNtCs0_4core3cmp10PartialOrd2ltB4_", v0For("core", 2, "b", 1), "<b::L as core::cmp::PartialOrd>::lt"},
	{"default method, primitive", "_RNvYhNtCs_1a2Tr1fCs0_1b", v0For("a", 1, "b", 2), "<u8 as a::Tr>::f"},
	{"trait by back-reference", "_RNvYNtCs_1a1TNvB2_1U1f", v0("a", 1), "<a::T as a::T::U>::f"},

	{"closure", "_RNCNvCsgStHSCytQ6I_7mycrate4main0B3_", v0For("mycrate", 0xc498bb9fafc482ea, "mycrate", 0xc498bb9fafc482ea), "mycrate::main::{closure#0}"},
	{"second closure", "_RNCNvCsgStHSCytQ6I_7mycrate4mains_0B3_", v0For("mycrate", 0xc498bb9fafc482ea, "mycrate", 0xc498bb9fafc482ea), "mycrate::main::{closure#1}"},
	{"nested closures", "_RNCNCNvCs_1a4main0s0_0", v0("a", 1), "a::main::{closure#0}::{closure#2}"},
	{"closure in a trait impl", "_RNCNvXsc_Cs_1bNtB7_1LNtB7_2LT3ltts_0B7_", v0For("b", 1, "b", 1), "<b::L as b::LT>::ltt::{closure#1}"},
	{"vtable shim", "_RNSNvYNCNvCs_1a4main0INtNtNtCs0_4core3ops8function6FnOnceuE9call_once6vtableB6_",
		v0For("core", 2, "a", 1), "<a::main::{closure#0} as core::ops::function::FnOnce>::call_once::{shim:vtable#0}"},
	{"other namespace", "_RNZNvCs_1a1b2xy", v0("a", 1), "a::b::{Z:xy#0}"},
	{"unnamed in an internal namespace", "_RNvNkNvCs_1a1b01c", v0("a", 1), "a::b::c"},

	{"generic function", "_RINvCsgStHSCytQ6I_7mycrate7examplelKj1_EB2_", v0For("mycrate", 0xc498bb9fafc482ea, "mycrate", 0xc498bb9fafc482ea), "mycrate::example"},
	{"generic method", "_RINvMsY_NtCseXNvpPnDBDp_3std4pathNtB6_4Path3neweECs7qp2U7fqm6G_7mycrate",
		v0For("std", 0xae4cfa2cb15e51b9, "mycrate", 0x567e63b0a19c5b38), "<std::path::Path>::new"},
	{"drop glue", "_RINvNtCs_4core3ptr13drop_in_placeNtCs0_1a1TECs1_1b", v0For("core", 1, "b", 3), "core::ptr::drop_in_place"},
	{"back-reference to a type", "_RINvCs7qp2U7fqm6G_7mycrate7exampleNtB2_7ExampleBw_EB2_", v0For("mycrate", 0x567e63b0a19c5b38, "mycrate", 0x567e63b0a19c5b38), "mycrate::example"},
	{"instantiating crate inside a skipped type", "_RINvCs_4core1fNtCs0_1b1TEBc_", v0For("core", 1, "b", 2), "core::f"},
	{"instantiating crate through two back-references", "_RINvCs_4core1fNtCs0_1b1TNtBc_1UEBm_", v0For("core", 1, "b", 2), "core::f"},
	{"impl path by back-reference", "_RNvMINvCs_1a1fhENvMB3_NtB3_1T1g1h", v0("a", 1), "<<a::f::T>::g>::h"},
	{"no arguments", "_RINvCs_1a1bE", v0("a", 1), "a::b"},
	{"lifetime argument", "_RINvCs_1a1bL_L0_hE", v0("a", 1), "a::b"},

	{"const arguments", "_RINvCs_1b2cgKl19_EB2_", v0For("b", 1, "b", 1), "b::cg"},
	{"negative const", "_RINvCs_1b2cgKln80000000_EB2_", v0For("b", 1, "b", 1), "b::cg"},
	{"bool const", "_RINvCs_1b2cbKb1_EB2_", v0For("b", 1, "b", 1), "b::cb"},
	{"char const", "_RINvCs_1b2ccKc2202_EB2_", v0For("b", 1, "b", 1), "b::cc"},
	{"string const", "_RINvCs_1b2csKRe68656c6c6f20e28882_EB2_", v0For("b", 1, "b", 1), "b::cs"},
	{"empty string const", "_RINvCs_1b2csKRe_EB2_", v0For("b", 1, "b", 1), "b::cs"},
	{"placeholder const and type", "_RNvNvMCsd9PVOYlP1UU_7mycrateINtB4_7ExamplepKpE3foo14EXAMPLE_STATIC",
		v0("mycrate", 0x99446627ef552b06), "<mycrate::Example>::foo::EXAMPLE_STATIC"},
	{"unit-like const", "_RINvCs_1b2ceKVNtNtB2_2EN1AUEB2_", v0For("b", 1, "b", 1), "b::ce"},
	{"tuple-like const", "_RINvCs_1b2ceKVNtNtB2_2EN1BTan3_EEB2_", v0For("b", 1, "b", 1), "b::ce"},
	{"struct const", "_RINvCs_1b2cpKVNtB2_1PS1xm3_1yTb1_Ah1_h2_EEEEB2_", v0For("b", 1, "b", 1), "b::cp"},
	{"const by back-reference", "_RINvCs_1a1fAhj4_AtBb_E", v0("a", 1), "a::f"},
	{"const that is not evaluated", "_RINvCs_1a1fKNkNvB2_1g0E", v0("a", 1), "a::f"},

	{"trait object with bounds and a binder", "_RINvCs_1b2gtDG0_INtNtNtCs0_4core3ops8function2FnTRL1_hRL0_tEEp6OutputRL1_hNtNtBl_6marker4SendEL_EB2_",
		v0For("b", 1, "b", 1), "b::gt"},
	{"trait object with a const binding", "_RINvCs_1a1fDNtB2_2Trp1NKj3_EL_E", v0("a", 1), "a::f"},
	{"function pointer", "_RINvCs7qp2U7fqm6G_7mycrate7exampleFG0_RL1_hRL0_tEuEB2_", v0For("mycrate", 0x567e63b0a19c5b38, "mycrate", 0x567e63b0a19c5b38), "mycrate::example"},
	{"function pointer with an ABI", "_RNvYFUKChvEtNtCs_1a2Tr1f", v0("a", 1), `<unsafe extern "C" fn(u8, ...) -> u16 as a::Tr>::f`},
	{"function pointer with a named ABI", "_RNvYFK8C_unwindEzNtCs_1a2Tr1f", v0("a", 1), `<extern "C-unwind" fn() -> ! as a::Tr>::f`},
	{"pattern type", "_RINvCs_1b2gtWmRm0_m9_EB2_", v0For("b", 1, "b", 1), "b::gt"},
	{"pattern type with alternatives", "_RINvCs_1b2gtWmORm0_m9_Rmc_m14_EEB2_", v0For("b", 1, "b", 1), "b::gt"},
	{"type without a tag of its own", "_RINvCs_1a1fC4f128E", v0("a", 1), "a::f"},
	{"types in a self type", "_RNvXs_Cs_1aTRShQAtj10_OeFEuDNtB4_1TNtB4_1UEL_ENtB4_2Tr1f", v0("a", 1),
		"<(&[u8], &mut [u16; 16], *mut str, fn(), dyn a::T + a::U) as a::Tr>::f"},
	{"tuple of one", "_RNvXCs_1aThENtB2_2Tr1f", v0("a", 1), "<(u8,) as a::Tr>::f"},

	{"punycode", "_RNvNtNtCsgOH4LzxkuMq_7mycrateu8gdel_5qa6escher4bach", v0("mycrate", 0xc3e2bad243a63c04), "mycrate::gödel::escher::bach"},
	{"punycode without ASCII", "_RNvNtCs_1bu6n84amfu7___ylb7e", v0("b", 1), "b::铁锈::α_ω"},
	{"punycode that is none", "_RNvCs_1au4a_b_", v0("a", 1), "a::punycode{a_b-}"},
	{"UTF-8", "_RNvCs_1a6gödel", v0("a", 1), "a::gödel"},

	{"LLVM suffix", "_RNvCs_1a1b.llvm.1256820065749067636", v0("a", 1), "a::b"},
	{"numbered suffix", "_RNvNvCs_1a1b1C.0", v0("a", 1), "a::b::C"},
	{"cold part", "_RNvCs_1a1bCs0_1c.cold", v0For("a", 1, "c", 2), "a::b"},
	{"suffix with a dollar sign", "_RNvNvNvCs7qp2U7fqm6G_7mycrate7EXAMPLE7___getit5___KEY$tlv$init", v0("mycrate", 0x567e63b0a19c5b38), "mycrate::EXAMPLE::__getit::__KEY"},
	{"one name, two disambiguators", "_RNvCs_5cargo1fCs0_5cargo", v0For("cargo", 1, "cargo", 2), "cargo::f"},
}

func v0(name string, id uint64) Symbol {
	return Symbol{Scheme: V0, Defining: Crate{name, id}, Exact: true}
}

func v0For(name string, id uint64, instantiating string, instantiatingID uint64) Symbol {
	sym := v0(name, id)
	sym.Instantiating = Crate{instantiating, instantiatingID}
	return sym
}

func TestParseV0(t *testing.T) {
	for _, tt := range v0Names {
		t.Run(tt.what, func(t *testing.T) {
			got, ok := Parse(tt.name)
			if !ok || got != tt.want {
				t.Errorf("Parse(%q)\n got %+v, %v\nwant %+v", tt.name, got, ok, tt.want)
			}
			if path, ok := ItemPath(tt.name); !ok || path != tt.path {
				t.Errorf("ItemPath(%q)\n got %q, %v\nwant %q", tt.name, path, ok, tt.path)
			}
		})
	}
}

func TestParseV0Refuses(t *testing.T) {
	tests := []struct{ what, name string }{
		{"nothing", ""},
		{"prefix alone", "_R"},
		{"other prefix", "RNvC1a1b"},
		{"macOS prefix", "__RNvC1a1b"},
		{"C", "main"},
		{"C that begins like Rust", "_Realloc"},
		{"encoding version", "_R0NvC1a1b"},
		{"suffix alone", "_R.llvm.1"},
		{"unknown path tag", "_RZvC1a1b"},
		{"type for a path", "_RNvh1b"},
		{"namespace is a digit", "_RN1C1a1b"},
		{"rest behind the instantiating crate", "_RNvC1a1bC1cC1d"},
		{"rest behind the path", "_RNvC1a1b_"},
		{"lower case behind the path", "_RNvC1a1bs_"},
		{"crate without a name", "_RNvC01b"},
		{"instantiating crate without a name", "_RNvC1a1bC0"},
		{"no name behind the namespace", "_RNvC1a"},
		{"length past the end", "_RNvC1a2b"},
		{"length that overflows", "_RNvC1a18446744073709551617b"},
		{"length with a leading zero", "_RNvC1a01b"},
		{"disambiguator one too large", "_RNvCslYGhA16ahye_1a1b"},
		{"disambiguator of twelve digits", "_RNvCs100000000000_1a1b"},
		{"disambiguator without an end", "_RNvCs1"},
		{"disambiguator with a bad digit", "_RNvCs1-_1a1b"},
		{"arguments without an end", "_RINvC1a1bh"},
		{"tuple without an end", "_RINvC1a1bTh"},
		{"unknown basic type", "_RINvC1a1bgE"},
		{"const without an end", "_RINvC1a1bKj1E"},
		{"const of type f64", "_RINvC1a1bKd1_E"},
		{"const in upper case", "_RINvC1a1bKjA_E"},
		{"negative unsigned const", "_RINvC1a1bKjn1_E"},
		{"const of an unknown shape", "_RINvC1a1bKVNtB2_1PXE"},
		{"trait object without a lifetime", "_RINvC1a1bDNtB2_1TEE"},
		{"lifetime without an end", "_RINvC1a1bL0E"},
		{"empty ABI", "_RINvC1a1bFK0EuE"},
		{"ABI in punycode", "_RINvC1a1bFKu4n84aEuE"},
		{"function pointer without a result", "_RINvC1a1bFhEE"},
		{"unknown pattern", "_RINvC1a1bWhXE"},
		{"back-reference to itself", "_RNvB1_1b"},
		{"back-reference forwards", "_RNvB3_1b"},
		{"back-reference past the end", "_RNvC1a1bBz_"},
		{"back-reference that overflows", "_RNvC1a1bBlYGhA16ahyg_"},
		{"back-reference to a namespace", "_RNvC1a1bB0_"},
		{"path by back-reference to a type", "_RINvC1a1bhEB6_"},
		{"type by back-reference to a number", "_RINvC1a1bB3_E"},
		{"cycle: path that is its own parent", "_RNvB_1b"},
		{"cycle: instantiating crate", "_RNvC1a1bNvB7_1c"},
		{"cycle of two", "_RNvNvB_1bB0_"},
		{"space in a name", "_RNvC1a3b c"},
		{"punctuation in a crate's name", "_RNvC3a.b1c"},
		{"broken UTF-8 in a name", "_RNvC1a2b\xff"},
		{"UTF-8 in punycode", "_RNvC1au3\u00f6a"},
		{"empty punycode", "_RNvC1au0"},
		{"NUL", "_RNvC1a1b\x00"},
	}
	for _, tt := range tests {
		t.Run(tt.what, func(t *testing.T) {
			if sym, ok := Parse(tt.name); ok {
				t.Errorf("Parse(%q) = %+v, want refused", tt.name, sym)
			}
			if path, ok := ItemPath(tt.name); ok {
				t.Errorf("ItemPath(%q) = %q, want refused", tt.name, path)
			}
		})
	}
}

// Every name that is cut short is incomplete, except where the cut leaves a
// complete path: before the instantiating crate and inside a suffix.
func TestParseV0Truncated(t *testing.T) {
	const path = "_RINvMs_NtCs3ssYzQotkvD_3std4pathNtB5_4Path3newDG_NtB5_1TEL0_Kj1_E"
	const name = path + "Cs15kBYyAo9fc_7mycrate"
	for n := range len(name) {
		if _, ok := Parse(name[:n]); ok != (n == len(path)) {
			t.Errorf("Parse(%q) reports %v", name[:n], ok)
		}
	}
	if _, ok := Parse(name + "."); !ok {
		t.Error("empty suffix refused")
	}
}

func TestStdFamily(t *testing.T) {
	for _, crate := range strings.Fields("core alloc std proc_macro test std_detect panic_abort panic_unwind unwind compiler_builtins" +
		" rustc_std_workspace_core rustc_std_workspace_alloc rustc_std_workspace_std profiler_builtins __rustc") {
		if !StdFamily(crate) {
			t.Errorf("StdFamily(%q) is false", crate)
		}
	}
	for _, crate := range []string{"", "rustc_demangle", "hashbrown", "libc", "Core", "core2", "cargo"} {
		if StdFamily(crate) {
			t.Errorf("StdFamily(%q) is true", crate)
		}
		if copied := strings.Contains(" rustc_demangle hashbrown libc ", " "+crate+" "); CopiedByStd(crate) != copied {
			t.Errorf("CopiedByStd(%q) is %t", crate, !copied)
		}
	}
}

// TestPassNumber: a number that nobody asks for is valid where it fits 64 bits with
// the two that are added to it, as big integers say.
func TestPassNumber(t *testing.T) {
	const digits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	limit := new(big.Int).SetUint64(math.MaxUint64 - 2)
	write := func(v *big.Int) string {
		var text []byte
		for base, rest := big.NewInt(62), new(big.Int); v.Sign() > 0; {
			v, rest = new(big.Int).DivMod(v, base, rest)
			text = append([]byte{digits[rest.Int64()]}, text...)
		}
		return string(text)
	}
	tests := []string{"_", "0_", "Z_", "ZZZZZZZZZZ_", "kZZZZZZZZZZ_", "l0000000000_", "lZZZZZZZZZZ_", "ZZZZZZZZZZZ_", "10000000000_",
		"0000000000000_", "100000000000_", "", "1", "ZZZZZZZZZZ", "kZZZZZZZZZZ", "1-_", "$", "s_"}
	for d := int64(-3); d < 3; d++ {
		tests = append(tests, write(new(big.Int).Add(limit, big.NewInt(d)))+"_")
	}
	for _, number := range tests {
		value, want := new(big.Int), strings.HasSuffix(number, "_")
		for _, c := range strings.TrimSuffix(number, "_") {
			d := strings.IndexRune(digits, c)
			want = want && d >= 0
			value.Add(value.Mul(value, big.NewInt(62)), big.NewInt(int64(d)))
		}
		want = want && value.Cmp(limit) <= 0
		r := newScanner("s" + number + "3foo")
		if got := r.passNumber(); got != want {
			t.Errorf("%q: %v, want %v", number, got, want)
		} else if got && r.pos != len("s")+len(number) {
			t.Errorf("%q: ends at %d", number, r.pos)
		}
	}
}
