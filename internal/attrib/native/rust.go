package native

import (
	"slices"
	"strconv"
	"strings"
)

// fromRust judges a Rust unit. rustc names one <source file of the crate's
// root>/@/<codegen unit>, the older ones only by the file.
func fromRust(file, compDir, cgu string) Origin {
	o := Origin{Kind: KindCrate}
	o.Name, o.ID, _ = parseCGU(cgu)
	p := splitPath(compDir, file)
	switch {
	case rustStd(&o, p, file):
		o.Std = true
	case rustPackage(&o, p):
	default:
		o.Own = true
	}
	return o
}

// parseCGU reads the name of a codegen unit, alone or as a part of an object
// file's name: [<prefix>.]<crate>.<id>-cgu.<n>[.<suffix>]. The id has no leading
// zeros; compilers before stable crate ids wrote eight characters of another
// hash there, which give the crate but no id. Incremental builds, and the
// allocator shim, have a hash alone: a crate, but not which.
func parseCGU(s string) (crate string, id uint64, ok bool) {
	i := strings.Index(s, "-cgu.")
	if i < 0 || i+5 == len(s) || !isDigit(s[i+5]) {
		return "", 0, isHashCGU(s)
	}
	s = s[:i]
	dot := strings.LastIndexByte(s, '.')
	if dot < 0 || dot+1 == len(s) || len(s)-dot-1 > 16 {
		return "", 0, false
	}
	crate, hash := s[:dot], s[dot+1:]
	crate = crate[strings.LastIndexByte(crate, '.')+1:]
	if !isIdent(crate) {
		return "", 0, false
	}
	if isHex(hash) {
		id, _ = strconv.ParseUint(hash, 16, 64)
	}
	return crate, id, true
}

// isIdent accepts Unicode letters, which crate names may hold, as any byte
// above ASCII.
func isIdent(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c != '_' && !isDigit(c) && c < 0x80 && (c|0x20 < 'a' || c|0x20 > 'z') {
			return false
		}
	}
	return s != "" && !isDigit(s[0])
}

// isHashCGU knows a hash of up to 128 bits in base 36. Shorter words are more
// likely to be a file's name.
func isHashCGU(s string) bool {
	s = strings.TrimSuffix(s, ".rcgu.o")
	digits := 0
	for i := range len(s) {
		switch {
		case isDigit(s[i]):
			digits++
		case s[i] < 'a' || s[i] > 'z':
			return false
		}
	}
	return len(s) >= 14 && len(s) <= 25 && digits > 0 && digits < len(s)
}

// stdCrate knows the crates of Rust's standard library whose names nobody else
// can sensibly use.
func stdCrate(crate string) bool {
	switch crate {
	case "core", "alloc", "std", "std_detect", "proc_macro", "panic_unwind", "panic_abort", "compiler_builtins":
		return true
	}
	return false
}

// stdDir knows the directories of library/ in Rust's source tree.
func stdDir(dir string) bool {
	switch dir {
	case "backtrace", "panic_unwind", "panic_abort", "portable-simd", "proc_macro", "profiler_builtins", "rtstartup",
		"stdarch", "sysroot", "test", "unwind":
		return true
	}
	return stdCrate(strings.ReplaceAll(dir, "-", "_")) || strings.HasPrefix(dir, "rustc-std-workspace-")
}

// rustStd recognises Rust's source tree: /rustc/<commit>, .../rustlib/src/rust,
// a distribution's rustc-<version>, and what std's build takes from elsewhere,
// /rust/deps/<package>-<version>. Of the tree only library/ (once src/lib…) and
// the packages vendored for it are the standard library; compiler/ is not.
func rustStd(o *Origin, p path, file string) bool {
	if distributed(p) {
		packageDir(o, p.dirs[2])
		return stdPackages[o.Package]
	}
	// Before the tree had a fixed name in paths they were relative to it.
	if rel := splitPath("", file); !rel.absolute && len(rel.dirs) > 1 {
		lib, old := strings.CutPrefix(rel.dirs[1], "lib")
		if rel.dirs[0] == "library" && stdDir(rel.dirs[1]) || rel.dirs[0] == "src" && old && stdDir(lib) {
			return true
		}
	}
	tree, ok := rustTree(p)
	if !ok || len(tree) < 2 {
		return false
	}
	switch {
	case tree[0] == "vendor":
		packageDir(o, tree[1])
		return true
	case tree[0] == "library":
		if i := slices.Index(tree, "vendor"); i > 0 && i+1 < len(tree) {
			packageDir(o, tree[i+1])
		}
		return true
	}
	return tree[0] == "src" && strings.HasPrefix(tree[1], "lib")
}

