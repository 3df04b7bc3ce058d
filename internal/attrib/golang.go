package attrib

import (
	"path"
	"strings"

	"github.com/sizegate/sizegate/internal/attrib/gosym"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/span"
)

// addGo claims the functions of the Go function table, and the fill behind
// them, for Go packages. Everything between the table's first function and its
// end is decided here, by the table alone: a symbol table adds nothing, so that
// a stripped file gives the same packages and sizes as the unstripped one.
func (a *attribution) addGo(symbols *elfscan.SymbolTable) error {
	t, err := a.findGoTable(symbols)
	if err != nil {
		return err
	}
	a.goInfo = a.binary.GoBuildInfo()
	if t == nil {
		return nil
	}
	a.goTable = t
	if !a.wanted(t.section) {
		return nil
	}
	n := t.Len()
	first := len(a.entries)
	a.entries = append(make([]entry, 0, first+n+symbols.Len()/8), a.entries...)
	claims := make([]claim, 0, 2*n)
	w := newWindow(a.binary, &a.binary.Sections[t.section])
	packages := &goPackages{owners: a.owners}
	decided := t.lo
	for i := range n {
		f, err := t.Func(i)
		if err != nil {
			a.warnf("%v: the functions from there on are named by symbols alone", err)
			t.hi = decided
			break
		}
		entryAddr, end, next := t.textStart+f.Entry, t.textStart+f.End, t.textStart+f.Next
		if a.binary.Arch == elfscan.ARM64 {
			// The assembler's own size includes the zero words behind the code.
			if end, err = w.trimZeroWords(entryAddr, end); err != nil {
				return err
			}
		}
		// Only C that Go's own linker took in, and that linker's markers, have
		// no pc-value tables; a C name with a dot looks like a package's.
		owner := int32(noOwner)
		if f.Sized {
			owner = packages.of(f.Name)
		}
		id := uint32(len(a.entries))
		a.entries = append(a.entries, entry{name: f.Name, owner: owner, section: int32(t.section), addr: entryAddr, file: -1})
		claims = append(claims,
			claim{Range: span.Range{Lo: entryAddr, Hi: end}, Rank: rankTable, ID: id},
			claim{Range: span.Range{Lo: end, Hi: next}, Rank: rankTable, ID: idPadding})
		decided = next
	}
	a.claims[t.section] = claims
	packages.promote(a.entries[first:])
	a.nameless(t, first)
	return nil
}

// noOwner is the owner of an entry until a later step finds one.
const noOwner = -1

// goPackages gives package paths as they stand in names to owners.
type goPackages struct {
	owners   *owners
	lastPath string // neighbours mostly are of one package
	last     int32
	byPath   map[string]int32
}

// of returns the owner of the Go symbol's package, noOwner if the name does not tell.
func (p *goPackages) of(name string) int32 {
	path, ok := gosym.Package(name)
	if !ok {
		return noOwner
	}
	if path == p.lastPath {
		return p.last
	}
	owner, ok := p.byPath[path]
	if !ok {
		if p.byPath == nil {
			p.byPath = make(map[string]int32)
		}
		owner = p.owners.get(ownerKey{kind: Package, name: gosym.Unescape(path), confidence: Exact})
		p.byPath[path] = owner
	}
	p.lastPath, p.last = path, owner
	return owner
}

// promote gives methods that a type has from an embedded field of another
// package to the package of the type; their names alone look like functions of
// a package that does not exist (see gosym.Promoted).
func (p *goPackages) promote(entries []entry) {
	to := make(map[int32]int32)
	for path, owner := range p.byPath {
		known := func(q string) bool { _, ok := p.byPath[q]; return ok }
		if real, ok := gosym.Promoted(path, known); ok {
			to[owner] = p.byPath[real]
		}
	}
	if len(to) == 0 {
		return
	}
	for i := range entries {
		if owner, ok := to[entries[i].owner]; ok {
			entries[i].owner = owner
		}
	}
}

