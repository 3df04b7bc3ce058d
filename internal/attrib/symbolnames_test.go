package attrib

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// scatterNames writes a copy of an ELF file in which the names of symbols are in
// random order, far from each other.
func scatterNames(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	le := binary.LittleEndian
	headers := le.Uint64(data[40:])
	section := func(index int) []byte { return data[headers+uint64(index)*64:][:64] }
	var symtab, strtab int
	for i, s := range f.Sections {
		if s.Type == elf.SHT_SYMTAB {
			symtab, strtab = i, int(s.Link)
		}
	}
	if symtab == 0 {
		t.Fatal("there is no symbol table")
	}
	names, err := f.Sections[strtab].Data()
	if err != nil {
		t.Fatal(err)
	}
	at, size := le.Uint64(section(symtab)[24:]), le.Uint64(section(symtab)[32:])
	symbols := data[at:][:size]
	rng := rand.New(rand.NewPCG(1, 2))
	scattered := []byte{0}
	for _, i := range rng.Perm(len(symbols) / 24) {
		name := names[le.Uint32(symbols[i*24:]):]
		name = name[:bytes.IndexByte(name, 0)+1]
		if len(name) == 1 {
			continue
		}
		scattered = append(scattered, make([]byte, 1000)...)
		le.PutUint32(symbols[i*24:], uint32(len(scattered)))
		scattered = append(scattered, name...)
	}
	le.PutUint64(section(strtab)[24:], uint64(len(data)))
	le.PutUint64(section(strtab)[32:], uint64(len(scattered)))
	out := filepath.Join(t.TempDir(), filepath.Base(path))
	if err := os.WriteFile(out, append(data, scattered...), 0o600); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestScatteredNames attributes files whose names are not in the order of the
// symbols: that makes no difference.
func TestScatteredNames(t *testing.T) {
	for _, name := range []string{"rust-std-mixed-amd64", "rust-std-mixed-arm64", "rust-lines-amd64"} {
		for _, view := range []View{Defined, Instantiated} {
			t.Run(name+" "+string(view), func(t *testing.T) {
				path := filepath.Join(fixtures, name)
				scattered := scatterNames(t, path)
				_, want := profileOf(t, path, Options{View: view, Section: codeOnly})
				_, got := profileOf(t, scattered, Options{View: view, Section: codeOnly})
				if !reflect.DeepEqual(got.Owners, want.Owners) || !reflect.DeepEqual(got.Warnings, want.Warnings) || got.Main != want.Main {
					t.Errorf("got %+v, want %+v", got.Owners, want.Owners)
				}
			})
		}
	}
}
