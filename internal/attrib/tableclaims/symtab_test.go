package tableclaims

import (
	"debug/elf"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/attrib/account"
	"github.com/sizegate/sizegate/internal/attrib/ownership"
	"github.com/sizegate/sizegate/internal/attrib/stage"
	"github.com/sizegate/sizegate/internal/attrib/symbolclaims"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/elfscan/buildrecord"
)

// TestSymbolOwners compares the owner of each function's symbol with the tables
// of truth.
func TestSymbolOwners(t *testing.T) {
	paths, err := filepath.Glob("../../../testdata/elf/rust-*.truth.tsv")
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, path := range paths {
		file := strings.TrimSuffix(path, ".truth.tsv")
		f, err := elf.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		symbols, err := f.Symbols()
		f.Close()
		if err != nil {
			continue // stripped
		}
		b, err := elfscan.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		byName := readTruth(t, path)
		book := account.New(b, account.Options{Asked: func(*elfscan.Section) bool { return true }})
		comments, err := buildrecord.Comments(b)
		if err != nil {
			t.Fatal(err)
		}
		named := symbolclaims.New(book, b, comments, false)
		table, _, err := b.Symbols()
		if err != nil {
			t.Fatal(err)
		}
		if err := named.Add(table, nil); err != nil {
			t.Fatal(err)
		}
		if err := book.Sweep(stage.Code); err != nil {
			t.Fatal(err)
		}
		at := book.FindSection(func(s *elfscan.Section) bool { return s.Type == elf.SHT_SYMTAB })
		own, err := New(book, named).readSymbolTable(at, func(s *elfscan.Section) bool { return s.Base == ".strtab" })
		if err != nil {
			t.Fatal(err)
		}
		for i, sym := range symbols {
			want, ok := byName[sym.Name]
			if !ok || want == "-" || elf.ST_TYPE(sym.Info) != elf.STT_FUNC {
				continue
			}
			if strings.Contains(sym.Name, "___rustc") {
				continue // no crate: the compiler writes these into the program's
			}
			compared++
			owners := own.of(i + 1) // debug/elf leaves the null symbol out
			if len(owners) != 1 || !agrees(&book.Owners.Keys[owners[0]], want) {
				t.Errorf("%s: %s: owners %d, want %s", filepath.Base(file), sym.Name, owners, want)
			}
		}
	}
	if compared < 1000 {
		t.Errorf("only %d symbols were compared", compared)
	}
}

// readTruth returns the owner of each function of a NAME.truth.tsv by its name: see
// testdata/README.md for where the owners come from, which is not the name.
func readTruth(t *testing.T, path string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	byName := make(map[string]string)
	for line := range strings.Lines(string(text)) {
		field := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(field) != 5 {
			t.Fatalf("%s: %q", path, line)
		}
		byName[field[2]] = field[3]
	}
	if len(byName) == 0 {
		t.Fatalf("%s is empty", path)
	}
	return byName
}

// agrees says whether an owner is what the table says. want is CRATE@ID, a
// source file, "crt", "linker", or a library.
func agrees(k *ownership.Key, want string) bool {
	crate, id, isCrate := strings.Cut(want, "@")
	switch {
	case isCrate && k.Kind == ownership.Crate:
		return k.Name == crate && (k.ID == 0 || fmt.Sprintf("%016x", k.ID) == id)
	case isCrate:
		// A function without a mangled name, in a file that says no more.
		return k.Name == ownership.UnknownNative
	case want == "crt", want == "linker":
		return k.Kind == ownership.Linker
	}
	// C without debug information is not known, or in the file that it is
	// from, which for assembly is the object file. With it, the sources' made-up
	// folder is the library. Behind lld the file can only be guessed.
	return k.Kind == ownership.Library && (k.Name == ownership.UnknownNative || k.Name == want || k.Name == want+".o" ||
		k.Name == "fixtures" && k.Version == "1.0" || k.Confidence == ownership.Inferred)
}
