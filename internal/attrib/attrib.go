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
// both (see package stage): each stage can ask who owns an address of an earlier one.
//
// The claims are in one account.Book, to which the packages below this one add, each
// by one kind of evidence. Package attrib has their order, and makes the Profile.
//
// What was read from the file is Exact; what was concluded is Inferred.
package attrib

import (
	"cmp"
	"slices"

	"github.com/sizegate/sizegate/internal/attrib/account"
	"github.com/sizegate/sizegate/internal/attrib/debugclaims"
	"github.com/sizegate/sizegate/internal/attrib/goclaims"
	"github.com/sizegate/sizegate/internal/attrib/references"
	"github.com/sizegate/sizegate/internal/attrib/stage"
	"github.com/sizegate/sizegate/internal/attrib/strippedrust"
	"github.com/sizegate/sizegate/internal/attrib/symbolclaims"
	"github.com/sizegate/sizegate/internal/attrib/tableclaims"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/elfscan/debugfile"
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
	DebugFile *debugfile.File
}

// Profile is who owns what. It does not change once it is returned.
type Profile struct {
	Owners    []Owner    // by size, the largest first, then by name
	Sections  []Tally    // parallel to Binary.Sections
	Functions []Function // in the order of their addresses; nil unless asked for
	Languages []string   // "go", "rust", "c", "c++", in this order
	Compiler  string     // as "go1.26.8" or "rustc 1.95.0", "" if unknown
	Main      string     // the main package or crate, "" if unknown
	Version   string     // of the main module or crate, "" if unknown
	Symbols   string     // where names came from: "symtab", "debug-file", "pclntab", "dynsym" or "none"
	View      View       // how code was charged: never Auto
	Warnings  []string
}

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
	a, err := newAttribution(b, opt)
	if err != nil {
		return nil, err
	}
	a.debug.Start()
	defer a.finish()
	symbols, err := a.symbolTable()
	if err != nil {
		return nil, err
	}
	if err := a.golang.AddFunctions(symbols); err != nil {
		return nil, err
	}
	if err := a.symbols.Add(symbols, a.golang.Table); err != nil {
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
		{stage.Code, []func() error{a.golang.AddTable, a.golang.AddInlined, func() error { return a.debug.AddInlined(a.golang.Table != nil) }}},
		{stage.Data, []func() error{a.addLinkerData, a.golang.AddTypes, func() error { return references.Add(a.Book, a.golang.Table) }, a.tables.AddPointers}},
		{stage.Tables, []func() error{a.tables.AddRelocations, a.tables.AddSymbolTables, a.addLinkerTables,
			func() error { return a.debug.AddSections(a.golang.Table != nil) }}},
	} {
		if st.stage != stage.Code && !a.AnyWanted(st.stage) {
			continue
		}
		for _, add := range st.add {
			if err := add(); err != nil {
				return nil, err
			}
		}
		if st.stage == stage.Code {
			a.forgetTables()
			a.golang.StartTypes()
		}
		if err := a.Sweep(st.stage); err != nil {
			return nil, err
		}
		if st.stage == stage.Code {
			if err := a.addUnwind(); err != nil {
				return nil, err
			}
		}
	}
	a.ForgetUnasked()
	if err := a.golang.Err(); err != nil {
		return nil, err
	}
	// Debug information that cannot be used is worth a warning, a disk that fails is not.
	if err := cmp.Or(b.Err(), opt.DebugFile.Err()); err != nil {
		return nil, err
	}
	return a.profile(symbols), nil
}

// addUnwind claims unwind tables, which describe code alone. Go's types are being read
// meanwhile.
func (a *attribution) addUnwind() error {
	if a.golang.Table != nil {
		defer a.Cores.Take()()
	}
	return a.tables.AddUnwind()
}

// forgetTables drops what code was found by, but for names that are asked for.
func (a *attribution) forgetTables() {
	a.golang.Forget()
	if !a.opt.Functions {
		a.Symbols.Forget()
	}
}

// finish waits for what was begun beside the rest, which reads the file too.
func (a *attribution) finish() {
	a.debug.Wait()
	a.golang.Wait()
}

// attribution is the work in progress.
type attribution struct {
	*account.Book
	opt     Options
	golang  *goclaims.Program
	symbols *symbolclaims.Symbols
	debug   *debugclaims.Debug
	tables  *tableclaims.Tables
	comment []string // what compilers and linkers left
	guessed bool     // code of stripped Rust was charged by guesses
}

func newAttribution(b *elfscan.Binary, opt Options) (*attribution, error) {
	left, err := comment(b, opt.DebugFile)
	if err != nil {
		return nil, err
	}
	book := account.New(b, account.Options{Asked: opt.Section, Functions: opt.Functions, DividesInlined: opt.View == Source})
	a := &attribution{Book: book, opt: opt, golang: goclaims.New(book), comment: left}
	a.symbols = symbolclaims.New(book, a.debugInfo(), a.comment, opt.View == Instantiated)
	a.debug = debugclaims.New(book, a.debugInfo())
	a.tables = tableclaims.New(book, a.symbols)
	return a, nil
}

// addStrippedRust claims functions of a Rust program without symbols.
func (a *attribution) addStrippedRust(symbols *elfscan.SymbolTable) error {
	if symbols.Full() || a.golang.Table != nil || a.golang.Info() != nil {
		return nil
	}
	var err error
	a.guessed, err = strippedrust.Add(a.Book, a.comment, a.opt.View == Instantiated || a.opt.View == Auto)
	return err
}

func (a *attribution) profile(symbols *elfscan.SymbolTable) *Profile {
	p := &Profile{Sections: a.Tallies, Symbols: symbols.Source, View: a.opt.View, Warnings: a.Warnings}
	if a.opt.View == Auto {
		p.View = Defined
		if a.guessed {
			p.View = Instantiated
		}
	}
	if a.golang.Table != nil && !symbols.Full() {
		p.Symbols = "pclntab"
	}
	list, canonical := a.Owners.Rows()
	for i := range a.Entries {
		e := &a.Entries[i]
		o := &list[canonical[e.Owner]]
		if e.Counted {
			o.Functions++
		}
		o.Add(int(e.Section), e.Size)
	}
	order := make([]int32, 0, len(list)) // positions in list as Profile.Owners has them
	for i, o := range list {
		if o.Functions > 0 || o.Size > 0 {
			order = append(order, int32(i))
		}
	}
	slices.SortFunc(order, func(i, j int32) int { return list[i].Compare(&list[j]) })
	position := make([]int, len(list)) // the inverse of order
	p.Owners = make([]Owner, len(order))
	for at, i := range order {
		p.Owners[at] = list[i]
		position[i] = at
	}
	if a.opt.Functions {
		p.Functions = make([]Function, 0, len(a.Entries))
		for i := range a.Entries {
			if e := &a.Entries[i]; e.Size > 0 {
				owner := position[canonical[e.Owner]]
				name := a.NameOf(e)
				if e.Whole && name == "" {
					name = "[" + a.Binary.Sections[e.Section].Name + " of " + p.Owners[owner].Name + "]"
				}
				p.Functions = append(p.Functions, Function{name, owner, int(e.Section), e.Addr, e.Size, e.Inlined, e.IsConstant()})
			}
		}
		slices.SortStableFunc(p.Functions, func(x, y Function) int {
			return cmp.Or(cmp.Compare(x.Section, y.Section), cmp.Compare(x.Address, y.Address))
		})
	}
	a.describe(p)
	return p
}
