package deployed

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/sizegate/sizegate/internal/bundle"
	"github.com/sizegate/sizegate/internal/image"
	"github.com/sizegate/sizegate/internal/report/breakdown"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// rowList is rows in the order in which they are shown. Those of entries are made when
// they are asked for: there may be millions, of which a table shows a few.
type rowList struct {
	len int
	at  func(i int) packageRow
}

// listOf is rows that there are.
func listOf(rows []packageRow) rowList {
	return rowList{len(rows), func(i int) packageRow { return rows[i] }}
}

// all makes all rows.
func (l rowList) all() []packageRow {
	rows := make([]packageRow, l.len)
	for i := range rows {
		rows[i] = l.at(i)
	}
	return rows
}

// entryRows has a row for each entry but directories, the largest first, then by name.
// What is replaced takes room in the archive alone.
func entryRows(p *snapshot.Package) rowList {
	row := func(i int32) packageRow {
		e := &p.Entries[i]
		r := packageRow{Row: breakdown.Row{Name: e.Path, Note: e.Category, Size: e.Unzipped}, files: 1, zipped: e.Zipped}
		if e.Replaced {
			r.Note, r.Size = "replaced", 0
		}
		return r
	}
	size := func(e *snapshot.PackageEntry) uint64 {
		if e.Replaced {
			return 0
		}
		return e.Unzipped
	}
	var order []int32
	for i := range p.Entries {
		if e := &p.Entries[i]; e.Type != string(bundle.Directory) || e.Unzipped != 0 || e.Zipped != 0 {
			order = append(order, int32(i))
		}
	}
	slices.SortStableFunc(order, func(i, j int32) int {
		a, b := &p.Entries[i], &p.Entries[j]
		if c := cmp.Or(cmp.Compare(size(b), size(a)), cmp.Compare(b.Zipped, a.Zipped), cmp.Compare(a.Path, b.Path)); c != 0 {
			return c
		}
		x, y := row(i), row(j)
		return cmp.Compare(x.Note, y.Note)
	})
	return rowList{len(order), func(i int) packageRow { return row(order[i]) }}
}

// finalRows has a row for each path in the end but directories, as entryRows. The note
// is the layer.
func finalRows(m *snapshot.Image) rowList {
	order := make([]int32, 0, len(m.Entries))
	for i := range m.Entries {
		if m.Entries[i].Type != string(image.Directory) {
			order = append(order, int32(i))
		}
	}
	slices.SortStableFunc(order, func(i, j int32) int {
		a, b := &m.Entries[i], &m.Entries[j]
		return cmp.Or(cmp.Compare(b.Size, a.Size), cmp.Compare(a.Path, b.Path))
	})
	return rowList{len(order), func(i int) packageRow {
		e := &m.Entries[order[i]]
		return packageRow{Row: breakdown.Row{Name: e.Path, Note: strconv.Itoa(e.Layer), Size: e.Size}, files: 1}
	}}
}
