package breakdown

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/attrib"
	"github.com/sizegate/sizegate/internal/bytesize"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// OwnerName is the name of an owner, with what tells it from others of the
// same name.
func OwnerName(o *snapshot.Owner) string {
	if o.ID == "" {
		return o.Name
	}
	return o.Name + "#" + o.ID[:min(8, len(o.ID))]
}

// inferred is the note of a charge that is a conclusion.
const inferred = "inferred"

// OwnerNote is what is said behind the name: the version of a crate or a
// library, and whether the charge is a conclusion. A Go package's version is
// that of its module, which has a row of its own elsewhere.
func OwnerNote(o *snapshot.Owner) string {
	var notes []string
	if o.Kind != string(attrib.Package) && o.Version != "" {
		notes = append(notes, o.Version)
	}
	if o.Confidence == string(attrib.Inferred) {
		notes = append(notes, inferred)
	}
	return strings.Join(notes, ", ")
}

// WithoutVersion is the rest of an owner's or a module's note.
func WithoutVersion(note string) string {
	if strings.HasSuffix(note, inferred) {
		return inferred
	}
	return ""
}

// moduleOf is the row of an owner by module: its Go module or Cargo package.
// What has none is its own row.
func moduleOf(o *snapshot.Owner) (name, version string) {
	if o.Module != "" {
		if o.Module == "std" && o.Kind == string(attrib.Crate) {
			return "std", "" // std's copies of other crates have versions of their own
		}
		return o.Module, o.Version
	}
	return OwnerName(o), o.Version
}

// TextSize is the file size of .text, all sections of that name.
func TextSize(b *snapshot.Binary) (size uint64, ok bool) {
	for _, s := range b.Sections {
		if s.Kind == string(elfscan.Code) && (s.Name == ".text" || strings.HasPrefix(s.Name, ".text[")) {
			size += s.FileSize
			ok = true
		}
	}
	return size, ok
}

// RowName is what --by calls the thing in a row, for a heading.
func RowName(b *snapshot.Binary, by By) string {
	if by == ByPackage {
		goCode, rust := slices.Contains(b.Languages, "go"), slices.Contains(b.Languages, "rust")
		switch {
		case goCode && !rust:
			return "package"
		case rust && !goCode:
			return "crate"
		}
		return "package, crate or library"
	}
	return string(by)
}

// MoreRows says how many rows are left out, of what RowName names.
func MoreRows(n int, name string) string {
	if name == "package, crate or library" {
		name = "owner"
	}
	if n == 1 {
		return "1 more " + name
	}
	return fmt.Sprintf("%s more %ss", bytesize.Size(n).Grouped(), name)
}
