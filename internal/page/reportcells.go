package page

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/oneline"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// party is all owners that are the same package, crate or library. What was read
// and what was concluded of it are two owners in a report, and one cell here.
type party struct{ kind, name, id, module, version string }

// share is what a party has in a section.
type share struct{ size, inferred uint64 }

// functionKey is what a function says of where it belongs.
type functionKey struct{ owner, id, section string }

// reportFile is the cells of a binary that passes snapshot.Binary.Check: by
// section in the order of the file, in it by size.
func reportFile(b *snapshot.Binary) (file, error) {
	if !fits(b.FileSize) {
		return file{}, errTooLarge
	}
	f := newFile(b.Name, b.FileSize, 0, facts(b), b.Warnings)
	parties, positions := f.addParties(b.Owners)
	shares := make([]map[int]share, len(b.Sections))
	sectionAt := make(map[string]int, len(b.Sections))
	for i := range b.Sections {
		shares[i] = make(map[int]share)
		sectionAt[b.Sections[i].Name] = i
	}
	// named counts the parties that a function's owner can be, and keeps one.
	type candidates struct{ party, count int }
	named := make(map[functionKey]candidates)
	for i := range b.Owners {
		o, at := &b.Owners[i], positions[i]
		for name, size := range o.Sections {
			s := shares[sectionAt[name]]
			sum, seen := s[at]
			sum.size += size
			if o.Confidence == "inferred" {
				sum.inferred += size
			}
			s[at] = sum
			if !seen {
				key := functionKey{o.Name, o.ID, name}
				named[key] = candidates{at, named[key].count + 1}
			}
		}
	}
	list := functionsByPlace(b.Functions)
	unclear := 0
	for i := range b.Sections {
		s := &b.Sections[i]
		f.Sections = append(f.Sections, section{oneline.Printable(s.Name), s.Kind})
		order := make([]int, 0, len(shares[i]))
		for at := range shares[i] {
			order = append(order, at)
		}
		slices.SortFunc(order, func(x, y int) int { return cmp.Or(cmp.Compare(shares[i][y].size, shares[i][x].size), x-y) })
		for _, at := range order {
			sum := shares[i][at]
			if sum.size == 0 {
				continue
			}
			f.group(i, at, sum.size, 0, sum.inferred, false)
			key := functionKey{parties[at].name, parties[at].id, s.Name}
			if len(list[key]) > 0 && (named[key].count > 1 || !f.addFunctions(list[key], sum.size)) {
				unclear++
			}
		}
		f.nobody(i, padding, s.Padding)
		f.nobody(i, unattributed, s.Unattributed)
	}
	f.nobody(-1, headers, b.Overhead.Headers)
	f.nobody(-1, gaps, b.Overhead.Gaps)
	if unclear > 0 {
		f.Warnings = append(f.Warnings, fmt.Sprintf("the functions of %s are not shown: the report does not tell whose they are", display.Counted(unclear, "owner")))
	}
	return f, f.check()
}

// nobody adds bytes that have no owner.
func (f *file) nobody(section, owner int, size uint64) {
	if size > 0 {
		f.group(section, owner, size, 0, 0, false)
	}
}

// addParties adds the owners to the file: list is parallel to f.Owners, and
// positions says where in it each owner is.
func (f *file) addParties(owners []snapshot.Owner) (list []party, positions []int) {
	at := make(map[party]int)
	list = make([]party, len(f.Owners))
	positions = make([]int, len(owners))
	for i := range owners {
		o := &owners[i]
		p := party{o.Kind, o.Name, o.ID, o.Module, o.Version}
		n, ok := at[p]
		if !ok {
			n = len(list)
			at[p] = n
			list = append(list, p)
			f.Owners = append(f.Owners, owner{o.Kind, oneline.Printable(o.Name), oneline.Printable(o.ID), oneline.Printable(o.Module), oneline.Printable(o.Version), o.Origin})
		}
		positions[i] = n
	}
	return list, positions
}

// functionsByPlace has the functions of each owner in each section, the largest
// first, then by name, then in the order of the file.
func functionsByPlace(functions []snapshot.Function) map[functionKey][]*snapshot.Function {
	list := make(map[functionKey][]*snapshot.Function)
	for i := range functions {
		fn := &functions[i]
		key := functionKey{fn.Owner, fn.OwnerID, fn.Section}
		list[key] = append(list[key], fn)
	}
	for _, l := range list {
		slices.SortStableFunc(l, func(a, b *snapshot.Function) int {
			return cmp.Or(cmp.Compare(b.Size, a.Size), strings.Compare(a.Name, b.Name))
		})
	}
	return list
}

// addFunctions adds functions to the last group, whose size is known. Functions
// that would be larger than the group are none of this owner's alone, and are
// left out. Those of size 0 have no cell.
func (f *file) addFunctions(list []*snapshot.Function, size uint64) bool {
	for _, fn := range list {
		if fn.Size > size {
			return false
		}
		size -= fn.Size
	}
	last := int64(0)
	for _, fn := range list {
		if fn.Size == 0 {
			break
		}
		f.Functions.Name = append(f.Functions.Name, oneline.Printable(fn.Name))
		f.Functions.Size = append(f.Functions.Size, int64(fn.Size)-last)
		last = int64(fn.Size)
		f.Groups.Count[len(f.Groups.Count)-1]++
	}
	return true
}
