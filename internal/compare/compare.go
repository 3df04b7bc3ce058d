// Package compare says how two measurements of a program differ: by section,
// by owner and by function, in signed bytes that add up to the difference of
// the files.
//
// The steps, each finished before the next begins:
//
//  1. Scope. A section that only one side has divided among owners counts as
//     unattributed on both.
//  2. Sections are matched by name.
//  3. Owners are matched, the surest way first: see owners.
//  4. Functions are matched within matched owners, then across them.
//  5. Modules whose version changed are summed up from the matched owners.
package compare

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/snapshot"
)

// Change is what happened to a row.
type Change string

const (
	Added   Change = "added"   // it is not there on the old side
	Removed Change = "removed" // it is not there on the new side
	Grew    Change = "grown"
	Shrank  Change = "shrunk"
	Same    Change = "same" // as large as before
)

// Row is one section, owner, function or module on both sides. Sizes are bytes.
// Where names and the like differ, the row has those of the new side.
type Row struct {
	Name       string
	Kind       string // of an owner, a section or a module's owners; "" of a function
	ID         string // of an owner or a function's owner: the crate's ID, where several crates have the name
	Confidence string // of an owner
	Owner      string // of a function
	// Rest marks [headers], [gaps], [padding] and [unattributed], from which a
	// name in a file cannot be told otherwise.
	Rest     bool
	Old, New uint64
	Change   Change
	// The versions of the module or crate on both sides, "" where unknown or
	// not there.
	OldVersion, NewVersion string
}

// Delta is New − Old.
func (r *Row) Delta() int64 { return int64(r.New - r.Old) }

// Diff is the difference of two binaries. The largest change comes first in
// every list, then names decide.
type Diff struct {
	Old, New *snapshot.Binary
	// Sections has a row for each section, with [headers] and [gaps]; Owners one
	// for each owner, with [padding], [unattributed], [headers] and [gaps]. Each
	// list adds up to the difference of the files.
	Sections, Owners []Row
	// Functions, nil where one of the sides was measured without.
	Functions []Row
	// Modules are Go modules, crates and libraries whose version changed, with
	// the difference of all their owners together.
	Modules []Row
	// Warnings say where the two sides were not measured alike. They can quote
	// the files.
	Warnings []string
}

// Binaries compares two binaries that pass snapshot.Binary.Check. Neither is
// changed. The caller runs Diff.Check.
func Binaries(old, new *snapshot.Binary) *Diff {
	d := &Diff{Old: old, New: new}
	sc := newScope(old, new)
	d.Warnings = sc.warnings()
	if before, after := viewOf(old), viewOf(new); before != after {
		d.Warnings = append(d.Warnings, fmt.Sprintf("the old side was measured with --view %.60s, the new one with %.60s: owners do not mean the same (measure both with one --view)", before, after))
	}
	d.Sections = sections(old, new)
	before, after := sc.side(old), sc.side(new)
	matched := matchOwners(before.owners, after.owners)
	d.Owners = ownerRows(&before, &after, matched)
	d.Modules = modules(&before, &after, matched)
	switch {
	case old.Functions != nil && new.Functions != nil:
		d.Functions = functions(&before, &after, matched)
	case old.Functions != nil || new.Functions != nil:
		which := "old"
		if new.Functions != nil {
			which = "new"
		}
		d.Warnings = append(d.Warnings, "functions are not compared: only the "+which+" side has them (measure both with --by function)")
	}
	for _, rows := range [][]Row{d.Sections, d.Owners, d.Functions, d.Modules} {
		Order(rows)
	}
	return d
}

// rest is a row of bytes that belong to nothing with a name.
func rest(name string, old, new uint64) Row {
	r := Both(name, old, new)
	r.Rest = true
	return r
}

// Both is a row of what is there on both sides.
func Both(name string, old, new uint64) Row {
	return Row{Name: name, Old: old, New: new, Change: changed(old, new)}
}

// changed is the change of what is there on both sides.
func changed(old, new uint64) Change {
	switch {
	case old < new:
		return Grew
	case old > new:
		return Shrank
	}
	return Same
}

// Order sorts rows by how much changed, the most first, then by name and what
// else tells rows apart; rows that are alike in all keep their order.
func Order(rows []Row) {
	positions := make([]int32, len(rows)) // rows are too large to be moved at each step
	for i := range positions {
		positions[i] = int32(i)
	}
	slices.SortFunc(positions, func(i, j int32) int {
		a, b := &rows[i], &rows[j]
		if c := cmp.Compare(distance(b), distance(a)); c != 0 {
			return c
		}
		if c := strings.Compare(a.Name, b.Name); c != 0 {
			return c
		}
		return cmp.Or(strings.Compare(a.Owner, b.Owner), strings.Compare(a.Kind, b.Kind), strings.Compare(a.ID, b.ID),
			strings.Compare(a.Confidence, b.Confidence), cmp.Compare(b.New, a.New), cmp.Compare(i, j))
	})
	sorted := make([]Row, len(rows))
	for to, from := range positions {
		sorted[to] = rows[from]
	}
	copy(rows, sorted)
}

// distance is the delta without its sign.
func distance(r *Row) uint64 {
	if r.New > r.Old {
		return r.New - r.Old
	}
	return r.Old - r.New
}

// Check proves that sections and owners add up to the files on both sides, and
// so their deltas to the difference of the files. A failure is a bug of this
// program.
func (d *Diff) Check() error {
	for _, list := range []struct {
		what string
		rows []Row
	}{{"sections", d.Sections}, {"owners", d.Owners}} {
		var old, new uint64
		for i := range list.rows {
			r := &list.rows[i]
			old += r.Old
			new += r.New
		}
		if old != d.Old.FileSize || new != d.New.FileSize {
			return fmt.Errorf("the %s of the difference add up to %d and %d, not to the files' %d and %d bytes",
				list.what, old, new, d.Old.FileSize, d.New.FileSize)
		}
	}
	return nil
}

// Identical says whether nothing differs in size and nothing was added or
// removed.
func (d *Diff) Identical() bool {
	for _, rows := range [][]Row{d.Sections, d.Owners, d.Functions} {
		if slices.ContainsFunc(rows, func(r Row) bool { return r.Change != Same }) {
			return false
		}
	}
	return true
}

// Grown is the rows that grew most, at most n of them, the most first. Rows that
// stand for bytes without an owner are left out: they are nobody's doing.
func Grown(rows []Row, n int) []Row {
	var grown []Row
	for _, r := range rows {
		if r.New > r.Old && !r.Rest {
			grown = append(grown, r)
		}
	}
	Order(grown)
	return grown[:min(max(n, 0), len(grown))]
}
