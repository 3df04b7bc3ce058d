package texttable

import (
	"slices"

	"github.com/sizegate/sizegate/internal/display"
)

// leastNeeded are the columns that a table does without where a terminal is too
// narrow for all, in this order. Names, sizes and verdicts stay.
var leastNeeded = []string{"running", "took", "start min", "memory", "padding", "attributed", "functions", "instances", "owner",
	"largest owner", "category", "copies", "times", "part", "kind", "of file", "change", "old", "headroom", "share", "of stored", "of unzipped", "zipped", "bytes of one",
	"layer", "added", "known", "at most", "median", "of matched", "value"}

const (
	minName = 24 // columns of a name, however narrow the output
	// shortName is the columns of a name for which a terminal's table does without
	// other columns. If that is not enough names are cut to tinyName.
	shortName = 16
	tinyName  = 8
)

// leastName is the columns that a name has in any case, and that sums and the
// heading need.
func (t *Table) leastName() int {
	least := minName
	if t.medium.Terminal {
		least = tinyName
	}
	for n := range t.sums {
		least = max(least, display.Columns(shortLabel(t.rows[n][0])))
	}
	return max(least, display.Columns(shortHeading(t.header[0])))
}

// widths are those of the columns.
func (t *Table) widths() []int {
	list := make([]int, len(t.header))
	for i := range list {
		list[i] = display.Columns(t.header[i])
		for _, r := range t.rows {
			list[i] = max(list[i], display.Columns(r[i]))
		}
	}
	return list
}

// narrow drops columns until the rest fits. A bar says at a glance what the column
// running says, which gives way to it.
func (t *Table) narrow() {
	if !t.medium.Terminal {
		return
	}
	widths := t.widths()
	for _, name := range leastNeeded {
		needs := 0
		for i, w := range widths {
			switch {
			case i == 0:
				w = min(w, max(shortName, t.leastName(), min(t.leastFirst(), 2*shortName)))
			case i == 1 && t.labels != nil:
				w = min(w, shortName)
			}
			needs += w + 2
		}
		if needs-2 <= t.medium.Width && (name != "running" || t.roomForBars(widths)) {
			return
		}
		i := slices.Index(t.header, name)
		if i < 1 {
			continue
		}
		widths = slices.Delete(widths, i, i+1)
		t.header = slices.Delete(slices.Clone(t.header), i, i+1)
		t.deleteColumn(i)
		if i < t.left {
			t.left--
		}
	}
}

// deleteColumn takes the cells of a column out of the rows, and sums that have
// no other figure with it.
func (t *Table) deleteColumn(i int) {
	for n := len(t.rows) - 1; n >= 0; n-- {
		t.rows[n] = slices.Delete(t.rows[n], i, i+1)
		if t.sums[n] && !slices.ContainsFunc(t.rows[n][1:], func(cell string) bool { return cell != "" }) {
			t.rows = slices.Delete(t.rows, n, n+1)
			t.sums, t.bars, t.colors = withoutRow(t.sums, n), withoutRow(t.bars, n), withoutRow(t.colors, n)
		}
	}
}

// withoutRow is what rows have, by their number, when one of them is deleted.
func withoutRow[V any](of map[int]V, deleted int) map[int]V {
	if of == nil {
		return nil
	}
	rest := make(map[int]V, len(of))
	for n, v := range of {
		switch {
		case n < deleted:
			rest[n] = v
		case n > deleted:
			rest[n-1] = v
		}
	}
	return rest
}

// parts divides a table with a column for each file into several below each other,
// where the width is not enough for one.
func (t *Table) parts() []*Table {
	if !t.Files {
		return []*Table{t}
	}
	widths := t.widths()
	least := max(shortName, t.leastName())
	var parts []*Table
	for from := 1; from < len(widths); {
		room, to := t.medium.Width-min(widths[0], least), from
		for to < len(widths) && (to == from || room >= widths[to]+2) {
			room -= widths[to] + 2
			to++
		}
		part := *t
		part.header = append([]string{t.header[0]}, t.header[from:to]...)
		part.rows = nil
		for _, r := range t.rows {
			part.rows = append(part.rows, append([]string{r[0]}, r[from:to]...))
		}
		parts = append(parts, &part)
		from = to
	}
	return parts
}