// nameless finds the package of functions whose name has none: exported cgo
// functions, and most of the runtime's assembly (memeqbody, aeshashbody,
// _rt0_amd64_linux). A compilation unit is one package, so the other functions
// of the unit tell; assembly files are units of their own, and there the
// directory of the source file does. What has no source file is C that Go's
// own linker took in.
func (a *attribution) nameless(t *goTable, first int) {
	open := make(map[int]uint32) // entry → its unit
	units := make(map[uint32]map[int32]int)
	for i := first; i < len(a.entries); i++ {
		if a.entries[i].owner == noOwner {
			unit, ok := t.Unit(i - first)
			if ok {
				units[unit] = make(map[int32]int)
			}
			open[i] = unit
		}
	}
	if len(open) == 0 {
		return
	}
	paths := make(map[string]int32)
	mainDirs := make(map[string]int32)
	for i := first; i < len(a.entries); i++ {
		e := &a.entries[i]
		if e.owner == noOwner {
			continue
		}
		name := a.owners.list[e.owner].Name
		paths[name] = e.owner
		if unit, ok := t.Unit(i - first); ok {
			if votes := units[unit]; votes != nil {
				votes[e.owner]++
			}
		}
		// The directory of the main package can have any name.
		if name == "main" && len(mainDirs) < 100 {
			if file, err := t.File(i - first); err == nil && strings.HasPrefix(e.name, "main.") {
				mainDirs[path.Dir(file)] = e.owner
			}
		}
	}
	for i, unit := range open {
		e := &a.entries[i]
		file, err := t.File(i - first)
		if err != nil {
			file = ""
		}
		if strings.HasPrefix(e.name, "go:") && file == "" {
			e.owner = a.owners.linker() // go:textfipsstart and other markers
		} else if owner, ok := mostVotes(units[unit]); ok {
			e.owner = owner
		} else if owner, ok := mainDirs[path.Dir(file)]; ok && file != "" {
			e.owner = owner
		} else if owner, ok := packageOfDir(path.Dir(file), paths); ok {
			e.owner = owner
		} else {
			e.owner = a.owners.get(ownerKey{kind: Library, name: UnknownNative, confidence: Exact})
			a.found.c = true
		}
	}
}

// mostVotes returns the owner with the most votes, the one met first among equals.
func mostVotes(votes map[int32]int) (owner int32, ok bool) {
	for o, n := range votes {
		if !ok || n > votes[owner] || n == votes[owner] && o < owner {
			owner, ok = o, true
		}
	}
	return owner, ok
}

// packageOfDir returns the package whose import path is the longest end of the
// directory dir, in which module versions and the module cache's escapes of
// capital letters are undone. Packages of the standard library lie in a folder
// src, or have no folder above them (-trimpath).
func packageOfDir(dir string, paths map[string]int32) (owner int32, ok bool) {
	var elements []string
	for e := range strings.SplitSeq(dir, "/") {
		e, _, _ = strings.Cut(e, "@")
		elements = append(elements, unescapeUpper(e))
	}
	for i := range elements {
		owner, ok := paths[strings.Join(elements[i:], "/")]
		if ok && (i == 0 || elements[i-1] == "src" || strings.Contains(elements[i], ".")) {
			return owner, true
		}
	}
	return 0, false
}

// unescapeUpper undoes the module cache's "!a" for "A" (module.EscapePath).
func unescapeUpper(s string) string {
	for i := strings.IndexByte(s, '!'); i >= 0 && i+1 < len(s); i = strings.IndexByte(s, '!') {
		s = s[:i] + strings.ToUpper(s[i+1:i+2]) + s[i+2:]
	}
	return s
}

// cgoPackages maps the hash in the names of a cgo package's C wrappers
// (_cgo_bdbee25190be_Cfunc_getpwnam_r) to the package: Go calls each through a
// variable of the package, which has the wrapper's name behind its own.
func (a *attribution) cgoPackages(t *elfscan.SymbolTable) map[string]int32 {
	byHash := make(map[string]int32)
	for sym := range t.All() {
		name := t.Name(&sym)
		i := strings.Index(name, "._cgo_")
		if i <= 0 {
			continue
		}
		if hash, ok := cgoHash(name[i+1:]); ok {
			byHash[hash] = a.owners.get(ownerKey{kind: Package, name: gosym.Unescape(name[:i]), confidence: Exact})
		}
	}
	return byHash
}

// cgoHash returns the hash in the name of a cgo wrapper.
func cgoHash(name string) (hash string, ok bool) {
	const length = 12 // hexadecimal digits, of cmd/cgo
	rest, ok := strings.CutPrefix(name, "_cgo_")
	if !ok || len(rest) <= length || rest[length] != '_' {
		return "", false
	}
	return rest[:length], true
}
