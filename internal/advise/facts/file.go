// Package facts is what a file shows about how it was built, in facts and bytes:
// advice is made from it, and no advice is here.
package facts

import (
	"debug/elf"
	"slices"

	"github.com/sizegate/sizegate/internal/attrib"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/elfscan/debugfile"
)

// File is a file with what was found in it.
type File struct {
	Binary    *elfscan.Binary
	DebugFile *debugfile.File // nil if there is none
	Profile   *attrib.Profile // of Binary, with functions, of all sections
	Symbols   *Symbols
	LLD       bool // LLD linked the file

	loads []elf.ProgHeader // see loads
}

// Read reads the symbols of a file, and who linked it.
func Read(b *elfscan.Binary, debug *debugfile.File, profile *attrib.Profile) (*File, error) {
	in := &File{Binary: b, DebugFile: debug, Profile: profile, loads: loads(b)}
	var err error
	if in.LLD, err = linkedByLLD(b); err != nil {
		return nil, err
	}
	in.Symbols, err = readSymbols(in)
	return in, err
}

// Language says whether the file has code of the language.
func (in *File) Language(name string) bool { return slices.Contains(in.Profile.Languages, name) }

// OwnersInferred says whether it is concluded, and often wrong, whose code and data
// are: of a Rust program without symbols.
func (in *File) OwnersInferred() bool { return in.Profile.View == attrib.Instantiated }

// BytesOf returns the bytes of the file that are in sections of the names.
func (in *File) BytesOf(names ...string) uint64 {
	n := uint64(0)
	for i := range in.Binary.Sections {
		if s := &in.Binary.Sections[i]; slices.Contains(names, s.Base) {
			n += s.FileSize
		}
	}
	return n
}

// Section returns the first loaded section of one of the names that has bytes.
func (in *File) Section(names ...string) *elfscan.Section {
	for i := range in.Binary.Sections {
		if s := &in.Binary.Sections[i]; slices.Contains(names, s.Base) && s.Alloc() && s.FileSize > 0 {
			return s
		}
	}
	return nil
}

// HasPackage says whether functions of the package are in the file.
func (in *File) HasPackage(path string) bool {
	return slices.ContainsFunc(in.Profile.Owners, func(o attrib.Owner) bool { return o.Kind == attrib.Package && o.Name == path && o.Functions > 0 })
}

// HasCrate returns whether code of the crate is in the file.
func (in *File) HasCrate(name string) bool {
	return slices.ContainsFunc(in.Profile.Owners, func(o attrib.Owner) bool { return o.Kind == attrib.Crate && o.Name == name && o.Functions > 0 })
}

// Loaded returns the bytes of an owner that stay when the file is stripped.
func (in *File) Loaded(o *attrib.Owner) uint64 {
	n := uint64(0)
	for _, s := range o.Sections {
		if in.Binary.Sections[s.Section].Alloc() {
			n += s.Size
		}
	}
	return n
}
