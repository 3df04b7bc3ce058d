package native

import "strings"

// Kind is what an Origin names.
type Kind uint8

const (
	KindUnknown Kind = iota
	KindCrate        // a Rust crate
	KindGo           // a Go package: its Go code, or C and assembly in its directory
	KindLibrary      // a C, C++ or assembly library
	KindSource       // a source file of no known library
	KindStartup      // C start-up objects (crt1.o, crtbegin.o, …)
)

var kindNames = [...]string{"unknown", "crate", "go", "library", "source", "startup"}

func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return kindNames[KindUnknown]
}

// Origin is what a path says about the owner of code.
type Origin struct {
	Kind Kind
	// Name is the crate with underscores, the import path, the library, or the
	// base name of the source file. It is empty where a crate or Go package is
	// certain but the path does not say which one.
	Name string
	// Package is what was distributed: the Cargo package (which may differ from
	// the crate, and for a library is the package that brought it) or the Go
	// module. Empty if unknown.
	Package string
	// Version is Package's if there is one, else the library's: "0.4.7",
	// "v1.14.22", "2.36". Empty if unknown.
	Version string
	// ID is the stable crate id, which is also the crate's disambiguator in v0
	// symbol names. 0 if unknown.
	ID uint64
	// Own is set for a crate whose path is in no package source: the program's
	// own workspace or a path dependency.
	Own bool
	// Std is set for the standard library of Rust or Go, including the crates
	// that Rust's is built from.
	Std bool
}

// FromUnit says what the root entry of a compile unit says about its owner. It
// reports false if that is nothing.
func FromUnit(name, compDir, producer string) (Origin, bool) {
	name, compDir = cut(name), cut(compDir)
	if notAFile(name) {
		return Origin{}, false
	}
	if strings.HasPrefix(producer, "Go cmd/") {
		// The Go linker writes a unit for each package, named by import path.
		return Origin{Kind: KindGo, Name: name}, true
	}
	if file, cgu, ok := strings.Cut(name, "/@/"); ok {
		return fromRust(file, compDir, cgu), true
	}
	if strings.HasSuffix(name, ".rs") || strings.Contains(producer, "rustc version") {
		return fromRust(name, compDir, ""), true
	}
	return fromSource(splitPath(compDir, name))
}

// FromFileSymbol says what the name of an STT_FILE symbol says about the code
// that its local symbols are in. It reports false if that is nothing.
func FromFileSymbol(name string) (Origin, bool) {
	name = cut(name)
	if crate, id, ok := parseCGU(name); ok {
		return Origin{Kind: KindCrate, Name: crate, ID: id, Std: stdCrate(crate)}, true
	}
	// go.go stands for all that the Go linker wrote.
	if notAFile(name) || name == "go.go" {
		return Origin{}, false
	}
	return fromSource(splitPath("", name))
}

// maxPath is how much of a path is read, in bytes.
const maxPath = 4096

// cut bounds the work on hostile names; no real path is longer.
func cut(s string) string { return s[:min(len(s), maxPath)] }

// notAFile knows the names that compilers and linkers write where there is no
// one source file: LTO partitions, standard input.
func notAFile(name string) bool {
	switch name {
	case "", "-", "ld-temp.o", "lto.tmp":
		return true
	}
	return name[0] == '<' || strings.HasSuffix(name, ".ltrans.o")
}

// path is a source path in components, "." and resolvable ".." removed.
type path struct {
	dirs     []string
	base     string // the file
	absolute bool
}

// splitPath joins name to dir unless it is absolute.
func splitPath(dir, name string) path {
	if dir != "" && !strings.HasPrefix(name, "/") {
		name = dir + "/" + name
	}
	p := path{absolute: strings.HasPrefix(name, "/")}
	for c := range strings.SplitSeq(name, "/") {
		switch n := len(p.dirs); {
		case c == "" || c == ".":
		case c == ".." && n > 0 && p.dirs[n-1] != "..":
			p.dirs = p.dirs[:n-1]
		default:
			p.dirs = append(p.dirs, c)
		}
	}
	if n := len(p.dirs); n > 0 {
		p.base, p.dirs = p.dirs[n-1], p.dirs[:n-1]
	}
	return p
}

// after returns the directories that follow the last occurrence of the given
// consecutive ones.
func (p path) after(names ...string) ([]string, bool) {
outer:
	for i := len(p.dirs) - len(names); i >= 0; i-- {
		for j, n := range names {
			if p.dirs[i+j] != n {
				continue outer
			}
		}
		return p.dirs[i+len(names):], true
	}
	return nil, false
}
