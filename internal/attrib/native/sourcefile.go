package native

import (
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/attrib/dwarf"
)

// SourceFiles says whose a source file is, given the compile units of the file.
type SourceFiles struct {
	units []dwarf.Unit
	roots map[string]crateRoot // directory of a crate's root file → the crate
}

type crateRoot struct {
	origin  Origin
	several bool // a library and a program, or several programs
}

// NewSourceFiles returns what units say of source files.
func NewSourceFiles(units []dwarf.Unit) *SourceFiles {
	f := &SourceFiles{units: units, roots: make(map[string]crateRoot)}
	for i := range units {
		u := &units[i]
		file, _, ok := strings.Cut(cut(u.Name), "/@/")
		if !ok {
			continue
		}
		origin, ok := FromUnit(u.Name, u.CompDir, u.Producer)
		if !ok || origin.Kind != KindCrate || origin.Name == "" {
			continue
		}
		p := splitPath(cut(u.CompDir), file)
		dir := strings.Join(p.dirs, "/")
		known, seen := f.roots[dir]
		switch {
		case !seen:
			f.roots[dir] = crateRoot{origin: origin}
		case known.origin.Name != origin.Name || known.origin.ID != origin.ID:
			known.several = true
			if p.base == "lib.rs" { // what the programs beside it use too
				known.origin = origin
			}
			f.roots[dir] = known
		}
	}
	return f
}

// At says whose the source file at a path is, as [FromUnit] would of a unit of
// it. What is of no known library counts for what the unit that describes it
// counts for: a header for the file that includes it. unit is -1 if there is
// none. certain is false where this was concluded.
func (f *SourceFiles) At(name string, unit int) (o Origin, certain, ok bool) {
	p := splitPath("", cut(name))
	if strings.HasSuffix(p.base, ".rs") {
		return f.crate(p)
	}
	if o, ok := fromInclude(p); ok {
		return o, true, true
	}
	o, ok = fromSource(p)
	if ok && o.Kind != KindSource {
		return o, true, true
	}
	if unit >= 0 {
		u := &f.units[unit]
		if own, known := FromUnit(u.Name, u.CompDir, u.Producer); known {
			return own, true, true
		}
	}
	return o, true, ok && isSource(p.base)
}

// crate judges a file of Rust: by the crate whose root file is nearest above it,
// else by what its path says.
func (f *SourceFiles) crate(p path) (o Origin, certain, ok bool) {
	const maxDepth = 64 // no real path is deeper; each prefix is looked up
	for dir := strings.Join(p.dirs[:min(len(p.dirs), maxDepth)], "/"); dir != ""; {
		if r, ok := f.roots[dir]; ok {
			return r.origin, !r.several, true
		}
		dir = dir[:max(strings.LastIndexByte(dir, '/'), 0)]
	}
	o = Origin{Kind: KindCrate}
	if rustStd(&o, p, strings.Join(append(slices.Clone(p.dirs), p.base), "/")) {
		o.Std = true
		if o.Package == "" {
			o.Name = stdCrateOf(p)
			return o, true, o.Name != ""
		}
	} else if !rustPackage(&o, p) || o.Package == "" {
		return Origin{}, false, false
	}
	// A package's library mostly has its name.
	o.Name = strings.ReplaceAll(o.Package, "-", "_")
	return o, false, true
}

// stdCrateOf is the crate that a file of Rust's library directory is compiled
// into, "" if it is not known.
func stdCrateOf(p path) string {
	for i, d := range p.dirs {
		if i > 0 && p.dirs[i-1] != "library" {
			continue
		}
		switch d {
		case "stdarch", "portable-simd": // modules core::arch and core::simd
			return "core"
		case "backtrace": // module std::backtrace_rs
			return "std"
		}
		if name := strings.ReplaceAll(d, "-", "_"); stdDir(d) && isIdent(name) {
			return name
		}
	}
	return ""
}

// fromInclude recognises headers that are installed for every program: those of
// the C++ standard libraries, of the C library, and of a library that has a
// directory of its own.
func fromInclude(p path) (Origin, bool) {
	rest, ok := p.after("include")
	if !ok {
		return Origin{}, false
	}
	system := isSystem(p.dirs[:len(p.dirs)-len(rest)-1])
	libc := "glibc"
	if len(rest) > 0 && isTriple(rest[0]) {
		if strings.HasSuffix(rest[0], "-musl") {
			libc = "musl"
		}
		rest = rest[1:]
	}
	switch {
	case len(rest) > 1 && rest[0] == "c++" && rest[1] == "v1":
		return Origin{Kind: KindLibrary, Name: "libc++"}, true
	case len(rest) > 1 && rest[0] == "c++" && isDigit(rest[1][0]):
		return Origin{Kind: KindLibrary, Name: "libstdc++"}, true
	case !system:
		return Origin{}, false
	case len(rest) == 0 && isCHeader(p.base), len(rest) > 0 && isCDir(rest[0]):
		return Origin{Kind: KindLibrary, Name: libc}, true
	case len(rest) > 0:
		return Origin{Kind: KindLibrary, Name: rest[0]}, true
	}
	return Origin{}, false
}

// isSystem knows where include is that of a system, or of a root for
// cross-compiling.
func isSystem(dirs []string) bool {
	n := len(dirs)
	return n == 0 || dirs[n-1] == "usr" || isTriple(dirs[n-1]) || n > 1 && dirs[n-1] == "local" && dirs[n-2] == "usr"
}

// isTriple knows x86_64-linux-gnu and the like.
func isTriple(dir string) bool { return strings.Contains(dir, "-linux-") }

// isCDir knows the directories of a C library's headers.
func isCDir(dir string) bool {
	switch dir {
	case "arpa", "bits", "gnu", "net", "netinet", "sys":
		return true
	}
	return false
}

// isCHeader knows the headers of ISO C and POSIX at the top of include.
func isCHeader(base string) bool {
	switch base {
	case "alloca.h", "argz.h", "assert.h", "byteswap.h", "complex.h", "ctype.h", "dirent.h", "endian.h", "envz.h", "errno.h", "fcntl.h",
		"fenv.h", "inttypes.h", "locale.h", "math.h", "poll.h", "pthread.h", "sched.h", "setjmp.h", "signal.h", "stdint.h", "stdio.h",
		"stdlib.h", "string.h", "strings.h", "syslog.h", "tgmath.h", "threads.h", "time.h", "uchar.h", "unistd.h", "wchar.h", "wctype.h":
		return true
	}
	return false
}

// isSource tells a file that is compiled by itself from one that is included.
func isSource(base string) bool {
	switch base[strings.LastIndexByte(base, '.')+1:] {
	case "c", "cc", "cpp", "cxx", "C", "s", "S", "asm", "f", "f90", "F90", "m", "mm":
		return true
	}
	return false
}
