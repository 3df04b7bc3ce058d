package texttable

import "github.com/sizegate/sizegate/internal/display"

// Label is the first cell of a row that is about a file of several: a name, and the
// file's path behind it, "" where the name says all. Of the two the path gives way.
type Label struct{ Name, Path string }

// AddLabel adds a row whose first cell is a label. All rows of a table have one, or
// none has.
func (t *Table) AddLabel(l Label, cells ...string) {
	t.labels = append(t.labels, l)
	first := l.Name
	if l.Path != "" {
		first += " " + l.Path
	}
	t.Add(append([]string{first}, cells...)...)
}

// leastFirst is the columns in which the first column shows the names of labels
// whole, and of their paths something: 0 in a table without labels.
func (t *Table) leastFirst() int {
	least := 0
	for _, l := range t.labels {
		n := display.Columns(l.Name)
		if l.Path != "" {
			n += 1 + min(display.Columns(l.Path), tinyName)
		}
		least = max(least, n)
	}
	return least
}

// fitSecond cuts the second column to what the numbers and the names of labels leave
// of the width: paths give way first, then the second column, names last.
func (t *Table) fitSecond() {
	widths := t.widths()
	room := t.medium.Width - 2
	for _, w := range widths[2:] {
		room -= w + 2
	}
	first := max(min(widths[0], t.leastFirst()), min(widths[0], room-widths[1]))
	room = max(t.leastName(), room-first)
	for _, r := range t.rows {
		r[1] = display.Fit(r[1], room)
	}
}

// fitLabels cuts the first column to so many columns: the paths, and names only where
// that is not enough. The paths behind one name stay different if they can.
func (t *Table) fitLabels(room int) {
	rows := make(map[string][]int)
	for i, l := range t.labels {
		rows[l.Name] = append(rows[l.Name], i)
	}
	for name, of := range rows {
		left := room - display.Columns(name) - 1
		if left < tinyName {
			left = tinyName
			if room < tinyName+1+tinyName {
				left = 0 // nothing but the name
			}
		}
		paths := make([]string, len(of))
		for i, row := range of {
			paths[i] = t.labels[row].Path
		}
		display.FitPaths(paths, left)
		for i, row := range of {
			switch path := paths[i]; {
			case path == "" || left == 0:
				t.rows[row][0] = display.Fit(name, room)
			default:
				t.rows[row][0] = display.Fit(name, room-1-display.Columns(path)) + " " + path
			}
		}
	}
}
