package attrib

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
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
	crateID    uint64 // 0 if unknown
}

// SectionSize is bytes of the section at a position in Binary.Sections.
type SectionSize struct {
	Section int
	Size    uint64
}

// add charges bytes of a section.
func (o *Owner) add(section int, size uint64) {
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

// compare orders owners by size, the largest first, and then so that no two
// owners are equal.
func (o *Owner) compare(p *Owner) int {
	return cmp.Or(cmp.Compare(p.Size, o.Size), cmp.Compare(o.Name, p.Name), cmp.Compare(o.Kind, p.Kind),
		cmp.Compare(o.ID, p.ID), cmp.Compare(o.Module, p.Module), cmp.Compare(o.Confidence, p.Confidence))
}

// ownerKey is what makes two claims have the same owner.
type ownerKey struct {
	kind       Kind
	name       string
	id         uint64 // of a crate, 0 if unknown
	module     string // only of a library: the Cargo package or source tree that it comes in
	version    string // only of a library
	confidence Confidence
}

// owners is every owner met so far.
type owners struct {
	list  []Owner
	keys  []ownerKey // parallel to list
	index map[ownerKey]int32
	last  int32 // what get returned last
	// recent has crates that were asked for, by what their IDs end in: the position
	// plus one. A program has hundreds of crates, and asks for each a
	// hundred times.
	recent [256]int32
}

func newOwners() *owners { return &owners{index: make(map[ownerKey]int32)} }

func (os *owners) get(key ownerKey) int32 {
	// Neighbours mostly have one owner, and to hash a key takes longer than to compare
	// it.
	if int(os.last) < len(os.keys) && os.keys[os.last] == key {
		return os.last
	}
	if i, ok := os.index[key]; ok {
		os.last = i
		return i
	}
	// What key has is a part of a larger text as a rule, which it would keep.
	key.name, key.module, key.version = strings.Clone(key.name), strings.Clone(key.module), strings.Clone(key.version)
	i := int32(len(os.list))
	os.index[key], os.last = i, i
	os.keys = append(os.keys, key)
	os.list = append(os.list, Owner{Kind: key.kind, Name: key.name, Module: key.module, Version: key.version,
		Confidence: key.confidence, crateID: key.id})
	return i
}

// crate is get for a crate.
func (os *owners) crate(name string, id uint64, confidence Confidence) int32 {
	slot := &os.recent[(id+uint64(len(name)))%uint64(len(os.recent))]
	if i := *slot - 1; i >= 0 {
		if k := &os.keys[i]; k.id == id && k.name == name && k.confidence == confidence {
			return i
		}
	}
	i := os.get(ownerKey{kind: Crate, name: name, id: id, confidence: confidence})
	*slot = i + 1
	return i
}

// alike says whether two owners differ at most in confidence, or in that only one
// of two crates of a name has an ID: legacy names do not tell it.
func (os *owners) alike(x, y int32) bool {
	if x == y || x < 0 || y < 0 {
		return x == y
	}
	kx, ky := os.keys[x], os.keys[y]
	ky.confidence = kx.confidence
	if kx.id == 0 || ky.id == 0 {
		kx.id, ky.id = 0, 0
	}
	return kx == ky
}

// linker is the one owner of what linkers and start-up objects add.
func (os *owners) linker() int32 {
	return os.get(ownerKey{kind: Linker, name: "linker", confidence: Exact})
}

// canonical maps each owner to the one that it is reported as, and gives IDs
// to crates that share a name. Legacy names do not carry a crate's ID: where
// only one crate of that name is known they mean that one; where several are,
// they stay a row of their own without an ID.
func (os *owners) canonical() []int32 {
	type known struct {
		id      uint64
		several bool
	}
	ids := make(map[string]known)
	for _, k := range os.keys {
		if k.kind != Crate || k.id == 0 {
			continue
		}
		if n, ok := ids[k.name]; !ok {
			ids[k.name] = known{id: k.id}
		} else if n.id != k.id {
			n.several = true
			ids[k.name] = n
		}
	}
	to := make([]int32, len(os.list))
	for i, k := range os.keys {
		to[i] = int32(i)
		n := ids[k.name]
		switch {
		case k.kind != Crate:
		case k.id == 0 && n.id != 0 && !n.several:
			k.id = n.id
			if j, ok := os.index[k]; ok {
				to[i] = j
			}
		case k.id != 0 && n.several:
			os.list[i].ID = fmt.Sprintf("%016x", k.id)
		}
	}
	return to
}
