package judge

import (
	"cmp"
	"fmt"
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

// namesOf are the names of owners, with their kinds and without.
func namesOf(owners []*snapshot.Owner) map[ownerName]bool {
	names := make(map[ownerName]bool, 2*len(owners))
	for _, o := range owners {
		names[ownerName{o.Kind, o.Name}] = true
		names[ownerName{"", o.Name}] = true
	}
	return names
}

// blame fills in the culprits of a breach. about are the owners that a rule is
// about; nil for all.
func (s *subject) blame(r *budget.Result, about map[ownerName]bool) {
	if s.shipped != nil {
		s.blameDeployed(r)
		return
	}
	weight := measure.WeightOf(s.binary, r.Metric)
	if weight == nil || r.Status != budget.Fail && r.Status != budget.Warn && r.Status != budget.Waived {
		return
	}
	wanted := func(kind, name string) bool { return about == nil || about[ownerName{kind, name}] }
	var owners []*snapshot.Owner
	for i := range s.binary.Owners {
		if o := &s.binary.Owners[i]; weight(o) > 0 && wanted(o.Kind, o.Name) {
			owners = append(owners, o)
		}
	}
	_, all := measure.SectionsOf(s.binary, r.Metric)
	r.Culprits.OfCode = all && about == nil && !slices.ContainsFunc(s.binary.Sections, func(p snapshot.Section) bool {
		return p.Attributed > 0 && p.Kind != string(elfscan.Code)
	})
	rows := heaviest(owners, weight)
	r.Culprits.Heaviest = rows[:min(len(rows), shownCulprits)]
	if s.baseline == nil {
		return
	}
	if s.diff == nil {
		s.diff = compare.Binaries(s.baseline, s.binary)
		if err := s.diff.Check(); err != nil {
			s.fail(s.budget.Position, fmt.Sprintf("internal error: %v (please report this with both files)", err))
		}
	}
	d := s.diff
	if old, new := only(s.baseline, r.Metric), only(s.binary, r.Metric); old != s.baseline || new != s.binary {
		d = compare.Binaries(old, new)
	}
	r.Culprits.Owners = grown(d.Owners, func(row *compare.Row) bool { return wanted(row.Kind, row.Name) })
	r.Culprits.Functions = grown(d.Functions, func(row *compare.Row) bool { return wanted("", row.Owner) })
	r.Culprits.Sections = s.grownSections(r.Metric)
}

// grownSections are the sections that grew most, of those that the metric is
// made of. Growth outside all sections counts where the whole file does: it is
// all that is seen of data behind them. Rules about packages have none: their
// metrics are of owners.
func (s *subject) grownSections(m budget.Metric) []compare.Row {
	var wanted func(*snapshot.Section) bool
	outside := false
	switch {
	case m == budget.File || m == budget.Zip || m == budget.Zipped || m == budget.Unzipped || m == budget.Gzip || m == budget.Zstd:
		wanted, outside = func(*snapshot.Section) bool { return true }, true
	case m == budget.Stripped || m == budget.UPX || m == budget.VM: // only what is loaded
		wanted = func(p *snapshot.Section) bool { return p.VMSize > 0 }
	case m == budget.Text: // it is one section, which the result names already
		return nil
	default:
		if wanted, _ = m.Sections(); wanted == nil {
			return nil
		}
	}
	names := make(map[string]bool)
	for i := range s.binary.Sections {
		if p := &s.binary.Sections[i]; wanted(p) {
			names[p.Name] = true
		}
	}
	var rows []compare.Row
	for _, row := range s.diff.Sections { // the largest change first
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

// heaviest gives each owner a row, the heaviest first, then by name. What an
// owner has as a fact and what it has as a conclusion are one row.
func heaviest(owners []*snapshot.Owner, weight func(*snapshot.Owner) uint64) []compare.Row {
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
