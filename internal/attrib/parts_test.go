package attrib

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/attrib/account"
	"github.com/sizegate/sizegate/internal/elftest"
)

// partSize is how many functions package goclaims reads at a time.
const partSize = 4 << 10

// manyFunctions are functions of Go, more than two parts of them. Packages come
// again in later parts, in another order.
func manyFunctions() []synFunction {
	functions := make([]synFunction, 2*partSize+100)
	for i := range functions {
		pkg := (i/50 + i/partSize*7) % 30
		functions[i] = synFunction{fmt.Sprintf("example.com/p%d.F%d", pkg, i), "/src/f.go", 32, 20, 0}
	}
	return functions
}

// TestPartsOfGoTable: functions are read in parts, and where one is malformed those
// before it count, whatever part it is in.
func TestPartsOfGoTable(t *testing.T) {
	functions := manyFunctions()
	for _, malformed := range []int{len(functions), 1, partSize - 1, partSize, partSize + 1, 2*partSize + 50} {
		t.Run(fmt.Sprint(malformed), func(t *testing.T) {
			table, _ := synTableOf(functions, "1.20", 1)
			if malformed < len(functions) {
				// Its end, which is where the next one starts, is before its start.
				functab := binary.LittleEndian.Uint64(table[8+7*8:])
				clear(table[functab+8*uint64(malformed+1):][:4])
			}
			want := make(map[string]int)
			for _, f := range functions[:malformed] {
				want[f.name[:strings.LastIndexByte(f.name, '.')]] += int(f.size)
			}
			_, p := attribute(t, elftest.File{Sections: []elftest.Section{
				{Name: ".text", Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Addr: synText, Data: synCodeOf(functions, elf.EM_X86_64), Align: 16},
				{Name: ".gopclntab", Flags: elf.SHF_ALLOC, Addr: synTableAddr, Data: table, Align: 8},
			}}, Options{})
			for _, o := range p.Owners {
				if o.Size != uint64(want[o.Name]) {
					t.Errorf("%s has %d bytes, want %d", o.Name, o.Size, want[o.Name])
				}
				delete(want, o.Name)
			}
			if len(want) > 0 {
				t.Errorf("missing: %v", want)
			}
			if warned := len(p.Warnings) == 1 && strings.Contains(p.Warnings[0], fmt.Sprintf("function %d: ", malformed)); warned != (malformed < len(functions)) {
				t.Errorf("warnings %q", p.Warnings)
			}
			if malformed == len(functions) && p.Sections[0].Padding != uint64(12*len(functions)) {
				t.Errorf("padding %d, want %d", p.Sections[0].Padding, 12*len(functions))
			}
		})
	}
}

// TestPartsOfNames judges more names than a part has, in their own order and in
// another, some of two crates of a name.
func TestPartsOfNames(t *testing.T) {
	const n, size = 20_000, 8
	for _, shuffled := range []bool{false, true} {
		t.Run(fmt.Sprintf("shuffled=%v", shuffled), func(t *testing.T) {
			want := make(map[string]uint64)
			symbols := make([]elftest.Symbol, n)
			for i := range symbols {
				crate := fmt.Sprintf("crate%d", i%7+i/9000)
				id, owner := "s_", crate // the number 1
				if crate == "crate2" {
					owner = "crate2 0000000000000001"
					if i%2 == 1 {
						id, owner = "s0_", "crate2 0000000000000002"
					}
				}
				symbols[i] = function(fmt.Sprintf("_RNvC%s%d%s6f%05d", id, len(crate), crate, i), uint64(i*size), size)
				want[owner] += size
			}
			if shuffled {
				rng := rand.New(rand.NewPCG(1, 2))
				rng.Shuffle(n, func(i, j int) { symbols[i], symbols[j] = symbols[j], symbols[i] })
			}
			_, p := attribute(t, elftest.Program(base, bytes.Repeat([]byte{0xf4}, n*size), symbols...), Options{})
			for _, o := range p.Owners {
				name := strings.TrimSpace(o.Name + " " + o.ID)
				if o.Size != want[name] {
					t.Errorf("%s has %d bytes, want %d", name, o.Size, want[name])
				}
				delete(want, name)
			}
			if len(want) > 0 {
				t.Errorf("missing: %v", want)
			}
		})
	}
}

// TestUnevenNames: names may cost what they may in all, however uneven that is.
func TestUnevenNames(t *testing.T) {
	const n, size, long = 3 << 13, 8, 1500
	symbols := make([]elftest.Symbol, n)
	for i := range symbols {
		symbols[i] = function(fmt.Sprintf("_RNvC5other6f%05d", i), uint64(i*size), size)
	}
	name := strings.Repeat("l", long)
	symbols[n/3].Name = fmt.Sprintf("_RNvC%d%s1f", long, name)
	symtab, strtab := elftest.SymbolTable(symbols...)
	// As many as a part has share one long name.
	entry := func(i int) []byte { return symtab[24*(i+1):] }
	for i := n/3 + 1; i < n/3*2; i++ {
		copy(entry(i)[:4], entry(n / 3)[:4])
	}
	f := elftest.Program(base, bytes.Repeat([]byte{0xf4}, n*size))
	f.Sections[1].Data, f.Sections[2].Data = symtab, strtab
	_, p := attribute(t, f, Options{})
	got := make(map[string]uint64)
	for _, o := range p.Owners {
		got[o.Name] = o.Size
	}
	if got[name] != n/3*size || got["other"] != n/3*2*size || len(p.Warnings) > 0 {
		t.Errorf("the long name has %d bytes, want %d; other has %d; %q", got[name], n/3*size, got["other"], p.Warnings)
	}
}

// TestPartsOfGaps looks at more gaps than are kept, of fill and of other bytes.
func TestPartsOfGaps(t *testing.T) {
	const n = 70_000
	rng := rand.New(rand.NewPCG(3, 4))
	var code []byte
	var symbols []elftest.Symbol
	var want account.Tally
	for i := range n {
		symbols = append(symbols, function(fmt.Sprintf("f%d", i), uint64(len(code)), 2))
		code = append(code, 0xf4, 0xf4)
		want.Attributed += 2
		fill, rest := rng.IntN(4), rng.IntN(3)
		code = append(code, bytes.Repeat([]byte{0xcc}, fill)...)
		code = append(code, bytes.Repeat([]byte{0xf4}, rest)...)
		want.Padding += uint64(fill)
		want.Unattributed += uint64(rest)
	}
	_, p := attribute(t, elftest.Program(base, code, symbols...), Options{})
	if p.Sections[0] != want {
		t.Errorf("tally %+v, want %+v", p.Sections[0], want)
	}
}
