package ownership

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/attrib/native"
)

// Kind is what sort of thing owns bytes.
type Kind string

const (
	Package Kind = "package" // of Go
	Crate   Kind = "crate"   // of Rust
	Library Kind = "library" // C, C++ or assembly: a library, or a source file
	Linker  Kind = "linker"  // what the linker and the C start-up objects add
)

// Origin is where an owner's code comes from, for `--by origin`.
type Origin string

const (
	Own        Origin = "own code"
	Dependency Origin = "dependencies"
	Standard   Origin = "standard library"
	Native     Origin = "native"
	FromLinker Origin = "linker"
)

// Confidence tells facts from conclusions.
type Confidence string

const (
	Exact    Confidence = "exact"    // read from the file
	Inferred Confidence = "inferred" // concluded from it
)

// UnknownNative is the owner of C, C++ and assembly functions whose source
// neither symbols nor debug information tell.
const UnknownNative = "[native, source unknown]"

// Owner is who bytes are charged to. Bytes that are charged to the same owner
// for a fact and for a conclusion are two Owners, which differ in Confidence.
type Owner struct {
	Kind       Kind
	Name       string // import path, crate, library or source file
	ID         string // a crate's disambiguator as 16 hexadecimal digits, only where several crates have the name
	Module     string // Go module, Cargo package, or "std"
	Version    string
	Origin     Origin
	Confidence Confidence
	Functions  int    // names of code that own bytes, each of several at one address counted
	Size       uint64 // the sum of Sections
	Sections   []SectionSize
	CrateID    uint64 // a crate's disambiguator as a number, 0 if unknown
}

// SectionSize is bytes of the section at a position in Binary.Sections.
type SectionSize struct {
	Section int
	Size    uint64
}

// Add charges bytes of a section.
func (o *Owner) Add(section int, size uint64) {
	if size == 0 {
		return
	}
	o.Size += size
	// Names mostly come section by section.
	at := len(o.Sections) - 1
	if at < 0 || o.Sections[at].Section != section {
		var ok bool
		at, ok = slices.BinarySearchFunc(o.Sections, section, func(s SectionSize, section int) int { return cmp.Compare(s.Section, section) })
		if !ok {
			o.Sections = slices.Insert(o.Sections, at, SectionSize{Section: section})
		}
	}
	o.Sections[at].Size += size
}

// Compare orders owners by size, the largest first, and then so that no two
// owners are equal.
func (o *Owner) Compare(p *Owner) int {
	return cmp.Or(cmp.Compare(p.Size, o.Size), cmp.Compare(o.Name, p.Name), cmp.Compare(o.Kind, p.Kind),
		cmp.Compare(o.ID, p.ID), cmp.Compare(o.Module, p.Module), cmp.Compare(o.Confidence, p.Confidence))
}

// Key is what makes two claims have the same owner.
type Key struct {
	Kind       Kind
	Name       string
	ID         uint64 // of a crate, 0 if unknown
	Module     string // only of a library: the Cargo package or source tree that it comes in
	Version    string // only of a library
	Confidence Confidence
}

// Nobody is in place of an owner that is not known, or not yet.
const Nobody = -1

// List is every owner met so far. An owner is known by its position in Keys, which
// only Get and what is made of it add to.
type List struct {
	Keys  []Key
	index map[Key]int32
	last  int32 // what get returned last
	// recent has crates that were asked for, by what their IDs end in: the position
	// plus one. A program has hundreds of crates, and asks for each a
	// hundred times.
	recent [256]int32
}

// NewList returns an empty list.
func NewList() *List { return &List{index: make(map[Key]int32)} }

// Find returns the owner with the key if it has been met.
func (os *List) Find(key Key) (owner int32, ok bool) {
	owner, ok = os.index[key]
	return owner, ok
}

// Get returns the owner with the key. One that is met for the first time is put
// behind the others.
func (os *List) Get(key Key) int32 {
	// Neighbours mostly have one owner, and to hash a key takes longer than to compare
	// it.
	if int(os.last) < len(os.Keys) && os.Keys[os.last] == key {
		return os.last
	}
	if i, ok := os.index[key]; ok {
		os.last = i
		return i
	}
	// What key has is a part of a larger text as a rule, which it would keep.
	key.Name, key.Module, key.Version = strings.Clone(key.Name), strings.Clone(key.Module), strings.Clone(key.Version)
	i := int32(len(os.Keys))
	os.index[key], os.last = i, i
	os.Keys = append(os.Keys, key)
	return i
}

