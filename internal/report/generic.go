package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/sizegate/sizegate/internal/bytesize"
	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/report/breakdown"
	"github.com/sizegate/sizegate/internal/report/texttable"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// singleCopies is the row of all that is no instance of a generic with others.
const singleCopies = "[single copies]"

// whatSavingIs explains the column in text for people.
const whatSavingIs = "other copies: all but the largest instance; sharing one saves less or more"

// genericLine is a line of the table by generic. Rows that are sums have no owner.
type genericLine struct {
	breakdown.Row
	sum bool // a row that stands for something else than one generic
}

// genericLines are the lines of a table: at most top generics that the filter
// lets through, the others added up, and what else was asked for.
func (o *Options) genericLines(b *snapshot.Binary, top int) []genericLine {
	var lines []genericLine
	left, hidden := breakdown.Row{}, breakdown.Row{Name: "… not matched by --filter"}
	hiddenRows, total := 0, uint64(0)
	into := func(sum, r *breakdown.Row) {
		sum.Functions += r.Functions
		sum.Size += r.Size
		sum.Saving += r.Saving
	}
	for _, r := range breakdown.Rows(b, breakdown.ByGeneric) {
		total += r.Saving
		if !o.Matches(&r) {
			hiddenRows++
			into(&hidden, &r)
			continue
		}
		lines = append(lines, genericLine{Row: r})
	}
	n := breakdown.ShownOf(len(lines), top)
	for i := range lines[n:] {
		into(&left, &lines[n+i].Row)
	}
	leftRows := len(lines) - n
	lines = lines[:n]
	if leftRows > 0 {
		left.Name = "… " + breakdown.MoreRows(leftRows, string(breakdown.ByGeneric))
		lines = append(lines, genericLine{left, true})
	}
	if hiddenRows > 0 {
		lines = append(lines, genericLine{hidden, true})
	}
	t := o.Totals(b)
	for _, r := range []breakdown.Row{
		{Name: singleCopies, Size: o.Singles(b)},
		{Name: "[padding]", Size: t.Padding},
		{Name: "[unattributed]", Size: t.Unattributed},
		{Name: "total: " + o.Scope, Size: t.Size, Saving: total},
	} {
		lines = append(lines, genericLine{r, true})
	}
	return lines
}

// maxOwner is the columns of an owner, so that a narrow table has room for the
// generic.
const maxOwner = 20

// genericTable is ownerTable by generic.
func genericTable(w io.Writer, b *snapshot.Binary, o Options) error {
	out := texttable.New(w, o.Medium, []string{string(breakdown.ByGeneric), "owner", "instances", "bytes", "other copies"}, 2)
	for _, l := range o.genericLines(b, o.Top) {
		add := out.Add
		if l.sum {
			add = out.AddSum
		}
		add(l.Name, display.Fit(display.Clean(l.Owner), maxOwner), display.CountCell(l.Functions), bytesize.Size(l.Size).Grouped(), l.savingText())
	}
	if err := out.Render(); err != nil {
		return err
	}
	return o.Say(w, whatSavingIs)
}

// savingText is empty where there are no other copies.
func (l *genericLine) savingText() string {
	if l.sum && l.Saving == 0 {
		return ""
	}
	return bytesize.Size(l.Saving).Grouped()
}

// genericMarkdown is the table of genericTable for GitHub.
func genericMarkdown(text *strings.Builder, b *snapshot.Binary, o Options, top int) {
	fmt.Fprintf(text, "| %s | owner | instances | bytes | share | other copies |\n", breakdown.ByGeneric)
	text.WriteString("| :-- | :-- | --: | --: | --: | --: |\n")
	whole := o.Totals(b).Size
	for _, l := range o.genericLines(b, top) {
		name, owner := display.MarkdownName(l.Name), display.MarkdownName(l.Owner)
		if l.sum {
			name, owner = display.MarkdownEscape(display.Clean(strings.Trim(l.Name, "[]"))), ""
		}
		if strings.HasPrefix(l.Name, "total: ") && l.sum {
			name = "**" + name + "**"
		}
		fmt.Fprintf(text, "| %s | %s | %s | %s | %s | %s |\n", name, owner, display.CountCell(l.Functions),
			bytesize.Size(l.Size).Grouped(), bytesize.Percent(l.Size, whole), l.savingText())
	}
	fmt.Fprintf(text, "\n%s\n\n", whatSavingIs)
}

// genericCSV writes the lines of one file.
func genericCSV(line func(...string), b *snapshot.Binary, o Options) {
	for _, g := range b.Generics {
		line(b.Path, g.Owner, g.OwnerID, g.Name, strconv.Itoa(g.Instances), Digits(g.Size), Digits(g.Saving))
	}
	t := o.Totals(b)
	line(b.Path, "", "", singleCopies, "", Digits(o.Singles(b)), "")
	line(b.Path, "", "", "[padding]", "", Digits(t.Padding), "")
	line(b.Path, "", "", "[unattributed]", "", Digits(t.Unattributed), "")
}
