package native

import "strings"

// FromRustSource says which crate the path of a Rust source file is of, as rustc
// writes it in panic locations. Name is empty for the crate at the root of the
// program's own package, whose path does not name it.
func FromRustSource(file string) Origin {
	file = cut(file)
	p := splitPath("", file)
	o := Origin{Kind: KindCrate}
	switch {
	case rustStd(&o, p, file):
		o.Std = true
		if o.Package == "" {
			if o.Name = stdCrateOf(p); o.Name == "" {
				o.Name = libraryDir(p)
			}
			return o
		}
	case rustPackage(&o, p):
		if rest, ok := p.after("git", "checkouts"); ok && o.Package == "" && len(rest) >= 2 {
			if o.Name = beforeSource(rest[2:]); o.Name == "" {
				o.Name, _ = cutHash(rest[0])
			}
		}
	default:
		o.Own = true
		for i, d := range p.dirs {
			if pkg, ok := buildDir(p.dirs[i:]); ok {
				o.Package = pkg
			} else if name, version, ok := splitSemver(d); ok && i+1 < len(p.dirs) && p.dirs[i+1] == "src" {
				o.Package, o.Version = name, version
			}
		}
		if o.Package == "" {
			o.Name = beforeSource(p.dirs)
		}
	}
	if o.Name == "" {
		o.Name = o.Package
	}
	o.Name = strings.ReplaceAll(o.Name, "-", "_")
	return o
}

// beforeSource is the directory that holds the last directory src, "" without one.
func beforeSource(dirs []string) string {
	for i := len(dirs) - 1; i > 0; i-- {
		if dirs[i] == "src" {
			return dirs[i-1]
		}
	}
	return ""
}

// libraryDir is the crate of a path in src/lib…, where Rust's library once was.
func libraryDir(p path) string {
	if rest, ok := p.after("src"); ok && len(rest) > 0 {
		if name, ok := strings.CutPrefix(rest[0], "lib"); ok && stdDir(name) {
			return name
		}
	}
	return "std"
}