// distributed says whether the path is below /rust/deps, where the build of the
// Rust distribution keeps what its library and its own programs (cargo, rustdoc)
// take from elsewhere.
func distributed(p path) bool {
	return p.absolute && len(p.dirs) > 2 && p.dirs[0] == "rust" && p.dirs[1] == "deps"
}

// stdPackages are the packages that std is built with, of all releases that have
// them in paths (dependencies in library/std/Cargo.toml and below).
var stdPackages = map[string]bool{
	"addr2line": true, "adler": true, "adler2": true, "cfg-if": true, "compiler_builtins": true, "dlmalloc": true, "fortanix-sgx-abi": true,
	"getopts": true, "gimli": true, "hashbrown": true, "hermit-abi": true, "libc": true, "memchr": true, "miniz_oxide": true, "object": true,
	"r-efi": true, "r-efi-alloc": true, "rand": true, "rand_core": true, "rand_xorshift": true, "rustc-demangle": true, "rustc-literal-escaper": true,
	"std_detect": true, "unicode-width": true, "unwinding": true, "wasi": true,
}

// rustTree returns the directories below the root of Rust's source tree.
func rustTree(p path) ([]string, bool) {
	if rest, ok := p.after("rustlib", "src", "rust"); ok {
		return rest, true
	}
	// The second part is the commit, or the release where that is not known.
	if p.absolute && len(p.dirs) > 1 && p.dirs[0] == "rustc" {
		if d := p.dirs[1]; len(d) == 40 && isHex(d) || numbers(d) == 3 {
			return p.dirs[2:], true
		}
	}
	for i, d := range p.dirs {
		if name, _, ok := splitVersion(d); ok && (name == "rustc" || name == "rustc-web") {
			return p.dirs[i+1:], true
		}
	}
	return nil, false
}

// rustPackage recognises where Cargo, and tools that stand in for it, keep the
// sources of dependencies.
func rustPackage(o *Origin, p path) bool {
	if distributed(p) {
		packageDir(o, p.dirs[2])
		return true
	}
	if rest, ok := cratePath(p); ok {
		packageDir(o, rest[0])
		return true
	}
	if rest, ok := p.after("git", "checkouts"); ok && len(rest) >= 2 {
		o.Package = gitPackage(rest, o.Name)
		return true
	}
	if rest, ok := p.after("vendor"); ok && len(rest) > 0 {
		packageDir(o, rest[0])
		return true
	}
	// Directories that other tools fill can have any name above the package's
	// own. A release that was unpacked and built looks alike: its main.rs is what
	// a dependency never has.
	for i, d := range p.dirs {
		name, version, ok := splitSemver(d)
		if !ok {
			continue
		}
		root := i == len(p.dirs)-2 && p.dirs[i+1] == "src"
		if strings.ReplaceAll(name, "-", "_") == o.Name || root {
			o.Package, o.Version = name, version
			return p.base != "main.rs"
		}
	}
	return false
}

// cratePath returns the directories from the package's own on, for a source in
// a directory that Cargo filled from a registry: …/registry/src/<index>/<package>
// and, in distributions, …/cargo/registry/<package>.
func cratePath(p path) ([]string, bool) {
	if rest, ok := p.after("registry", "src"); ok && len(rest) >= 2 {
		if _, ok := cutHash(rest[0]); ok {
			return rest[1:], true
		}
	}
	if rest, ok := p.after("cargo", "registry"); ok && len(rest) >= 1 {
		return rest, true
	}
	return nil, false
}

// packageDir reads <package>-<version> or <package>.
func packageDir(o *Origin, dir string) {
	if name, version, ok := splitSemver(dir); ok {
		o.Package, o.Version = name, version
	} else {
		o.Package = dir
	}
}

// gitPackage guesses the package from <repository>-<hash>/<revision>/<dirs>,
// where it can be seen to be the crate's. "" if it cannot.
func gitPackage(rest []string, crate string) string {
	for i := len(rest) - 1; i >= 2; i-- {
		if strings.ReplaceAll(rest[i], "-", "_") == crate {
			return rest[i]
		}
	}
	repo, _ := cutHash(rest[0])
	if strings.ReplaceAll(repo, "-", "_") == crate {
		return repo
	}
	return ""
}

// cutHash removes the 16 hex digits that Cargo puts behind the names of
// directories it makes: index.crates.io-1949cf8c6b5b557f.
func cutHash(dir string) (string, bool) {
	i := len(dir) - 17
	if i <= 0 || dir[i] != '-' || !isHex(dir[i+1:]) {
		return dir, false
	}
	return dir[:i], true
}
