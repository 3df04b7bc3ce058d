// Package contents says how two deployment packages, or two container images, differ:
// by entry, by category and by layer, in signed bytes that add up to the difference of
// the whole.
package contents

import (
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/sizegate/sizegate/internal/compare"
)

// Diff is what packages and images have in common in a difference.
type Diff struct {
	Totals []Total
	// Programs are the paths of ELF files whose size differs, the largest change
	// first: of those compare.Binaries says more.
	Programs []string
	// Warnings say where the two sides are not alike. They can quote the files.
	Warnings []string
}

// Total is one size of the whole, and what it is made of.
type Total struct {
	compare.Row        // Name is "unzipped", "archive", "image" or "unpacked"
	Lists       []List // each adds up to it
}

// List is a table of a difference, the largest change first.
type List struct {
	Of   Kind
	Rows []compare.Row
}

// Kind is what the rows of a list are, but for those with Rest.
type Kind string

const (
	Category Kind = "category"
	Entry    Kind = "entry"
	Layer    Kind = "layer"
	File     Kind = "file"
)

// List returns the rows of a list, nil where there is none.
func (d *Diff) List(total string, of Kind) []compare.Row {
	if t := d.Total(total); t != nil {
		for i := range t.Lists {
			if t.Lists[i].Of == of {
				return t.Lists[i].Rows
			}
		}
	}
	return nil
}

// Total returns the total of that name, nil if it cannot be compared.
func (d *Diff) Total(name string) *Total {
	i := slices.IndexFunc(d.Totals, func(t Total) bool { return t.Name == name })
	if i < 0 {
		return nil
	}
	return &d.Totals[i]
}

// add adds a total with what adds up to it.
func (d *Diff) add(name string, old, new uint64, lists ...List) {
	for _, l := range lists {
		compare.Order(l.Rows)
	}
	d.Totals = append(d.Totals, Total{compare.Both(name, old, new), lists})
}

// Check proves that each list adds up to its total on both sides. A failure is a bug
// of this program.
func (d *Diff) Check() error {
	for i := range d.Totals {
		t := &d.Totals[i]
		for _, l := range t.Lists {
			var old, new uint64
			for j := range l.Rows {
				old += l.Rows[j].Old
				new += l.Rows[j].New
			}
			if old != t.Old || new != t.New {
				return fmt.Errorf("the difference by %s adds up to %d and %d, not to the %d and %d bytes of %s", l.Of, old, new, t.Old, t.New, t.Name)
			}
		}
	}
	return nil
}

// Identical says whether nothing differs in size and nothing was added or removed.
func (d *Diff) Identical() bool {
	for i := range d.Totals {
		for _, l := range d.Totals[i].Lists {
			if slices.ContainsFunc(l.Rows, func(r compare.Row) bool { return r.Change != compare.Same }) {
				return false
			}
		}
	}
	return true
}

// rows collects what both sides have under one name. A name that is no UTF-8 belongs to
// what a saved report has in its place.
type rows struct {
	list    []compare.Row
	at      map[string]int
	asSaved map[string]int // of names that are no UTF-8
}

func newRows(capacity int) *rows {
	return &rows{make([]compare.Row, 0, capacity), make(map[string]int, capacity), make(map[string]int)}
}

// saved is a name as a saved report has it: JSON has a U+FFFD for each byte that is no
// UTF-8.
func saved(name string) string {
	if utf8.ValidString(name) {
		return name
	}
	return string([]rune(name))
}

// old and new add bytes to a side. The kind of a row is that of the new side.
func (r *rows) old(name, kind string, size uint64) {
	row := r.row(name, kind, compare.Removed)
	row.Old += size
}

func (r *rows) new(name, kind string, size uint64) {
	row := r.row(name, kind, compare.Added)
	if row.Change == compare.Removed {
		row.Change = compare.Same // finished tells how it changed
	}
	row.Kind, row.New = kind, row.New+size
}

// row returns the row of a name. The change of a new one is only.
func (r *rows) row(name, kind string, only compare.Change) *compare.Row {
	i, known := r.at[name]
	if !known {
		if as := saved(name); as != name {
			i, known = r.at[as]
			if !known {
				r.asSaved[as] = len(r.list)
			}
		} else {
			i, known = r.asSaved[name]
		}
	}
	if !known {
		i = len(r.list)
		r.at[name] = i
		r.list = append(r.list, compare.Row{Name: name, Kind: kind, Change: only})
	}
	return &r.list[i]
}

// finished is the rows of all names, and those of bytes without one.
func (r *rows) finished(rest ...compare.Row) []compare.Row {
	for i := range r.list {
		if row := &r.list[i]; row.Change == compare.Same {
			row.Change = compare.Both(row.Name, row.Old, row.New).Change
		}
	}
	for i := range rest {
		rest[i].Rest = true
	}
	return append(r.list, rest...)
}

// changedPrograms are the names of the rows that are programs, which are known by their
// saved names, and have another size, in the order of the rows.
func changedPrograms(list []compare.Row, programs map[string]bool) []string {
	paths := []string{}
	for i := range list {
		if r := &list[i]; r.Old != r.New && !r.Rest && programs[saved(r.Name)] {
			paths = append(paths, r.Name)
		}
	}
	return paths
}
