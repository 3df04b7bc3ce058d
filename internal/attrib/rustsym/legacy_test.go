package rustsym

import (
	"strconv"
	"strings"
	"testing"
)

// legacyName mangles elements and adds a hash.
func legacyName(elements ...string) string {
	var b strings.Builder
	b.WriteString("_ZN")
	for _, e := range append(elements, "h0123456789abcdef") {
		b.WriteString(strconv.Itoa(len(e)))
		b.WriteString(e)
	}
	b.WriteString("E")
	return b.String()
}

// legacyNames are elements as rustc writes them. The crate is what the rules of
// coherence leave possible, worked out by hand.
var legacyNames = []struct {
	what     string
	elements []string
	crate    string
	exact    bool
	path     string
}{
	{"function", []string{"core", "panicking", "panic"}, "core", true, "core::panicking::panic"},
	{"closure", []string{"b", "main", "_$u7b$$u7b$closure$u7d$$u7d$"}, "b", true, "b::main::{{closure}}"},
	{"drop glue", []string{"core", "ptr", "drop_in_place$LT$alloc..string..String$GT$"}, "core", true, "core::ptr::drop_in_place"},
	{"inherent impl of a generic type", []string{"alloc", "vec", "Vec$LT$T$C$A$GT$", "push"}, "alloc", true, "alloc::vec::Vec::push"},
	{"inherent impl of a slice", []string{"alloc", "slice", "_$LT$impl$u20$$u5b$T$u5d$$GT$", "sort"}, "alloc", true, "alloc::slice::<impl [T]>::sort"},
	{"impl away from type and trait", []string{"b", "_$LT$impl$u20$a..Tr$u20$for$u20$alloc..boxed..Box$LT$b..L$GT$$GT$", "g"}, "b", true,
		"b::<impl a::Tr for alloc::boxed::Box>::g"},
	{"default method", []string{"a", "Tr", "f"}, "a", true, "a::Tr::f"},
	{"vtable shim", []string{"core", "ops", "function", "FnOnce", "call_once$u7b$$u7b$vtable.shim$u7d$$u7d$"}, "core", true,
		"core::ops::function::FnOnce::call_once{{vtable-shim}}"},

	{"type and trait of one crate", []string{"_$LT$b..L$u20$as$u20$b..LT$GT$", "ltt"}, "b", true, "<b::L as b::LT>::ltt"},
	{"standard trait", []string{"_$LT$b..L$u20$as$u20$core..fmt..Display$GT$", "fmt"}, "b", true, "<b::L as core::fmt::Display>::fmt"},
	{"standard type", []string{"_$LT$alloc..vec..Vec$LT$T$GT$$u20$as$u20$serde..ser..Serialize$GT$", "serialize"}, "serde", true,
		"<alloc::vec::Vec as serde::ser::Serialize>::serialize"},
	{"core and alloc", []string{"_$LT$alloc..vec..Vec$LT$T$C$A$GT$$u20$as$u20$core..ops..drop..Drop$GT$", "drop"}, "alloc", true,
		"<alloc::vec::Vec as core::ops::drop::Drop>::drop"},
	{"alloc and std", []string{"_$LT$alloc..string..String$u20$as$u20$std..io..Write$GT$", "write"}, "std", true, "<alloc::string::String as std::io::Write>::write"},
	{"std and core", []string{"_$LT$std..io..error..Error$u20$as$u20$core..fmt..Debug$GT$", "fmt"}, "std", true, "<std::io::error::Error as core::fmt::Debug>::fmt"},
	{"core and proc_macro", []string{"_$LT$proc_macro..TokenStream$u20$as$u20$core..clone..Clone$GT$", "clone"}, "proc_macro", true,
		"<proc_macro::TokenStream as core::clone::Clone>::clone"},
	{"two other crates", []string{"_$LT$serde_json..value..Value$u20$as$u20$serde..de..Deserialize$GT$", "deserialize"}, "serde_json", false,
		"<serde_json::value::Value as serde::de::Deserialize>::deserialize"},

	{"type parameter", []string{"_$LT$T$u20$as$u20$core..convert..Into$LT$U$GT$$GT$", "into"}, "core", true, "<T as core::convert::Into>::into"},
	{"primitive", []string{"_$LT$u8$u20$as$u20$a..Tr$GT$", "g"}, "a", true, "<u8 as a::Tr>::g"},
	{"unit", []string{"_$LT$$LP$$RP$$u20$as$u20$b..LT$GT$", "ltt"}, "b", true, "<() as b::LT>::ltt"},
	{"never", []string{"_$LT$$u21$$u20$as$u20$b..LT$GT$", "ltt"}, "b", true, "<! as b::LT>::ltt"},
	{"reference to a parameter", []string{"_$LT$$RF$T$u20$as$u20$core..fmt..Debug$GT$", "fmt"}, "core", true, "<&T as core::fmt::Debug>::fmt"},
	{"reference", []string{"_$LT$$RF$mut$u20$b..L$u20$as$u20$core..fmt..Debug$GT$", "fmt"}, "b", true, "<&mut b::L as core::fmt::Debug>::fmt"},
	{"reference, two other crates", []string{"_$LT$$RF$b..L$u20$as$u20$a..Tr$GT$", "g"}, "b", false, "<&b::L as a::Tr>::g"},
	{"slice", []string{"_$LT$$u5b$u8$u5d$$u20$as$u20$a..Tr$GT$", "g"}, "a", true, "<[u8] as a::Tr>::g"},
	{"array of another crate's type", []string{"_$LT$$u5b$a..Ty$u3b$$u20$3$u5d$$u20$as$u20$b..LT$GT$", "ltt"}, "b", true, "<[a::Ty; 3] as b::LT>::ltt"},
	{"array, trait with arguments", []string{"_$LT$$u5b$a..Ty$u5d$$u20$as$u20$b..LT$LT$a..Ty$GT$$GT$", "ltt"}, "b", false, "<[a::Ty] as b::LT>::ltt"},
	{"pointer", []string{"_$LT$$BP$const$u20$T$u20$as$u20$core..fmt..Pointer$GT$", "fmt"}, "core", true, "<*const T as core::fmt::Pointer>::fmt"},
	{"tuple of primitives", []string{"_$LT$$LP$u8$C$u16$RP$$u20$as$u20$a..Tr$GT$", "g"}, "a", true, "<(u8,u16) as a::Tr>::g"},
	{"tuple with a crate's type", []string{"_$LT$$LP$$u5b$u8$u3b$$u20$4$u5d$$C$b..L$RP$$u20$as$u20$core..fmt..Debug$GT$", "fmt"}, "b", true,
		"<([u8; 4],b::L) as core::fmt::Debug>::fmt"},
	{"tuple in a tuple", []string{"_$LT$$LP$$LP$u8$C$$RP$$C$b..L$RP$$u20$as$u20$core..fmt..Debug$GT$", "fmt"}, "b", true,
		"<((u8,),b::L) as core::fmt::Debug>::fmt"},
	{"function pointer", []string{"_$LT$fn$LP$a..Ty$RP$$u20$.$GT$$u20$b..L$u20$as$u20$b..LT$GT$", "ltt"}, "b", true, "<fn(a::Ty) -> b::L as b::LT>::ltt"},
	{"function pointer in arguments", []string{"_$LT$a..Gen$LT$fn$LP$u8$RP$$u20$.$GT$$u20$u8$GT$$u20$as$u20$core..fmt..Debug$GT$", "fmt"}, "a", true,
		"<a::Gen as core::fmt::Debug>::fmt"},
	{"trait object", []string{"_$LT$dyn$u20$a..Tr$u2b$core..marker..Send$GT$", "inh2"}, "a", true, "<dyn a::Tr+core::marker::Send>::inh2"},
	{"trait object as self", []string{"_$LT$dyn$u20$b..LT$u20$as$u20$core..fmt..Debug$GT$", "fmt"}, "b", true, "<dyn b::LT as core::fmt::Debug>::fmt"},
	{"bracketed trait object", []string{"_$LT$$BP$mut$u20$$LP$dyn$u20$b..LT$u2b$core..marker..Send$RP$$u20$as$u20$core..fmt..Debug$GT$", "fmt"}, "b", true,
		"<*mut (dyn b::LT+core::marker::Send) as core::fmt::Debug>::fmt"},
	{"boxed type", []string{"_$LT$alloc..boxed..Box$LT$a..Ty$GT$$u20$as$u20$b..LT$GT$", "ltt"}, "b", true, "<alloc::boxed::Box as b::LT>::ltt"},
	{"boxed parameter", []string{"_$LT$alloc..boxed..Box$LT$F$C$A$GT$$u20$as$u20$core..ops..function..FnOnce$LT$Args$GT$$GT$", "call_once"}, "alloc", true,
		"<alloc::boxed::Box as core::ops::function::FnOnce>::call_once"},
	{"type inside a method", []string{"_$LT$$LT$b..L$u20$as$u20$b..LT$GT$..ltt..In$u20$as$u20$core..fmt..Debug$GT$", "fmt"}, "b", true,
		"<<b::L as b::LT>::ltt::In as core::fmt::Debug>::fmt"},
	{"type inside a method, other crates", []string{"_$LT$$LT$b..L$u20$as$u20$a..Tr$GT$..ltt..In$u20$as$u20$core..fmt..Debug$GT$", "fmt"}, "b", false,
		"<<b::L as a::Tr>::ltt::In as core::fmt::Debug>::fmt"},
	{"closure in an impl", []string{"_$LT$b..L$u20$as$u20$core..fmt..Display$GT$", "fmt", "_$u7b$$u7b$closure$u7d$$u7d$", "inner"}, "b", true,
		"<b::L as core::fmt::Display>::fmt::{{closure}}::inner"},
	{"not ASCII", []string{"b", "g$u6f6$del"}, "b", true, "b::g\u06f6del"},
	{"no escape", []string{"b", "a$b$u110000$"}, "b", true, "b::a$b$u110000$"},
}

