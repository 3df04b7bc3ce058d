package strip_test

import (
	"bytes"
	"debug/elf"
	"slices"
	"testing"

	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/elftest"
	"github.com/sizegate/sizegate/internal/strip"
)

// loaded is a section that a program is loaded with.
type loaded struct {
	name     string
	addr     uint64
	contents string
}

// loadedSections returns the loaded sections with contents that have one of
// the types, or any if none is given.
func loadedSections(t *testing.T, file []byte, types ...elf.SectionType) map[loaded]int {
	t.Helper()
	f, err := elf.NewFile(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	found := map[loaded]int{}
	for _, s := range f.Sections {
		if s.Flags&elf.SHF_ALLOC == 0 || s.Type == elf.SHT_NOBITS || len(types) > 0 && !slices.Contains(types, s.Type) {
			continue
		}
		found[loaded{s.Name, s.Addr, string(file[s.Offset:][:s.FileSize])}]++
	}
	return found
}

func FuzzSize(f *testing.F) {
	for _, data := range elftest.Samples(f, "../../testdata/elf/*64*", 1<<15) {
		f.Add(data)
	}
	symtab, strtab := elftest.SymbolTable(elftest.Symbol{Name: "f", Section: 1}, elftest.Symbol{Name: "g", Bind: elf.STB_GLOBAL, Section: 1})
	f.Add(program(
		elftest.Section{Name: ".symtab", Type: elf.SHT_SYMTAB, Data: symtab, Link: 3, Align: 8},
		elftest.Section{Name: ".strtab", Type: elf.SHT_STRTAB, Data: strtab},
		elftest.Section{Name: ".rela.text", Type: elf.SHT_RELA, Data: make([]byte, 48), Link: 2, Info: 1},
		elftest.Section{Name: ".gnu.build.attributes", Type: elf.SHT_NOTE, Data: make([]byte, 64)}).Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := elfscan.New(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		for _, m := range modes {
			size, err := strip.Size(b, m.mode)
			var out bytes.Buffer
			if writeErr := strip.Write(&out, b, m.mode); writeErr != nil {
				if out.Len() > 0 {
					t.Errorf("%s: %d bytes and %v", m.name, out.Len(), writeErr)
				}
				continue
			} else if err != nil {
				t.Fatalf("%s: Size fails with %v, Write does not", m.name, err)
			}
			if size != uint64(out.Len()) {
				t.Fatalf("%s: Size is %d, Write wrote %d", m.name, size, out.Len())
			}
			if _, err := elfscan.New(bytes.NewReader(out.Bytes()), int64(out.Len())); err != nil {
				t.Fatalf("%s: the stripped file: %v", m.name, err)
			}
			after := loadedSections(t, out.Bytes())
			// The type may have changed to that which the name stands for.
			for s, n := range loadedSections(t, data, elf.SHT_PROGBITS, elf.SHT_NOTE, elf.SHT_DYNAMIC) {
				if after[s] < n {
					t.Errorf("%s: section %q at %#x has other contents", m.name, s.name, s.addr)
				}
			}
		}
	})
}
