package attrib

import (
	"bytes"
	"debug/elf"
	"fmt"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/attrib/account"
	"github.com/sizegate/sizegate/internal/attrib/native"
	"github.com/sizegate/sizegate/internal/attrib/ownership"
	"github.com/sizegate/sizegate/internal/attrib/rustinfer"
	"github.com/sizegate/sizegate/internal/attrib/stage"
	"github.com/sizegate/sizegate/internal/attrib/window"
	"github.com/sizegate/sizegate/internal/elfscan"
)

// addStrippedRust claims the functions of a Rust program that has no full symbol
// table, for the crates that package rustinfer concludes: all of it is Inferred, and
// what a symbol claims is not touched. The functions are those of the unwind tables.
// Those of other languages are left without an owner.
func (a *attribution) addStrippedRust(t *elfscan.SymbolTable) error {
	if t.Full() || a.golang.Table != nil || a.golang.Info != nil || !a.AnyWanted(stage.Code) {
		return nil
	}
	if rust, err := a.looksRust(); err != nil || !rust {
		return err
	}
	a.Languages |= account.LangRust
	if !a.Crates.HasList() {
		if err := a.readCrateList(); err != nil {
			return err
		}
	}
	functions, err := a.unwound()
	if err != nil || len(functions) == 0 {
		return err
	}
	data, err := a.readRustData()
	if err != nil {
		return err
	}
	places := data.places()
	if len(places.crate) == 0 {
		return nil
	}
	program := &rustinfer.Program{Crates: len(places.crates), Locations: places.crate, Functions: make([]rustinfer.Function, len(functions))}
	if err := a.readRustCode(functions, data, places, program); err != nil {
		return err
	}
	byRust := make(map[uint64]bool) // common entries of functions that hold locations: so of Rust's personality
	for i := range functions {
		if len(program.Functions[i].Locations) > 0 {
			byRust[functions[i].common] = true
		}
	}
	for i := range functions {
		program.Functions[i].Lands = functions[i].lands && byRust[functions[i].common]
	}
	data.destructors(func(addr uint64) {
		if i := functions.at(addr); i >= 0 && functions[i].Lo == addr {
			program.Functions[i].Drops = true
		}
	})
	a.claimRust(functions, program, rustinfer.Infer(program), places)
	return nil
}

// looksRust says whether there is Rust in a file, by what compilers and symbols say of
// it, or else by the paths of Rust's own library.
func (a *attribution) looksRust() (bool, error) {
	if a.Languages&account.LangRust != 0 || slices.ContainsFunc(a.comment(), func(c string) bool { return strings.HasPrefix(c, "rustc version ") }) {
		return true, nil
	}
	for i := range a.Binary.Sections {
		s := &a.Binary.Sections[i]
		if s.Kind != elfscan.ROData || s.Type != elf.SHT_PROGBITS || s.Size == 0 {
			continue
		}
		w := window.New(a.Binary, s)
		for lo := s.Addr; lo < s.Addr+s.Size; {
			const overlap = 64
			text, err := w.At(lo, min(s.Addr+s.Size, lo+window.Size))
			if err != nil {
				return false, err
			}
			if bytes.Contains(text, []byte("library/core/src/")) || bytes.Contains(text, []byte("library/std/src/")) {
				return true, nil
			}
			if len(text) <= overlap {
				break
			}
			lo += uint64(len(text) - overlap)
		}
	}
	return false, nil
}

// claimRust claims each function for the crate of its guess, and says in a warning
// what the guesses rest on.
func (a *attribution) claimRust(functions unwound, program *rustinfer.Program, guesses []rustinfer.Guess, places *rustPlaces) {
	a.guessed = true
	owners := slices.Repeat([]int32{ownership.Nobody}, len(places.crates))
	compiler := a.opt.View == Instantiated || a.opt.View == Auto
	charged := "wrote (--view defined)"
	if compiler {
		charged = "compiled (--view instantiated)"
	}
	own, around, unknown := 0, 0, 0
	for i, g := range guesses {
		crate := g.Defining
		if compiler {
			crate = g.Instantiating
		}
		switch {
		case crate == rustinfer.Nobody && g.Instantiating == rustinfer.Nobody:
			continue // not Rust
		case crate == rustinfer.Nobody:
			unknown++
			continue
		case slices.ContainsFunc(program.Functions[i].Locations, func(l int32) bool { return program.Locations[l] == crate }):
			own++
		default:
			around++
		}
		if owners[crate] == ownership.Nobody {
			owners[crate] = a.guessedOwner(places.crates[crate])
		}
		f := &functions[i]
		e := account.Entry{Owner: owners[crate], Section: int32(f.section), Addr: f.Lo, File: -1}
		if a.opt.Functions {
			e = a.WithName(e, fmt.Sprintf("[function at %#x]", f.Lo))
		}
		a.Claims[f.section] = append(a.Claims[f.section], account.Claim{Range: f.Range, Rank: account.RankInferred, ID: uint32(len(a.Entries))})
		a.Entries = append(a.Entries, e)
	}
	if own+around+unknown == 0 {
		return // nothing of it is Rust after all
	}
	nobody := ""
	if unknown > 0 {
		nobody = fmt.Sprintf("; of %d it is not known", unknown)
	}
	a.Warnf("%s%s its Rust functions is inferred: of %d by their own panic locations, of %d by what is around them%s (keep the symbols, or give --debug-file)",
		RustInferred, charged, own, around, nobody)
}

// RustInferred begins the warning that the owners of Rust functions are conclusions,
// which is about nothing that is shown where no owner is.
const RustInferred = "without symbols, who "

// guessedOwner is the owner for a crate that source paths name.
func (a *attribution) guessedOwner(origin native.Origin) int32 {
	if origin.Name == "" {
		origin.Name = a.Crates.RootCrate()
	}
	a.Crates.AddUnit(&origin)
	return a.Owners.Get(ownership.Key{Kind: ownership.Crate, Name: origin.Name, Confidence: ownership.Inferred})
}
