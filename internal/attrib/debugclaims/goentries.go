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
	paths map[string]goPath
}

// goPath is a package and its key in the unit that was the last to have it.
type goPath struct {
	path string
	unit int
	key  int
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
	prefix := plainPath(tag, name)
	if known, ok := g.paths[string(prefix)]; ok {
		if known.unit != unit {
			known.unit, known.key = unit, g.add(goEntry{path: known.path, unit: unit})
			g.paths[known.path] = known
		}
		return known.key
	}
	text := string(name)
	e := goEntry{unit: unit}
	ok := false
	switch tag {
	case tagSubprogram:
		e.path, ok = gosym.Package(text)
	case tagConstant, tagVariable:
		e.path, ok = gosym.Package(text)
		e.longer = longerPath(text, e.path)
	default:
		e.path, ok = gosym.Package("type:" + text)
		e.longer = longerPath(text, e.path)
	}
	if !ok {
		return noKey
	}
	i := g.add(e)
	if e.path == string(prefix) {
		g.paths[e.path] = goPath{e.path, unit, i}
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

// plainPath returns what is before the first dot behind the last slash of a name,
// nil where that need not be the package. Where it is the package of one such name
// it is that of all: to look it up takes less time than to read the name, of which no
// copy is needed then.
func plainPath(tag uint64, name []byte) []byte {
	switch tag {
	case tagConstant, tagSubprogram, tagVariable:
	default: // a type
		name = bytes.TrimLeft(name, "*")
	}
	slash := bytes.LastIndexByte(name, '/')
	dot := bytes.IndexByte(name[slash+1:], '.')
	if dot <= 0 {
		return nil
	}
	path, rest := name[:slash+1+dot], name[slash+1+dot+1:]
	if len(rest) == 0 || reservedPath(path, "go") || reservedPath(path, "type") {
		return nil
	}
	if tag != tagSubprogram {
		// A dot can be part of a longer path, a bracket be followed by a type.
		for _, c := range rest {
			if c < 0x80 && c != '_' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
				return nil
			}
		}
	}
	return path
}

// reservedPath says whether names that begin with the path can be the toolchain's.
func reservedPath(path []byte, prefix string) bool {
	n := len(prefix)
	return len(path) >= n && string(path[:n]) == prefix && (len(path) == n || path[n] == '.' || path[n] == ':')
}

// longerPath returns the path with one more part of its last element, where name
// has a part there that another dot follows.
func longerPath(name, path string) string {
	_, rest, ok := strings.Cut(name, path+".")
	end := strings.IndexAny(rest, "./ *,;()[]{}<>\"")
	if !ok || path == "" || end <= 0 || rest[end] != '.' {
		return ""
	}
	return path + "." + rest[:end]
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
