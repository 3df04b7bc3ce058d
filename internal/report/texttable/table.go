// Package texttable draws tables for people: columns side by side in the width there is,
// where names are cut, columns that say least are left out, and bars take what is left.
package texttable

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/pkg/twwidth"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"

	"github.com/sizegate/sizegate/internal/display"
)

// A memory of widths is made at the start of every command: 0.7 MB, for cells that mostly
// are met once.
func init() { twwidth.SetCacheCapacity(0) }

// Table collects rows and fits the first column to what the others leave of
// the width, so that no line wraps. It is written once, by Render or RenderBelow.
type Table struct {
	Paths bool // the first column has names of files
	Files bool // all columns but the first are alike, one for each file

	w      io.Writer
	medium display.Medium
	header []string
	left   int
	rows   [][]string
	// sums are the rows whose first cell is our own words and no name: they are
	// never cut, but shortened where there is no room.
	sums   map[int]bool
	labels []Label // of the rows, nil where the first column has names alone
	bars   map[int]bar
	// largest is the largest part that a bar is drawn of.
	largest uint64
	colors  map[int]string // of the last cell of a row
}

// New begins a table with these headings. So many columns from the left are text, the
// others are numbers.
func New(w io.Writer, m display.Medium, header []string, left int) *Table {
	return &Table{w: w, medium: m, header: header, left: left}
}

// Add adds a row, of as many cells as there are headings. The first may be a
// stranger's name as it is, the others are clean.
func (t *Table) Add(cells ...string) {
	cells[0] = display.Clean(cells[0])
	t.rows = append(t.rows, cells)
}

// AddSum adds a row that is a sum or the like: its first cell is our own words.
func (t *Table) AddSum(cells ...string) {
	if t.sums == nil {
		t.sums = make(map[int]bool)
	}
	t.sums[len(t.rows)] = true
	t.Add(cells...)
}

// Paint puts a colour of display, "" for none, on the last cell and the bar of the row that was
// added last. In a table with colours of its own sums have none.
func (t *Table) Paint(color string) {
	if t.colors == nil {
		t.colors = make(map[int]string)
	}
	t.colors[len(t.rows)-1] = color
}

// Shows says whether the first column, as it was rendered, has text like this in it.
func (t *Table) Shows(text string) bool {
	return slices.ContainsFunc(t.rows, func(r []string) bool { return strings.Contains(r[0], text) })
}

// Render writes the table.
func (t *Table) Render() error {
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

// RenderBelow writes the table below something else, behind an empty line.
func (t *Table) RenderBelow() error {
	if _, err := fmt.Fprintln(t.w); err != nil {
		return err
	}
	return t.Render()
}

// draw writes the table with the columns that it has.
func (t *Table) draw() error {
	if t.labels != nil {
		t.fitSecond()
	}
	widths := t.widths()
	taken := 0
	for _, w := range widths[1:] {
		taken += w + 2
	}
	room, barWidth := t.barRoom(max(t.leastName(), t.medium.Width-taken), widths[0])
	t.fitFirst(room)
	first := t.widths()[0] // names that are cut at a folder may leave room
	if barWidth > 0 {
		barWidth = min(maxBar, t.medium.Width-first-taken-2)
	}
	align := make([]tw.Align, len(t.header))
	header := make([]string, len(t.header))
	for i := range align {
		align[i] = tw.AlignRight
		if i < t.left {
			align[i] = tw.AlignLeft
		}
		header[i] = strings.ToUpper(t.header[i])
	}
	var buf bytes.Buffer
	out := tablewriter.NewTable(&buf,
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{
			Borders: tw.BorderNone,
			Settings: tw.Settings{
				Lines:      tw.LinesNone,
				Separators: tw.SeparatorsNone,
			},
		})),
		tablewriter.WithHeaderAutoFormat(tw.Off),
		tablewriter.WithHeaderAutoWrap(tw.WrapNone),
		tablewriter.WithRowAutoWrap(tw.WrapNone),
		tablewriter.WithTrimSpace(tw.Off),
		tablewriter.WithEastAsian(tw.Off), // as display.Columns counts
		tablewriter.WithHeaderAlignmentConfig(tw.CellAlignment{PerColumn: align}),
		tablewriter.WithRowAlignmentConfig(tw.CellAlignment{PerColumn: align}),
		tablewriter.WithPadding(tw.Padding{Left: "", Right: "  ", Overwrite: true}),
	)
	out.Header(header)
	if err := out.Bulk(t.rows); err != nil {
		return err
	}
	if err := out.Render(); err != nil {
		return err
	}
	lines := strings.Split(strings.TrimRight(buf.String(), "\n"), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return t.print(lines, first+taken+2, barWidth)
}

// fitFirst brings the first column to so many columns: names are cut, and sums
// and the heading shortened.
func (t *Table) fitFirst(room int) {
	if display.Columns(t.header[0]) > room {
		t.header = slices.Clone(t.header)
		t.header[0] = shortHeading(t.header[0])
	}
	if t.labels != nil {
		t.fitLabels(room)
		return
	}
	var names []string
	var of [][]string // the rows that they are of
	for i, r := range t.rows {
		switch {
		case t.sums[i] && display.Columns(r[0]) > room:
			r[0] = shortLabel(r[0])
		case !t.sums[i]:
			names, of = append(names, r[0]), append(of, r)
		}
	}
	if t.Paths {
		display.FitPaths(names, room)
	}
	for i, r := range of {
		r[0] = display.Fit(names[i], room)
	}
}

// print writes the rendered lines without the spaces that fill up the last column,
// and behind them the bars, which begin at a column. With colour headings and totals
// are bold, and rows that have a colour end in it.
func (t *Table) print(lines []string, start, barWidth int) error {
	for i, line := range lines {
		bar := ""
		if i > 0 {
			bar = t.barText(i-1, barWidth)
		}
		if bar != "" {
			bar = fmt.Sprintf("%*s", start-display.Columns(line), "") + bar
		}
		if t.medium.Color {
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
func (t *Table) colored(row int, line, bar string) (string, string) {
	color, own := t.colors[row]
	switch {
	case row < 0, t.colors == nil && (strings.HasPrefix(line, "total: ") || t.sums[row] && strings.HasPrefix(line, "total ")):
		return display.Bold + line + display.Reset, bar
	case !own || color == "":
		return line, bar
	}
	cell := t.rows[row][len(t.header)-1]
	if bar != "" {
		bar = color + bar + display.Reset
	}
	return strings.TrimSuffix(line, cell) + color + cell + display.Reset, bar
}
