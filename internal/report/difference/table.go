// Package difference renders what changed between two ELF files, one file a format.
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
		m.Say(w, fmt.Sprintf("file %s B → %s B: %s B%s", bytesize.Size(d.Old.FileSize).Grouped(), bytesize.Size(d.New.FileSize).Grouped(),
			delta(d.New.FileSize, d.Old.FileSize), inParentheses(relative(d.Old.FileSize, d.New.FileSize))), ""))
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
	owner := breakdown.RowName(d.New, breakdown.ByPackage)
	for i, list := range []struct {
		rows  []compare.Row
		name  string
		label func(r *compare.Row) string
		whole bool // the rows add up to the file
	}{
		{d.Sections, "section", sectionLabel, true},
		{d.Owners, owner, ownerLabel, true},
		{d.Functions, "function", functionLabel, false},
	} {
		part := divide(list.rows, top, false)
		if !list.whole && len(part.shown) == 0 {
			continue
		}
		if i > 0 {
			if _, err := fmt.Fprintln(w); err != nil {
				return err
			}
		}
		t := newDeltaTable(m, list.name)
		t.addPart(&part, list.name, list.label)
		if list.whole {
			if part.unchanged > 0 {
				t.addSizes("… "+bytesize.Size(part.unchanged).Grouped()+" unchanged", &part.same)
			}
			for i := range part.rest {
				t.addRest(&part.rest[i])
			}
			t.addSizes("total: file", &compare.Row{Old: d.Old.FileSize, New: d.New.FileSize})
		}
		if err := t.write(w); err != nil {
			return err
		}
	}
	return nil
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
		t.addSizes("… "+breakdown.MoreRows(p.left, name), &p.more)
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
