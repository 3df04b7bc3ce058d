// Package culprit finds what a breach is made of, and what of that grew since the
// baseline: owners, functions and sections of a binary, files and layers of what is
// deployed.
package culprit

import (
	"cmp"
	"maps"
	"slices"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/budget/measure"
	"github.com/sizegate/sizegate/internal/compare"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// shownCulprits and shownSections are how many rows the lists of Culprits have
// at most.
const (
	shownCulprits = 10
	shownSections = 5
)

// Pair is a binary and what it was.
type Pair struct {
	Old  *snapshot.Binary // of the baseline, nil if there is none
	Now  *snapshot.Binary
	diff *compare.Diff // nil until somebody asks
}

// Of finds the culprits of a breach of a metric, of those owners that it is about. The
// error is of the program itself, and is told once: a difference does not add up.
func (p *Pair) Of(m budget.Metric, about Names) (c budget.Culprits, err error) {
	weight := measure.WeightOf(p.Now, m)
	if weight == nil {
		return c, nil
	}
	wanted := func(kind, name string) bool { return about == nil || about[ownerName{kind, name}] }
	var owners []*snapshot.Owner
	for i := range p.Now.Owners {
		if o := &p.Now.Owners[i]; weight(o) > 0 && wanted(o.Kind, o.Name) {
			owners = append(owners, o)
		}
	}
	_, all := measure.SectionsOf(p.Now, m)
	c.OfCode = (all || measure.Loaded(m)) && about == nil && !slices.ContainsFunc(p.Now.Sections, func(s snapshot.Section) bool {
		return s.Attributed > 0 && s.Kind != string(elfscan.Code)
	})
	rows := Heaviest(owners, weight)
	c.Heaviest = rows[:min(len(rows), shownCulprits)]
	if p.Old == nil {
		return c, nil
	}
	if p.diff == nil {
		p.diff = compare.Binaries(p.Old, p.Now)
		err = p.diff.Check()
	}
	d := p.diff
	if old, now := only(p.Old, m), only(p.Now, m); old != p.Old || now != p.Now {
		d = compare.Binaries(old, now)
	}
	c.Owners = grown(d.Owners, func(row *compare.Row) bool { return wanted(row.Kind, row.Name) })
	c.Functions = grown(d.Functions, func(row *compare.Row) bool { return wanted("", row.Owner) })
	c.Sections = p.grownSections(m)
	return c, err
}

// grownSections are the sections that grew most, of those that the metric is
// made of. Growth outside all sections counts where the whole file does: it is
// all that is seen of data behind them. Rules about packages have none: their
// metrics are of owners.
func (p *Pair) grownSections(m budget.Metric) []compare.Row {
	var wanted func(*snapshot.Section) bool
	outside := false
	switch {
	case m == budget.File || m == budget.Zip || m == budget.Zipped || m == budget.Unzipped || m == budget.Gzip || m == budget.Zstd:
		wanted, outside = func(*snapshot.Section) bool { return true }, true
	case measure.Loaded(m):
		wanted = measure.IsLoaded
	case m == budget.Text: // it is one section, which the result names already
		return nil
	default:
		if wanted, _ = m.Sections(); wanted == nil {
			return nil
		}
	}
	names := make(map[string]bool)
	for i := range p.Now.Sections {
		if s := &p.Now.Sections[i]; wanted(s) {
			names[s.Name] = true
		}
	}
	var rows []compare.Row
	for _, row := range p.diff.Sections { // the largest change first
		if row.New > row.Old && (row.Rest && outside || !row.Rest && names[row.Name]) && len(rows) < shownSections {
			rows = append(rows, row)
		}
	}
	return rows
}

// grown are the wanted rows that grew most.
func grown(rows []compare.Row, wanted func(*compare.Row) bool) []compare.Row {
	var list []compare.Row
	for i := range rows {
		if wanted(&rows[i]) {
			list = append(list, rows[i])
		}
	}
	return compare.Grown(list, shownCulprits)
}

// only is what a binary's owners and functions have in the sections that a
// metric is made of: the binary itself where they have nothing else. It does not
// add up to the file.
func only(b *snapshot.Binary, m budget.Metric) *snapshot.Binary {
	names, all := measure.SectionsOf(b, m)
	elsewhere := func(o snapshot.Owner) bool {
		for name := range o.Sections {
			if !slices.Contains(names, name) {
				return true
			}
		}
		return false
	}
	if all || !slices.ContainsFunc(b.Owners, elsewhere) {
		return b
	}
	part := *b
	part.Owners = nil
	for _, o := range b.Owners {
		o.Sections = maps.Clone(o.Sections)
		maps.DeleteFunc(o.Sections, func(name string, _ uint64) bool { return !slices.Contains(names, name) })
		o.Size = 0
		for _, size := range o.Sections {
			o.Size = budget.Add(o.Size, size)
		}
		if o.Size > 0 {
			part.Owners = append(part.Owners, o)
		}
	}
	part.Functions = slices.DeleteFunc(slices.Clone(b.Functions), func(f snapshot.Function) bool { return !slices.Contains(names, f.Section) })
	return &part
}

// ownerName is what a list of culprits knows an owner by. Functions have no
// kind of owner.
type ownerName struct{ kind, name string }

// Names are owners that a rule is about, nil for all.
type Names map[ownerName]bool

// NamesOf are the names of owners, with their kinds and without.
func NamesOf(owners []*snapshot.Owner) Names {
	names := make(Names, 2*len(owners))
	for _, o := range owners {
		names[ownerName{o.Kind, o.Name}] = true
		names[ownerName{"", o.Name}] = true
	}
	return names
}

// Heaviest gives each owner a row, the heaviest first, then by name. What an
// owner has as a fact and what it has as a conclusion are one row.
func Heaviest(owners []*snapshot.Owner, weight func(*snapshot.Owner) uint64) []compare.Row {
	index := make(map[[4]string]int)
	var rows []compare.Row
	for _, o := range owners {
		key := [4]string{o.Kind, o.Name, o.ID, o.Version}
		i, ok := index[key]
		if !ok {
			i = len(rows)
			index[key] = i
			rows = append(rows, compare.Row{Name: o.Name, Kind: o.Kind, ID: o.ID, NewVersion: o.Version, Change: compare.Added})
		}
		rows[i].New = budget.Add(rows[i].New, weight(o))
	}
	slices.SortStableFunc(rows, func(x, y compare.Row) int { return cmp.Or(cmp.Compare(y.New, x.New), cmp.Compare(x.Name, y.Name)) })
	return rows
}
