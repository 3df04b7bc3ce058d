package attrib

import (
	"bytes"
	"debug/dwarf"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/attrib/ownership"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/elftest"
)

// inlinedCalls is which function was inlined at each byte of .text, the innermost
// one, "" for none, as debug/dwarf reads it from the debug information.
type inlinedCalls struct {
	addr  uint64 // of .text
	names []string
}

func readInlinedCalls(t *testing.T, path string) inlinedCalls {
	t.Helper()
	f, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	d, err := f.DWARF()
	if err != nil {
		t.Fatal(err)
	}
	text := f.Section(".text")
	calls := inlinedCalls{text.Addr, make([]string, text.Size)}
	names := make(map[dwarf.Offset]string)
	r, origins := d.Reader(), d.Reader()
	for {
		e, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if e == nil {
			return calls
		}
		if e.Tag != dwarf.TagInlinedSubroutine {
			continue
		}
		origin := e.Val(dwarf.AttrAbstractOrigin).(dwarf.Offset)
		if _, ok := names[origin]; !ok {
			origins.Seek(origin)
			o, err := origins.Next()
			if err != nil {
				t.Fatal(err)
			}
			names[origin] = o.Val(dwarf.AttrName).(string)
		}
		ranges, err := d.Ranges(e)
		if err != nil {
			t.Fatal(err)
		}
		// A call inside of this one comes later, and paints over it.
		for _, r := range ranges {
			for pc := r[0]; pc < r[1]; pc++ {
				calls.names[pc-calls.addr] = names[origin]
			}
		}
	}
}

// importPath is the package in the name of a function that can be inlined: the
// compiler inlines none that it makes for a type.
func importPath(name string) string {
	name, _, _ = strings.Cut(name, "[")
	slash := strings.LastIndexByte(name, '/') + 1
	last, _, _ := strings.Cut(name[slash:], ".")
	return strings.ReplaceAll(name[:slash]+last, "%2e", ".")
}

// inlinedSizes are the bytes of other packages' functions that each function was
// inlined into.
func inlinedSizes(p *Profile) map[string]uint64 {
	sizes := make(map[string]uint64)
	for _, f := range p.Functions {
		if f.Inlined {
			sizes[f.Name] += f.Size
		}
	}
	return sizes
}

// TestGoInlined builds programs and compares what is said to be inlined in them
// with their debug information.
func TestGoInlined(t *testing.T) {
	w := newGoWorkspace(t)
	for _, tt := range pureBuilds {
		t.Run(tt.name, func(t *testing.T) {
			path := w.build(t, tt.build)
			_, defined := profileOf(t, path, Options{View: Defined, Functions: true})
			_, p := profileOf(t, path, Options{View: Source, Functions: true})
			calls := readInlinedCalls(t, path)
			inlined, packages := make(map[string]uint64), packageSizes(t, defined)
			move := func(from, to string) {
				for name, change := range map[string]int{from: -1, to: 1} {
					s := packages[name]
					packages[name] = packageSize{s.functions, s.size + uint64(change)}
				}
			}
			for _, f := range defined.Functions {
				o := &defined.Owners[f.Owner]
				for pc := f.Address; pc < f.Address+f.Size && o.Kind == ownership.Package; pc++ {
					name := calls.names[pc-calls.addr]
					if name != "" && importPath(name) != o.Name {
						inlined[name]++
						move(o.Name, importPath(name))
					}
				}
			}
			compareSizes(t, packageSizes(t, p), packages)
			got := inlinedSizes(p)
			for _, name := range slices.Sorted(maps.Keys(got)) {
				if got[name] != inlined[name] {
					t.Errorf("%s: %d bytes, want %d", name, got[name], inlined[name])
				}
			}
			const escaped = "example.com/dep%2ev2.NewHider"
			if len(got) != len(inlined) || got[escaped] == 0 || got["errors.New"] == 0 {
				t.Errorf("%d functions are inlined, want %d, among them %s and errors.New", len(got), len(inlined), escaped)
			}
			same := func(t *testing.T, path string) {
				_, q := profileOf(t, path, Options{View: Source, Functions: true})
				if !slices.Equal(q.Functions, p.Functions) || len(q.Warnings) != 0 {
					t.Errorf("the functions are not those of the file with symbols, or there are warnings: %q", q.Warnings)
				}
			}
			t.Run("built without symbols", func(t *testing.T) {
				b := tt.build
				b.strip = true
				same(t, w.build(t, b))
			})
			t.Run("strip", func(t *testing.T) { same(t, w.strip(t, tt.build.arch, path)) })
		})
	}
}

