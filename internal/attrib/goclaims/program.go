package goclaims

import (
	"debug/buildinfo"
	"sync"

	"github.com/sizegate/sizegate/internal/attrib/account"
	"github.com/sizegate/sizegate/internal/attrib/goruntime"
	"github.com/sizegate/sizegate/internal/attrib/ownership"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/elfscan/buildrecord"
)

// Program is what a file has of Go, and who owns it.
type Program struct {
	*account.Book
	Table     *goruntime.Table // nil if the file has none
	info      func() (*buildinfo.BuildInfo, error)
	started   sync.WaitGroup // to find it
	functions functions
	types     *typesWork // nil where data is not divided
}

// New returns a program of which nothing is known yet.
func New(book *account.Book) *Program {
	return &Program{Book: book, info: func() (*buildinfo.BuildInfo, error) { return nil, nil }}
}

// Info is what the linker recorded of the build, nil if the file has none, or
// before AddFunctions.
func (a *Program) Info() *buildinfo.BuildInfo {
	info, _ := a.info()
	return info
}

// Err is the error of reading that.
func (a *Program) Err() error {
	_, err := a.info()
	return err
}

// Forget drops what functions were found by, but for names that are asked for.
func (a *Program) Forget() {
	if a.Table != nil {
		a.Table.Forget(!a.Functions)
		a.functions.packages, a.functions.units, a.functions.files = nil, nil, nil
	}
}

// forgetsNames says whether names of functions are not needed once each function has
// an owner, but to divide those that are in the table.
func (a *Program) forgetsNames() bool { return !a.Functions && !a.DividesInlined }

// Wait waits for what was begun beside the rest, which reads the file too.
func (a *Program) Wait() {
	a.started.Wait()
	if a.types != nil {
		<-a.types.done
	}
}

// AddFunctions claims the functions of the Go function table, and the fill behind
// them, for Go packages. Everything between the table's first function and its
// end is decided here, by the table alone: a symbol table adds nothing, so that
// a stripped file gives the same packages and sizes as the unstripped one.
func (a *Program) AddFunctions(symbols *elfscan.SymbolTable) error {
	t, problem, err := goruntime.Find(a.Binary, symbols.Full())
	if err != nil {
		return err
	}
	if problem != "" {
		a.Warnf("%s: functions are named by symbols alone", problem)
	}
	a.info = sync.OnceValues(func() (*buildinfo.BuildInfo, error) { return buildrecord.Go(a.Binary) })
	a.started.Go(func() { a.info() }) // a file without it is searched for it: beside the rest
	if t == nil {
		return nil
	}
	a.Table, a.GoNames = t, t.Table
	if !a.Wanted(t.Section) {
		return nil
	}
	if a.functions, err = a.readFunctions(t, symbols.Len()/3); err != nil {
		return err
	}
	a.functions.packages.promote(a.Entries[a.functions.first:])
	a.nameless(t)
	if a.forgetsNames() {
		t.ForgetNames()
	}
	// This package brings C of its own, which in a stripped file has no name.
	if a.Owners.FindGoPackage("runtime/cgo") != ownership.Nobody {
		a.Languages |= account.LangC
	}
	return nil
}
