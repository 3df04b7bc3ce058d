package symbolclaims

import (
	"cmp"
	"debug/elf"
	"iter"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/attrib/account"
	"github.com/sizegate/sizegate/internal/attrib/goruntime"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/span"
)

// Symbols is the names of a file that symbols tell, and what it takes to find out
// whose they are.
type Symbols struct {
	*account.Book
	goTable      *goruntime.Table // nil if the file has none
	instantiated bool             // code of Rust is charged to who compiled it
	unitFile     *elfscan.Binary  // whose debug information names compile units
	comments     []string         // what compilers and linkers left of themselves
	namesJump    bool             // names are not in the order of the symbols, and not in memory

	first int    // the first entry of a symbol
	facts []fact // of the entries from there on, until all have owners
}

// fact is what is known of a symbol besides its entry.
type fact struct {
	file    int32 // position in SymbolTable.Files, -1 if unknown
	untyped bool  // it has no type
	unsized bool  // it has no size
	plain   bool  // its name is that of a C function; false unless Symbols.namesJump
}

func (a *Symbols) fact(entry int) fact {
	if entry < a.first {
		return fact{file: -1}
	}
	return a.facts[entry-a.first]
}

// New returns the symbols of a file, of which nothing is known yet. unitFile has the
// debug information that names compile units, comments are what compilers and linkers
// left of themselves, and instantiated charges Rust's code to who compiled it.
func New(book *account.Book, unitFile *elfscan.Binary, comments []string, instantiated bool) *Symbols {
	return &Symbols{Book: book, unitFile: unitFile, comments: comments, instantiated: instantiated}
}

// Add claims the ranges of symbols.
//
// A symbol belongs to the section that its index names. One that starts
// outside that section claims nothing, one that ends outside claims up to the
// section's end, and both are counted in a warning: few linkers write them.
// Symbols without a size in code (assembly) claim up to the next symbol,
// unless they lie inside a sized symbol and so are labels in it. Symbols in the range
// of the Go function table claim nothing; goTable is nil if there is none.
func (a *Symbols) Add(t *elfscan.SymbolTable, goTable *goruntime.Table) error {
	a.goTable = goTable
	a.Symbols = t
	if a.Functions {
		t.LoadNames()
	}
	var outside, overlong misplaced
	unsized := make([][]uint32, len(a.Binary.Sections)) // entries
	if a.Entries == nil {
		a.Entries, a.facts = make([]account.Entry, 0, t.Len()), make([]fact, 0, t.Len())
	}
	a.first = len(a.Entries)
	// Counting first takes less time than a list that grows, and half the memory.
	for i, n := range a.symbolEntries(t) {
		a.Claims[i] = slices.Grow(a.Claims[i], n)
	}
	entries, facts := a.Entries[a.first:], a.facts
	a.Entries, a.facts = a.Entries[:a.first], facts[:0] // those that claim nothing are dropped
	for i, e := range entries {
		size := e.Size
		if e.Owner == noClaim {
			continue
		}
		s := &a.Binary.Sections[e.Section]
		offset := e.Addr - s.Addr
		if e.Addr < s.Addr || offset > s.Size {
			outside.add(t, e.Name)
			continue
		}
		if size > s.Size-offset {
			overlong.add(t, e.Name)
			size = s.Size - offset
		}
		if offset == s.Size {
			continue // _etext and the like mark an end
		}
		id := uint32(len(a.Entries))
		e.Size = 0
		facts[i].unsized = size == 0
		a.Entries, a.facts = append(a.Entries, e), append(a.facts, facts[i])
		if size == 0 {
			unsized[e.Section] = append(unsized[e.Section], id)
			continue
		}
		a.Claims[e.Section] = append(a.Claims[e.Section],
			account.Claim{Range: span.Range{Lo: e.Addr, Hi: e.Addr + size}, Rank: account.RankSized, ID: id})
	}
	if err := t.Err(); err == elfscan.ErrNames {
		a.Warnf("%v", err)
	} else if err != nil {
		return err
	}
	if outside.n > 0 {
		a.Warnf("%d of the symbols start outside their section and were not used, the first is %.100q", outside.n, outside.first)
	}
	if overlong.n > 0 {
		a.Warnf("%d of the symbols reach past the end of their section and were counted up to it, the first is %.100q", overlong.n, overlong.first)
	}
	for i := range unsized {
		a.extend(i, unsized[i])
	}
	err := a.nativeOwners(t)
	a.facts = nil
	return err
}

