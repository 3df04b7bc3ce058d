package advise

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/attrib"
)

// versionGroup is several versions of one dependency.
type versionGroup struct {
	name, evidence string
	size           uint64 // of all
	commands       []string
}

// versions: two versions of one crate, or two major versions of one Go module.
func (a *adviser) versions() (*Advice, error) {
	crates, modules := a.crateVersions(), a.moduleVersions()
	several := append(crates, modules...)
	if len(several) == 0 {
		return nil, nil
	}
	slices.SortFunc(several, func(x, y versionGroup) int { return cmp.Or(cmp.Compare(y.size, x.size), cmp.Compare(x.name, y.name)) })
	var evidence, settings []string
	if len(crates) > 0 {
		settings = append(settings, "cargo tree --duplicates")
	}
	for i, g := range several {
		if i == shown {
			evidence = append(evidence, fmt.Sprintf("and %d more", len(several)-shown))
			break
		}
		evidence = append(evidence, g.evidence)
		settings = append(settings, g.commands...)
	}
	return &Advice{
		Code:         CodeVersions,
		Title:        "several versions of one dependency are in the file",
		Evidence:     evidence,
		Setting:      strings.Join(settings, "\n"),
		HowToFindOut: "the commands say who asks for which version; with one left: sizegate diff OLD NEW",
	}, nil
}

// majorSuffix is what tells major versions of a Go module apart.
var majorSuffix = regexp.MustCompile(`(/v[0-9]+|\.v[0-9]+)$`)

func (a *adviser) moduleVersions() []versionGroup {
	sizes := make(map[string]map[string]uint64) // by path without the major version, then by path
	versions := make(map[string]string)
	for _, o := range a.Profile.Owners {
		if o.Kind != attrib.Package || o.Origin != attrib.Dependency || o.Module == "" || o.Module == "std" || len(o.Module) > 1024 {
			continue
		}
		base := majorSuffix.ReplaceAllString(o.Module, "")
		if sizes[base] == nil {
			sizes[base] = make(map[string]uint64)
		}
		sizes[base][o.Module] += o.Size
		versions[o.Module] = o.Version
	}
	var list []versionGroup
	for base, paths := range sizes {
		if len(paths) < 2 {
			continue
		}
		g := versionGroup{name: base}
		var parts []string
		for _, path := range slices.Sorted(maps.Keys(paths)) {
			g.size += paths[path]
			parts = append(parts, fmt.Sprintf("%s: %d bytes", quote(path+" "+versions[path]), paths[path]))
			if pasteable(path) {
				g.commands = append(g.commands, "go mod why -m "+path)
			}
		}
		g.evidence = strings.Join(parts, ", ")
		list = append(list, g)
	}
	return list
}

// crateVersions: debug information and cargo-auditable say versions. Without
// them the codegen units of two versions have different IDs, which is evidence
// where it is known which units are std's own copies of crates.
func (a *adviser) crateVersions() []versionGroup {
	ids := make(map[string]map[string]bool)
	if a.symbols.ordered {
		for _, u := range a.symbols.units {
			if u.crate != "" && !u.compiled {
				if ids[u.crate] == nil {
					ids[u.crate] = make(map[string]bool)
				}
				ids[u.crate][u.id] = true
			}
		}
	}
	type crate struct {
		pkg      string
		size     uint64
		versions map[string]uint64
	}
	crates := make(map[string]*crate)
	for _, o := range a.Profile.Owners {
		// A program and a library of one package have one name.
		if o.Kind != attrib.Crate || o.Origin == attrib.Standard || o.Name == a.Profile.Main {
			continue
		}
		c := crates[o.Name]
		if c == nil {
			c = &crate{pkg: cmp.Or(o.Module, o.Name), versions: make(map[string]uint64)}
			crates[o.Name] = c
		}
		c.size += o.Size
		if o.Version != "" {
			c.versions[o.Version] += o.Size
		}
	}
	var list []versionGroup
	for name, c := range crates {
		g := versionGroup{name: name, size: c.size}
		var parts []string
		switch {
		case len(c.versions) > 1:
			for _, v := range slices.Sorted(maps.Keys(c.versions)) {
				parts = append(parts, fmt.Sprintf("%s: %d bytes", quote(c.pkg+" "+v), c.versions[v]))
				if pasteable(c.pkg) && pasteable(v) {
					g.commands = append(g.commands, "cargo tree -i "+c.pkg+"@"+v)
				}
			}
		case len(c.versions) == 0 && len(ids[name]) > 1:
			parts = []string{fmt.Sprintf("%s: %d bytes", quote(name), c.size), "codegen units of the IDs " + quote(strings.Join(slices.Sorted(maps.Keys(ids[name])), ", "))}
		default:
			continue
		}
		g.evidence = strings.Join(parts, ", ")
		list = append(list, g)
	}
	return list
}
