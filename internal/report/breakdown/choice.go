package breakdown

import (
	"regexp"

	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// Choice is which rows are shown.
type Choice struct {
	By     By
	Top    int            // rows of a table, 0 for all
	Filter *regexp.Regexp // nil for all; rows of a table whose owner (or function) it matches
	// Asked says whether a section is one of those that were asked for. Their
	// sizes are what the rows add up to.
	Asked func(s *snapshot.Section) bool
	Scope string // what Asked chooses, as a noun: "executable sections"
}

// Totals are sums of sections, in bytes.
type Totals struct{ Size, Attributed, Padding, Unattributed uint64 }

// Totals adds up the sections that were asked for.
func (c *Choice) Totals(b *snapshot.Binary) Totals {
	var t Totals
	for i := range b.Sections {
		if s := &b.Sections[i]; c.Asked(s) {
			t.Size += s.FileSize
			t.Attributed += s.Attributed
			t.Padding += s.Padding
			t.Unattributed += s.Unattributed
		}
	}
	return t
}

// Singles is the bytes of what has no row by generic: with it the rows add up to what
// is attributed.
func (c *Choice) Singles(b *snapshot.Binary) uint64 {
	size := c.Totals(b).Attributed
	for i := range b.Generics {
		size -= b.Generics[i].Size
	}
	return size
}

// Matches says whether the filter lets a row through.
func (c *Choice) Matches(r *Row) bool {
	return c.Filter == nil || c.Filter.MatchString(r.Name) || r.Owner != "" && c.Filter.MatchString(r.Owner)
}

// Label is a row's name as shown. Functions are demangled here, so that only
// those that are shown are, unless a filter had to look at all.
func (c *Choice) Label(r *Row) string {
	if c.By == ByFunction {
		return display.Demangle(r.Name)
	}
	if r.Note == "" {
		return r.Name
	}
	return r.Name + " (" + r.Note + ")"
}

// Divided are the rows that are shown in their order, and sums: of what the
// filter lets through, shown or not, of what of that is left, and of what it hides.
type Divided struct {
	Shown                             []Row
	Matched, Left, Hidden             Row
	MatchedRows, LeftRows, HiddenRows int
}

// Divide keeps the order of rows.
func (c *Choice) Divide(rows []Row) Divided {
	var d Divided
	for i := range rows {
		r := &rows[i]
		if !c.Matches(r) {
			d.HiddenRows++
			d.Hidden.add(r)
			continue
		}
		d.Matched.add(r)
		d.Shown = append(d.Shown, *r)
	}
	d.MatchedRows = len(d.Shown)
	n := ShownOf(d.MatchedRows, c.Top)
	for i := range d.Shown[n:] {
		d.Left.add(&d.Shown[n+i])
	}
	d.LeftRows = d.MatchedRows - n
	d.Shown = d.Shown[:n]
	return d
}

// ShownOf is how many of so many rows are shown where top are wanted, 0 for all. A
// row that says that one more is left out would take the room of that one.
func ShownOf(rows, top int) int {
	if top <= 0 || rows <= top+1 {
		return rows
	}
	return top
}
