package ownership

import (
	"debug/buildinfo"
	"strings"
)

// GoModules tells the module and version of a Go package from the build
// information. The zero value is for a file that has none.
type GoModules struct {
	GoVersion string
	main      string            // path of the main module
	versions  map[string]string // module path → version
}

// NewGoModules takes the modules from the build information, which is nil if the file has none.
func NewGoModules(info *buildinfo.BuildInfo) GoModules {
	if info == nil {
		return GoModules{}
	}
	version, _, _ := strings.Cut(info.GoVersion, " ") // experiments follow a space
	m := GoModules{GoVersion: version, main: info.Main.Path, versions: make(map[string]string, len(info.Deps)+1)}
	if m.main != "" {
		m.versions[m.main] = info.Main.Version
	}
	for _, d := range info.Deps {
		switch r := d.Replace; {
		case r == nil:
			m.versions[d.Path] = d.Version
		case r.Version != "" && r.Version != "(devel)":
			m.versions[d.Path] = r.Version
		default: // replaced by a folder, which has no version
			m.versions[d.Path] = "=> " + r.Path
		}
	}
	return m
}

// Of returns the module of the package with the import path, its version and
// where its code comes from. The longest module path that is a prefix of the
// import path wins. Import paths whose first element has no dot belong to the
// standard library, which vendors others under "vendor/" and holds the go
// command under "cmd/", unless the main module has such a path.
func (m *GoModules) Of(path string) (module, version string, origin Origin) {
	if path == "main" {
		return m.main, m.versions[m.main], Own
	}
	for prefix := path; prefix != ""; {
		if v, ok := m.versions[prefix]; ok {
			if prefix == m.main {
				return prefix, v, Own
			}
			return prefix, v, Dependency
		}
		prefix = prefix[:max(0, strings.LastIndexByte(prefix, '/'))]
	}
	// An external test package is called as the package it tests, with _test.
	if tested, ok := strings.CutSuffix(path, "_test"); ok {
		if module, version, origin = m.Of(tested); module != "std" {
			return module, version, origin
		}
	}
	first, _, _ := strings.Cut(path, "/")
	if !strings.Contains(first, ".") {
		return "std", m.GoVersion, Standard
	}
	return "", "", Dependency
}