// misplaced is symbols that do not fit their section.
type misplaced struct {
	n     int
	first string
}

func (m *misplaced) add(t *elfscan.SymbolTable, name uint32) {
	if m.n++; m.n == 1 {
		m.first = strings.Clone(t.NameOnce(name))
	}
}

// symbolEntries makes an entry of each symbol that can have a claim, with the symbol's
// size and the owner that its name tells, or noClaim. It returns how many symbols with
// a size there are in each section.
//
// The table is read once: what is to be known of a symbol fits into its entry. Where
// there is no Go function table, which already has most of the names, names are judged
// when all entries are made, in parts side by side.
func (a *Symbols) symbolEntries(t *elfscan.SymbolTable) (sized []int) {
	inParts := a.goTable == nil && !a.Functions
	sized = make([]int, len(a.Binary.Sections))
	var jumps nameJumps
	number := uint32(0)
	for sym := range a.undecided(t) {
		var owner int32
		if inParts {
			jumps.see(sym.NameAt)
		} else {
			n := a.named(&sym, number)
			owner = a.judge(&n, t.NameOnce(sym.NameAt))
		}
		number++
		if owner == noClaim {
			continue
		}
		if sym.Size > 0 {
			sized[sym.Section]++
		}
		a.Entries = append(a.Entries, account.Entry{Name: sym.NameAt, Naming: account.InSymbol, Owner: owner, Section: int32(sym.Section),
			Addr: sym.Value, Size: sym.Size})
		a.facts = append(account.Roomy(a.facts), fact{file: int32(sym.File), untyped: sym.Type == elf.STT_NOTYPE})
	}
	if inParts {
		a.namesJump = jumps.many()
		a.judgeInParts(t)
	}
	return sized
}

// undecided yields the symbols that can have a claim: those of a kind that has, in
// sections that are asked for, and not those of which the Go function table tells all.
func (a *Symbols) undecided(t *elfscan.SymbolTable) iter.Seq[elfscan.Symbol] {
	return func(yield func(elfscan.Symbol) bool) {
		for sym := range t.All() {
			if sym.Section >= 0 && claimant(sym.Type) && a.Wanted(sym.Section) && !a.goTable.Decides(&sym) && !yield(sym) {
				return
			}
		}
	}
}

// extend gives the section's symbols without a size the bytes up to the next
// symbol, or to the section's end.
func (a *Symbols) extend(section int, unsized []uint32) {
	if len(unsized) == 0 {
		return
	}
	slices.SortStableFunc(unsized, func(x, y uint32) int { return cmp.Compare(a.Entries[x].Addr, a.Entries[y].Addr) })
	sized := a.Claims[section]
	span.Sort(sized)
	s := &a.Binary.Sections[section]
	next := 0         // the first sized claim behind the symbol
	covered := s.Addr // how far the sized claims before next reach
	for len(unsized) > 0 {
		lo := a.Entries[unsized[0]].Addr
		names := 1 // at this address
		for names < len(unsized) && a.Entries[unsized[names]].Addr == lo {
			names++
		}
		here, rest := unsized[:names], unsized[names:]
		unsized = rest
		for next < len(sized) && sized[next].Lo <= lo {
			covered = max(covered, sized[next].Hi)
			next++
		}
		if lo < covered {
			continue
		}
		hi := s.Addr + s.Size
		if next < len(sized) {
			hi = sized[next].Lo
		}
		if len(rest) > 0 {
			hi = min(hi, a.Entries[rest[0]].Addr)
		}
		for _, id := range here {
			a.Claims[section] = append(a.Claims[section], account.Claim{Range: span.Range{Lo: lo, Hi: hi}, Rank: account.RankUnsized, ID: id})
		}
	}
}
