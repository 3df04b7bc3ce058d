package goclaims

import (
	"slices"

	"github.com/sizegate/sizegate/internal/attrib/account"
	"github.com/sizegate/sizegate/internal/attrib/goruntime"
	"github.com/sizegate/sizegate/internal/attrib/gosym"
	"github.com/sizegate/sizegate/internal/attrib/ownership"
	"github.com/sizegate/sizegate/internal/attrib/radix"
)

// AddTable claims the Go function table itself, part by part, and the stack
// maps, inline trees and the like that its records refer to.
//
// The claims are made before the first stage: external linkers put the table
// into sections of any kind, and only who owns the functions must be known.
func (a *Program) AddTable() error {
	t := a.Table
	if t == nil || a.functions.n < t.Len() {
		return nil // there is none, or it is corrupt
	}
	from, index, err := t.FuncData()
	if err != nil {
		return err
	}
	table, data, lookup := ledgerAt(a.Book, t.Addr), ledgerAt(a.Book, from), ledgerAt(a.Book, index)
	if table == nil && data == nil && lookup == nil {
		return nil
	}
	d := pclntab{t: t, packages: a.functions.packages, layout: t.Layout(), functions: a.Entries[a.functions.first:][:a.functions.n],
		runtime: a.Owners.GoPackage("runtime", ownership.Exact)}
	if table != nil {
		d.readSources(a.functions.files, a.functions.units)
	}
	if !d.collect() {
		return t.Err() // nil where the table is corrupt
	}
	// From Go 1.26 on the function data lies between the records and the index,
	// in .rodata before.
	last := uint64(0)
	if from >= t.Addr+d.end && from-t.Addr-d.end < maxAlignment && index > from {
		last = index - from
	}
	if table != nil {
		d.divideTable(table)
		if last != 0 {
			d.align(table, from-t.Addr)
		}
		table.Flush()
	}
	if data != nil {
		d.divideFuncData(data, last)
		data.Flush()
	}
	if lookup != nil {
		lookup.charge(0, findfunctabSize(t), d.runtime)
		lookup.Flush()
	}
	return t.Err()
}

// findfunctabSize is the size of the runtime's index of the functions: for each
// 4096 bytes of code the first function, for each 256 the distance from that.
func findfunctabSize(t *goruntime.Table) uint64 {
	code := t.Hi - t.Lo
	return (code+4095)/4096*4 + (code+255)/256
}

// pclntab is a function table that is to be divided.
type pclntab struct {
	t         *goruntime.Table
	packages  *goPackages
	layout    gosym.Layout
	functions []account.Entry // parallel to the table's
	runtime   int32
	files     referenceLog        // in layout.Files, by the functions that begin in them
	known     map[uint32]struct{} // the offsets in files
	units     []reference         // the package of each compilation unit
	names     referenceLog        // in layout.Names
	tables    referenceLog        // in layout.PCTables
	funcdata  referenceLog        // from the moduledata's gofunc
	pair      gosym.Part          // of the first function
	records   []recordRun
	end       uint64 // of the last record
}

// recordRun is the bytes of records that lie one behind the other and are of functions
// of one owner.
type recordRun struct {
	gosym.Part
	owner int32
}

// collect reads the records, once. It is false if one of them lies elsewhere than a
// linker would put it: what is in the table is then not known.
func (d *pclntab) collect() bool {
	// Programs have 1.3 and 1.4 references to a function that are out of order: lists
	// that grow to that would leave four times their size behind.
	room := len(d.functions) * 3 / 2
	d.tables.rest = make([]reference, 0, room)
	d.funcdata.rest = make([]reference, 0, room)
	d.end = d.layout.Records.Lo
	for i := range d.functions {
		owner := d.functions[i].Owner
		rec, ok := d.t.Record(i)
		if !ok || owner == ownership.Nobody || rec.Lo < d.end {
			return false
		}
		if i == 0 {
			d.pair = rec.Pair
		}
		if last := len(d.records) - 1; last >= 0 && rec.Lo == d.end && d.records[last].owner == owner {
			d.records[last].Hi = rec.Hi
		} else {
			d.records = append(account.Roomy(d.records), recordRun{rec.Part, owner})
		}
		d.end = rec.Hi
		d.names.add(rec.Name, owner)
		for off := range rec.PCTables() {
			d.tables.add(off, owner)
		}
		for off := range rec.FuncData() {
			d.funcdata.add(off, owner)
		}
	}
	return true
}

