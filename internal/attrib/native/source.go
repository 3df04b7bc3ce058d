package native

import "strings"

// fromSource judges a C, C++ or assembly file. The first rule that knows the
// place wins: start-up code, Go packages, source trees of toolchains, Cargo
// packages, any directory with a version. What none knows is only a file.
func fromSource(p path) (Origin, bool) {
	if p.base == "" || p.base == ".." {
		return Origin{}, false
	}
	if isStartupFile(p.base) {
		return Origin{Kind: KindStartup, Name: p.base}, true
	}
	for _, rule := range []func(path) (Origin, bool){fromGo, fromToolchain, fromCargo, fromVersionedDir} {
		if o, ok := rule(p); ok {
			return o, true
		}
	}
	return Origin{Kind: KindSource, Name: p.base}, true
}

// isStartupFile knows the sources and objects that a compiler driver puts
// around every program.
func isStartupFile(base string) bool {
	stem, _, ok := strings.Cut(base, ".")
	switch stem {
	case "crt0", "crt1", "Scrt1", "Mcrt1", "gcrt1", "rcrt1", "grcrt1", "crti", "crtn", "crtstuff",
		"crtbegin", "crtbeginS", "crtbeginT", "crtend", "crtendS", "crtfastmath", "elf-init":
		return ok
	}
	return false
}

// fromToolchain recognises the source trees of compilers' and C libraries.
func fromToolchain(p path) (Origin, bool) {
	version := func(names ...string) string {
		for _, d := range p.dirs {
			if name, v, ok := splitVersion(d); ok {
				for _, n := range names {
					rest, longer := strings.CutPrefix(name, n+"-") // "gcc-12" of gcc-12-12.2.0
					if name == n || longer && rest != "" && isDigit(rest[0]) {
						return upstream(v)
					}
				}
			}
		}
		return ""
	}
	for i, d := range p.dirs {
		lib := ""
		switch {
		case d == "libgcc", d == "libgomp", d == "libatomic", d == "libgfortran", d == "libquadmath", d == "libssp":
			lib = d
		case d == "libstdc++-v3":
			lib = "libstdc++"
		case d == "compiler-rt":
			o := Origin{Kind: KindLibrary, Name: d}
			if c, ok := fromCargo(p); ok {
				o.Package, o.Version = c.Package, c.Version
			}
			return o, true
		case d == "llvm-project" && i+1 < len(p.dirs):
			return Origin{Kind: KindLibrary, Name: llvmLibrary(p.dirs[i+1])}, true
		case (d == "sysdeps" || d == "csu") && (i == 0 || isGlibc(p.dirs[i-1])):
			return Origin{Kind: KindLibrary, Name: "glibc", Version: version("glibc")}, true
		case d == "musl", strings.HasPrefix(d, "musl-") && d != "musl-cross-make":
			return Origin{Kind: KindLibrary, Name: "musl", Version: muslVersion(p.dirs[i:])}, true
		}
		if lib != "" {
			return Origin{Kind: KindLibrary, Name: lib, Version: version("gcc")}, true
		}
	}
	return Origin{}, false
}

func isGlibc(dir string) bool { return dir == "glibc" || strings.HasPrefix(dir, "glibc-") }

func llvmLibrary(dir string) string {
	switch dir {
	case "libcxx":
		return "libc++"
	case "libcxxabi":
		return "libc++abi"
	}
	return dir
}

// muslVersion reads musl-1.2.3, or a directory v1.2.4 below a packager's musl.
func muslVersion(dirs []string) string {
	for _, d := range dirs {
		d = strings.TrimPrefix(strings.TrimPrefix(d, "musl-"), "v")
		if numbers(d) >= 2 {
			return upstream(d)
		}
	}
	return ""
}

// fromCargo recognises a native library inside a Cargo package.
func fromCargo(p path) (Origin, bool) {
	rest, registry := cratePath(p)
	if !registry {
		rest = nil
		for i, d := range p.dirs {
			if name, _, ok := splitSemver(d); ok && isBinding(name) {
				rest = p.dirs[i:] // sources from a tool that stands in for Cargo
			} else if ok && i > 0 && p.dirs[i-1] == "vendor" {
				rest = p.dirs[i:]
			} else if strings.HasSuffix(d, "-sys") && isBinding(d) || i > 0 && p.dirs[i-1] == "vendor" && isBinding(d) {
				// Vendored, in a git checkout, or of the workspace itself. Outside
				// vendor many a directory that is no package ends in -src.
				rest = p.dirs[i:]
			} else if name, ok := buildDir(p.dirs[i:]); ok {
				rest = append([]string{name}, p.dirs[i+2:]...)
			} else {
				continue
			}
			break
		}
	}
	if rest == nil {
		return Origin{}, false
	}
	o := Origin{Kind: KindLibrary}
	packageDir(&o, rest[0])
	o.Name = libraryOf(o.Package, rest[1:])
	return o, true
}

// isBinding knows the names that packages of native libraries have by Cargo's
// convention.
func isBinding(name string) bool {
	return len(name) > 4 && (strings.HasSuffix(name, "-sys") || strings.HasSuffix(name, "-src"))
}

// buildDir recognises build/<package>-<16 hex digits>/out, where a build script
// may unpack and compile a library's sources.
func buildDir(dirs []string) (pkg string, ok bool) {
	if len(dirs) < 3 || dirs[0] != "build" || dirs[2] != "out" {
		return "", false
	}
	return cutHash(dirs[1])
}

// libraryOf names the library in package pkg, below whose root are dirs: the
// package without -sys or -src, or the top directory where that is a part of
// this name (libsqlite3-sys/sqlite3), or a directory with a version of its own.
func libraryOf(pkg string, dirs []string) string {
	name := pkg
	if isBinding(pkg) {
		name = pkg[:len(pkg)-4]
	}
	for _, d := range dirs {
		if n, _, ok := splitVersion(d); ok {
			return n
		}
	}
	for _, d := range dirs {
		switch d {
		case "src", "c_src", "vendor", "deps":
			continue // layers that Cargo packages like to put between
		}
		// Short names such as c and lib are in too many others by chance.
		if len(d) > 3 && strings.Contains(name, d) {
			return d
		}
		break
	}
	return name
}

// fromVersionedDir takes the deepest directory <library>-<version>: sources as
// they were unpacked, in a distribution's build directory or a bigger project.
func fromVersionedDir(p path) (Origin, bool) {
	for i := len(p.dirs) - 1; i >= 0; i-- {
		if name, version, ok := splitVersion(p.dirs[i]); ok {
			return Origin{Kind: KindLibrary, Name: name, Version: upstream(version)}, true
		}
	}
	if rest, ok := p.after("git", "checkouts"); ok && len(rest) >= 2 {
		name, _ := cutHash(rest[0])
		return Origin{Kind: KindLibrary, Name: name}, true
	}
	if rest, ok := p.after("vendor"); ok && len(rest) > 0 {
		return Origin{Kind: KindLibrary, Name: rest[0]}, true
	}
	return Origin{}, false
}

// upstream cuts a distribution's revision off: 2.38-14.fc39.x86_64 is 2.38.
func upstream(version string) string {
	v, _, _ := strings.Cut(version, "-")
	return v
}
