package gosym

import (
	"debug/elf"
	"debug/gosym"
	"strings"
	"testing"
)

// TestRealTables compares whole tables of freshly built programs with their
// symbol tables and with debug/gosym.
func TestRealTables(t *testing.T) {
	dir := write(t)
	for _, arch := range []string{"amd64", "arm64"} {
		t.Run(arch, func(t *testing.T) {
			plain := build(t, dir, arch)
			compareSymbols(t, plain)
			compareGosym(t, plain)
			t.Run("packages", func(t *testing.T) {
				comparePackages(t, plain.table, strings.Fields(goCommand(t, dir, arch, "list", "-deps", ".")))
			})
			t.Run("stripped", func(t *testing.T) {
				compareTables(t, build(t, dir, arch, "-ldflags=-s -w").table, plain.table)
			})
			t.Run("pie", func(t *testing.T) {
				pie := build(t, dir, arch, "-buildmode=pie")
				compareSymbols(t, pie)
				compareGosym(t, pie)
			})
		})
	}
}

// compareSymbols checks every function against the symbol table and every
// sized symbol of .text against the functions.
func compareSymbols(t *testing.T, b built) {
	t.Helper()
	all, err := b.elf.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	symbols := make(map[uint64]elf.Symbol)
	for _, s := range all {
		if elf.ST_TYPE(s.Info) == elf.STT_FUNC && s.Size > 0 && b.elf.Sections[s.Section].Name == ".text" {
			symbols[s.Value] = s
		}
	}
	if len(symbols) < 1000 || len(symbols) != b.table.Len() {
		t.Errorf("%d functions, but %d symbols", b.table.Len(), len(symbols))
	}
	for i := range b.table.Len() {
		f, err := b.table.Func(i)
		if err != nil {
			t.Fatal(err)
		}
		s, ok := symbols[b.textStart+f.Entry]
		if !ok {
			t.Errorf("%s: no symbol at %#x", f.Name, b.textStart+f.Entry)
			continue
		}
		// The linker's symbol table tells the two calling conventions
		// apart and writes the dot of local types as ASCII.
		name := strings.TrimSuffix(s.Name, ".abi0")
		if want := strings.ReplaceAll(f.Name, "·", "."); name != want {
			t.Errorf("%s: the symbol is called %s", f.Name, s.Name)
		}
		if !f.Sized {
			// The linker's marks for the FIPS module's bounds hold one byte
			// that is not code.
			if !strings.HasPrefix(f.Name, "go:textfips") || f.End != f.Next {
				t.Errorf("%s has no size", f.Name)
			}
			continue
		}
		if size := f.End - f.Entry; size != s.Size {
			t.Errorf("%s: size %d, the symbol has %d", f.Name, size, s.Size)
		}
	}
}

// compareGosym checks names, extents and files against debug/gosym.
func compareGosym(t *testing.T, b built) {
	t.Helper()
	other, err := gosym.NewTable(nil, gosym.NewLineTable(b.data, b.textStart))
	if err != nil {
		t.Fatal(err)
	}
	if len(other.Funcs) != b.table.Len() {
		t.Fatalf("%d functions, debug/gosym has %d", b.table.Len(), len(other.Funcs))
	}
	for i, want := range other.Funcs {
		f, err := b.table.Func(i)
		if err != nil {
			t.Fatal(err)
		}
		if f.Name != want.Name || f.Entry+b.textStart != want.Entry || f.Next+b.textStart != want.End {
			t.Errorf("function %d: got %+v, want %s %#x-%#x", i, f, want.Name, want.Entry, want.End)
		}
		file, err := b.table.File(i)
		if err != nil {
			t.Fatal(err)
		}
		if want, _, _ := other.PCToLine(want.Entry); file != want {
			t.Errorf("%s: file %q, want %q", f.Name, file, want)
		}
	}
}

// compareTables checks that two tables say the same.
func compareTables(t *testing.T, got, want *Table) {
	t.Helper()
	if got.Len() != want.Len() {
		t.Fatalf("%d functions, want %d", got.Len(), want.Len())
	}
	for i := range want.Len() {
		g, err := got.Func(i)
		if err != nil {
			t.Fatal(err)
		}
		if w, err := want.Func(i); err != nil || g != w {
			t.Errorf("got %+v, want %+v, %v", g, w, err)
		}
	}
}

// comparePackages checks that the packages of the names are those that the go
// command says the program is made of.
func comparePackages(t *testing.T, tab *Table, deps []string) {
	t.Helper()
	known := map[string]bool{"main": true}
	known["runtime/debug"] = true // package runtime holds functions with such names
	for _, path := range deps {
		known[path] = true
	}
	seen := make(map[string]string)
	units := make(map[uint32]bool)
	for i := range tab.Len() {
		f, err := tab.Func(i)
		if err != nil {
			t.Fatal(err)
		}
		path, ok := Package(f.Name)
		seen[f.Name] = path
		if f.Unit != NoUnit {
			units[f.Unit] = true
		}
		if !ok {
			rest := strings.NewReplacer("type:.eq.", "", "go.shape.", "", "go:builtin.error.Error", "").Replace(f.Name)
			if strings.Contains(rest, ".") {
				t.Errorf("%s: no package", f.Name)
			}
			continue
		}
		if path := Unescape(path); !known[path] {
			outer, ok := Promoted(path, func(p string) bool { return known[p] })
			if !ok || outer != "main" {
				t.Errorf("%s: %q is no package of the program (promoted: %q)", f.Name, path, outer)
			}
		}
	}
	for name, want := range wantPackages {
		if got, ok := seen[name]; !ok || got != want {
			t.Errorf("%s: got %q (function exists: %v), want %q", name, got, ok, want)
		}
	}
	if len(units) < 10 || len(units) > len(known) {
		t.Errorf("%d units for %d packages", len(units), len(known))
	}
}
