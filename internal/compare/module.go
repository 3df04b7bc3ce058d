package compare

import "github.com/sizegate/sizegate/internal/snapshot"

// std is the module of a toolchain's own packages and crates.
const std = "std"

// The kinds of owners whose versions need care.
const (
	goPackage = "package"
	rustCrate = "crate"
)

// module is what has a version: a Go module, a toolchain's standard library, or
// a crate or library.
type module struct{ kind, name string }

// modules are the rows of what changed its version, with the sizes of all its
// owners. Go packages go by their module, crates of a toolchain together; other
// crates and libraries by the pairs that they make, for a program can hold
// several versions of one.
func modules(old, new *side, m *match) []Row {
	before, after := moduleSums(old), moduleSums(new)
	var rows []Row
	add := func(r Row) {
		if r.OldVersion != "" && r.NewVersion != "" && r.OldVersion != r.NewVersion {
			r.Change = changed(r.Old, r.New)
			rows = append(rows, r)
		}
	}
	for key, a := range after {
		if b := before[key]; b != nil {
			add(Row{Name: key.name, Kind: key.kind, Old: b.New, New: a.New, OldVersion: b.NewVersion, NewVersion: a.NewVersion})
		}
	}
	for i := range m.new {
		j := m.parties.toOld[i]
		if j == none {
			continue
		}
		a, b := &m.new[i], &m.old[j]
		if _, shared := moduleOf(a.partyKey); shared {
			continue
		}
		add(Row{Name: a.name, Kind: a.kind, ID: a.id, Old: b.size, New: a.size, OldVersion: b.version, NewVersion: a.version})
	}
	return rows
}

// moduleSums has the size and the version of each module that is more than one
// owner, in the fields of the new side.
func moduleSums(s *side) map[module]*Row {
	sums := make(map[module]*Row)
	for i := range s.owners {
		o := &s.owners[i]
		key, ok := moduleOf(keyOf(o.Owner))
		if !ok {
			continue
		}
		r := sums[key]
		if r == nil {
			r = &Row{}
			sums[key] = r
		}
		r.New += o.size
		if r.NewVersion == "" && namesVersion(o.Owner) {
			r.NewVersion = o.Version
		}
	}
	return sums
}

// moduleOf is the module of an owner, false where the owner stands for itself.
func moduleOf(k partyKey) (module, bool) {
	if k.module != "" && k.kind == goPackage || k.module == std && k.kind == rustCrate {
		return module{k.kind, k.module}, true
	}
	return module{}, false
}

// namesVersion says whether an owner's version is that of its module. The
// standard library's copies of other crates have versions of their own.
func namesVersion(o *snapshot.Owner) bool {
	return o.Kind != rustCrate || o.Name == "core" || o.Name == "alloc" || o.Name == std
}
