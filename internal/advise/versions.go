package advise

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/sizegate/sizegate/internal/attrib"
	"github.com/sizegate/sizegate/internal/attrib/rustsym"
	"github.com/sizegate/sizegate/internal/bytesize"
)

// versionGroup is several versions of one dependency.
type versionGroup struct {
	name, evidence string
	others         uint64 // bytes of all versions but the largest
	commands       []string
}

// versions: two versions of one crate, or two major versions of one Go module.
// What goes with the smaller ones is not known: the version that is left can
// need more of itself and of others.
func (a *adviser) versions() (*Advice, error) {
	crates, modules := a.crateVersions(), a.moduleVersions()
	several := slices.DeleteFunc(slices.Concat(crates, modules), func(g versionGroup) bool { return g.others < minSaving })
	if len(several) == 0 {
		return nil, nil
	}
	slices.SortFunc(several, func(x, y versionGroup) int {
		return cmp.Or(cmp.Compare(y.others, x.others), cmp.Compare(x.name, y.name))
	})
	var evidence, settings []string
	if len(crates) > 0 {
		settings = append(settings, "cargo tree --duplicates")
	}
	for i, g := range several {
		if i == shown {
			evidence = append(evidence, fmt.Sprintf("and %s more", bytesize.Size(len(several)-shown).Grouped()))
			break
		}
		evidence = append(evidence, g.evidence)
		settings = append(settings, g.commands...)
	}
	return &Advice{
		Code:  CodeVersions,
		Title: "several versions of one dependency are in the file",
		Evidence: append(evidence,
			"these bytes are code and data with their tables, without symbols and debug information, which stripping removes anyway"),
		Setting:      strings.Join(settings, "\n"),
		HowToFindOut: "the commands say who asks for which version; with one left: sizegate diff OLD NEW",
	}, nil
}

// newVersionGroup describes the versions by their sizes, in the order of their names.
func newVersionGroup(name string, versions map[string]uint64) versionGroup {
	g := versionGroup{name: name}
	var parts []string
	largest := uint64(0)
	for _, v := range slices.Sorted(maps.Keys(versions)) {
		g.others += versions[v]
		largest = max(largest, versions[v])
		parts = append(parts, fmt.Sprintf("%s: %s bytes", quote(v), bytesize.Size(versions[v]).Grouped()))
	}
	g.others -= largest
	g.evidence = fmt.Sprintf("%s; %s without the largest", strings.Join(parts, ", "), bytesize.Size(g.others).Grouped())
	return g
}

// majorSuffix is what tells major versions of a Go module apart.
var majorSuffix = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(/v[0-9]+|\.v[0-9]+)$`)
})

func (a *adviser) moduleVersions() []versionGroup {
	sizes := make(map[string]map[string]uint64) // by path without the major version, then by path
	versions := make(map[string]string)
	for i := range a.Profile.Owners {
		o := &a.Profile.Owners[i]
		if o.Kind != attrib.Package || o.Origin != attrib.Dependency || o.Module == "" || o.Module == "std" || len(o.Module) > 1024 {
			continue
		}
		base := majorSuffix().ReplaceAllString(o.Module, "")
		if sizes[base] == nil {
			sizes[base] = make(map[string]uint64)
		}
		sizes[base][o.Module] += a.Loaded(o)
		versions[o.Module] = o.Version
	}
	var list []versionGroup
	for base, paths := range sizes {
		if len(paths) < 2 {
			continue
		}
		named := make(map[string]uint64)
		for path, n := range paths {
			named[path+" "+versions[path]] = n
		}
		g := newVersionGroup(base, named)
		for _, path := range slices.Sorted(maps.Keys(paths)) {
			if pasteable(path) {
				g.commands = append(g.commands, "go mod why -m "+path)
			}
		}
		list = append(list, g)
	}
	return list
}

// crateVersions: debug information and cargo-auditable say versions. Without
// them names and codegen units of two versions have different IDs. That is
// evidence where it is known which units are std's own copies of crates, or the
// crate is none of those that std has copies of.
func (a *adviser) crateVersions() []versionGroup {
	ids := make(map[string]map[string]bool)
	if a.Symbols.Ordered {
		for _, u := range a.Symbols.Units {
			if u.Crate != "" && !u.Compiled {
				if ids[u.Crate] == nil {
					ids[u.Crate] = make(map[string]bool)
				}
				ids[u.Crate][u.ID] = true
			}
		}
	}
	type crate struct {
		pkg              string
		size             uint64
		versions, byName map[string]uint64 // by version, and by the ID in names
	}
	crates := make(map[string]*crate)
	for i := range a.Profile.Owners {
		o := &a.Profile.Owners[i]
		// A program and a library of one package have one name.
		if o.Kind != attrib.Crate || o.Origin == attrib.Standard || o.Name == a.Profile.Main {
			continue
		}
		c := crates[o.Name]
		if c == nil {
			c = &crate{pkg: cmp.Or(o.Module, o.Name), versions: make(map[string]uint64), byName: make(map[string]uint64)}
			crates[o.Name] = c
		}
		n := a.Loaded(o)
		c.size += n
		if o.Version != "" {
			c.versions[c.pkg+" "+o.Version] += n
		}
		if o.ID != "" {
			c.byName[o.Name+"#"+o.ID] += n
		}
	}
	var list []versionGroup
	for name, c := range crates {
		switch {
		case len(c.versions) > 1:
			g := newVersionGroup(name, c.versions)
			for _, v := range slices.Sorted(maps.Keys(c.versions)) {
				if v := strings.TrimPrefix(v, c.pkg+" "); pasteable(c.pkg) && pasteable(v) {
					g.commands = append(g.commands, "cargo tree -i "+c.pkg+"@"+v)
				}
			}
			list = append(list, g)
		case len(c.versions) > 0:
		case len(c.byName) > 1 && (len(ids[name]) > 1 || !a.Symbols.Ordered && !rustsym.CopiedByStd(name)):
			list = append(list, newVersionGroup(name, c.byName))
		case len(ids[name]) > 1: // legacy names say nothing of the version
			list = append(list, versionGroup{name: name, others: c.size, evidence: fmt.Sprintf("%s: %s bytes in all, codegen units of the IDs %s",
				quote(name), bytesize.Size(c.size).Grouped(), quote(strings.Join(slices.Sorted(maps.Keys(ids[name])), ", ")))})
		}
	}
	return list
}
