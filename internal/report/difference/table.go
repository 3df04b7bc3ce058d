// Package difference renders what changed between two ELF files, packages or images, one
// file a format.
package difference

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/sizegate/sizegate/internal/bytesize"
	"github.com/sizegate/sizegate/internal/compare"
	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/report/breakdown"
	"github.com/sizegate/sizegate/internal/report/texttable"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// noDifference is all that is said of two files in which nothing differs in
// size. Their contents may differ.
const noDifference = "no difference: everything is as large in one as in the other"

// Table writes a difference for people: the files, the modules whose version
// changed, and what changed of sections, owners and functions, the most first.
// The sections' rows add up to the files, and so do the owners'. A list of
// what changed has at most top rows, 0 for all.
func Table(w io.Writer, d *compare.Diff, top int, m display.Medium) error {
	err := errors.Join(
		m.SayOf(w, "old", d.Old.Path, factsOf(d.Old)),
		m.SayOf(w, "new", d.New.Path, factsOf(d.New)),
		m.Say(w, inWords(fileRow(d)), ""))
	if err != nil {
		return err
	}
	if len(d.Modules) > 0 {
		t := newDeltaTable(m, "new version of")
		part := divide(d.Modules, top, true)
		t.addPart(&part, "module", moduleLabel)
		if err := t.write(w); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(w); err != nil {
			return err
		}
	}
	if d.Identical() {
		return m.Say(w, noDifference)
	}
	for i, l := range listsOf(d) {
		part := divide(l.rows, top, false)
		if l.total == nil && len(part.shown) == 0 {
			continue
		}
		if i > 0 {
			if _, err := fmt.Fprintln(w); err != nil {
				return err
			}
		}
		if err := l.write(w, &part, m); err != nil {
			return err
		}
	}
	return nil
}

// list is one table of a difference.
type list struct {
	heading string // of its first column
	name    string // of what a row is
	rows    []compare.Row
	label   func(r *compare.Row) string
	paths   bool         // labels are names of files
	total   *compare.Row // what the rows add up to, nil if to nothing
}

// listsOf are the tables about ELF files, but for that of modules.
func listsOf(d *compare.Diff) []list {
	owner := breakdown.RowName(d.New, breakdown.ByPackage)
	return []list{
		{heading: "section", name: "section", rows: d.Sections, label: sectionLabel, total: fileRow(d)},
		{heading: owner, name: owner, rows: d.Owners, label: ownerLabel, total: fileRow(d)},
		{heading: "function", name: "function", rows: d.Functions, label: functionLabel},
	}
}

// write writes the table with its sums. p is its rows, divided.
func (l *list) write(w io.Writer, p *divided, m display.Medium) error {
	t := newDeltaTable(m, l.heading)
	t.table.Paths = l.paths
	t.addPart(p, l.name, l.label)
	if l.total != nil {
		if p.unchanged > 0 {
			t.addSizes("… "+bytesize.Size(p.unchanged).Grouped()+" unchanged", &p.same)
		}
		for i := range p.rest {
			t.addRest(&p.rest[i])
		}
		t.addSizes("total: "+l.total.Name, l.total)
	}
	return t.write(w)
}

// fileRow is both files.
func fileRow(d *compare.Diff) *compare.Row {
	r := compare.Both("file", d.Old.FileSize, d.New.FileSize)
	return &r
}

// inWords is a row in a line.
func inWords(r *compare.Row) string {
	return fmt.Sprintf("%s %s B → %s B: %s", r.Name, bytesize.Size(r.Old).Grouped(), bytesize.Size(r.New).Grouped(), deltaInWords(r))
}

// deltaInWords is how much a row changed.
func deltaInWords(r *compare.Row) string {
	return fmt.Sprintf("%s B%s", delta(r.New, r.Old), inParentheses(relative(r.Old, r.New)))
}

// moreRows says how many rows are left out.
func moreRows(n int, name string) string {
	if many := plural(name); many != name+"s" {
		return display.More(n, name, many)
	}
	return breakdown.MoreRows(n, name)
}

// plural is several of what a row is.
func plural(name string) string {
	switch name {
	case "category":
		return "categories"
	case "entry":
		return "entries"
	}
	return name + "s"
}

// factsOf is what one of the files is, in one line.
func factsOf(b *snapshot.Binary) string {
	facts := []string{strings.TrimSpace(b.Arch + " " + b.Type)}
	if b.Compiler != "" {
		facts = append(facts, b.Compiler)
	}
	if b.Version != "" {
		facts = append(facts, b.Version)
	}
	return display.Fact(strings.Join(facts, ", "))
}

// divided is the rows of a list, divided into what is shown and sums of what
// is not.
type divided struct {
	shown           []compare.Row // what changed, at most as many as are wanted
	more, same      compare.Row   // sums of what else changed and of what did not
	left, unchanged int           // how many rows these are
	rest            []compare.Row // bytes without an owner
}

