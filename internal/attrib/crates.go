package attrib

import (
	"maps"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/attrib/native"
	"github.com/sizegate/sizegate/internal/attrib/rustsym"
)

// crateFacts is what is known of crates beside their names.
type crateFacts struct {
	main     rustsym.Crate // with the program's main function; no name if unknown
	root     string        // a crate with a function main at its root: next best where std's lang_start was inlined
	mainAt   uint32        // the number of the symbol that told main: where several do, it is the last one's
	rootAt   uint32        // the same of root
	nameless bool          // root stands for a crate whose name nothing tells
	byID     map[uint64]crateFact
	byName   map[string][]crateFact // from compile units, one for each ID
	listed   map[string][]crateFact // from .dep-v0, by crate name
	std      map[uint64]bool        // IDs of crates that std was built from
}

type crateFact struct {
	pkg, version string
	own, std     bool
}

// see takes from a name what it tells of its crates. std was compiled before
// the program and knows none of its crates: what std instantiated is of a crate
// that std was built from (gimli, hashbrown …). std's lang_start is instantiated
// in the crate whose main it calls; where that was inlined, the program's crate
// has a function main at its root. Symbols may come in any order: number is that of
// the table.
func (c *crateFacts) see(number uint32, name string, s *rustsym.Symbol) {
	if rustsym.StdFamily(s.Instantiating.Name) && !rustsym.StdFamily(s.Defining.Name) {
		if c.std == nil {
			c.std = make(map[uint64]bool)
		}
		c.std[s.Defining.ID] = true
	}
	switch {
	case s.Scheme == rustsym.Legacy:
		path := strings.TrimLeft(name[len("_ZN"):], "0123456789")
		if item, ok := strings.CutPrefix(path, s.Defining.Name); ok && strings.HasPrefix(item, "4main17h") {
			c.hasMain(number, s.Defining.Name)
		}
	case s.Defining.Name == "std" && s.Instantiating.Name != "" && strings.Contains(name, "2rt10lang_start"):
		if number >= c.mainAt {
			c.main, c.mainAt = s.Instantiating, number
			c.main.Name = strings.Clone(c.main.Name)
		}
	case strings.HasPrefix(name, "_RNvC") && strings.HasSuffix(name, "4main") && strings.HasSuffix(name[:len(name)-len("4main")], s.Defining.Name):
		c.hasMain(number, s.Defining.Name)
	}
}

func (c *crateFacts) hasMain(number uint32, crate string) {
	if number >= c.rootAt {
		c.root, c.rootAt = strings.Clone(crate), number
	}
}

// join adds what other names told.
func (c *crateFacts) join(d *crateFacts) {
	if c.std == nil {
		c.std = d.std
	} else {
		maps.Copy(c.std, d.std)
	}
	if d.main.Name != "" && d.mainAt >= c.mainAt {
		c.main, c.mainAt = d.main, d.mainAt
	}
	if d.root != "" && d.rootAt >= c.rootAt {
		c.root, c.rootAt = d.root, d.rootAt
	}
}

// mainCrate is the program's crate, "" if unknown.
func (c *crateFacts) mainCrate() string {
	if c.main.Name != "" {
		return c.main.Name
	}
	return c.root
}

// unit remembers what a compile unit tells of its crate. A crate has many
// units; the first that knows its version stands for all.
func (c *crateFacts) unit(o *native.Origin) {
	if o.Name == "" {
		return
	}
	if c.byID == nil {
		c.byID = make(map[uint64]crateFact)
		c.byName = make(map[string][]crateFact)
	}
	fact := crateFact{pkg: o.Package, version: o.Version, own: o.Own, std: o.Std}
	if o.ID != 0 {
		if known := c.byID[o.ID]; known.version == "" {
			c.byID[o.ID] = fact
		}
	}
	// Two different ones are as good as none: see only.
	if known := c.byName[o.Name]; len(known) < 2 && !slices.Contains(known, fact) {
		c.byName[o.Name] = append(known, fact)
	}
}

// list remembers the packages that cargo-auditable wrote down. Those of build
// scripts are not in the program.
func (c *crateFacts) list(deps []native.Dep) {
	c.listed = make(map[string][]crateFact)
	for _, d := range deps {
		if name := strings.ReplaceAll(d.Name, "-", "_"); !d.Build && len(c.listed[name]) < 2 {
			c.listed[name] = append(c.listed[name], crateFact{pkg: d.Name, version: d.Version, own: d.Root || d.Source == "local"})
		}
	}
}

// describe fills in the Cargo package, version and origin of a crate.
func (c *crateFacts) describe(o *Owner, rustc string) {
	fact, ok := c.byID[o.crateID]
	if !ok {
		fact, ok = only(c.byName[o.Name])
	}
	if !ok {
		fact, _ = only(c.listed[o.Name])
	}
	switch {
	case rustsym.StdFamily(o.Name):
		o.Module, o.Version, o.Origin = "std", rustc, Standard
	case fact.std, c.std[o.crateID]: // std's own copy of a crate, as hashbrown
		o.Module, o.Version, o.Origin = "std", fact.version, Standard
	case o.Name == c.mainCrate() || fact.own:
		o.Module, o.Version, o.Origin = fact.pkg, fact.version, Own
	default:
		o.Module, o.Version, o.Origin = fact.pkg, fact.version, Dependency
	}
}

// mainVersion is the version of the main crate's package.
func (c *crateFacts) mainVersion() string {
	o := Owner{Kind: Crate, Name: c.mainCrate()}
	c.describe(&o, "")
	return o.Version
}

func only(facts []crateFact) (crateFact, bool) {
	if len(facts) != 1 {
		return crateFact{}, false
	}
	return facts[0], true
}
