package facts

import (
	"debug/buildinfo"
	"maps"
	"path"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/attrib"
	"github.com/sizegate/sizegate/internal/attrib/gosym"
)

// Trimmer knows what -trimpath writes for the directories of packages: the
// import path, with the version behind the path of a module that has one.
type Trimmer struct {
	// roots has the directories that a module's packages are below, and what is written
	// for each, "" where it is left out.
	roots   map[string]string
	written map[string]string // by path of a module
	main    string            // the directory of the main module's packages, "" if unknown
}

// commandLine is the import path of files that the command line names.
const commandLine = "command-line-arguments"

// NewTrimmer finds the directories by what the files of packages are called.
func NewTrimmer(table *gosym.Table, profile *attrib.Profile, info *buildinfo.BuildInfo) *Trimmer {
	t := &Trimmer{roots: make(map[string]string), written: make(map[string]string)}
	inCache := make(map[string]string) // how the directories of modules end in the cache of modules
	module := func(path, version string, from *debug.Module) {
		if path == "" {
			return
		}
		t.written[path] = path
		if version != "" && version != "(devel)" {
			t.written[path] += "@" + version
		}
		inCache[path] = "/" + escapePath(from.Path) + "@" + escapePath(from.Version)
	}
	module(info.Main.Path, "", &info.Main) // it has a version in its own name only if it is built out of the cache
	for _, d := range info.Deps {
		from := d
		if d.Replace != nil {
			from = d.Replace
		}
		module(d.Path, d.Version, from)
	}
	modules := make(map[string]string) // by package
	for _, o := range profile.Owners {
		if o.Kind == attrib.Package && o.Name != "main" {
			modules[o.Name] = o.Module
		}
	}

	// A package's files are below its module's directory as its path is below the
	// module's path. The first instruction of a function can be inlined from elsewhere,
	// so a module has the directory that most of its functions are below, the first of
	// equals. Where the cache or a vendor directory names the module it is certain.
	type candidate struct {
		dir     string
		certain bool
		votes   int
	}
	const aCertainOne = 1 << 32
	best := make(map[string]candidate) // by module
	votes := make(map[[2]string]int)   // of the module and the directory
	for i := range table.Len() {
		f, err := table.Func(i)
		if err != nil {
			break
		}
		file := table.FileName(f.FileAt)
		pkg, ok := gosym.Package(f.Name)
		if !ok || !strings.HasPrefix(file, "/") {
			continue
		}
		if pkg = gosym.Unescape(pkg); pkg == "main" {
			pkg = info.Path
			modules[pkg] = info.Main.Path
			if pkg == commandLine {
				modules[pkg], t.written[pkg] = pkg, "."
			}
		}
		of, ok := modules[pkg]
		if !ok {
			continue
		}
		rel := "/" + pkg // below the directory
		if _, ok := t.written[of]; ok {
			rel = strings.TrimPrefix(pkg, of)
		}
		dir, ok := strings.CutSuffix(path.Dir(file), rel)
		if !ok {
			continue
		}
		c := candidate{dir: dir}
		if suffix, ok := inCache[of]; ok {
			c.certain = strings.HasSuffix(dir, suffix) || strings.HasSuffix(dir, "/vendor/"+of)
		}
		vote := [2]string{of, dir}
		votes[vote]++
		if c.votes = votes[vote]; c.certain {
			c.votes += aCertainOne
		}
		if c.votes > best[of].votes {
			best[of] = c
		}
	}

	std := best["std"].dir
	for _, of := range slices.Sorted(maps.Keys(best)) {
		c := best[of]
		as, ok := t.written[of]
		switch {
		case !ok: // the standard library, and packages without a module
			t.roots[c.dir] = ""
			continue
		case std != "" && strings.HasPrefix(c.dir+"/", std+"/"):
			continue // all that there is of the module begins with what was inlined
		case of == info.Main.Path:
			if strings.HasSuffix(c.dir, inCache[of]) { // as go install PATH@VERSION has it
				as += "@" + info.Main.Version
			}
			t.main = c.dir
		}
		t.roots[c.dir] = as
		if suffix := inCache[of]; suffix != "" && strings.HasSuffix(c.dir, suffix) {
			t.roots[strings.TrimSuffix(c.dir, suffix)] = "" // for modules of which no function begins in their files
		}
	}
	return t
}

// escapePath is a module's path or version as it stands in the cache of modules.
func escapePath(s string) string {
	var escaped strings.Builder
	for _, r := range s {
		if 'A' <= r && r <= 'Z' {
			escaped.WriteByte('!')
			r += 'a' - 'A'
		}
		escaped.WriteRune(r)
	}
	return escaped.String()
}

// Saves returns how many bytes -trimpath takes from a name, 0 if none.
func (t *Trimmer) Saves(file string) int {
	if !strings.HasPrefix(file, "/") || len(file) > 4096 {
		return 0
	}
	root := path.Dir(file)
	for depth := 0; root != "/" && depth < 64; depth++ {
		as, ok := t.roots[root]
		if !ok {
			root = path.Dir(root)
			continue
		}
		below := file[len(root)+1:]
		trimmed := as + "/" + below
		switch {
		case as == "":
			trimmed = strings.ReplaceAll(below, "!", "")
		case root == t.main && strings.HasPrefix(below, "vendor/"):
			trimmed = t.vendored(strings.TrimPrefix(below, "vendor/"))
		}
		return max(0, len(file)-len(trimmed))
	}
	return 0
}

// vendored is what is written for a file in the main module's vendor directory.
func (t *Trimmer) vendored(file string) string {
	for prefix := path.Dir(file); prefix != "."; prefix = path.Dir(prefix) {
		if as, ok := t.written[prefix]; ok {
			return as + strings.TrimPrefix(file, prefix)
		}
	}
	return file
}
