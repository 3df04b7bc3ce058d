// Package attrib gives every byte of a file's sections to exactly one owner (a
// Go package, a Rust crate, a native library or source file, the linker), to
// padding, or to nobody.
//
// The steps, each finished before the next begins:
//
//  1. Claims. The Go function table claims its functions and the fill behind
//     them; sized symbols claim their range; symbols without a size claim up to
//     the next symbol; the sections that only linkers write claim themselves.
//  2. Sweep. Package span decides who owns each byte. The earlier kind of
//     claim in that list wins, and within a kind the more specific symbol.
//  3. Gaps. What nobody claimed is padding where its bytes are fill, and
//     unattributed otherwise.
//
// This is done for code first, then for data, then for the tables that describe
// both (see stage): each stage can ask who owns an address of an earlier one.
//
// What was read from the file is Exact; what was concluded is Inferred.
package attrib

import (
	"cmp"
	"debug/buildinfo"
	"fmt"
	"slices"

	"github.com/sizegate/sizegate/internal/attrib/goruntime"
	"github.com/sizegate/sizegate/internal/attrib/ownership"
	"github.com/sizegate/sizegate/internal/attrib/stage"
	"github.com/sizegate/sizegate/internal/elfscan"
)

// View chooses whom code is charged to: the package or crate that a function is
// of, or those that its parts are from. Go's object files do not keep who asked
// for an instantiation, so Go packages are the same in the first two views.
type View string

const (
	// Auto is Defined. Of stripped Rust it is Instantiated: who compiled a function
	// can be concluded for most of the code there, who wrote it for half of it.
	Auto View = "auto"
	// Defined is the crate whose source holds the function.
	Defined View = "defined"
	// Instantiated is the crate whose compilation made this copy of it, where
	// the name or the codegen unit tells; otherwise the defining crate.
	Instantiated View = "instantiated"
	// Source is Defined, but for inlined code: that is charged to the package or
	// crate of the function that was inlined. Data and tables follow the function
	// that has the code, as in Defined.
	Source View = "source"
)

// Options say what to attribute.
type Options struct {
	View View
	// Section says which sections are asked for. The others are left wholly
	// unattributed, and are not read unless those that are asked for need it.
	Section func(*elfscan.Section) bool
	// Functions asks for Profile.Functions.
	Functions bool
	// DebugFile has the symbols and debug information that were stripped from
	// the file, nil if there is none.
	DebugFile *elfscan.DebugFile
}

// Profile is who owns what. It does not change once it is returned.
type Profile struct {
	Owners    []ownership.Owner // by size, the largest first, then by name
	Sections  []Tally           // parallel to Binary.Sections
	Functions []Function        // in the order of their addresses; nil unless asked for
	Languages []string          // "go", "rust", "c", "c++", in this order
	Compiler  string            // as "go1.26.8" or "rustc 1.95.0", "" if unknown
	Main      string            // the main package or crate, "" if unknown
	Version   string            // of the main module or crate, "" if unknown
	Symbols   string            // where names came from: "symtab", "debug-file", "pclntab", "dynsym" or "none"
	View      View              // how code was charged: never Auto
	Warnings  []string
}

// Tally is how the file bytes of one section are divided. The three add up to
// the section's FileSize.
type Tally struct{ Attributed, Padding, Unattributed uint64 }

// Function is a name that owns bytes. Where several names have one address,
// each has its share. What an owner is charged in a section without a name of
// its own, such as the records of a table, is one Function called
// "[SECTION of OWNER]". Large constants that no symbol names are Functions too:
// "embed: PATH" is a file in a Go embed.FS, "gzip data" and the like what the
// content is, text its first 40 characters in quotes, and other content
// "[object in SECTION of OWNER]".
type Function struct {
	Name     string // as in the file, mangled
	Owner    int    // position in Profile.Owners
	Section  int    // position in Binary.Sections
	Address  uint64
	Size     uint64 // bytes of the file
	Inlined  bool   // bytes of other functions, into which this one was inlined; Address is the lowest of them
	Constant bool   // Name says what a constant holds: it is no mangled name
}

