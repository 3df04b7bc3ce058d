package ownership

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/attrib/auditable"
	"github.com/sizegate/sizegate/internal/attrib/native"
	"github.com/sizegate/sizegate/internal/attrib/rustsym"
	"github.com/sizegate/sizegate/internal/elfscan"
)

// Crates is what is known of crates beside their names.
type Crates struct {
	Main     rustsym.Crate // with the program's main function; no name if unknown
	root     string        // a crate with a function main at its root: next best where std's lang_start was inlined
	mainAt   uint32        // the number of the symbol that told main: where several do, it is the last one's
	rootAt   uint32        // the same of root
	nameless bool          // root stands for a crate whose name nothing tells
	byID     map[uint64]crateFact
	byName   map[string][]crateFact // from compile units, one for each ID
	listed   map[string][]crateFact // from .dep-v0, by crate name
	listRead bool                   // .dep-v0 was looked for
	std      map[uint64]bool        // IDs of crates that std was built from
}

type crateFact struct {
	pkg, version string
	own, std     bool
}

// AddName takes from a name what it tells of its crates. std was compiled before
// the program and knows none of its crates: what std instantiated is of a crate
// that std was built from (gimli, hashbrown …). std's lang_start is instantiated
// in the crate whose main it calls; where that was inlined, the program's crate
// has a function main at its root. Symbols may come in any order: number is that of
// the table.
func (c *Crates) AddName(number uint32, name string, s *rustsym.Symbol) {
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
			c.Main, c.mainAt = s.Instantiating, number
			c.Main.Name = strings.Clone(c.Main.Name)
		}
	case strings.HasPrefix(name, "_RNvC") && strings.HasSuffix(name, "4main") && strings.HasSuffix(name[:len(name)-len("4main")], s.Defining.Name):
		c.hasMain(number, s.Defining.Name)
	}
}

func (c *Crates) hasMain(number uint32, crate string) {
	if number >= c.rootAt {
		c.root, c.rootAt = strings.Clone(crate), number
	}
}

// Join adds what other names told.
func (c *Crates) Join(d *Crates) {
	if c.std == nil {
		c.std = d.std
	} else {
		maps.Copy(c.std, d.std)
	}
	if d.Main.Name != "" && d.mainAt >= c.mainAt {
		c.Main, c.mainAt = d.Main, d.mainAt
	}
	if d.root != "" && d.rootAt >= c.rootAt {
		c.root, c.rootAt = d.root, d.rootAt
	}
}

// mainCrate is the program's crate, "" if unknown.
func (c *Crates) mainCrate() string {
	if c.Main.Name != "" {
		return c.Main.Name
	}
	return c.root
}

// AddUnit remembers what a compile unit tells of its crate. A crate has many
// units; the first that knows its version stands for all.
func (c *Crates) AddUnit(o *native.Origin) {
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

// ReadList remembers the packages that cargo-auditable wrote down in the file. A list
// that makes no sense is a warning, one that cannot be read from disk an error. It is
// read once, whoever asks.
func (c *Crates) ReadList(b *elfscan.Binary) (warnings []string, err error) {
	if c.listRead {
		return nil, nil
	}
	c.listRead = true
	for i := range b.Sections {
		s := &b.Sections[i]
		if s.Base != ".dep-v0" {
			continue
		}
		data, err := b.Bytes(s)
		if err != nil {
			return nil, err
		}
		deps, err := auditable.Read(data)
		if err != nil {
			return []string{fmt.Sprintf("the list of crates in section .dep-v0 cannot be read: %v", err)}, nil
		}
		c.addList(deps)
	}
	return nil, nil
}

// addList remembers packages. Those of build scripts are not in the program.
func (c *Crates) addList(deps []auditable.Dep) {
	c.listed = make(map[string][]crateFact)
	for _, d := range deps {
		if name := strings.ReplaceAll(d.Name, "-", "_"); !d.Build && len(c.listed[name]) < 2 {
			c.listed[name] = append(c.listed[name], crateFact{pkg: d.Name, version: d.Version, own: d.Root || d.Source == "local"})
		}
	}
}

// Describe fills in the Cargo package, version and origin of a crate.
func (c *Crates) Describe(o *Owner, rustc string) {
	fact, ok := c.byID[o.CrateID]
	if !ok {
		fact, ok = only(c.byName[o.Name])
	}
	if !ok {
		fact, _ = only(c.listed[o.Name])
	}
	switch {
	case rustsym.StdFamily(o.Name):
		o.Module, o.Version, o.Origin = "std", rustc, Standard
	case fact.std, c.std[o.CrateID]: // std's own copy of a crate, as hashbrown
		o.Module, o.Version, o.Origin = "std", fact.version, Standard
	case o.Name == c.mainCrate() || fact.own:
		o.Module, o.Version, o.Origin = fact.pkg, fact.version, Own
	default:
		o.Module, o.Version, o.Origin = fact.pkg, fact.version, Dependency
	}
}

// Program returns the name of the program's crate and the version of its package,
// each "" if unknown.
func (c *Crates) Program() (name, version string) {
	if c.nameless {
		return "", ""
	}
	o := Owner{Kind: Crate, Name: c.mainCrate()}
	c.Describe(&o, "")
	return o.Name, o.Version
}

func only(facts []crateFact) (crateFact, bool) {
	if len(facts) != 1 {
		return crateFact{}, false
	}
	return facts[0], true
}

// RootCrate names the crate whose paths do not: the program's own.
func (c *Crates) RootCrate() string {
	if main := c.mainCrate(); main != "" {
		return main
	}
	c.root, c.nameless = "main", true
	own := 0
	for name, facts := range c.listed {
		if fact, ok := only(facts); ok && fact.own {
			own++
			c.root, c.nameless = name, false
		}
	}
	if own > 1 {
		c.root, c.nameless = "main", true
	}
	return c.root
}
