// Package rustsym reads what a mangled Rust symbol name says about crates:
// which crate wrote the code, which crate made the compiler emit it, and a
// readable path of the item.
//
// Two schemes exist. v0 (RFC 2603, the rustc book's chapter "v0 Symbol
// Format") is a grammar of the whole name and states both crates. The legacy
// scheme ("_ZN…17h<hash>E") dresses a printed path as an Itanium C++ name; its
// defining crate is read from the path, the instantiating crate is only in the
// hash.
//
// Names are treated as hostile: every function here takes time linear in the
// length of the name, whatever it holds.
package rustsym

import "strings"

// Crate is a crate as a symbol names it.
type Crate struct {
	// Name is a substring of the symbol, with underscores as in source code.
	// A name outside ASCII keeps its Punycode spelling.
	Name string
	// ID is the crate's disambiguator, which tells two versions of one crate
	// apart: in v0 the number between "Cs" and "_". It is rustc's
	// StableCrateId, the 16 hexadecimal digits in the name of the crate's
	// codegen units (`core.c1f1a4ba060b9bfa-cgu.0`). 0 where unknown, which is
	// every legacy name.
	ID uint64
}

// Scheme is the way a symbol is mangled.
type Scheme uint8

const (
	V0     Scheme = iota // "_R…", RFC 2603
	Legacy               // "_ZN…17h<16 hex digits>E"
)

// Symbol is what one name says about crates.
type Symbol struct {
	Scheme Scheme
	// Defining is the crate whose source has the code: for an item of an impl
	// the crate of the impl, for a trait's default method the crate of the
	// trait, else the first element of the path.
	Defining Crate
	// Instantiating is the crate whose compilation emitted the code. Its Name
	// is empty if the symbol does not say.
	Instantiating Crate
	// Exact is false where a legacy name leaves two crates possible and
	// Defining is the likelier one.
	Exact bool
}

const (
	v0Prefix     = "_R"
	legacyPrefix = "_ZN"
)

// Parse reads the crates of a symbol name. It reports false if name is not a
// complete Rust name of a known scheme and encoding version. It does not
// allocate, except for names nested deeper than any compiler makes them.
func Parse(name string) (Symbol, bool) {
	if s, ok := strings.CutPrefix(name, v0Prefix); ok {
		return parseV0(s)
	}
	if s, ok := strings.CutPrefix(name, legacyPrefix); ok {
		return parseLegacy(s)
	}
	return Symbol{}, false
}

// StdFamily reports whether crate is one of the crates that the Rust
// distribution's standard library consists of. Ordinary crates that the
// library has copies of (hashbrown, gimli, rustc_demangle …) are not.
func StdFamily(crate string) bool {
	return stdRank(crate) >= 0
}

// CopiedByStd reports whether the standard library comes compiled with a copy of an
// ordinary crate of this name. A program can have another copy of it.
func CopiedByStd(crate string) bool {
	switch crate {
	case "addr2line", "adler2", "cfg_if", "getopts", "gimli", "hashbrown", "libc", "memchr", "miniz_oxide", "object", "rustc_demangle", "rustc_literal_escaper":
		return true
	}
	return false
}

// stdRank orders the standard library's crates so that each one depends only
// on crates of a lower rank. It is -1 for every other crate.
func stdRank(crate string) int {
	switch crate {
	case "core", "__rustc", "rustc_std_workspace_core":
		return 0
	case "compiler_builtins":
		return 1
	case "alloc", "rustc_std_workspace_alloc":
		return 2
	case "std_detect", "unwind", "panic_abort", "panic_unwind", "profiler_builtins":
		return 3
	case "std", "rustc_std_workspace_std":
		return 4
	case "proc_macro", "test":
		return 5
	}
	return -1
}