// Attribute reads the parts of b that opt asks for and divides them. An error
// means that the file could not be read.
func Attribute(b *elfscan.Binary, opt Options) (*Profile, error) {
	a := newAttribution(b, opt)
	a.debug = a.startDebug()
	defer a.finish()
	symbols, err := a.symbolTable()
	if err != nil {
		return nil, err
	}
	if err := a.addGo(symbols); err != nil {
		return nil, err
	}
	if err := a.addSymbols(symbols); err != nil {
		return nil, err
	}
	if err := a.addStrippedRust(symbols); err != nil {
		return nil, err
	}
	a.addLinkerSections()
	for _, st := range []struct {
		stage stage.Stage
		add   []func() error // the claims that earlier stages make possible
	}{
		{stage.Code, []func() error{a.addPclntab, a.addGoInlined, a.addDWARFInlined}},
		{stage.Data, []func() error{a.addLinkerData, a.addGoTypes, a.addReferences, a.addPointers}},
		{stage.Tables, []func() error{a.addUnwind, a.addRelocations, a.addSymbolTables, a.addLinkerTables, a.addDebug}},
	} {
		if st.stage != stage.Code && !a.anyWanted(st.stage) {
			continue
		}
		for _, add := range st.add {
			if err := add(); err != nil {
				return nil, err
			}
		}
		if st.stage == stage.Code {
			a.forgetTables()
			a.startGoTypes()
		}
		if err := a.sweep(st.stage); err != nil {
			return nil, err
		}
	}
	a.forget()
	return a.profile(symbols), nil
}

// forgetTables drops what code was found by, but for names that are asked for.
func (a *attribution) forgetTables() {
	if a.goTable != nil {
		a.goTable.Forget(!a.opt.Functions)
		a.goFunctions.packages = nil
	}
	if !a.opt.Functions {
		a.symbols.Forget()
	}
}

// finish waits for what was begun beside the rest, which reads the file too.
func (a *attribution) finish() {
	<-a.debug.done
	if a.types != nil {
		<-a.types.done
	}
}

// attribution is the work in progress.
type attribution struct {
	binary      *elfscan.Binary
	opt         Options
	owners      *ownership.List
	entries     []entry
	symbols     *elfscan.SymbolTable
	guessed     bool      // code of stripped Rust was charged by guesses
	plainNames  []bool    // by entry: its name is that of a C function. nil if namesJump is not set
	namesJump   bool      // names are not in the order of the symbols, and not in memory
	names       []string  // of entries whose name is in no table
	needed      []bool    // by section: it is attributed
	claims      [][]claim // by section; positions are virtual addresses
	tallies     []Tally
	places      places            // of the stages that are done
	placeOwners []int32           // what owners of places are parts of, so that not each is an allocation
	remembers   bool              // the stage at hand adds to places: a later one can ask
	charges     map[charge]uint32 // entries of owners without a name
	goTable     *goruntime.Table  // nil if the file has none
	goFunctions goFunctions
	goInfo      *buildinfo.BuildInfo // nil if the file has none
	debug       *debugWork
	types       *typesWork // nil where data is not divided
	inlined     []claim    // in code, in view Source; from the sweep of code on without overlaps
	inlinedIDs  map[inlined]uint32
	inlining    bool // it is known what was inlined into some of the code, were it nothing
	crates      ownership.Crates
	found       languages // seen in symbols
	warnings    []string
}

func newAttribution(b *elfscan.Binary, opt Options) *attribution {
	return &attribution{binary: b, opt: opt, needed: stage.Needed(b, opt.Section), owners: ownership.NewList(),
		claims: make([][]claim, len(b.Sections)), tallies: make([]Tally, len(b.Sections))}
}

func (a *attribution) warnf(format string, args ...any) {
	a.warnings = append(a.warnings, fmt.Sprintf(format, args...))
}

