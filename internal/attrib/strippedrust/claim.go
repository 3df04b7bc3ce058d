package strippedrust

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
	"github.com/sizegate/sizegate/internal/attrib/sectionbytes"
	"github.com/sizegate/sizegate/internal/attrib/stage"
	"github.com/sizegate/sizegate/internal/elfscan"
)

// work is what it takes to claim the functions of a stripped Rust program.
type work struct {
	*account.Book
	comments     []string // what compilers and linkers left of themselves
	instantiated bool     // code is charged to who compiled it, else to who wrote it
}

// Add claims the functions of a Rust program that has no full symbol table, for the
// crates that package rustinfer concludes: all of it is Inferred, and what a symbol
// claims is not touched. The functions are those of the unwind tables. Those of other
// languages are left without an owner. comments are what compilers and linkers left of
// themselves; instantiated asks for who compiled a function, not for who wrote it. Add
// says whether it had anything to conclude from, which is in a warning too.
func Add(book *account.Book, comments []string, instantiated bool) (guessed bool, err error) {
	a := &work{book, comments, instantiated}
	if !a.AnyWanted(stage.Code) {
		return false, nil
	}
	if rust, err := a.looksRust(); err != nil || !rust {
		return false, err
	}
	a.Languages |= account.LangRust
	warnings, err := a.Crates.ReadList(a.Binary)
	if err != nil {
		return false, err
	}
	a.Warnings = append(a.Warnings, warnings...)
	functions, err := a.unwound()
	if err != nil || len(functions) == 0 {
		return false, err
	}
	data, err := a.readData()
	if err != nil {
		return false, err
	}
	places := data.places()
	if len(places.crate) == 0 {
		return false, nil
	}
	program := &rustinfer.Program{Crates: len(places.crates), Locations: places.crate, Functions: make([]rustinfer.Function, len(functions))}
	if err := a.readCode(functions, data, places, program); err != nil {
		return false, err
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
	a.claim(functions, program, rustinfer.Infer(program), places)
	return true, nil
}

// looksRust says whether there is Rust in a file, by what compilers and symbols say of
// it, or else by the paths of Rust's own library.
func (a *work) looksRust() (bool, error) {
	if a.Languages&account.LangRust != 0 || slices.ContainsFunc(a.comments, func(c string) bool { return strings.HasPrefix(c, "rustc version ") }) {
		return true, nil
	}
	for i := range a.Binary.Sections {
		s := &a.Binary.Sections[i]
		if s.Kind != elfscan.ROData || s.Type != elf.SHT_PROGBITS || s.Size == 0 {
			continue
		}
		w := sectionbytes.New(a.Binary, s)
		for lo := s.Addr; lo < s.Addr+s.Size; {
			const overlap = 64
			text, err := w.At(lo, min(s.Addr+s.Size, lo+sectionbytes.Size))
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

// claim claims each function for the crate of its guess, and says in a warning
// what the guesses rest on.
func (a *work) claim(functions unwound, program *rustinfer.Program, guesses []rustinfer.Guess, places *panicPlaces) {
	owners := slices.Repeat([]int32{ownership.Nobody}, len(places.crates))
	charged := "wrote (--view defined)"
	if a.instantiated {
		charged = "compiled (--view instantiated)"
	}
	own, around, unknown := 0, 0, 0
	for i, g := range guesses {
		crate := g.Defining
		if a.instantiated {
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
		e := account.Entry{Owner: owners[crate], Section: int32(f.section), Addr: f.Lo}
		if a.Functions {
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
		Inferred, charged, own, around, nobody)
}

// Inferred begins the warning that the owners of Rust functions are conclusions,
// which is about nothing that is shown where no owner is.
const Inferred = "without symbols, who "

// guessedOwner is the owner for a crate that source paths name.
func (a *work) guessedOwner(origin native.Origin) int32 {
	if origin.Name == "" {
		origin.Name = a.Crates.RootCrate()
	}
	a.Crates.AddUnit(&origin)
	return a.Owners.Get(ownership.Key{Kind: ownership.Crate, Name: origin.Name, Confidence: ownership.Inferred})
}
