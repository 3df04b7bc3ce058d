package attrib

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode"

	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/elftest"
)

// checkFile attributes all of a file in each view. Sums hold, of functions too,
// positions are in range, addresses in their sections, and what is said is
// one line each.
func checkFile(t *testing.T, data []byte) {
	t.Helper()
	b, err := elfscan.New(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return
	}
	all := func(*elfscan.Section) bool { return true }
	for _, view := range []View{Defined, Instantiated, Source} {
		p, err := Attribute(b, Options{View: view, Section: all, Functions: true})
		if err != nil {
			var known *elfscan.Error
			if !errors.As(err, &known) || strings.ContainsFunc(err.Error(), unicode.IsControl) {
				t.Fatalf("view %s: an error that is not for users: %q", view, err)
			}
			return
		}
		checkSums(t, b, p)
		sums := make([]uint64, len(b.Sections))
		for _, f := range p.Functions {
			if f.Owner < 0 || f.Owner >= len(p.Owners) || f.Size == 0 {
				t.Fatalf("view %s: %+v of %d owners", view, f, len(p.Owners))
			}
			sums[f.Section] += f.Size
		}
		for i, s := range p.Sections {
			if sums[i] != s.Attributed {
				t.Errorf("view %s: the functions of section %s have %d bytes, its owners %d", view, b.Sections[i].Name, sums[i], s.Attributed)
			}
		}
		for _, w := range p.Warnings {
			if strings.ContainsAny(w, "\n\r") {
				t.Errorf("view %s: a warning of several lines: %q", view, w)
			}
		}
		if again, err := Attribute(b, Options{View: view, Section: all, Functions: true}); err != nil || !reflect.DeepEqual(p, again) {
			t.Errorf("view %s: a second run differs (%v)", view, err)
		}
	}
}

// FuzzWholeFile begins with small files of every linker and language.
func FuzzWholeFile(f *testing.F) {
	const small = 18 << 10 // larger seeds make slow fuzzing
	paths, err := filepath.Glob(filepath.Join(fixtures, "*64*"))
	if err != nil {
		f.Fatal(err)
	}
	seeds := 0
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		if len(data) < small && !strings.HasSuffix(path, ".tsv") {
			f.Add(data)
			seeds++
		}
	}
	if seeds < 20 {
		f.Fatalf("%d seeds in %s", seeds, fixtures)
	}
	f.Fuzz(checkFile)
}

// FuzzGoModule fuzzes a Go program's function table, its moduledata and the
// data behind that, in a file that is otherwise right.
func FuzzGoModule(f *testing.F) {
	const dataAddr = 0x600000
	// Words of the moduledata.
	const findfunctab, text, gofunc118, gofunc120, words = 19, 22, 38, 40, 41
	for _, version := range []string{"1.2", "1.16", "1.18", "1.20"} {
		for _, quantum := range []byte{1, 4} {
			table, addresses := synTableBytes(version, quantum)
			data := make([]byte, 8*words+64)
			binary.LittleEndian.PutUint64(data, synTableAddr)
			binary.LittleEndian.PutUint64(data[8*text:], synText)
			for _, word := range []int{findfunctab, gofunc118, gofunc120} {
				binary.LittleEndian.PutUint64(data[8*word:], dataAddr+8*words)
			}
			if version == "1.20" { // as from Go 1.26 on, the moduledata alone tells
				clear(table[addresses[0]:][:8])
			}
			f.Add(table, data, quantum == 4, false)
			f.Add(table, data, quantum == 4, true)
		}
	}
	f.Add([]byte{}, []byte{0}, true, true) // a function table of no bytes
	f.Fuzz(func(t *testing.T, table, data []byte, arm64, named bool) {
		machine, section := elf.EM_X86_64, ".data"
		if arm64 {
			machine = elf.EM_AARCH64
		}
		if named {
			section = ".go.module"
		}
		checkFile(t, elftest.File{Machine: machine, Sections: []elftest.Section{
			{Name: ".text", Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Addr: synText, Data: synCode(machine), Align: 16},
			{Name: ".gopclntab", Flags: elf.SHF_ALLOC, Addr: synTableAddr, Data: table, Align: 8},
			{Name: section, Flags: elf.SHF_ALLOC | elf.SHF_WRITE, Addr: dataAddr, Data: data, Align: 8},
			{Name: ".typelink", Flags: elf.SHF_ALLOC, Addr: dataAddr + 1<<20, Data: data, Align: 8},
		}}.Bytes())
	})
}
