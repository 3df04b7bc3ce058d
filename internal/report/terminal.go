package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
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

// leastName is the columns that a name has in any case, and that fixed rows and the
// heading need.
func (t *table) leastName() int {
	least := minName
	if t.o.Terminal {
		least = tinyName
	}
	for n := range t.fixed {
		least = max(least, columns.StringWidth(shortLabel(t.rows[n][0])))
	}
	return max(least, columns.StringWidth(shortHeading(t.header[0])))
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
				w = min(w, max(shortName, t.leastName(), min(t.leastFirst(), 2*shortName)))
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
		t.deleteColumn(i)
		if i < t.left {
			t.left--
		}
	}
}

// deleteColumn takes the cells of a column out of the rows, and fixed rows that have
// no other figure with it.
func (t *table) deleteColumn(i int) {
	for n := len(t.rows) - 1; n >= 0; n-- {
		t.rows[n] = slices.Delete(t.rows[n], i, i+1)
		if t.fixed[n] && !slices.ContainsFunc(t.rows[n][1:], func(cell string) bool { return cell != "" }) {
			t.rows = slices.Delete(t.rows, n, n+1)
			t.fixed, t.bars, t.colors = withoutRow(t.fixed, n), withoutRow(t.bars, n), withoutRow(t.colors, n)
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
func (t *table) parts() []*table {
	if !t.files {
		return []*table{t}
	}
	widths := t.widths()
	least := max(shortName, t.leastName())
	var parts []*table
	for from := 1; from < len(widths); {
		room, to := t.o.Width-min(widths[0], least), from
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
	case row < 0, t.colors == nil && (strings.HasPrefix(line, "total: ") || t.fixed[row] && strings.HasPrefix(line, "total ")):
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

// shortLabel is the label of a fixed row in few columns, without what can be told
// from the heading and the other rows.
func shortLabel(label string) string {
	switch label {
	case "total: matched by --filter":
		return "total: matched"
	case "… not matched by --filter":
		return "… not matched"
	case "[unattributed]":
		return "[unattrib.]"
	case singleCopies:
		return "[single]"
	case "[config and manifest]":
		return "[documents]"
	case "layers of the base image":
		return "base layers"
	case "wasted by duplicates":
		return "duplicates"
	}
	if strings.HasPrefix(label, "total: ") {
		return "total"
	}
	if more, _, ok := strings.Cut(label, " more "); ok {
		return more + " more"
	}
	return label
}

// shortHeading is the heading of the first column in few columns.
func shortHeading(heading string) string {
	switch heading {
	case "for debuggers, not to ship":
		return "for debuggers"
	case "package, crate or library":
		return "owner"
	case "in several layers":
		return "in several"
	}
	return heading
}

// say writes sentences, a line each. On a terminal they are divided between words.
func (o *Options) say(w io.Writer, sentences ...string) error {
	for _, s := range sentences {
		if !o.Terminal || columns.StringWidth(s) <= o.Width {
			if _, err := fmt.Fprintln(w, s); err != nil {
				return err
			}
			continue
		}
		var words []string
		for _, word := range wordsOf(s) {
			words = append(words, word.text())
		}
		if err := o.sayWords(w, words); err != nil {
			return err
		}
	}
	return nil
}

// sayWords is say for one sentence, of which words are names with spaces in them.
func (o *Options) sayWords(w io.Writer, words []string) error {
	lines := []string{strings.Join(words, " ")}
	if o.Terminal {
		lines = wrap(words, o.Width, hanging)
	}
	_, err := fmt.Fprintln(w, strings.Join(lines, "\n"))
	return err
}

// sayOf says something of one of several files, whose path stays on one line with
// what it is called.
func (o *Options) sayOf(w io.Writer, name, path, facts string) error {
	words := []string{name + " " + Clean(path) + ":", facts}
	if o.Terminal {
		words = append(words[:1], strings.Fields(facts)...)
	}
	return o.sayWords(w, words)
}

// numbered is what a file is called that columns name by its number, from 0.
func numbered(i int) string { return fmt.Sprintf("[%d]", i+1) }
