// Package report renders snapshots, one file a format. Renderers format what
// they are given and decide nothing about it.
package report

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/attrib"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// By is what one row of a report stands for.
type By string

const (
	ByPackage  By = "package" // a Go package or a Rust crate
	ByModule   By = "module"
	ByOrigin   By = "origin"
	ByFunction By = "function"
	ByGeneric  By = "generic" // the instances of a generic function
	BySection  By = "section"
)

// Options choose what a table or a CSV shows.
type Options struct {
	By     By
	Top    int            // rows of a table, 0 for all
	Filter *regexp.Regexp // nil for all; rows of a table whose owner (or function) it matches
	// Asked says whether a section is one of those that were asked for. Their
	// sizes are what the rows add up to.
	Asked func(s *snapshot.Section) bool
	Scope string // what Asked chooses, as a noun: "executable sections"
	Width int    // columns that a table may take
	Color bool
}

// row is one line: something that bytes are charged to.
type row struct {
	name      string
	note      string // version, "inferred"
	owner     string // of a function, or an owner without its ID: what the filter also looks at
	functions int
	size      uint64
	saving    uint64 // of a generic
}

// key tells rows of several files that mean the same thing.
func (r *row) key() string { return r.name + "\x00" + r.note }

// rowsOf groups what b has as by says, the largest first. By generic the largest
// saving is first, and what is no generic has no row.
func rowsOf(b *snapshot.Binary, by By) []row {
	var rows []row
	switch by {
	case ByGeneric:
		return genericRows(b)
	case ByPackage:
		for i := range b.Owners {
			o := &b.Owners[i]
			rows = append(rows, row{name: ownerName(o), owner: o.Name, note: ownerNote(o), functions: o.Functions, size: o.Size})
		}
	case ByFunction:
		for _, f := range b.Functions {
			rows = append(rows, row{name: f.Name, owner: f.Owner, functions: 1, size: f.Size})
		}
	case BySection:
		for _, s := range b.Sections {
			rows = append(rows, row{name: s.Name, note: s.Kind, size: s.FileSize})
		}
	case ByModule, ByOrigin:
		at := make(map[string]int)
		for i := range b.Owners {
			o := &b.Owners[i]
			name, note := o.Origin, ""
			if by == ByModule {
				name, note = moduleOf(o)
			}
			r := row{name: name, note: note}
			n, ok := at[r.key()]
			if !ok {
				n = len(rows)
				at[r.key()] = n
				rows = append(rows, r)
			}
			rows[n].functions += o.Functions
			rows[n].size += o.Size
		}
	}
	slices.SortStableFunc(rows, func(a, b row) int {
		return cmp.Or(cmp.Compare(b.size, a.size), cmp.Compare(a.name, b.name), cmp.Compare(a.note, b.note))
	})
	return rows
}

// ownerName is the name of an owner, with what tells it from others of the
// same name.
func ownerName(o *snapshot.Owner) string {
	if o.ID == "" {
		return o.Name
	}
	return o.Name + "#" + o.ID[:min(8, len(o.ID))]
}

// inferred is the note of a charge that is a conclusion.
const inferred = "inferred"

// ownerNote is what is said behind the name: the version of a crate or a
// library, and whether the charge is a conclusion. A Go package's version is
// that of its module, which has a row of its own elsewhere.
func ownerNote(o *snapshot.Owner) string {
	var notes []string
	if o.Kind != string(attrib.Package) && o.Version != "" {
		notes = append(notes, o.Version)
	}
	if o.Confidence == string(attrib.Inferred) {
		notes = append(notes, inferred)
	}
	return strings.Join(notes, ", ")
}

// withoutVersion is the rest of an owner's or a module's note.
func withoutVersion(note string) string {
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
	return ownerName(o), o.Version
}

// totals are the sums of the sections that were asked for.
type totals struct{ size, attributed, padding, unattributed uint64 }

func (o *Options) totals(b *snapshot.Binary) totals {
	var t totals
	for i := range b.Sections {
		if s := &b.Sections[i]; o.Asked(s) {
			t.size += s.FileSize
			t.attributed += s.Attributed
			t.padding += s.Padding
			t.unattributed += s.Unattributed
		}
	}
	return t
}

// matches says whether the filter lets a row through.
func (o *Options) matches(r *row) bool {
	return o.Filter == nil || o.Filter.MatchString(r.name) || r.owner != "" && o.Filter.MatchString(r.owner)
}

// percent is part of whole with one decimal. All that rounds to 100 but is
// less is shown as what it is, and so is what is not quite nothing.
func percent(part, whole uint64) string {
	if whole == 0 {
		return "-"
	}
	p := fmt.Sprintf("%.1f%%", 100*float64(part)/float64(whole))
	switch {
	case p == "100.0%" && part < whole:
		return "99.9%"
	case p == "0.0%" && part > 0:
		return "<0.1%"
	}
	return p
}

// textSize is the file size of .text, all sections of that name.
func textSize(b *snapshot.Binary) (size uint64, ok bool) {
	for _, s := range b.Sections {
		if s.Kind == string(elfscan.Code) && (s.Name == ".text" || strings.HasPrefix(s.Name, ".text[")) {
			size += s.FileSize
			ok = true
		}
	}
	return size, ok
}