// Crate is get for a crate.
func (os *List) Crate(name string, id uint64, confidence Confidence) int32 {
	slot := &os.recent[(id+uint64(len(name)))%uint64(len(os.recent))]
	if i := *slot - 1; i >= 0 {
		if k := &os.Keys[i]; k.ID == id && k.Name == name && k.Confidence == confidence {
			return i
		}
	}
	i := os.Get(Key{Kind: Crate, Name: name, ID: id, Confidence: confidence})
	*slot = i + 1
	return i
}

// Alike says whether two owners differ at most in confidence, or in that only one
// of two crates of a name has an ID: legacy names do not tell it.
func (os *List) Alike(x, y int32) bool {
	if x == y || x < 0 || y < 0 {
		return x == y
	}
	kx, ky := os.Keys[x], os.Keys[y]
	ky.Confidence = kx.Confidence
	if kx.ID == 0 || ky.ID == 0 {
		kx.ID, ky.ID = 0, 0
	}
	return kx == ky
}

// Linker is the one owner of what linkers and start-up objects add.
func (os *List) Linker() int32 {
	return os.Get(Key{Kind: Linker, Name: "linker", Confidence: Exact})
}

// UnknownNative is the one owner of code whose source is not known.
func (os *List) UnknownNative() int32 {
	return os.Get(Key{Kind: Library, Name: UnknownNative, Confidence: Exact})
}

// Rows returns the owners as they are reported, with nothing charged yet, and for
// each owner the position of the one that it is reported as. Crates that share a
// name have IDs. Legacy names do not carry a crate's ID: where only one crate of
// that name is known they mean that one; where several are, they stay a row of
// their own without an ID.
func (os *List) Rows() (rows []Owner, to []int32) {
	type known struct {
		id      uint64
		several bool
	}
	ids := make(map[string]known)
	for _, k := range os.Keys {
		if k.Kind != Crate || k.ID == 0 {
			continue
		}
		if n, ok := ids[k.Name]; !ok {
			ids[k.Name] = known{id: k.ID}
		} else if n.id != k.ID {
			n.several = true
			ids[k.Name] = n
		}
	}
	rows, to = make([]Owner, len(os.Keys)), make([]int32, len(os.Keys))
	for i, k := range os.Keys {
		to[i] = int32(i)
		rows[i] = Owner{Kind: k.Kind, Name: k.Name, Module: k.Module, Version: k.Version, Confidence: k.Confidence, CrateID: k.ID}
		n := ids[k.Name]
		switch {
		case k.Kind != Crate:
		case k.ID == 0 && n.id != 0 && !n.several:
			k.ID = n.id
			if j, ok := os.index[k]; ok {
				to[i] = j
			}
		case k.ID != 0 && n.several:
			rows[i].ID = fmt.Sprintf("%016x", k.ID)
		}
	}
	return rows, to
}

// OfOrigin turns what a path says into an owner, Nobody if it does not name one.
func (os *List) OfOrigin(o *native.Origin, confidence Confidence) int32 {
	switch o.Kind {
	case native.KindCrate:
		if o.Name != "" {
			return os.Get(Key{Kind: Crate, Name: o.Name, ID: o.ID, Confidence: confidence})
		}
	case native.KindGo:
		if o.Name != "" {
			return os.COf(o.Name, o.Package, o.Version, confidence)
		}
	case native.KindLibrary, native.KindSource:
		return os.Get(Key{Kind: Library, Name: o.Name, Module: o.Package, Version: o.Version, Confidence: confidence})
	case native.KindStartup:
		return os.Linker()
	}
	return Nobody
}

// COf is the owner of C in the directory of a Go package, or of the wrappers
// that cgo writes for it. It is not the package: that is what Go's function
// table says, so that stripping a file changes no package's size.
func (os *List) COf(path, module, version string, confidence Confidence) int32 {
	return os.Get(Key{Kind: Library, Name: "C of " + path, Module: module, Version: version, Confidence: confidence})
}

// Inferred is the owner as a conclusion; the linker is never one. known has those
// that were asked for before.
func (os *List) Inferred(owner int32, known map[int32]int32) int32 {
	to, ok := known[owner]
	if !ok {
		key := os.Keys[owner]
		if key.Kind != Linker {
			key.Confidence = Inferred
		}
		to = os.Get(key)
		known[owner] = to
	}
	return to
}

// GoPackage is the owner of a Go package, given its import path.
func (os *List) GoPackage(path string, confidence Confidence) int32 {
	return os.Get(Key{Kind: Package, Name: path, Confidence: confidence})
}

// FindGoPackage returns the owner of the package with the import path, Nobody if it
// has no function.
func (os *List) FindGoPackage(path string) int32 {
	if owner, ok := os.Find(Key{Kind: Package, Name: path, Confidence: Exact}); ok {
		return owner
	}
	return Nobody
}