func TestParseLegacy(t *testing.T) {
	for _, tt := range legacyNames {
		t.Run(tt.what, func(t *testing.T) {
			want := Symbol{Scheme: Legacy, Defining: Crate{Name: tt.crate}, Exact: tt.exact}
			for _, suffix := range []string{"", ".llvm.10346463467632414374", ".cold", ".llvm.1.cold"} {
				name := legacyName(tt.elements...) + suffix
				if got, ok := Parse(name); !ok || got != want {
					t.Errorf("Parse(%q)\n got %+v, %v\nwant %+v", name, got, ok, want)
				}
				if path, ok := ItemPath(name); !ok || path != tt.path {
					t.Errorf("ItemPath(%q)\n got %q, %v\nwant %q", name, path, ok, tt.path)
				}
			}
		})
	}
}

func TestParseLegacyRefuses(t *testing.T) {
	tests := []struct{ what, name string }{
		{"prefix alone", "_ZN"},
		{"C++", "_ZN3foo3barEv"},
		{"C++ without parameters", "_ZN3foo3barE"},
		{"hash alone", "_ZN17h0123456789abcdefE"},
		{"hash too short", "_ZN1a16h0123456789abcdeE"},
		{"hash too long", "_ZN1a18h0123456789abcdef0E"},
		{"hash in upper case", "_ZN1a17h0123456789ABCDEFE"},
		{"hash not hexadecimal", "_ZN1a17h0123456789abcdegE"},
		{"hash without the h", "_ZN1a17g0123456789abcdefE"},
		{"hash not last", "_ZN1a17h0123456789abcdef1bE"},
		{"no end", "_ZN1a17h0123456789abcdef"},
		{"C++ parameters behind the end", "_ZN1a17h0123456789abcdefEv"},
		{"length past the end", "_ZN99a17h0123456789abcdefE"},
		{"length that overflows", "_ZN18446744073709551617a17h0123456789abcdefE"},
		{"length with a leading zero", "_ZN01a17h0123456789abcdefE"},
		{"length zero", "_ZN1a017h0123456789abcdefE"},
		{"element without a length", "_ZNa17h0123456789abcdefE"},
		{"crate that begins with a digit", legacyName("1a", "b")},
		{"crate that is no word", legacyName("_$u7b$$u7b$impl$u7d$$u7d$", "b")},
		{"punctuation", legacyName("a-b", "c")},
		{"space", legacyName("a b", "c")},
		{"UTF-8", legacyName("g\u00f6del", "c")},
		{"impl without an end", legacyName("_$LT$b..L$u20$as$u20$a..Tr", "f")},
		{"impl without a trait's path", legacyName("_$LT$b..L$u20$as$u20$T$GT$", "f")},
		{"impl of a parameter", legacyName("_$LT$T$GT$", "f")},
		{"empty impl", legacyName("_$LT$$GT$", "f")},
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
