package facts

import (
	"debug/elf"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/sizegate/sizegate/internal/attrib/native"
	"github.com/sizegate/sizegate/internal/attrib/rustsym"
	"github.com/sizegate/sizegate/internal/elfscan"
)

// Symbols is what checks ask the symbol table.
type Symbols struct {
	Full       bool     // it names all functions
	Unwinds    bool     // _Unwind_RaiseException is there or imported
	Overflow   []string // of overflowPanics
	Identities int      // functions that match identity
	Units      []Unit
	// Ordered says that the units are in the order in which rustc links: what
	// follows std came compiled with it. Link-time optimization sorts them by name.
	Ordered bool
	// Own has the addresses of the functions that were compiled with the program,
	// where Ordered.
	Own map[uint64]bool
}

// Unit is a codegen unit of rustc, which it names CRATE.ID-cgu.N. In incremental
// builds the name is a hash, and the crate is not known.
type Unit struct {
	Crate, ID string
	file      int  // position among the STT_FILE symbols
	Compiled  bool // it came compiled: it is of the standard library, or of what that is made from
}

var hashUnit = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[0-9a-z]{20,32}$`)
})

// overflowPanics are the functions that only arithmetic with overflow checks
// calls. Those for divisions are called without the checks, too.
var overflowPanics = []string{"panic_const_add_overflow", "panic_const_sub_overflow", "panic_const_mul_overflow"}

// identity is the function of core that makes an iterator of an iterator, as v0
// and legacy names have it: it returns its argument, so that with any
// optimization there is none.
var identity = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^_RNvX(s[0-9a-zA-Z]*_)?NtNtNtC(s[0-9a-zA-Z]*_)?4core4iter6traits7collect.*12IntoIterator9into_iter|^_ZN[0-9]+_\$LT\$I\$u20\$as\$u20\$core\.\.iter\.\.traits\.\.collect\.\.IntoIterator\$GT\$9into_iter17h`)
})

// isIdentity matches only what can, as names can be many and long.
func isIdentity(name string) bool {
	return len(name) <= 4<<10 && strings.Contains(name, "into_iter") && identity().MatchString(name)
}

func readSymbols(f *File) (*Symbols, error) {
	table, _, err := f.Binary.Symbols()
	if err != nil {
		return nil, err
	}
	if f.DebugFile != nil && !table.Full() {
		if table, _, err = f.DebugFile.Symbols(); err != nil {
			return nil, err
		}
	}
	s := &Symbols{Full: table.Full()}
	if !slices.Contains(f.Profile.Languages, "rust") {
		return s, nil
	}
	for sym := range table.All() {
		name := table.Name(&sym)
		s.Unwinds = s.Unwinds || strings.HasPrefix(name, "_Unwind_RaiseException")
		if sym.Type == elf.STT_FUNC && sym.Section >= 0 && isIdentity(name) {
			s.Identities++
		}
		for _, p := range overflowPanics {
			if strings.Contains(name, p) && !slices.Contains(s.Overflow, p) {
				s.Overflow = append(s.Overflow, p)
			}
		}
	}
	s.readUnits(table)
	if s.Ordered {
		s.readOwn(table)
	}
	if err := table.Err(); err != nil && err != elfscan.ErrNames { // the report warns of those
		return nil, err
	}
	return s, nil
}

// readUnits lists the codegen units, after a run through the symbols.
func (s *Symbols) readUnits(table *elfscan.SymbolTable) {
	for i := range table.Files() {
		name := table.FileName(i)
		if len(name) > 256 {
			continue
		}
		unit, _, ok := strings.Cut(name, "-cgu.")
		switch {
		case ok:
			if o, ok := native.FromFileSymbol(name); ok && o.Kind == native.KindCrate {
				s.Units = append(s.Units, Unit{Crate: o.Name, ID: unit[strings.LastIndexByte(unit, '.')+1:], file: i})
			}
		case hashUnit().MatchString(name):
			s.Units = append(s.Units, Unit{file: i})
		}
	}
	is := func(crate string) func(Unit) bool { return func(u Unit) bool { return u.Crate == crate } }
	std, alloc, core := slices.IndexFunc(s.Units, is("std")), slices.IndexFunc(s.Units, is("alloc")), slices.IndexFunc(s.Units, is("core"))
	s.Ordered = std >= 0 && (alloc < 0 || alloc > std) && core > std
	for i := range s.Units {
		u := &s.Units[i]
		u.Compiled = s.Ordered && i >= std || rustsym.StdFamily(u.Crate)
	}
}

// readOwn finds the functions of the program's units. A global function has no
// unit; its name says the crate.
func (s *Symbols) readOwn(table *elfscan.SymbolTable) {
	files := make([]bool, table.Files())
	crates := make(map[string]bool)
	for _, u := range s.Units {
		if !u.Compiled {
			files[u.file] = true
			crates[u.Crate] = true
		}
	}
	s.Own = make(map[uint64]bool)
	for sym := range table.All() {
		if sym.Type != elf.STT_FUNC || sym.Section < 0 || sym.Size == 0 {
			continue
		}
		own := sym.File >= 0 && sym.File < len(files) && files[sym.File]
		if sym.Bind != elf.STB_LOCAL {
			name := table.Name(&sym)
			r, ok := rustsym.Parse(name)
			own = name == "main" || ok && (crates[r.Defining.Name] && !rustsym.StdFamily(r.Defining.Name) || crates[r.Instantiating.Name] && r.Instantiating.Name != "")
		}
		if own {
			s.Own[sym.Value] = true
		}
	}
}
