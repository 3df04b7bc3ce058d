package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/sizegate/sizegate/internal/bytesize"
	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/snapshot"
	"github.com/sizegate/sizegate/internal/texttable"
)

// singleCopies is the row of all that is no instance of a generic with others.
const singleCopies = "[single copies]"

// whatSavingIs explains the column in text for people.
const whatSavingIs = "other copies: all but the largest instance; sharing one saves less or more"

// genericRows are rows with at least two instances, those with most in other copies
// first.
func genericRows(b *snapshot.Binary) []row {
	rows := make([]row, len(b.Generics))
	for i := range b.Generics {
		g := &b.Generics[i]
		owner := ownerName(&snapshot.Owner{Name: g.Owner, ID: g.OwnerID})
		rows[i] = row{name: g.Name, owner: owner, functions: g.Instances, size: g.Size, saving: g.Saving}
	}
	return rows
}

// singles is the bytes of what has no row: with it the rows add up to what is
// attributed.
func (o *Options) singles(b *snapshot.Binary) uint64 {
	size := o.totals(b).attributed
	for i := range b.Generics {
		size -= b.Generics[i].Size
	}
	return size
}

// genericLine is a line of the table by generic. Rows that are sums have no owner.
type genericLine struct {
	row
	sum bool // a row that stands for something else than one generic
}

// genericLines are the lines of a table: at most top generics that the filter
// lets through, the others added up, and what else was asked for.
func (o *Options) genericLines(b *snapshot.Binary, top int) []genericLine {
	var lines []genericLine
	left, hidden := row{}, row{name: "… not matched by --filter"}
	hiddenRows, total := 0, uint64(0)
	into := func(sum, r *row) {
		sum.functions += r.functions
		sum.size += r.size
		sum.saving += r.saving
	}
	for _, r := range genericRows(b) {
		total += r.saving
		if !o.matches(&r) {
			hiddenRows++
			into(&hidden, &r)
			continue
		}
		lines = append(lines, genericLine{row: r})
	}
	n := shownOf(len(lines), top)
	for i := range lines[n:] {
		into(&left, &lines[n+i].row)
	}
	leftRows := len(lines) - n
	lines = lines[:n]
	if leftRows > 0 {
		left.name = "… " + plural(leftRows, string(ByGeneric))
		lines = append(lines, genericLine{left, true})
	}
	if hiddenRows > 0 {
		lines = append(lines, genericLine{hidden, true})
	}
	t := o.totals(b)
	for _, r := range []row{
		{name: singleCopies, size: o.singles(b)},
		{name: "[padding]", size: t.padding},
		{name: "[unattributed]", size: t.unattributed},
		{name: "total: " + o.Scope, size: t.size, saving: total},
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
	out := texttable.New(w, o.Medium, []string{string(ByGeneric), "owner", "instances", "bytes", "other copies"}, 2)
	for _, l := range o.genericLines(b, o.Top) {
		add := out.Add
		if l.sum {
			add = out.AddSum
		}
		add(l.name, display.Fit(display.Clean(l.owner), maxOwner), display.CountCell(l.functions), bytesize.Size(l.size).Grouped(), l.savingText())
	}
	if err := out.Render(); err != nil {
		return err
	}
	return o.Say(w, whatSavingIs)
}

// savingText is empty where there are no other copies.
func (l *genericLine) savingText() string {
	if l.sum && l.saving == 0 {
		return ""
	}
	return bytesize.Size(l.saving).Grouped()
}

// genericMarkdown is the table of genericTable for GitHub.
func genericMarkdown(text *strings.Builder, b *snapshot.Binary, o Options, top int) {
	fmt.Fprintf(text, "| %s | owner | instances | bytes | share | other copies |\n", ByGeneric)
	text.WriteString("| :-- | :-- | --: | --: | --: | --: |\n")
	whole := o.totals(b).size
	for _, l := range o.genericLines(b, top) {
		name, owner := display.MarkdownName(l.name), display.MarkdownName(l.owner)
		if l.sum {
			name, owner = display.MarkdownEscape(display.Clean(strings.Trim(l.name, "[]"))), ""
		}
		if strings.HasPrefix(l.name, "total: ") && l.sum {
			name = "**" + name + "**"
		}
		fmt.Fprintf(text, "| %s | %s | %s | %s | %s | %s |\n", name, owner, display.CountCell(l.functions),
			bytesize.Size(l.size).Grouped(), bytesize.Percent(l.size, whole), l.savingText())
	}
	fmt.Fprintf(text, "\n%s\n\n", whatSavingIs)
}

// genericCSV writes the lines of one file.
func genericCSV(line func(...string), b *snapshot.Binary, o Options) {
	for _, g := range b.Generics {
		line(b.Path, g.Owner, g.OwnerID, g.Name, strconv.Itoa(g.Instances), number(g.Size), number(g.Saving))
	}
	t := o.totals(b)
	line(b.Path, "", "", singleCopies, "", number(o.singles(b)), "")
	line(b.Path, "", "", "[padding]", "", number(t.padding), "")
	line(b.Path, "", "", "[unattributed]", "", number(t.unattributed), "")
}
