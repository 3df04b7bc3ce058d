// Package report renders snapshots, one file a format. Renderers format what
// they are given and decide nothing about it.
package report

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/attrib"
	"github.com/sizegate/sizegate/internal/display"
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
	display.Medium
	// Continued says that the files follow others that were written before: what a
	// format has only once, above all files, is there already.
	Continued bool
}

// row is one line: something that bytes are charged to.
type row struct {
	name      string
	note      string // version, "inferred"
	owner     string // of a function, or an owner without its ID: what the filter also looks at
	ownerID   string // of the owner of a function
	functions int
	size      uint64
	saving    uint64 // of a generic: its instances without the largest
}

// key tells rows of several files that mean the same thing.
func (r *row) key() string { return r.name + "\x00" + r.note }

// rowsOf groups what b has as by says, the largest first. By generic that
// with most in other copies is first, and what is no generic has no row.
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
			rows = append(rows, row{name: f.Name, owner: f.Owner, ownerID: f.OwnerID, functions: 1, size: f.Size})
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

// dividedRows are the rows that are shown in their order, and sums: of what the
// filter lets through, shown or not, of what of that is left, and of what it hides.
type dividedRows struct {
	shown                             []row
	matched, left, hidden             row
	matchedRows, leftRows, hiddenRows int
}

func (o *Options) divide(rows []row) dividedRows {
	var d dividedRows
	for i := range rows {
		r := &rows[i]
		if !o.matches(r) {
			d.hiddenRows++
			d.hidden.add(r)
			continue
		}
		d.matched.add(r)
		d.shown = append(d.shown, *r)
	}
	d.matchedRows = len(d.shown)
	n := shownOf(d.matchedRows, o.Top)
	for i := range d.shown[n:] {
		d.left.add(&d.shown[n+i])
	}
	d.leftRows = d.matchedRows - n
	d.shown = d.shown[:n]
	return d
}

// shownOf is how many of so many rows are shown where top are wanted, 0 for all. A
// row that says that one more is left out would take the room of that one.
func shownOf(rows, top int) int {
	if top <= 0 || rows <= top+1 {
		return rows
	}
	return top
}

// add adds what a row has to a sum.
func (r *row) add(other *row) {
	r.functions += other.functions
	r.size += other.size
}

// charged is the owner of a function, with what tells it from others of the name.
func (r *row) charged() string { return ownerName(&snapshot.Owner{Name: r.owner, ID: r.ownerID}) }

// severalOwners says whether rows are functions of more than one owner.
func severalOwners(functions []row) bool {
	return slices.ContainsFunc(functions, func(f row) bool { return f.charged() != functions[0].charged() })
}
