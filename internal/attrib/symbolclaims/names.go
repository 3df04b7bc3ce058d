package symbolclaims

import (
	"debug/elf"
	"errors"
	"math"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/attrib/account"
	"github.com/sizegate/sizegate/internal/attrib/gosym"
	"github.com/sizegate/sizegate/internal/attrib/native"
	"github.com/sizegate/sizegate/internal/attrib/ownership"
	"github.com/sizegate/sizegate/internal/attrib/parallel"
	"github.com/sizegate/sizegate/internal/attrib/radix"
	"github.com/sizegate/sizegate/internal/attrib/rustsym"
	"github.com/sizegate/sizegate/internal/elfscan"
)

// named is what tells, together with its name, whose a symbol is.
type named struct {
	number uint32 // in the order of the table, lastNumber for those that have no claim
	kind   elf.SymType
	sized  bool
	placed bool // it is inside its section, and not at the end
	code   bool // the section is code
}

const lastNumber = math.MaxUint32

func (a *Symbols) named(sym *elfscan.Symbol, number uint32) named {
	s := &a.Binary.Sections[sym.Section]
	return named{number: number, kind: sym.Type, sized: sym.Size > 0,
		placed: sym.Value-s.Addr < s.Size, code: s.Flags&elf.SHF_EXECINSTR != 0}
}

// noClaim is in place of an owner where a symbol claims nothing.
const noClaim = ownership.Nobody - 1

// judge returns the owner of a symbol as far as its name tells, else ownership.Nobody, or
// noClaim.
func (a *Symbols) judge(n *named, name string) int32 {
	if n.kind == elf.STT_NOTYPE && !n.marks(name) || a.goTable != nil && (name == "runtime.text" || name == "runtime.etext") {
		return noClaim // the latter mark where the Go code begins and ends
	}
	if !n.placed {
		return ownership.Nobody
	}
	owner := a.nameOwner(n, name)
	// In data, symbols without a size mark places (__GNU_EH_FRAME_HDR), and
	// Go's without a package are containers of other symbols (type:*). Who
	// refers to Rust's constants without a name tells more than the name.
	if !n.code && (!n.sized || owner == ownership.Nobody && (a.goTable != nil || rustsym.AnonymousData(name))) {
		return noClaim
	}
	return owner
}

// judgeInParts finds the owners of the entries of symbols.
//
// Names are judged in the order in which the string table has them. Linkers write
// names in the order of the symbols; what a post-link optimizer or lld has sorted anew
// needs its whole string table in memory to be read in that.
func (a *Symbols) judgeInParts(t *elfscan.SymbolTable) {
	entries := a.Entries[a.first:]
	if len(entries) == 0 {
		return
	}
	var order []nameOffset
	if a.namesJump {
		order = byName(entries)
	}
	// The parts depend on nothing but the table, so that it makes no difference how
	// many run at a time.
	size := 8 << 10
	parts := a.namesInParts(t, entries, order, size)
	// Each has its share of what names may cost. Where one needs more, all have to
	// be one part to know whether that is beyond reason.
	if slices.ContainsFunc(parts, func(p namesPart) bool { return errors.Is(p.names.Err(), elfscan.ErrNames) }) {
		size = len(entries)
		parts = a.namesInParts(t, entries, order, size)
	}
	all := newPart(a)
	to := make([][]int32, len(parts)) // by the part and its owners
	for i := range parts {
		to[i] = all.join(parts[i].Symbols)
		t.Join(parts[i].names)
	}
	// Owners are numbered as they are met in the table, whatever the order of names.
	a.Languages |= all.Languages
	a.Crates.Join(&all.Crates)
	for k := range order {
		if owner := &entries[order[k].entry()].Owner; *owner >= 0 {
			*owner = to[k/size][*owner]
		}
	}
	met := slices.Repeat([]int32{ownership.Nobody}, len(all.Owners.Keys))
	for k := range entries {
		owner := entries[k].Owner
		if owner < 0 {
			continue
		}
		if order == nil {
			owner = to[k/size][owner]
		}
		if met[owner] == ownership.Nobody {
			met[owner] = a.Owners.Get(all.Owners.Keys[owner])
		}
		entries[k].Owner = met[owner]
	}
}

// namesInParts judges the names of entries in parts of a size. order is that of the
// names, nil for the entries' own.
func (a *Symbols) namesInParts(t *elfscan.SymbolTable, entries []account.Entry, order []nameOffset, size int) []namesPart {
	parts := make([]namesPart, (len(entries)+size-1)/size)
	parallel.Each(len(parts), func() func(int) {
		var names *elfscan.SymbolTable
		return func(i int) {
			names = t.Part(len(parts), names)
			p := namesPart{newPart(a), names}
			for k := i * size; k < min(len(entries), (i+1)*size); k++ {
				at := k
				if order != nil {
					at = int(order[k].entry())
				}
				e := &entries[at]
				n := a.namedEntry(e, uint32(at))
				name := names.NameOnce(e.Name)
				e.Owner = p.judge(&n, name)
				if order != nil {
					a.facts[at].plain = e.Owner == ownership.Nobody && name != "main" && !strings.HasPrefix(name, "_Z")
				}
			}
			parts[i] = p
		}
	})
	return parts
}

