package goclaims

import (
	"path"
	"strings"

	"github.com/sizegate/sizegate/internal/attrib/account"
	"github.com/sizegate/sizegate/internal/attrib/goruntime"
	"github.com/sizegate/sizegate/internal/attrib/gosym"
	"github.com/sizegate/sizegate/internal/attrib/native"
	"github.com/sizegate/sizegate/internal/attrib/ownership"
)

// nameless finds the package of functions whose name has none: exported cgo
// functions, and most of the runtime's assembly (memeqbody, aeshashbody,
// _rt0_amd64_linux). In this order:
//
//  1. the source file lies in the directory of the main package or of one of
//     the standard library. A unit cannot tell these: assembly files are units
//     of their own, and that of memeqbody holds runtime.memequal besides, though
//     both are source of internal/bytealg;
//  2. the other functions of the compilation unit, as a unit is one package;
//  3. the directory of the source file ends in an import path of the program.
//
// What has no source file is C that Go's own linker took in.
func (a *Program) nameless(t *goruntime.Table) {
	first, units := a.functions.first, a.functions.units
	var open []int // entries
	for i := first; i < len(a.Entries); i++ {
		if a.Entries[i].Owner == ownership.Nobody {
			open = append(open, i)
		}
	}
	if len(open) == 0 {
		return
	}
	dirs := a.sourceDirs(t)
	rest := open[:0]
	for _, i := range open {
		e := &a.Entries[i]
		dir := a.sourceDir(t, i)
		if owner, ok := dirs.owner(a.Owners, dir); ok {
			e.Owner = owner
		} else if strings.HasPrefix(a.NameOf(e), "go:") && dir == "" {
			e.Owner = a.Owners.Linker() // go:textfipsstart and other markers
		} else {
			rest = append(rest, i)
		}
	}
	if len(rest) == 0 {
		return
	}
	votes := make(map[uint32]map[int32]int) // by the unit, of those that are asked for
	for _, i := range rest {
		if unit := units[i-first]; unit != gosym.NoUnit {
			votes[unit] = make(map[int32]int)
		}
	}
	paths := make(map[string]int32)
	last, lastUnit := int32(ownership.Nobody), uint32(gosym.NoUnit) // neighbours mostly have these in common
	var inUnit map[int32]int
	for i := first; i < len(a.Entries); i++ {
		e := &a.Entries[i]
		if e.Owner == ownership.Nobody {
			continue
		}
		if e.Owner != last {
			last = e.Owner
			paths[a.Owners.Keys[last].Name] = last
		}
		if unit := units[i-first]; unit != lastUnit {
			lastUnit = unit
			inUnit = votes[unit]
		}
		if inUnit != nil && a.Owners.Keys[e.Owner].Kind == ownership.Package {
			inUnit[e.Owner]++
		}
	}
	for _, i := range rest {
		e := &a.Entries[i]
		if owner, ok := mostVotes(votes[units[i-first]]); ok {
			e.Owner = owner
		} else if owner, ok := packageOfDir(a.sourceDir(t, i), paths); ok {
			e.Owner = owner
		} else {
			e.Owner = a.Owners.UnknownNative()
			a.Languages |= account.LangC
		}
	}
}

// sourceDir returns the directory of the source file of the function with an entry, ""
// if it names none or one that cmd/cgo or the compiler made up ("_cgo_gotypes.go").
func (a *Program) sourceDir(t *goruntime.Table, entry int) string {
	const longest = 4096 // of a path on Linux
	file := t.FileName(a.functions.files[entry-a.functions.first])
	if len(file) > longest || !strings.Contains(file, "/") {
		return ""
	}
	return path.Dir(file)
}

// sourceDirs tell packages by the directory of a source file.
type sourceDirs struct {
	main    string // that of the main package, which can have any name; "" if unknown
	mainPkg int32
	std     string // GOROOT/src with a slash behind it; "" if unknown
	trimmed bool   // built with -trimpath: a directory is the import path
}

// sourceDirs finds the main package's directory and the standard library's. A
// function's first instruction can be inlined from another package, so that of
// the main package is where most of its functions are.
func (a *Program) sourceDirs(t *goruntime.Table) sourceDirs {
	const enough = 100 // functions of a package
	var d sourceDirs
	mains := make(map[string]int)
	runtimes, seen := 0, 0
	mainPkg, runtimePkg := a.Owners.FindGoPackage("main"), a.Owners.FindGoPackage("runtime")
	first := a.functions.first
	for i := first; i < len(a.Entries); i++ {
		switch e := &a.Entries[i]; {
		case e.Owner == ownership.Nobody:
		case e.Owner == mainPkg && seen < enough && strings.HasPrefix(a.NameOf(e), "main."):
			seen++
			if dir := a.sourceDir(t, i); dir != "" {
				mains[dir]++
				if n := mains[dir]; n > mains[d.main] || n == mains[d.main] && dir < d.main {
					d.main, d.mainPkg = dir, e.Owner
				}
			}
		case e.Owner == runtimePkg && d.std == "" && !d.trimmed && runtimes < enough && strings.HasPrefix(a.NameOf(e), "runtime."):
			runtimes++
			dir := a.sourceDir(t, i)
			d.trimmed = dir == "runtime"
			if root, ok := strings.CutSuffix(dir, "/src/runtime"); ok {
				d.std = root + "/src/"
			}
		}
	}
	return d
}

// owner returns the package of the source files in the directory.
func (d *sourceDirs) owner(owners *ownership.List, dir string) (owner int32, ok bool) {
	switch rest, inStd := strings.CutPrefix(dir, d.std); {
	case dir == "":
		return 0, false
	case dir == d.main:
		return d.mainPkg, true
	case d.std != "" && inStd:
		return owners.GoPackage(rest, ownership.Exact), true
	case d.trimmed && dir[0] != '/' && dir[0] != '.':
		return owners.GoPackage(strings.Join(pathElements(dir), "/"), ownership.Exact), true
	}
	return 0, false
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
// directory dir. Packages of a GOPATH lie in a folder src, the others begin
// with a domain.
func packageOfDir(dir string, paths map[string]int32) (owner int32, ok bool) {
	elements := pathElements(dir)
	rest := strings.Join(elements, "/")
	for i, e := range elements {
		owner, ok := paths[rest]
		if ok && (i == 0 || elements[i-1] == "src" || strings.Contains(e, ".")) {
			return owner, true
		}
		rest = rest[min(len(e)+1, len(rest)):]
	}
	return 0, false
}

// pathElements are the elements of a directory, in which module versions and
// the module cache's escapes of capital letters are undone.
func pathElements(dir string) []string {
	elements := strings.Split(dir, "/")
	for i, e := range elements {
		e, _, _ = strings.Cut(e, "@")
		elements[i] = native.UnescapePath(e)
	}
	return elements
}