// divide keeps the order of rows, the rest's too. Rows without a change are
// shown if same says so. A top of 0 shows all.
func divide(rows []compare.Row, top int, same bool) divided {
	var p divided
	sum := func(into, r *compare.Row, count *int) {
		into.Old += r.Old
		into.New += r.New
		*count++
	}
	for i := range rows {
		r := &rows[i]
		switch {
		case r.Rest:
			p.rest = append(p.rest, *r)
		case r.Change == compare.Same && !same:
			sum(&p.same, r, &p.unchanged)
		default:
			p.shown = append(p.shown, *r)
		}
	}
	n := breakdown.ShownOf(len(p.shown), top)
	for i := range p.shown[n:] {
		sum(&p.more, &p.shown[n+i], &p.left)
	}
	p.shown = p.shown[:n]
	return p
}

func sectionLabel(r *compare.Row) string { return r.Name }

func functionLabel(r *compare.Row) string { return display.Demangle(r.Name) }

// ownerLabel names an owner as reports do, with both versions where it has a
// new one.
func ownerLabel(r *compare.Row) string {
	o := snapshot.Owner{Kind: r.Kind, Name: r.Name, ID: r.ID, Version: versions(r), Confidence: r.Confidence}
	if note := breakdown.OwnerNote(&o); note != "" {
		return breakdown.OwnerName(&o) + " (" + note + ")"
	}
	return breakdown.OwnerName(&o)
}

// moduleLabel is a module with its versions.
func moduleLabel(r *compare.Row) string {
	o := snapshot.Owner{Name: r.Name, ID: r.ID}
	return breakdown.OwnerName(&o) + " " + versions(r)
}

// versions are both versions of a row, or the one that there is.
func versions(r *compare.Row) string {
	switch {
	case r.OldVersion == "" || r.OldVersion == r.NewVersion:
		return r.NewVersion
	case r.NewVersion == "":
		return r.OldVersion
	}
	return r.OldVersion + " → " + r.NewVersion
}

// delta is new − old with its sign, "0" where there is no difference.
func delta(new, old uint64) string {
	if new == old {
		return "0"
	}
	return bytesize.Change(new, old)
}

// relative is the change as a share of the old size, "" where there is none.
func relative(old, new uint64) string {
	sign, by := "+", new-old
	if new < old {
		sign, by = "-", old-new
	}
	if old == 0 || by == 0 {
		return ""
	}
	p := bytesize.Percent(by, old)
	if small, ok := strings.CutPrefix(p, "<"); ok {
		if sign == "-" {
			return ">-" + small
		}
		return "<+" + small
	}
	return sign + p
}

// rowChange is what happened to a row, in a word or as a share.
func rowChange(r *compare.Row) string {
	if r.Change == compare.Added || r.Change == compare.Removed {
		return string(r.Change)
	}
	return relative(r.Old, r.New)
}

func inParentheses(s string) string {
	if s == "" {
		return ""
	}
	return " (" + s + ")"
}

// deltaTable is a table of old and new sizes, in red where they grow and in
// green where they shrink.
type deltaTable struct {
	table *texttable.Table
	text  bytes.Buffer
	color bool
	grows []int // by row: 1, 0 or -1
}

func newDeltaTable(m display.Medium, name string) *deltaTable {
	t := &deltaTable{color: m.Color}
	m.Color = false // the lines are coloured when they are written
	t.table = texttable.New(&t.text, m, []string{name, "old", "new", "delta", "change"}, 1)
	return t
}

func (t *deltaTable) add(add func(cells ...string), label string, r *compare.Row, change string) {
	add(label, bytesize.Size(r.Old).Grouped(), bytesize.Size(r.New).Grouped(), delta(r.New, r.Old), change)
	sign := 0
	switch {
	case r.New > r.Old:
		sign = 1
	case r.New < r.Old:
		sign = -1
	}
	t.grows = append(t.grows, sign)
}

func (t *deltaTable) addRow(label string, r *compare.Row) { t.add(t.table.Add, label, r, rowChange(r)) }

// addRest adds a row of bytes without an owner.
func (t *deltaTable) addRest(r *compare.Row) { t.add(t.table.AddSum, r.Name, r, rowChange(r)) }

// addSizes adds a row that is a sum.
func (t *deltaTable) addSizes(label string, r *compare.Row) {
	t.add(t.table.AddSum, label, r, relative(r.Old, r.New))
}

func (t *deltaTable) addPart(p *divided, name string, label func(r *compare.Row) string) {
	for i := range p.shown {
		t.addRow(label(&p.shown[i]), &p.shown[i])
	}
	if p.left > 0 {
		t.addSizes("… "+moreRows(p.left, name), &p.more)
	}
}

func (t *deltaTable) write(w io.Writer) error {
	if err := t.table.Render(); err != nil {
		return err
	}
	for i, line := range strings.Split(strings.TrimSuffix(t.text.String(), "\n"), "\n") {
		code := ""
		switch {
		case !t.color:
		case i == 0:
			code = display.Bold
		case t.grows[i-1] > 0:
			code = display.Red
		case t.grows[i-1] < 0:
			code = display.Green
		}
		if code != "" {
			line = code + line + display.Reset
		}
		if _, err := fmt.Fprintln(w, line); err != nil {
			return err
		}
	}
	return nil
}
