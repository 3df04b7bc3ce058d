package debugclaims

import (
	"slices"

	"github.com/sizegate/sizegate/internal/attrib/account"
	"github.com/sizegate/sizegate/internal/attrib/debugsection"
	"github.com/sizegate/sizegate/internal/attrib/dwarf"
	"github.com/sizegate/sizegate/internal/attrib/dwarf/inline"
	"github.com/sizegate/sizegate/internal/attrib/native"
	"github.com/sizegate/sizegate/internal/attrib/ownership"
	"github.com/sizegate/sizegate/internal/attrib/rustsym"
)

// AddInlined claims what was inlined into the functions of C, C++ and Rust,
// as debug information tells. That of a program with a Go function table is not read
// where nothing is known of another language.
func (a *Debug) AddInlined(hasGoTable bool) error {
	if !a.DividesInlined || hasGoTable && a.Languages&(account.LangRust|account.LangC|account.LangCPP) == 0 {
		return nil // the debug information of a program that is all Go would be read for nothing
	}
	sections, err := debugsection.Units(a.unitFile, true)
	if err != nil {
		a.Warnf("debug information is not used: %v", err)
	}
	if err != nil || sections.Info == nil {
		return nil
	}
	found, warnings, err := inline.Read(sections, func(r dwarf.Range) bool {
		i := a.Binary.CodeAt(r.Lo)
		return i >= 0 && r.Hi-a.Binary.Sections[i].Addr <= a.Binary.Sections[i].Size
	})
	for _, w := range warnings {
		if !slices.Contains(a.Warnings, w) { // of units that have been read before
			a.Warnings = append(a.Warnings, w)
		}
	}
	if err != nil {
		a.Warnf("debug information does not tell what was inlined: %v", err)
		return nil
	}
	a.InliningKnown = a.InliningKnown || found.Functions > 0
	owners := newSourceOwners(a, found)
	const unseen = ownership.Nobody - 1
	type known struct {
		owner   int32
		section int // that entry is for
		entry   uint32
	}
	sources := slices.Repeat([]known{{owner: unseen, section: -1}}, len(found.Sources))
	a.Inlined = slices.Grow(a.Inlined, len(found.Claims))
	for _, c := range found.Claims {
		section := a.Binary.CodeAt(c.Lo)
		if section < 0 || !a.Wanted(section) {
			continue
		}
		k, source := &sources[c.ID], &found.Sources[c.ID]
		if k.owner == unseen {
			k.owner = owners.of(source)
		}
		switch {
		case k.owner == ownership.Nobody:
			k.entry = account.StaysInFunction
		case k.section != section:
			k.section, k.entry = section, a.InlinedEntry(section, k.owner, inlinedName(source))
		}
		if last := len(a.Inlined) - 1; last >= 0 && a.Inlined[last].Hi == c.Lo && a.Inlined[last].ID == k.entry {
			a.Inlined[last].Hi = c.Hi
			continue
		}
		a.Inlined = append(a.Inlined, account.Claim{Range: c.Range, ID: k.entry})
	}
	return nil
}

// inlinedName is the name to show of a function that was inlined.
func inlinedName(s *inline.Source) string {
	switch {
	case s.Linkage != "":
		return s.Linkage
	case s.Name != "":
		return s.Name
	}
	return "[no name]"
}

// sourceOwners says whom inlined code is charged to.
type sourceOwners struct {
	a     *Debug
	files *native.SourceFiles
	paths map[sourcePath]sourceOrigin
	// The owners of functions, by name. What says less of an owner means the one
	// of its name, if there are not several.
	crates, libraries map[string]ownership.Key
	named             map[string]bool // crates that symbols name
}

type sourcePath struct {
	path string
	unit int
}

// sourceOrigin is what native.SourceFiles says of a path.
type sourceOrigin struct {
	native.Origin
	certain, ok bool
}

