package debugclaims

import (
	"bytes"
	"strings"

	"github.com/sizegate/sizegate/internal/attrib/dwarf/divide"
	"github.com/sizegate/sizegate/internal/attrib/gosym"
)

// goEntries are the top-level entries of Go's units by the package in their name:
// the linker puts the types of all packages into one unit, and what was inlined
// into the first unit that needs it. What names no package that has a unit counts
// for the unit that it is in, whatever other sections are asked for.
type goEntries struct {
	keys  []goEntry
	index map[goEntry]int
	types goPaths
	names goPaths // of functions, variables and constants: some words in front of a type are no package there
}

// goPaths are the packages that names have been found to be in.
type goPaths struct {
	known map[string]goPath
	last  goPath // the one that was found last
}

// goPath is a package and its key in the unit that was the last to have it.
type goPath struct {
	path string
	unit int
	key  int
}

func newGoEntries() *goEntries {
	return &goEntries{index: make(map[goEntry]int), types: goPaths{known: make(map[string]goPath)}, names: goPaths{known: make(map[string]goPath)}}
}

type goEntry struct {
	path string
	// Names of types and variables are not escaped: gopkg.in/yaml.v3.Node can be
	// of gopkg.in/yaml or of this, "" if it cannot be of a longer path.
	longer string
	unit   int
}

// Tags of DWARF entries.
const (
	tagConstant   = 0x27
	tagSubprogram = 0x2e
	tagVariable   = 0x34
)

// key is a divide.NameEntry.
func (g *goEntries) key(unit int, tag uint64, name []byte) int {
	paths, element := &g.names, name
	switch tag {
	case tagConstant, tagSubprogram, tagVariable:
	default:
		paths, element = &g.types, elementType(name)
	}
	last := &paths.last
	if n := len(last.path); n > 0 && unit == last.unit && len(element) > n && element[n] == '.' &&
		string(element[:n]) == last.path && endsPath(tag, element[n+1:]) {
		return last.key // three of four
	}
	prefix := plainPath(tag, element)
	if known, ok := paths.known[string(prefix)]; ok {
		if known.unit != unit {
			known.unit, known.key = unit, g.add(goEntry{path: known.path, unit: unit})
			paths.known[known.path] = known
		}
		*last = known
		return known.key
	}
	if bytes.IndexByte(name, '.') < 0 {
		return noKey // no package is in it
	}
	e := goEntry{unit: unit}
	ok := false
	switch tag {
	case tagSubprogram:
		e.path, ok = gosym.Package(string(name))
	case tagConstant, tagVariable:
		text := string(name)
		e.path, ok = gosym.Package(text)
		e.longer = longerPath(text, e.path)
	default:
		const reserved = "type:"
		text := reserved + string(name)
		e.path, ok = gosym.Package(text)
		e.longer = longerPath(text[len(reserved):], e.path)
	}
	if !ok {
		return noKey
	}
	i := g.add(e)
	if e.path == string(prefix) {
		*last = goPath{e.path, unit, i}
		paths.known[e.path] = *last
	}
	return i
}

const noKey = -1

func (g *goEntries) add(e goEntry) int {
	i, ok := g.index[e]
	if !ok {
		i = len(g.keys)
		g.index[e] = i
		g.keys = append(g.keys, e)
	}
	return i
}

// plainPath returns what is before the first dot behind the last slash of a name, or
// of what is before its brackets; nil where that need not be the package. Where it is
// the package of one such name it is that of all: to look it up takes less time than to
// read the name, of which no copy is needed then.
func plainPath(tag uint64, name []byte) []byte {
	word := name
	if i := bytes.IndexByte(word, '['); i >= 0 {
		word = word[:i]
	}
	if i := bytes.IndexByte(word, '('); i >= 0 {
		word = word[:i]
	}
	slash := bytes.LastIndexByte(word, '/')
	dot := bytes.IndexByte(word[slash+1:], '.')
	if dot <= 0 {
		return nil
	}
	path := name[:slash+1+dot]
	if string(path) == "go" || string(path) == "type" || !endsPath(tag, name[len(path)+1:]) {
		return nil // names that begin like this can be the toolchain's
	}
	return path
}

// endsPath says whether a package's path is all that is before a dot, by what is
// behind it.
func endsPath(tag uint64, rest []byte) bool {
	if tag == tagSubprogram {
		slash := bytes.IndexByte(rest, '/')
		// Nothing behind these brackets is part of the path.
		return len(rest) > 0 && (slash < 0 || bytes.IndexByte(rest[:slash], '[') >= 0 || bytes.IndexByte(rest[:slash], '(') >= 0)
	}
	// A dot can be part of a longer path, and what is not part of a word be
	// followed by a type, but for the brackets of type arguments.
	for i, c := range rest {
		if !wordByte[c] {
			return c == '[' && i > 0
		}
	}
	return len(rest) > 0
}

// wordByte are the bytes of Go's identifiers.
var wordByte = func() (set [256]bool) {
	for c := range set {
		set[c] = c >= 0x80 || c == '_' || '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
	}
	return set
}()

// elementType returns the type that is behind the stars and brackets of pointers,
// slices and arrays.
func elementType(name []byte) []byte {
	for {
		rest := bytes.TrimLeft(name, "*")
		if len(rest) > 0 && rest[0] == '[' {
			rest = bytes.TrimLeft(rest[1:], "0123456789")
			if len(rest) == 0 || rest[0] != ']' {
				return name
			}
			rest = rest[1:]
		}
		if len(rest) == len(name) {
			return name
		}
		name = rest
	}
}

// longerPath returns the path with one more part of its last element, where name
// has a part there that another dot follows.
func longerPath(name, path string) string {
	_, rest, ok := strings.Cut(name, path+".")
	if !ok || path == "" {
		return ""
	}
	for end := range len(rest) {
		switch rest[end] {
		case '.':
			if end > 0 {
				return path + "." + rest[:end]
			}
			return ""
		case '/', ' ', '*', ',', ';', '(', ')', '[', ']', '{', '}', '<', '>', '"':
			return ""
		}
	}
	return ""
}

// owners returns the owner of each key's entries.
func (g *goEntries) owners(units []divide.Unit, ofUnit []int32) []int32 {
	byName := make(map[string]int32)
	for i := range units {
		if isGoUnit(&units[i]) {
			byName[units[i].Name] = ofUnit[i]
		}
	}
	owners := make([]int32, len(g.keys))
	for i, e := range g.keys {
		owner, ok := byName[e.longer]
		if !ok {
			owner, ok = byName[gosym.Unescape(e.path)]
		}
		if !ok {
			owner = ofUnit[e.unit]
		}
		owners[i] = owner
	}
	return owners
}

// isGoUnit says whether Go's toolchain wrote the unit, which then has the import
// path as its name.
func isGoUnit(u *divide.Unit) bool {
	return u.Name != "" && strings.HasPrefix(u.Producer, "Go cmd/")
}
