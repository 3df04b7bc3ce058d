// Package breakdown divides the bytes of ELF files into rows: what they are charged to,
// by package, module and so on, which of the rows are shown, and sums of the others. All
// sizes are bytes.
package breakdown

import (
	"cmp"
	"slices"

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

// Rows that only packages and images have. By what ELF files have, the rows are those
// of all ELF files in one together.
const (
	ByCategory By = "category" // of packages; in text for people, what else is to be seen at a glance too
	ByLayer    By = "layer"    // of images; likewise
	ByEntry    By = "entry"    // of both
)

// Row is one line: something that bytes are charged to.
type Row struct {
	Name      string
	Note      string // version, "inferred"
	Owner     string // of a function, or an owner without its ID: what the filter also looks at
	ownerID   string // of the owner of a function
	Functions int    // by generic its instances
	Size      uint64
	Saving    uint64 // of a generic: its instances without the largest
}

// Key tells rows of several files that mean the same thing.
func (r *Row) Key() string { return r.Name + "\x00" + r.Note }

// Rows groups what b has as by says, the largest first. By generic that
// with most in other copies is first, and what is no generic has no row.
func Rows(b *snapshot.Binary, by By) []Row {
	var rows []Row
	switch by {
	case ByGeneric:
		return genericRows(b)
	case ByPackage:
		for i := range b.Owners {
			o := &b.Owners[i]
			rows = append(rows, Row{Name: OwnerName(o), Owner: o.Name, Note: OwnerNote(o), Functions: o.Functions, Size: o.Size})
		}
	case ByFunction:
		for _, f := range b.Functions {
			rows = append(rows, Row{Name: f.Name, Owner: f.Owner, ownerID: f.OwnerID, Functions: 1, Size: f.Size})
		}
	case BySection:
		for _, s := range b.Sections {
			rows = append(rows, Row{Name: s.Name, Note: s.Kind, Size: s.FileSize})
		}
	case ByModule, ByOrigin:
		at := make(map[string]int)
		for i := range b.Owners {
			o := &b.Owners[i]
			name, note := o.Origin, ""
			if by == ByModule {
				name, note = moduleOf(o)
			}
			r := Row{Name: name, Note: note}
			n, ok := at[r.Key()]
			if !ok {
				n = len(rows)
				at[r.Key()] = n
				rows = append(rows, r)
			}
			rows[n].Functions += o.Functions
			rows[n].Size += o.Size
		}
	}
	slices.SortStableFunc(rows, func(a, b Row) int {
		return cmp.Or(cmp.Compare(b.Size, a.Size), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Note, b.Note))
	})
	return rows
}

// add adds what a row has to a sum.
func (r *Row) add(other *Row) {
	r.Functions += other.Functions
	r.Size += other.Size
}

// Charged is the owner of a function, with what tells it from others of the name.
func (r *Row) Charged() string { return OwnerName(&snapshot.Owner{Name: r.Owner, ID: r.ownerID}) }

// genericRows are rows with at least two instances, those with most in other copies
// first.
func genericRows(b *snapshot.Binary) []Row {
	rows := make([]Row, len(b.Generics))
	for i := range b.Generics {
		g := &b.Generics[i]
		owner := OwnerName(&snapshot.Owner{Name: g.Owner, ID: g.OwnerID})
		rows[i] = Row{Name: g.Name, Owner: owner, Functions: g.Instances, Size: g.Size, Saving: g.Saving}
	}
	return rows
}