// namedEntry is named for the entry of the symbol with a number, of a file without a Go
// function table: there it makes no difference what type a symbol has if it has one.
func (a *Symbols) namedEntry(e *account.Entry, number uint32) named {
	s := &a.Binary.Sections[e.Section]
	kind := elf.STT_FUNC
	if a.facts[number].untyped {
		kind = elf.STT_NOTYPE
	}
	return named{number: number, kind: kind, sized: e.Size > 0, placed: e.Addr-s.Addr < s.Size, code: s.Flags&elf.SHF_EXECINSTR != 0}
}

// namesPart is names that one goroutine judges, and what it found.
type namesPart struct {
	*Symbols
	names *elfscan.SymbolTable
}

// newPart is Symbols for judging names apart from those of other parts.
func newPart(a *Symbols) *Symbols {
	return &Symbols{Book: a.Part(), instantiated: a.instantiated, goTable: a.goTable}
}

// join takes over what a part found, and returns its owners' positions.
func (a *Symbols) join(part *Symbols) []int32 {
	to := make([]int32, len(part.Owners.Keys))
	for i, key := range part.Owners.Keys {
		to[i] = a.Owners.Get(key)
	}
	a.Languages |= part.Languages
	a.Crates.Join(&part.Crates)
	return to
}

// nameOffset is where the name of an entry is, in the upper half, and which entry that is.
type nameOffset uint64

func (o nameOffset) entry() uint32 { return uint32(o) }

// byName returns entries in the order of the offsets of their names.
func byName(entries []account.Entry) []nameOffset {
	order := make([]nameOffset, len(entries))
	for i := range entries {
		order[i] = nameOffset(entries[i].Name)<<32 | nameOffset(i)
	}
	return radix.Sort(order, 32)
}

// nameJumps counts how often reading names one after the other goes back further than
// what is at hand.
type nameJumps struct {
	from uint32 // of what is at hand
	back int
}

func (j *nameJumps) see(at uint32) {
	const hand = 48 << 10 // less than what elfscan.Window holds, for the names' ends
	if at < j.from {
		j.back++
	}
	if at < j.from || at-j.from >= hand {
		j.from = at
	}
}

// many says whether a window on the names would soon hold all of them.
func (j *nameJumps) many() bool { return j.back > 8 }

// claimant says whether symbols of this kind own bytes: functions, objects and labels
// do; section symbols and thread-local offsets do not.
func claimant(kind elf.SymType) bool {
	switch kind {
	case elf.STT_FUNC, elf.STT_OBJECT, elf.STT_GNU_IFUNC, elf.STT_NOTYPE:
		return true
	}
	return false
}

// marks says whether a symbol without a type is a label: the mapping symbols of the
// AArch64 ABI ($x code, $d data) are not.
func (n *named) marks(name string) bool {
	mapping := !n.sized && (name == "$x" || name == "$d" ||
		strings.HasPrefix(name, "$x.") || strings.HasPrefix(name, "$d."))
	return name != "" && !mapping
}

// nameOwner returns the owner that the symbol's name alone tells, or ownership.Nobody.
func (a *Symbols) nameOwner(n *named, name string) int32 {
	if len(name) > 2 && name[0] == '_' && (name[1] == 'R' || name[1] == 'Z') {
		if rust, ok := rustsym.Parse(name); ok {
			a.Languages |= account.LangRust
			a.Crates.AddName(n.number, name, &rust)
			crate, confidence := rust.Defining, ownership.Exact
			if a.instantiated && rust.Instantiating.Name != "" {
				crate = rust.Instantiating
			} else if !rust.Exact {
				confidence = ownership.Inferred
			}
			return a.Owners.Crate(crate.Name, crate.ID, confidence)
		}
	}
	if native.StartupSymbol(name) || native.ThunkSymbol(name) {
		return a.Owners.Linker()
	}
	if a.goTable != nil && n.kind == elf.STT_OBJECT {
		// Go's data symbols are named like its functions. C's static
		// variables can look alike (completed.0), so the package must be one
		// that the function table knows, or have a slash in its path: if all of
		// its functions were inlined the table has none.
		if path, ok := gosym.Package(name); ok {
			key := ownership.Key{Kind: ownership.Package, Name: gosym.Unescape(path), Confidence: ownership.Exact}
			if owner, ok := a.Owners.Find(key); ok {
				return owner
			}
			if strings.Contains(path, "/") {
				return a.Owners.Get(key)
			}
		}
	}
	return ownership.Nobody
}

// OwnerByName returns the owner that the name of a symbol of a kind alone tells, or
// ownership.Nobody.
func (a *Symbols) OwnerByName(kind elf.SymType, name string) int32 {
	return a.nameOwner(&named{number: lastNumber, kind: kind}, name)
}