// forget drops what was attributed only because of what is asked for.
func (a *attribution) forget() {
	for i := range a.binary.Sections {
		if s := &a.binary.Sections[i]; !a.opt.Section(s) {
			a.tallies[i] = Tally{Unattributed: s.FileSize}
		}
	}
	for i := range a.entries {
		if e := &a.entries[i]; !a.opt.Section(&a.binary.Sections[e.section]) {
			e.size, e.counted = 0, false
		}
	}
}

// entry is one name that claims bytes. Its position is the claim's ID. It has no
// pointers, so that the garbage collector has nothing to look for in the largest
// table there is.
type entry struct {
	addr     uint64
	size     uint64 // what it got
	name     uint32 // see nameOf
	owner    int32  // position in owners.list
	section  int32
	file     int32 // position in SymbolTable.Files, -1 if unknown
	naming   naming
	counted  bool // it owns bytes and is a function
	whole    bool // it is no function but a whole section, what an owner is charged without a name, or inlined code
	inlined  bool // it is what of a function was inlined elsewhere
	constant bool // the name says what a constant holds
	untyped  bool // the symbol has no type
	unsized  bool // the symbol has no size
}

// naming is where the name of an entry is.
type naming uint8

const (
	unnamed  naming = iota
	inSymbol        // entry.name is the offset in the string table
	inGo            // entry.name is the offset among the names of the Go function table
	inList          // entry.name is the position in attribution.names
)

// nameOf returns the name of an entry. It is valid until the next call, and for
// long where functions are asked for.
func (a *attribution) nameOf(e *entry) string {
	switch e.naming {
	case inSymbol:
		return a.symbols.NameOnce(e.name)
	case inGo:
		return a.goTable.Name(e.name)
	case inList:
		return a.names[e.name]
	}
	return ""
}

// list returns e with a name of its own.
func (a *attribution) list(e entry, name string) entry {
	if name != "" {
		e.name, e.naming = uint32(len(a.names)), inList
		a.names = append(a.names, name)
	}
	return e
}

func (a *attribution) profile(symbols *elfscan.SymbolTable) *Profile {
	p := &Profile{Sections: a.tallies, Symbols: symbols.Source, View: a.opt.View, Warnings: a.warnings}
	if a.opt.View == Auto {
		p.View = Defined
		if a.guessed {
			p.View = Instantiated
		}
	}
	if a.goTable != nil && !symbols.Full() {
		p.Symbols = "pclntab"
	}
	list, canonical := a.owners.Rows()
	for i := range a.entries {
		e := &a.entries[i]
		o := &list[canonical[e.owner]]
		if e.counted {
			o.Functions++
		}
		o.Add(int(e.section), e.size)
	}
	order := make([]int32, 0, len(list)) // positions in list as Profile.Owners has them
	for i, o := range list {
		if o.Functions > 0 || o.Size > 0 {
			order = append(order, int32(i))
		}
	}
	slices.SortFunc(order, func(i, j int32) int { return list[i].Compare(&list[j]) })
	position := make([]int, len(list)) // the inverse of order
	p.Owners = make([]ownership.Owner, len(order))
	for at, i := range order {
		p.Owners[at] = list[i]
		position[i] = at
	}
	if a.opt.Functions {
		p.Functions = make([]Function, 0, len(a.entries))
		for i := range a.entries {
			if e := &a.entries[i]; e.size > 0 {
				owner := position[canonical[e.owner]]
				name := a.nameOf(e)
				if e.whole && name == "" {
					name = "[" + a.binary.Sections[e.section].Name + " of " + p.Owners[owner].Name + "]"
				}
				p.Functions = append(p.Functions, Function{name, owner, int(e.section), e.addr, e.size, e.inlined, e.constant})
			}
		}
		slices.SortStableFunc(p.Functions, func(x, y Function) int {
			return cmp.Or(cmp.Compare(x.Section, y.Section), cmp.Compare(x.Address, y.Address))
		})
	}
	a.describe(p)
	return p
}
