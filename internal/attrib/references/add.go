package references

import (
	"github.com/sizegate/sizegate/internal/attrib/account"
	"github.com/sizegate/sizegate/internal/attrib/goruntime"
)

// search is what it takes to find who refers to what.
type search struct {
	*account.Book
	goTable *goruntime.Table // nil if the file has none
}

// Add charges data that nothing has claimed to the owners of what
// refers to it, and data whose symbols do not tell whose it is.
//
//  1. What is claimed already is left out; the rest is open (openData).
//  2. Functions are decoded for the addresses in open data that they refer to, and
//     the pointers in data are listed.
//  3. At each such address an object begins. It reaches to the next one, or to
//     the end of the open bytes.
//  4. An object belongs to all owners of the code, and of the claimed data, that
//     refers to it; one that only other open objects point to belongs to the
//     owners of those that are the fewest steps from code.
//
// That an object reaches as far as that is concluded, so its owners are Inferred.
//
// Code must be divided, and what else claims data must have done so. goTable is nil if
// the file has none.
func Add(book *account.Book, goTable *goruntime.Table) error {
	a := &search{book, goTable}
	d := newOpenData(a)
	if len(d.sections) == 0 {
		return nil
	}
	d.takeSymbols(a)
	d.findOpen()
	pointers, err := a.pointers(d)
	if err != nil {
		return err
	}
	names, err := a.constants(d, pointers)
	if err != nil {
		return err
	}
	sets := newOwnerSets(len(a.Owners.Keys))
	pointers = d.ownPointers(a, pointers, sets)
	refs, err := a.codeReferences(d, sets)
	if err != nil {
		return err
	}
	if pointers, err = a.likely(d, refs, pointers); err != nil {
		return err
	}
	if pointers, err = a.offsetTables(d, refs, pointers); err != nil {
		return err
	}
	d.aim(refs, pointers)
	os := newObjects(d, refs, pointers)
	os.own(refs, pointers, sets)
	return a.chargeObjects(os, sets, names)
}
