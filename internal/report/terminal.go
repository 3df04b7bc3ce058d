package report

import (
	"fmt"
	"slices"
	"strings"
)

// leastNeeded are the columns that a table does without where a terminal is too
// narrow for all, in this order. Names, sizes and verdicts stay.
var leastNeeded = []string{"running", "took", "start min", "memory", "padding", "attributed", "functions", "instances", "owner",
	"largest owner", "category", "copies", "times", "part", "kind", "of file", "change", "old", "headroom", "share", "zipped", "layer", "added", "known", "at most", "median", "value"}

const (
	minName = 24 // columns of a name, however narrow the output
	// shortName is the columns of a name for which a terminal's table does without
	// other columns. If that is not enough names are cut to tinyName.
	shortName = 16
	tinyName  = 8
)

// leastName is the columns that a name has in any case.
func (t *table) leastName() int {
	if t.o.Terminal {
		return tinyName
	}
	return minName
}

// widths are those of the columns.
func (t *table) widths() []int {
	list := make([]int, len(t.header))
	for i := range list {
		list[i] = columns.StringWidth(t.header[i])
		for _, r := range t.rows {
			list[i] = max(list[i], columns.StringWidth(r[i]))
		}
	}
	return list
}

// narrow drops columns until the rest fits. A bar says at a glance what the column
// running says, which gives way to it.
func (t *table) narrow() {
	if !t.o.Terminal {
		return
	}
	widths := t.widths()
	for _, name := range leastNeeded {
		needs := 0
		for i, w := range widths {
			switch {
			case i == 0:
				w = min(w, max(shortName, min(t.leastFirst(), 2*shortName)))
			case i == 1 && t.programs != nil:
				w = min(w, shortName)
			}
			needs += w + 2
		}
		if needs-2 <= t.o.Width && (name != "running" || t.roomForBars(widths)) {
			return
		}
		i := slices.Index(t.header, name)
		if i < 1 {
			continue
		}
		widths = slices.Delete(widths, i, i+1)
		t.header = slices.Delete(slices.Clone(t.header), i, i+1)
		for n := range t.rows {
			t.rows[n] = slices.Delete(t.rows[n], i, i+1)
		}
		if i < t.left {
			t.left--
		}
	}
}

// fitHeading cuts the heading of the first column to what the others leave.
func (t *table) fitHeading() {
	if !t.o.Terminal || t.files { // parts finds room for columns of files
		return
	}
	room := t.o.Width
	for _, w := range t.widths()[1:] {
		room -= w + 2
	}
	t.header = slices.Clone(t.header)
	t.header[0] = fit(t.header[0], max(tinyName, room))
}

// parts divides a table with a column for each file into several below each other,
// where a terminal is too narrow for one.
func (t *table) parts() []*table {
	if !t.o.Terminal || !t.files {
		return []*table{t}
	}
	widths := t.widths()
	var parts []*table
	for from := 1; from < len(widths); {
		room, to := t.o.Width-min(widths[0], shortName), from
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

// render writes the table.
func (t *table) render() error {
	t.narrow()
	t.fitHeading()
	for i, part := range t.parts() {
		if i > 0 {
			if _, err := fmt.Fprintln(t.w); err != nil {
				return err
			}
		}
		if err := part.draw(); err != nil {
			return err
		}
	}
	return nil
}

// print writes the rendered lines without the spaces that fill up the last column,
// and behind them the bars, which begin at a column. With colour headings and totals
// are bold, and rows that have a colour end in it.
func (t *table) print(lines []string, start, barWidth int) error {
	for i, line := range lines {
		bar := ""
		if i > 0 {
			bar = t.barText(i-1, barWidth)
		}
		if bar != "" {
			bar = fmt.Sprintf("%*s", start-columns.StringWidth(line), "") + bar
		}
		if t.o.Color {
			line, bar = t.colored(i-1, line, bar)
		}
		if _, err := fmt.Fprintln(t.w, line+bar); err != nil {
			return err
		}
	}
	return nil
}

// colored puts colour on a line, in front of which are so many rows: -1 is the
// heading.
func (t *table) colored(row int, line, bar string) (string, string) {
	color, own := t.colors[row]
	switch {
	case row < 0, t.colors == nil && strings.HasPrefix(line, "total: "):
		return bold + line + plain, bar
	case !own || color == "":
		return line, bar
	}
	cell := t.rows[row][len(t.header)-1]
	if bar != "" {
		bar = color + bar + plain
	}
	return strings.TrimSuffix(line, cell) + color + cell + plain, bar
}
