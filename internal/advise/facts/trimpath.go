package facts

import (
	"debug/buildinfo"
	"path"
	"strings"

	"github.com/sizegate/sizegate/internal/attrib"
	"github.com/sizegate/sizegate/internal/attrib/gosym"
)

// Trimmer knows what -trimpath writes for the directories of packages: the
// import path, behind a module's path and version.
type Trimmer struct {
	dirs  map[string]string
	roots map[string]string // a directory above packages, and what is written for it
}

// NewTrimmer reads what the files of packages are called.
func NewTrimmer(table *gosym.Table, profile *attrib.Profile, info *buildinfo.BuildInfo) *Trimmer {
	written := make(map[string]string) // by package
	for _, o := range profile.Owners {
		if o.Kind != attrib.Package {
			continue
		}
		as := o.Name
		switch {
		case o.Name == "main":
			as = info.Path
		case o.Origin == attrib.Dependency && o.Module != "" && o.Version != "":
			as = o.Module + "@" + o.Version + strings.TrimPrefix(o.Name, o.Module)
		}
		written[o.Name] = as
	}
	// The first instruction of a function can be inlined from another package, so
	// a directory is of the package that most of its functions are of, the first
	// of equals.
	votes := make(map[string]map[string]int)
	t := &Trimmer{dirs: make(map[string]string), roots: make(map[string]string)}
	best := make(map[string]int)
	for i := range table.Len() {
		f, err := table.Func(i)
		if err != nil {
			break
		}
		file, err := table.File(i)
		pkg, ok := gosym.Package(f.Name)
		if err != nil || !ok || !strings.HasPrefix(file, "/") {
			continue
		}
		as, ok := written[gosym.Unescape(pkg)]
		if !ok {
			continue
		}
		dir := path.Dir(file)
		if votes[dir] == nil {
			votes[dir] = make(map[string]int)
		}
		votes[dir][as]++
		if n := votes[dir][as]; n > best[dir] {
			best[dir] = n
			t.dirs[dir] = as
		}
	}
	for dir, as := range t.dirs {
		for dir != "/" && as != "." && path.Base(dir) == path.Base(as) {
			dir, as = path.Dir(dir), path.Dir(as)
		}
		if as == "." {
			t.roots[dir] = ""
		}
	}
	return t
}

// Saves returns how many bytes -trimpath takes from a name, 0 if none.
func (t *Trimmer) Saves(file string) int {
	if !strings.HasPrefix(file, "/") || len(file) > 4096 {
		return 0
	}
	dir := path.Dir(file)
	if as, ok := t.dirs[dir]; ok {
		return max(0, len(dir)-len(as))
	}
	// No function begins in a file of this directory.
	for depth := 0; dir != "/" && depth < 64; depth++ {
		if _, ok := t.roots[dir]; ok {
			return len(dir) + 1
		}
		dir = path.Dir(dir)
	}
	return 0
}
