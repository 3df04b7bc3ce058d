package attrib

import (
	"debug/elf"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/sizegate/sizegate/internal/attrib/gosym"
	"github.com/sizegate/sizegate/internal/attrib/native"
	"github.com/sizegate/sizegate/internal/attrib/rustsym"
	"github.com/sizegate/sizegate/internal/elfscan"
)

// named is what tells, together with its name, whose a symbol is. It is small, as
// there is one for each symbol where names are read in their own order.
type named struct {
	at     uint32 // offset of the name
	number uint32 // of the symbol among those that can have a claim, lastNumber for others
	kind   elf.SymType
	sized  bool
	placed bool // it is inside its section, and not at the end
	code   bool // the section is code
}

const lastNumber = math.MaxUint32

func (a *attribution) named(sym *elfscan.Symbol, number int) named {
	s := &a.binary.Sections[sym.Section]
	return named{at: sym.NameAt, number: uint32(number), kind: sym.Type, sized: sym.Size > 0, placed: sym.Value-s.Addr < s.Size,
		code: s.Flags&elf.SHF_EXECINSTR != 0}
}

// noClaim is in place of an owner where a symbol claims nothing.
const noClaim = noOwner - 1

// judge returns the owner of a symbol as far as its name tells, else noOwner, or
// noClaim.
func (a *attribution) judge(n *named, name string) int32 {
	if !claims(n, name) || a.goTable != nil && (name == "runtime.text" || name == "runtime.etext") {
		return noClaim // the latter mark where the Go code begins and ends
	}
	if !n.placed {
		return noOwner
	}
	owner := a.nameOwner(n, name)
	// In data, symbols without a size mark places (__GNU_EH_FRAME_HDR), and
	// Go's without a package are containers of other symbols (type:*). Who
	// refers to Rust's constants without a name tells more than the name.
	if !n.code && (!n.sized || owner == noOwner && (a.goTable != nil || rustsym.AnonymousData(name))) {
		return noClaim
	}
	return owner
}

// judgeByName judges the symbols in the order in which the string table has their
// names, and returns the results in the order of the symbols. Linkers write names in
// the order of the symbols; what a post-link optimizer has sorted anew needs its
// whole string table in memory to be read in that.
func (a *attribution) judgeByName(t *elfscan.SymbolTable) []int32 {
	list := make([]named, 0, t.Len())
	for sym := range a.undecided(t) {
		list = append(list, a.named(&sym, len(list)))
	}
	sortNamed(list)
	// The parts depend on nothing but the table, so that it makes no difference how
	// many run at a time.
	const size = 8 << 10
	parts := slices.Collect(slices.Chunk(list, size))
	found := make([]namesPart, len(parts))
	judged := make([]int32, len(list))
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(parts)) {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(parts) {
					return
				}
				p := namesPart{newPart(a), t.Part(len(parts))}
				for k := range parts[i] {
					n := &parts[i][k]
					judged[n.number] = p.judge(n, p.names.NameOnce(n.at))
				}
				p.names.Forget()
				found[i] = p
			}
		})
	}
	wg.Wait()
	all := newPart(a)
	for i := range found {
		to := all.join(found[i].attribution)
		for k := range parts[i] {
			if owner := &judged[parts[i][k].number]; *owner >= 0 {
				*owner = to[*owner]
			}
		}
		t.Join(found[i].names)
	}
	// Owners are numbered as they are met in the table, whatever the order of names.
	a.found.rust = a.found.rust || all.found.rust
	a.crates.join(&all.crates)
	to := slices.Repeat([]int32{noOwner}, len(all.owners.keys))
	for i, owner := range judged {
		if owner >= 0 {
			if to[owner] == noOwner {
				to[owner] = a.owners.get(all.owners.keys[owner])
			}
			judged[i] = to[owner]
		}
	}
	return judged
}

// namesPart is names that one goroutine judges, and what it found.
type namesPart struct {
	*attribution
	names *elfscan.SymbolTable
}

// newPart is an attribution for judging names apart from those of other parts.
func newPart(a *attribution) *attribution {
	return &attribution{binary: a.binary, opt: a.opt, goTable: a.goTable, owners: newOwners()}
}

// join takes over what a part found, and returns its owners' positions.
func (a *attribution) join(part *attribution) []int32 {
	to := make([]int32, len(part.owners.keys))
	for i, key := range part.owners.keys {
		to[i] = a.owners.get(key)
	}
	a.found.rust = a.found.rust || part.found.rust
	a.crates.join(&part.crates)
	return to
}

// sortNamed is a radix sort by the offsets of names: three passes take a tenth of
// the time of comparing 160,000 of them.
func sortNamed(list []named) {
	const digit = 11 // bits
	most := uint32(0)
	for i := range list {
		most = max(most, list[i].at)
	}
	from, to := list, make([]named, len(list))
	for shift := 0; most>>shift > 0; shift += digit {
		var next [1 << digit]int // by digit: how many there are, then where the next one goes
		for i := range from {
			next[from[i].at>>shift&(1<<digit-1)]++
		}
		at := 0
		for d, n := range next {
			next[d] = at
			at += n
		}
		for i := range from {
			d := from[i].at >> shift & (1<<digit - 1)
			to[next[d]] = from[i]
			next[d]++
		}
		from, to = to, from
	}
	copy(list, from)
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

// claims says whether symbols of this kind own bytes: functions, objects and
// labels do; section symbols, thread-local offsets and the mapping symbols of
// the AArch64 ABI ($x code, $d data) do not.
func claims(n *named, name string) bool {
	switch n.kind {
	case elf.STT_FUNC, elf.STT_OBJECT, elf.STT_GNU_IFUNC:
		return true
	case elf.STT_NOTYPE:
		mapping := !n.sized && (name == "$x" || name == "$d" ||
			strings.HasPrefix(name, "$x.") || strings.HasPrefix(name, "$d."))
		return name != "" && !mapping
	}
	return false
}

// nameOwner returns the owner that the symbol's name alone tells, or noOwner.
func (a *attribution) nameOwner(n *named, name string) int32 {
	if len(name) > 2 && name[0] == '_' && (name[1] == 'R' || name[1] == 'Z') {
		if rust, ok := rustsym.Parse(name); ok {
			a.found.rust = true
			a.crates.see(n.number, name, &rust)
			crate, confidence := rust.Defining, Exact
			if a.opt.View == Instantiated && rust.Instantiating.Name != "" {
				crate = rust.Instantiating
			} else if !rust.Exact {
				confidence = Inferred
			}
			return a.owners.crate(crate.Name, crate.ID, confidence)
		}
	}
	if native.StartupSymbol(name) || native.ThunkSymbol(name) {
		return a.owners.linker()
	}
	if a.goTable != nil && n.kind == elf.STT_OBJECT {
		// Go's data symbols are named like its functions. C's static
		// variables can look alike (completed.0), so the package must be one
		// that the function table knows, or have a slash in its path: if all of
		// its functions were inlined the table has none.
		if path, ok := gosym.Package(name); ok {
			key := ownerKey{kind: Package, name: gosym.Unescape(path), confidence: Exact}
			if owner, ok := a.owners.index[key]; ok {
				return owner
			}
			if strings.Contains(path, "/") {
				return a.owners.get(key)
			}
		}
	}
	return noOwner
}