// divideTable charges the parts of the table in their order.
func (d *pclntab) divideTable(l *ledger) {
	t, layout := d.t, &d.layout
	l.charge(layout.Header.Lo, layout.Header.Hi, d.runtime)
	d.align(l, layout.Names.Lo)
	l.divide(layout.Names, d.nameOwners(), t.StringEnd)
	d.names = referenceLog{}
	d.align(l, layout.Names.Hi)
	files := d.divideUnits(l)
	d.align(l, layout.Units.Hi)
	l.divide(layout.Files, files, t.StringEnd)
	d.align(l, layout.Files.Hi)
	if !layout.Mixed {
		l.charge(layout.PCTables.Lo, layout.PCTables.Lo+1, d.runtime) // so that no table has the offset 0
	}
	l.divide(layout.PCTables, d.tables.sorted(), func(lo, next uint64) uint64 {
		// Where the linker puts one table behind the other, reading millions
		// of varints to see where each ends is a waste.
		if next < layout.PCTables.Hi && !layout.Mixed {
			return next
		}
		return t.PCTableEnd(lo, next)
	})
	d.tables = referenceLog{}
	d.align(l, layout.PCTables.Hi)
	pair := d.pair
	for i := range d.functions {
		l.charge(pair.Lo, pair.Hi, d.functions[i].Owner)
		pair = gosym.Part{Lo: pair.Hi, Hi: pair.Hi + pair.Hi - pair.Lo}
	}
	l.charge(pair.Lo, layout.Functab.Hi, d.runtime) // the end of the last function
	for _, r := range d.records {
		d.align(l, r.Lo)
		l.charge(r.Lo, r.Hi, r.owner)
	}
}

// align charges what linkers leave for alignment in front of the offset next.
func (d *pclntab) align(l *ledger, next uint64) {
	if lo := l.End(); lo < next && next-lo < maxAlignment {
		l.charge(lo, next, d.runtime)
	}
}

// maxAlignment is more than linkers leave free between parts.
const maxAlignment = 64

// nameOwners returns who owns the names. One that no function has is that of a
// function that was inlined wherever it is called; it says its package itself.
func (d *pclntab) nameOwners() *merged {
	packages := d.packages
	var inlined []reference
	functions := d.names.sorted()
	ref, more := functions.next()
	for off, name := range d.t.Names() {
		for more && ref.offset() < off {
			ref, more = functions.next()
		}
		if more && ref.offset() == off {
			continue
		}
		if owner := packages.of(name); owner != ownership.Nobody {
			inlined = append(inlined, newReference(off, owner))
		}
	}
	to := packages.promoted()
	for _, r := range inlined {
		if owner, ok := to[r.owner()]; ok {
			r = newReference(r.offset(), owner)
		}
		d.names.rest = append(d.names.rest, r)
	}
	return d.names.sorted()
}

// divideUnits charges the list of source files of each unit to the unit's
// package, and returns who owns the names of the files: the functions that
// begin in a file, and where there is none the units that have it in their
// list, as code from it was inlined there.
func (d *pclntab) divideUnits(l *ledger) *merged {
	t, units, files, owners := d.t, d.layout.Units, &d.files, d.units
	if d.layout.Mixed {
		l.charge(units.Lo, units.Hi, d.runtime)
		return files.sorted()
	}
	var inlined referenceLog
	for i, u := range owners {
		lo, hi := uint64(u.offset()), (units.Hi-units.Lo)/4
		if i+1 < len(owners) {
			hi = min(hi, uint64(owners[i+1].offset()))
		}
		if lo >= hi {
			continue
		}
		l.charge(units.Lo+4*lo, units.Lo+4*hi, u.owner())
		for k := lo; k < hi; k++ {
			off, ok := t.UnitFile(k)
			if _, begun := d.known[off]; ok && !begun {
				inlined.add(off, u.owner())
			}
		}
	}
	for refs := inlined.sorted(); ; {
		ref, ok := refs.next()
		if !ok {
			return files.sorted()
		}
		files.rest = append(files.rest, ref)
	}
}

// readSources finds out which functions begin in each file, and the packages of the
// units.
func (d *pclntab) readSources(files, units []uint32) {
	d.known = make(map[uint32]struct{}, 1024)
	votes := make([]reference, 0, len(d.functions))
	for i := range d.functions {
		owner := d.functions[i].Owner
		again := i > 0 && files[i] == files[i-1] && owner == d.functions[i-1].Owner // as for most
		if files[i] != gosym.NoFile && !again {
			d.files.add(files[i], owner)
			d.known[files[i]] = struct{}{}
		}
		if units[i] != gosym.NoUnit {
			votes = append(votes, newReference(units[i], owner))
		}
	}
	d.units = slices.Clone(unitOwners(votes))
}

// unitOwners returns the package of each compilation unit: that of most of its
// functions, the one met first among equals. Instances of generic functions do
// not count, as they are in a unit that needed them. Votes are the units and packages
// of the functions, which are sorted and overwritten.
func unitOwners(votes []reference) []reference {
	votes = radix.Sort(votes, 0)
	owners := votes[:0]
	most := 0
	for i := 0; i < len(votes); {
		n := 1
		for i+n < len(votes) && votes[i+n] == votes[i] {
			n++
		}
		last := len(owners) - 1
		switch {
		case last < 0 || owners[last].offset() != votes[i].offset():
			owners = append(owners, votes[i])
			most = n
		case n > most:
			owners[last] = votes[i]
			most = n
		}
		i += n
	}
	return owners
}

// divideFuncData charges what the functions refer to besides pc-value tables.
// It ends at the offset end, if that is not 0.
func (d *pclntab) divideFuncData(l *ledger, end uint64) {
	l.divide(gosym.Part{Lo: 0, Hi: l.Room()}, d.funcdata.sorted(), func(lo, next uint64) uint64 {
		switch {
		case next < l.Room():
			return next
		case end > lo:
			return end
		}
		return lo // nothing says where the last one ends
	})
}
