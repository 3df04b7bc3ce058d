package advise

import (
	"bytes"
	"debug/buildinfo"
	"fmt"
	"path"
	"strings"

	"github.com/sizegate/sizegate/internal/attrib"
	"github.com/sizegate/sizegate/internal/attrib/gosym"
)

// trimpath: the names of source files begin with directories of the machine that
// built the program.
func (a *adviser) trimpath() (*Advice, error) {
	info := a.Binary.GoBuildInfo()
	if info == nil {
		return nil, nil
	}
	for _, s := range info.Settings {
		if s.Key == "-trimpath" && s.Value == "true" {
			return nil, nil
		}
	}
	s := a.section(".gopclntab", ".data.rel.ro.gopclntab")
	if s == nil {
		return nil, nil
	}
	data, err := a.Binary.Bytes(s)
	if err != nil {
		return nil, err
	}
	table, err := gosym.Parse(data)
	if err != nil || table.Layout().Mixed {
		return nil, nil // a table that attribution does not use either
	}
	if lo, hi := table.Bounds(); hi-lo > a.Binary.Size {
		return nil, nil // a walk takes time in proportion
	}
	t := newTrimmer(table, a.Profile, info)
	files := table.Layout().Files
	example, count, bytesSaved := "", 0, uint64(0)
	for rest := data[files.Lo:files.Hi]; ; {
		name, tail, ok := bytes.Cut(rest, []byte{0})
		if !ok {
			break
		}
		rest = tail
		if n := t.saves(string(name)); n > 0 {
			if count++; example == "" {
				example = string(name)
			}
			bytesSaved += uint64(n)
		}
	}
	if count == 0 {
		return nil, nil
	}
	advice := &Advice{
		Code:  CodeTrimpath,
		Title: "names of source files have the directories of the machine that built the file",
		Evidence: []string{
			fmt.Sprintf("%s names in %s, as %s", number(count), s.Base, quote(example)),
			fmt.Sprintf("the directories have %s bytes more than the packages that -trimpath writes", number(bytesSaved)),
			"the size depends on where the program is built",
		},
		Setting: "go build -trimpath",
	}
	if a.bytesOf(".symtab") > 0 || a.hasDebug() {
		advice.HowToFindOut = "debug information names the files as well: go build -trimpath; sizegate diff OLD NEW"
		return advice, nil
	}
	advice.Saves = &Saving{a.savedBy(s, bytesSaved), Computed}
	return advice, nil
}

func (a *adviser) hasDebug() bool {
	for i := range a.Binary.Sections {
		if s := &a.Binary.Sections[i]; strings.HasPrefix(s.Base, ".debug_") || strings.HasPrefix(s.Base, ".zdebug_") {
			return true
		}
	}
	return false
}

// trimmer knows what -trimpath writes for the directories of packages: the
// import path, behind a module's path and version.
type trimmer struct {
	dirs  map[string]string
	roots map[string]string // a directory above packages, and what is written for it
}

func newTrimmer(table *gosym.Table, profile *attrib.Profile, info *buildinfo.BuildInfo) *trimmer {
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
	t := &trimmer{dirs: make(map[string]string), roots: make(map[string]string)}
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

// saves returns how many bytes -trimpath takes from a name, 0 if none.
func (t *trimmer) saves(file string) int {
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
