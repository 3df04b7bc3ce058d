package account

import (
	"fmt"
	"slices"

	"github.com/sizegate/sizegate/internal/attrib/gosym"
	"github.com/sizegate/sizegate/internal/attrib/ownership"
	"github.com/sizegate/sizegate/internal/attrib/parallel"
	"github.com/sizegate/sizegate/internal/attrib/stage"
	"github.com/sizegate/sizegate/internal/elfscan"
)

// Book is the account of a file. Steps add owners, entries and claims; Sweep then
// decides who gets which bytes of a stage's sections.
type Book struct {
	Binary *elfscan.Binary
	Options
	needed []bool // by section: it is divided

	Owners    *ownership.List
	Crates    ownership.Crates
	Languages Languages            // seen in names
	Entries   []Entry              // in the order of their IDs
	Symbols   *elfscan.SymbolTable // has the names that are InSymbol
	GoNames   *gosym.Table         // has the names that are InGo
	names     []string             // those that are inList

	// Claims are what entries claim, by section of Binary: virtual addresses, or
	// offsets in a section that is not loaded. They are dropped once a section is
	// divided. Those of tables that Charge makes are in packed.
	Claims [][]Claim
	packed []packedClaims // by section
	// Tallies are how sections are divided, by section of Binary.
	Tallies []Tally
	// Places are who owns what is divided, and loaded.
	Places      Places
	placeOwners []int32  // what owners of places are parts of, so that not each is an allocation
	aloneAt     []uint32 // by owner from Nobody on: the position in that, and one, where it is alone; 0 for none
	remembers   bool     // the stage at hand adds to places: a later one can ask
	charges     *charges // nil before there are any

	// Inlined are claims on code, if DividesInlined: for entries of InlinedEntry, or
	// StaysInFunction. From the sweep of code on they do not overlap.
	Inlined    []Claim
	inlinedIDs map[inlined]uint32
	// InliningKnown says that it is known what was inlined into some of the code, were
	// it nothing.
	InliningKnown bool

	Cores parallel.Cores // of the machine

	Warnings []string
}

// Options say what an account is for.
type Options struct {
	// Asked says which sections are asked for. The others are divided only where
	// those need it.
	Asked func(*elfscan.Section) bool
	// Functions says that entries are asked for by name.
	Functions bool
	// DividesInlined says that inlined code is charged to whom it is from.
	DividesInlined bool
}

// New returns the account of a file in which nothing is claimed yet.
func New(b *elfscan.Binary, opt Options) *Book {
	opt.DividesInlined = opt.DividesInlined && slices.ContainsFunc(b.Sections, func(s elfscan.Section) bool {
		return stage.Of(&s) == stage.Code && opt.Asked(&s)
	})
	return &Book{Binary: b, Options: opt, needed: stage.Needed(b, opt.Asked), Owners: ownership.NewList(),
		Claims: make([][]Claim, len(b.Sections)), packed: newPacked(b), Tallies: make([]Tally, len(b.Sections))}
}

// Part returns an account of the same file for judging some of its names apart from
// others: what names tell (Owners, Crates, Languages) is its own, to be joined with
// that of b. It has no room for claims.
func (b *Book) Part() *Book {
	return &Book{Binary: b.Binary, Options: b.Options, needed: b.needed, Owners: ownership.NewList()}
}

// Tally is how the file bytes of one section are divided. The three add up to
// the section's FileSize.
type Tally struct{ Attributed, Padding, Unattributed uint64 }

// Warnf adds a warning.
func (b *Book) Warnf(format string, args ...any) {
	b.Warnings = append(b.Warnings, fmt.Sprintf(format, args...))
}

// ForgetUnasked drops what was divided only because of what is asked for.
func (b *Book) ForgetUnasked() {
	for i := range b.Binary.Sections {
		if s := &b.Binary.Sections[i]; !b.Asked(s) {
			b.Tallies[i] = Tally{Unattributed: s.FileSize}
		}
	}
	for i := range b.Entries {
		if e := &b.Entries[i]; !b.Asked(&b.Binary.Sections[e.Section]) {
			e.Size, e.Counted = 0, false
		}
	}
}

// Entry is one name that claims bytes. Its position in Book.Entries is the ID of its
// claims. It takes 32 bytes and has no pointers, so that the garbage collector has
// nothing to look for in the largest table there is.
type Entry struct {
	Addr    uint64
	Size    uint64 // what it got
	Name    uint32 // where the name is: see Naming
	Owner   int32  // position in Book.Owners, ownership.Nobody if unknown
	Section int32
	Naming  Naming
	Counted bool // it owns bytes and is a function
	Whole   bool // it is no function but a whole section, what an owner is charged without a name, or inlined code
	Inlined bool // it is what of a function was inlined elsewhere
}

// Naming is where the name of an entry is.
type Naming uint8

const (
	unnamed    Naming = iota
	InSymbol          // Entry.Name is the offset in the string table
	InGo              // Entry.Name is the offset among the names of the Go function table
	inList            // Entry.Name is the position in Book.names
	ofConstant        // as inList, and the name says what a constant holds
)

// NameOf returns the name of an entry. It is valid until the next call, and for
// long where functions are asked for.
func (b *Book) NameOf(e *Entry) string {
	switch e.Naming {
	case InSymbol:
		return b.Symbols.NameOnce(e.Name)
	case InGo:
		return b.GoNames.Name(e.Name)
	case inList, ofConstant:
		return b.names[e.Name]
	}
	return ""
}

// IsConstant says whether the name of an entry says what a constant holds.
func (e *Entry) IsConstant() bool { return e.Naming == ofConstant }

// Constant returns e with what a constant holds, which is not empty, for a name.
func (b *Book) Constant(e Entry, content string) Entry {
	e = b.WithName(e, content)
	e.Naming = ofConstant
	return e
}

// WithName returns e with a name of its own.
func (b *Book) WithName(e Entry, name string) Entry {
	if name != "" {
		e.Name, e.Naming = uint32(len(b.names)), inList
		b.names = append(b.names, name)
	}
	return e
}

// Wanted says whether a section is attributed.
func (b *Book) Wanted(section int) bool { return b.needed[section] }

// AnyWanted says whether a section of the stage is attributed.
func (b *Book) AnyWanted(st stage.Stage) bool {
	for i := range b.Binary.Sections {
		if b.needed[i] && stage.Of(&b.Binary.Sections[i]) == st {
			return true
		}
	}
	return false
}

// FindSection returns the position of the first section that is as asked, or -1.
func (b *Book) FindSection(is func(*elfscan.Section) bool) int {
	return slices.IndexFunc(b.Binary.Sections, func(s elfscan.Section) bool { return is(&s) })
}
