package symbolclaims

import (
	"cmp"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/attrib/account"
	"github.com/sizegate/sizegate/internal/attrib/native"
	"github.com/sizegate/sizegate/internal/attrib/ownership"
	"github.com/sizegate/sizegate/internal/attrib/rustsym"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/span"
)

// nativeOwners finds the owners of the entries whose names tell none, which
// are C, C++, assembly and the unmangled functions of Rust, and what debug
// information tells of crates. In this order:
//
//  1. the compile unit whose address range holds the function;
//  2. the STT_FILE symbol that a local function follows. Assemblers leave that
//     symbol out. GNU ld then writes one with the object file's name, but
//     behind other linkers assembly seems to be of the file before: there it is
//     Inferred, and functions without a size, which only assembly has, are left
//     out;
//  3. the reserved namespaces of C++'s standard library;
//  4. Inferred: the file of the functions before and behind it, where both are
//     of one. Linkers lay object files out whole, so what lies between two
//     functions of one object is of that object.
//
// What is left is one owner that says that it is not known.
func (a *Symbols) nativeOwners(t *elfscan.SymbolTable) error {
	open := 0
	for i := range a.Entries {
		if a.Entries[i].Owner == ownership.Nobody {
			open++
		}
	}
	if open == 0 && a.Languages&account.LangRust == 0 {
		return nil
	}
	units, err := a.readUnits()
	if err != nil {
		return err
	}
	warnings, err := a.Crates.ReadList(a.Binary)
	if err != nil {
		return err
	}
	a.Warnings = append(a.Warnings, warnings...)
	origins := make([]native.Origin, t.Files()) // what each STT_FILE symbol says
	for i, name := range t.FileNames() {
		origins[i], _ = native.FromFileSymbol(name)
	}
	a.compiledBy(units, origins)
	if open == 0 {
		return nil
	}
	files := a.newFileOwners(origins, a.fileSymbols())
	var cgo map[string]int32
	unknown := make([]uint32, 0, open)
	for i := range a.Entries {
		if a.Entries[i].Owner == ownership.Nobody {
			unknown = append(unknown, uint32(i))
		}
	}
	names := a.nativeNames(unknown)
	open = 0
	for k, i := range unknown {
		e := &a.Entries[i]
		var n nativeName
		if names != nil {
			n = names[k]
		} else {
			name := a.NameOf(e)
			if hash, ok := cgoHash(name); ok && a.goTable != nil {
				if cgo == nil {
					cgo = a.cgoPackages(t)
					name = a.NameOf(e)
					hash, _ = cgoHash(name)
				}
				if owner, ok := cgo[hash]; ok {
					e.Owner = owner
					continue
				}
			}
			n = newNativeName(name)
		}
		switch {
		case n.mangled:
			a.Languages |= account.LangCPP
		case !n.main || a.Languages&account.LangRust == 0:
			a.Languages |= account.LangC
		case a.Crates.Main.Name != "": // rustc writes a C main that calls its own
			e.Owner = a.Owners.Get(ownership.Key{Kind: ownership.Crate, Name: a.Crates.Main.Name, ID: a.Crates.Main.ID, Confidence: ownership.Exact})
			continue
		}
		if origin, ok := units.at(e.Addr); ok {
			e.Owner = a.Owners.OfOrigin(origin, ownership.Exact)
		}
		if f := a.fact(int(i)); e.Owner == ownership.Nobody && f.file >= 0 && !f.untyped && !f.unsized {
			e.Owner = files.of(f.file)
		}
		if e.Owner == ownership.Nobody && n.lib != "" {
			e.Owner = a.Owners.Get(ownership.Key{Kind: ownership.Library, Name: n.lib, Confidence: ownership.Exact})
		}
		if e.Owner == ownership.Nobody {
			open++
		}
	}
	if open == 0 {
		return nil
	}
	inferred := a.newFileOwners(origins, ownership.Inferred) // for what lies between
	for i := range a.Claims {
		a.between(a.Claims[i], inferred)
	}
	for i := range a.Entries {
		if e := &a.Entries[i]; e.Owner == ownership.Nobody {
			e.Owner = a.Owners.UnknownNative()
		}
	}
	return nil
}

// nativeName is what the name of an entry without an owner tells.
type nativeName struct {
	mangled bool   // as C++ and Rust do it
	main    bool   // of the program
	lib     string // a standard library of C++, "" if it is of none
}

func newNativeName(name string) nativeName {
	lib, _ := native.CPPStd(name)
	return nativeName{strings.HasPrefix(name, "_Z"), name == "main", lib}
}

// nativeNames returns what the names of entries tell, nil where these can be read in
// the order of the entries.
func (a *Symbols) nativeNames(entries []uint32) []nativeName {
	if !a.namesJump {
		return nil
	}
	order := make([]int, 0, len(entries)) // without those whose name tells nothing
	for k, i := range entries {
		if !a.fact(int(i)).plain {
			order = append(order, k)
		}
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Compare(a.Entries[entries[i]].Name, a.Entries[entries[j]].Name) })
	names := make([]nativeName, len(entries))
	for _, i := range order {
		names[i] = newNativeName(a.NameOf(&a.Entries[entries[i]]))
	}
	return names
}

