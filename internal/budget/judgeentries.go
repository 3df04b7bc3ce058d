package budget

import (
	"cmp"
	"slices"

	"github.com/sizegate/sizegate/internal/compare"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// blameEntries fills in the culprits of a breach of a package: the entries that
// the metric is made of. Of an archive that is what they take in it, where it
// says so.
func (s *subject) blameEntries(r *Result) {
	if r.Status != Fail && r.Status != Warn && r.Status != Waived {
		return
	}
	now := s.entryRows(s.pack, r.Metric)
	var heavy []compare.Row
	for name, size := range now {
		if size > 0 {
			heavy = append(heavy, compare.Row{Name: name, Kind: "entry", New: size, Change: compare.Added})
		}
	}
	largest := func(x, y compare.Row) int { return cmp.Or(cmp.Compare(y.New, x.New), cmp.Compare(x.Name, y.Name)) }
	slices.SortFunc(heavy, largest)
	r.Culprits.Heaviest = heavy[:min(len(heavy), shownCulprits)]
	if s.oldPack == nil {
		return
	}
	old := s.entryRows(s.oldPack, r.Metric)
	var rows []compare.Row
	for name, size := range now {
		was, known := old[name]
		row := compare.Row{Name: name, Kind: "entry", Old: was, New: size, Change: compare.Grew}
		if !known {
			row.Change = compare.Added
		}
		if size > was {
			rows = append(rows, row)
		}
	}
	slices.SortFunc(rows, func(x, y compare.Row) int {
		return cmp.Or(cmp.Compare(y.New-y.Old, x.New-x.Old), cmp.Compare(x.Name, y.Name))
	})
	r.Culprits.Owners = rows[:min(len(rows), shownCulprits)]
}

// entryRows are the bytes of each path that a metric counts.
func (s *subject) entryRows(p *snapshot.Package, m Metric) map[string]uint64 {
	inArchive := (m == File || m == Zipped) && p.Zipped > 0 && slices.ContainsFunc(p.Entries, func(e snapshot.PackageEntry) bool { return e.Zipped > 0 })
	rows := make(map[string]uint64)
	for i := range p.Entries {
		switch e := &p.Entries[i]; {
		case inArchive:
			rows[e.Path] = add(rows[e.Path], e.Zipped)
		case m.covers(e):
			rows[e.Path] = e.Unzipped
		}
	}
	return rows
}