func newSourceOwners(a *Debug, found *inline.Code) *sourceOwners {
	o := &sourceOwners{a: a, files: native.NewSourceFiles(found.Units), paths: make(map[sourcePath]sourceOrigin),
		crates: make(map[string]ownership.Key), libraries: make(map[string]ownership.Key), named: make(map[string]bool)}
	for _, key := range a.Owners.Keys {
		name := key.Name
		into := o.libraries
		switch key.Kind {
		case ownership.Crate:
			o.named[name] = o.named[name] || key.Confidence == ownership.Exact
			into = o.crates
			if key.ID == 0 {
				continue
			}
		case ownership.Library:
		default:
			continue
		}
		key.Confidence = ""
		if known, seen := into[name]; seen && known != key {
			key = ownership.Key{Kind: key.Kind} // several
		}
		into[name] = key
	}
	return o
}

// of returns the owner of a source, ownership.Nobody if it is not known: by the mangled
// name of Rust, the namespace, the path of the file, the namespace that is
// reserved to C++'s standard library. A legacy mangled name can leave two crates
// possible, which the namespace does not, and neither tells two crates of one
// name apart, which the path does.
func (o *sourceOwners) of(s *inline.Source) int32 {
	rust, ok := rustsym.Parse(s.Linkage)
	switch {
	case ok && (rust.Scheme == rustsym.V0 || s.Crate == ""):
		confidence := ownership.Exact
		if !rust.Exact {
			confidence = ownership.Inferred
		}
		return o.crate(s, ownership.Key{Kind: ownership.Crate, Name: rust.Defining.Name, ID: rust.Defining.ID, Confidence: confidence})
	case s.Crate != "":
		return o.crate(s, ownership.Key{Kind: ownership.Crate, Name: s.Crate, Confidence: ownership.Exact})
	}
	if owner := o.ofPath(s); owner != ownership.Nobody {
		return owner
	}
	if lib, ok := native.CPPStd(s.Linkage); ok {
		return o.library(ownership.Key{Kind: ownership.Library, Name: lib, Confidence: ownership.Exact})
	}
	return ownership.Nobody
}

// crate is the owner of a crate that was named.
func (o *sourceOwners) crate(s *inline.Source, key ownership.Key) int32 {
	if known, ok := o.crates[key.Name]; key.ID == 0 && ok {
		key.ID = known.ID
		if key.ID == 0 { // several
			if at := o.at(s); at.Kind == native.KindCrate && at.certain && at.Name == key.Name {
				key.ID = at.ID
			}
		}
	}
	return o.a.Owners.Get(key)
}

func (o *sourceOwners) library(key ownership.Key) int32 {
	if known := o.libraries[key.Name]; known.Name != "" && key.Module == "" && key.Version == "" {
		known.Confidence = key.Confidence
		key = known
	}
	return o.a.Owners.Get(key)
}

// at says what is known of a source's path.
func (o *sourceOwners) at(s *inline.Source) sourceOrigin {
	if s.Path == "" {
		return sourceOrigin{}
	}
	key := sourcePath{s.Path, s.Unit}
	at, seen := o.paths[key]
	if !seen {
		at.Origin, at.certain, at.ok = o.files.At(s.Path, s.Unit)
		o.paths[key] = at
	}
	return at
}

func (o *sourceOwners) ofPath(s *inline.Source) int32 {
	at := o.at(s)
	confidence := ownership.Inferred
	if at.certain || at.Kind == native.KindCrate && o.named[at.Name] {
		confidence = ownership.Exact
	}
	if !at.ok {
		return ownership.Nobody
	}
	if at.Kind == native.KindCrate && at.Name != "" {
		return o.crate(s, ownership.Key{Kind: ownership.Crate, Name: at.Name, ID: at.ID, Confidence: confidence})
	}
	owner := o.a.Owners.OfOrigin(&at.Origin, confidence)
	if owner != ownership.Nobody && o.a.Owners.Keys[owner].Kind == ownership.Library {
		return o.library(o.a.Owners.Keys[owner])
	}
	return owner
}