// compiledBy completes what names leave out: legacy ones do not tell two crates
// of one name apart, and not who made an instance; v0 ones do not tell who made
// a copy of a function that is not generic (#[inline]). The compile unit, or the
// codegen unit in a local symbol's STT_FILE, is the crate that compiled the
// function. If that has the name of the defining crate it is that one; in the
// instantiated view it is whom the function counts for.
//
// A function whose legacy name follows an STT_FILE symbol is not: after link-time
// optimization it is one of many crates, and these names do not show it. Where v0
// names show it (see optimizedAcross), names alone count.
func (a *Symbols) compiledBy(us units, byFile []native.Origin) {
	type compiled struct{ entry, owner int32 }
	var copies []compiled // functions with v0 names, in the instantiated view
	merged := false       // a codegen unit holds what another crate instantiated
	for i := range a.Entries {
		e := &a.Entries[i]
		if e.Owner == ownership.Nobody {
			continue
		}
		key := a.Owners.Keys[e.Owner]
		if key.Kind != ownership.Crate {
			continue
		}
		by, inUnit := us.at(e.Addr)
		if f := a.fact(i); !inUnit && f.file >= 0 {
			by = &byFile[f.file]
		}
		if by == nil || by.Kind != native.KindCrate || by.Name == "" {
			continue
		}
		if key.ID == 0 && by.Name == key.Name {
			key.ID = by.ID
			e.Owner = a.Owners.Get(key)
		}
		if !a.instantiated || by.Name == key.Name && by.ID == key.ID {
			continue
		}
		rust, ok := rustsym.Parse(a.NameOf(e))
		if !ok {
			continue
		}
		owner := a.Owners.Get(ownership.Key{Kind: ownership.Crate, Name: by.Name, ID: by.ID, Confidence: ownership.Exact})
		switch {
		case rust.Scheme == rustsym.Legacy && inUnit:
			e.Owner = owner
		case rust.Scheme == rustsym.Legacy:
		case rust.Instantiating.Name != "":
			merged = true
		default:
			copies = append(copies, compiled{int32(i), owner})
		}
	}
	if merged || len(copies) > 0 && a.optimizedAcross(byFile) {
		return
	}
	for _, c := range copies {
		a.Entries[c.entry].Owner = c.owner
	}
}

// optimizedAcross says whether ThinLTO worked across crates. It marks the private
// functions that it makes visible to other codegen units. With one unit to a
// crate those are units of other crates; within a crate it needs several.
func (a *Symbols) optimizedAcross(files []native.Origin) bool {
	units := make(map[native.Origin]int)
	for _, f := range files {
		if units[f]++; units[f] > 1 && f.Kind == native.KindCrate && !f.Std {
			return false
		}
	}
	return slices.ContainsFunc(a.Entries, func(e account.Entry) bool {
		return e.Owner != ownership.Nobody && a.Owners.Keys[e.Owner].Kind == ownership.Crate && !rustsym.StdFamily(a.Owners.Keys[e.Owner].Name) &&
			strings.Contains(a.NameOf(&e), ".llvm.")
	})
}

// fileSymbols says how sure it is that a local symbol is of the file whose
// STT_FILE symbol it follows. GNU ld leaves no mark of itself; gold leaves a
// note, and others a line in .comment.
func (a *Symbols) fileSymbols() ownership.Confidence {
	for i := range a.Binary.Sections {
		if a.Binary.Sections[i].Base == ".note.gnu.gold-version" {
			return ownership.Inferred
		}
	}
	for _, c := range a.comments {
		if strings.HasPrefix(c, "Linker: ") || strings.HasPrefix(c, "mold ") {
			return ownership.Inferred
		}
	}
	return ownership.Exact
}

// fileOwners are the owners of the functions that follow STT_FILE symbols. A program
// has a symbol for each codegen unit, and asks for few.
type fileOwners struct {
	owners     *ownership.List
	origins    []native.Origin // what each symbol says
	confidence ownership.Confidence
	known      []int32 // unseen where it was not asked for
}

const unseen = ownership.Nobody - 1

func (a *Symbols) newFileOwners(origins []native.Origin, confidence ownership.Confidence) *fileOwners {
	return &fileOwners{a.Owners, origins, confidence, slices.Repeat([]int32{unseen}, len(origins))}
}

func (f *fileOwners) of(file int32) int32 {
	if f.known[file] == unseen {
		f.known[file] = f.owners.OfOrigin(&f.origins[file], f.confidence)
	}
	return f.known[file]
}

// between gives the section's claims without an owner to the file of the
// claims around them.
func (a *Symbols) between(claims []account.Claim, files *fileOwners) {
	span.Sort(claims)
	before := int32(-1)       // the file of the last claim that has one
	var open []*account.Entry // those since then
	for _, c := range claims {
		if c.ID == account.Padding {
			continue
		}
		e, f := &a.Entries[c.ID], a.fact(int(c.ID))
		switch {
		case e.Owner == ownership.Nobody:
			open = append(open, e)
		case f.file >= 0 && !f.unsized:
			if f.file == before && len(open) > 0 {
				owner := files.of(before)
				for _, o := range open {
					o.Owner = owner
				}
			}
			before = f.file
			open = open[:0]
		case a.Owners.Keys[e.Owner].Kind == ownership.Linker:
			before = -1
			open = open[:0]
		}
	}
}