// TestSourceViewOfData holds data and tables to be the same in both views, and
// so is how many functions an owner has.
func TestSourceViewOfData(t *testing.T) {
	w := newGoWorkspace(t)
	path := w.build(t, goBuild{arch: "amd64", flags: [2]string{"-buildmode=pie"}})
	type row struct {
		kind       ownership.Kind
		name       string
		confidence ownership.Confidence
	}
	all := func(view View) (functions map[row]int, sections map[row]map[string]uint64) {
		b, p := profileOf(t, path, Options{View: view, Section: func(*elfscan.Section) bool { return true }})
		functions, sections = make(map[row]int), make(map[row]map[string]uint64)
		for _, o := range p.Owners {
			r := row{o.Kind, o.Name, o.Confidence}
			if o.Functions > 0 {
				functions[r] = o.Functions
			}
			of := make(map[string]uint64)
			for _, s := range o.Sections {
				if b.Sections[s.Section].Kind != elfscan.Code {
					of[b.Sections[s.Section].Name] = s.Size
				}
			}
			if len(of) > 0 {
				sections[r] = of
			}
		}
		return functions, sections
	}
	functions, sections := all(Source)
	wantFunctions, wantSections := all(Defined)
	if !maps.Equal(functions, wantFunctions) {
		t.Error("owners have other numbers of functions")
	}
	if !maps.EqualFunc(sections, wantSections, maps.Equal[map[string]uint64, map[string]uint64]) {
		t.Error("data or tables have other owners")
	}
}

// TestSyntheticInlined reads a table of Go 1.16 (runtime/symtab.go) that is
// written by hand: one function of 64 bytes, into which q.B and r.C are inlined.
func TestSyntheticInlined(t *testing.T) {
	le := binary.LittleEndian
	everywhere := []int64{1, 1} // a call at every byte, as a table that many functions share could say
	for i := range int64(63) {
		everywhere = append(everywhere, 1-i%2*2, 1)
	}
	for _, tt := range []struct {
		name    string
		calls   []int64 // changes of the call's number, each with how many bytes have it
		want    []string
		warning string
	}{
		{"none", []int64{0, 64}, []string{"p 1 64"}, ""},
		{"one in another", []int64{0, 10, 1, 20, 1, 4, -1, 6, -1, 24}, []string{"p 1 34", "q 0 26", "r 0 4"}, ""},
		{"everywhere", everywhere, []string{"p 1 56", "q 0 4", "r 0 4"}, "from 0x401008 on"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			names := []byte("p.A\x00q.B\x00r.C\x00\x00\x00\x00\x00")
			pctab := []byte{0, 2, 64, 0} // at 1 that of all other tables
			for i := 0; i < len(tt.calls); i += 2 {
				pctab = binary.AppendUvarint(binary.AppendVarint(pctab, tt.calls[i]), uint64(tt.calls[i+1]))
			}
			pctab = append(pctab, make([]byte, 8-len(pctab)%8)...)
			table := []byte{0xfa, 0xff, 0xff, 0xff, 0, 0, 1, 8}
			words := func(values ...uint64) {
				for _, v := range values {
					table = le.AppendUint64(table, v)
				}
			}
			words(1, 1, 64, 80, 80, 80, 80+uint64(len(pctab)))
			table = slices.Concat(table, names, pctab)
			words(synText, 24, synText+64, synText)
			for _, v := range []uint32{0, 0, 0, 1, 1, 1, 3, 0, 0x04000000, 0, 0, 4} {
				table = le.AppendUint32(table, v)
			}
			words(0, 0, 0, synTableAddr+uint64(len(table))+32)
			for _, v := range []uint32{0xffff, 1, 10, 4, 3, 0, 1, 11, 8, 5} { // the inline tree
				table = le.AppendUint32(table, v)
			}
			_, p := attribute(t, elftest.File{Machine: elf.EM_X86_64, Sections: []elftest.Section{
				{Name: ".text", Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Addr: synText, Data: bytes.Repeat([]byte{0xf4}, 64), Align: 16},
				{Name: ".gopclntab", Flags: elf.SHF_ALLOC, Addr: synTableAddr, Data: table, Align: 8},
			}}, Options{View: Source})
			var got []string
			for _, o := range p.Owners {
				got = append(got, fmt.Sprintf("%s %d %d", o.Name, o.Functions, o.Size))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if len(p.Warnings) > 1 || !strings.Contains(strings.Join(p.Warnings, ""), tt.warning) || tt.warning == "" && len(p.Warnings) > 0 {
				t.Errorf("warnings %q, want one with %q", p.Warnings, tt.warning)
			}
		})
	}
}
