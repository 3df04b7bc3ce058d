package attrib

import (
	"cmp"
	"debug/elf"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/attrib/gosym"
	"github.com/sizegate/sizegate/internal/attrib/native"
	"github.com/sizegate/sizegate/internal/attrib/rustsym"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/span"
)

// addSymbols claims the ranges of symbols.
//
// A symbol belongs to the section that its index names. One that starts
// outside that section claims nothing, one that ends outside claims up to the
// section's end, and both are counted in a warning: few linkers write them.
// Symbols without a size in code (assembly) claim up to the next symbol,
// unless they lie inside a sized symbol and so are labels in it. Symbols in the range
// of the Go function table claim nothing.
func (a *attribution) addSymbols(t *elfscan.SymbolTable) error {
	var outside, overlong []string
	unsized := make([][]uint32, len(a.binary.Sections)) // entries
	if a.entries == nil {
		a.entries = make([]entry, 0, t.Len())
	}
	for sym := range t.All() {
		if sym.Section < 0 || !a.wanted(sym.Section) || a.goTable.decides(&sym) {
			continue
		}
		name := t.Name(&sym)
		if !claims(&sym, name) || a.goTable != nil && (name == "runtime.text" || name == "runtime.etext") {
			continue // the latter mark where the Go code begins and ends
		}
		s := &a.binary.Sections[sym.Section]
		offset := sym.Value - s.Addr
		if sym.Value < s.Addr || offset > s.Size {
			outside = append(outside, name)
			continue
		}
		size := sym.Size
		if size > s.Size-offset {
			overlong = append(overlong, name)
			size = s.Size - offset
		}
		if offset == s.Size {
			continue // _etext and the like mark an end
		}
		owner := a.nameOwner(&sym, name)
		// In data, symbols without a size mark places (__GNU_EH_FRAME_HDR), and
		// Go's without a package are containers of other symbols (type:*). Who
		// refers to Rust's constants without a name tells more than the name.
		code := s.Flags&elf.SHF_EXECINSTR != 0
		if !code && (size == 0 || owner == noOwner && (a.goTable != nil || rustsym.AnonymousData(name))) {
			continue
		}
		id := uint32(len(a.entries))
		a.entries = append(a.entries, entry{name: name, owner: owner, section: int32(sym.Section),
			addr: sym.Value, file: int32(sym.File), symbol: sym.Type, unsized: size == 0})
		if size == 0 {
			unsized[sym.Section] = append(unsized[sym.Section], id)
			continue
		}
		a.claims[sym.Section] = append(a.claims[sym.Section],
			claim{Range: span.Range{Lo: sym.Value, Hi: sym.Value + size}, Rank: rankSized, ID: id})
	}
	if err := t.Err(); err == elfscan.ErrNames {
		a.warnf("%v", err)
	} else if err != nil {
		return err
	}
	if n := len(outside); n > 0 {
		a.warnf("%d of the symbols start outside their section and were not used, the first is %.100q", n, outside[0])
	}
	if n := len(overlong); n > 0 {
		a.warnf("%d of the symbols reach past the end of their section and were counted up to it, the first is %.100q", n, overlong[0])
	}
	for i := range unsized {
		a.extend(i, unsized[i])
	}
	return a.nativeOwners(t)
}

// claims says whether symbols of this kind own bytes: functions, objects and
// labels do; section symbols, thread-local offsets and the mapping symbols of
// the AArch64 ABI ($x code, $d data) do not.
func claims(sym *elfscan.Symbol, name string) bool {
	switch sym.Type {
	case elf.STT_FUNC, elf.STT_OBJECT, elf.STT_GNU_IFUNC:
		return true
	case elf.STT_NOTYPE:
		mapping := sym.Size == 0 && (name == "$x" || name == "$d" ||
			strings.HasPrefix(name, "$x.") || strings.HasPrefix(name, "$d."))
		return name != "" && !mapping
	}
	return false
}

// extend gives the section's symbols without a size the bytes up to the next
// symbol, or to the section's end.
func (a *attribution) extend(section int, unsized []uint32) {
	if len(unsized) == 0 {
		return
	}
	slices.SortStableFunc(unsized, func(x, y uint32) int { return cmp.Compare(a.entries[x].addr, a.entries[y].addr) })
	sized := a.claims[section]
	span.Sort(sized)
	s := &a.binary.Sections[section]
	next := 0         // the first sized claim behind the symbol
	covered := s.Addr // how far the sized claims before next reach
	for len(unsized) > 0 {
		lo := a.entries[unsized[0]].addr
		names := 1 // at this address
		for names < len(unsized) && a.entries[unsized[names]].addr == lo {
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
			hi = min(hi, a.entries[rest[0]].addr)
		}
		for _, id := range here {
			a.claims[section] = append(a.claims[section], claim{Range: span.Range{Lo: lo, Hi: hi}, Rank: rankUnsized, ID: id})
		}
	}
}

// nameOwner returns the owner that the symbol's name alone tells, or noOwner.
func (a *attribution) nameOwner(sym *elfscan.Symbol, name string) int32 {
	if len(name) > 2 && name[0] == '_' && (name[1] == 'R' || name[1] == 'Z') {
		if rust, ok := rustsym.Parse(name); ok {
			a.found.rust = true
			a.crates.see(name, &rust)
			crate, confidence := rust.Defining, Exact
			if a.opt.View == Instantiated && rust.Instantiating.Name != "" {
				crate = rust.Instantiating
			} else if !rust.Exact {
				confidence = Inferred
			}
			return a.owners.get(ownerKey{kind: Crate, name: crate.Name, id: crate.ID, confidence: confidence})
		}
	}
	if native.StartupSymbol(name) || native.ThunkSymbol(name) {
		return a.owners.linker()
	}
	if a.goTable != nil && sym.Type == elf.STT_OBJECT {
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

// BOLTOriginal is the owner of code that a post-link optimizer moved
// elsewhere and left behind.
const BOLTOriginal = "BOLT, original code"

// addLinkerSections claims the executable sections that linkers and start-up
// objects write whole, for what no symbol in them claims. LLVM's BOLT writes
// the functions that it optimizes to new sections and keeps the old ones under
// another name; the symbols are of the new ones.
func (a *attribution) addLinkerSections() {
	for i := range a.binary.Sections {
		s := &a.binary.Sections[i]
		if s.Flags&elf.SHF_EXECINSTR == 0 || s.Size == 0 || !a.wanted(i) {
			continue
		}
		var owner int32
		switch s.Base {
		case ".init", ".fini", ".plt", ".plt.got", ".plt.sec", ".plt.bnd", ".iplt":
			owner = a.owners.linker()
		case ".bolt.org.text":
			owner = a.owners.get(ownerKey{kind: Linker, name: BOLTOriginal, confidence: Exact})
		default:
			continue
		}
		id := uint32(len(a.entries))
		a.entries = append(a.entries, entry{name: s.Name, owner: owner, section: int32(i), addr: s.Addr, whole: true, file: -1})
		a.claims[i] = append(a.claims[i], claim{Range: span.Range{Lo: s.Addr, Hi: s.Addr + s.Size}, Rank: rankSection, ID: id})
	}
}
