package attrib

import (
	"cmp"
	"debug/dwarf"
	"debug/elf"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/attrib/goruntime"
	"github.com/sizegate/sizegate/internal/attrib/gotype"
	"github.com/sizegate/sizegate/internal/attrib/ownership"
	"github.com/sizegate/sizegate/internal/elfscan"
)

// goTypesOf reads the types of a program.
func goTypesOf(t *testing.T, path string) (*goruntime.Module, *gotype.Types, *goruntime.Memory) {
	t.Helper()
	b, err := elfscan.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	a, err := newAttribution(b, Options{Section: allSections})
	if err != nil {
		t.Fatal(err)
	}
	symbols, _, err := b.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	if err := a.golang.AddFunctions(symbols); err != nil {
		t.Fatal(err)
	}
	m, ok, err := a.golang.Table.Module()
	if !ok || err != nil {
		t.Fatalf("no moduledata: %v", err)
	}
	mem := goruntime.NewMemory(b)
	modules := ownership.NewGoModules(a.golang.Info())
	types := m.ReadTypes(mem, &modules)
	if mem.Err != nil {
		t.Fatal(mem.Err)
	}
	return &m, types, mem
}

// recordAt returns the record that holds an address.
func recordAt(types *gotype.Types, addr uint64) (r gotype.Record, ok bool) {
	i, ok := slices.BinarySearchFunc(types.Records, addr, func(r gotype.Record, addr uint64) int {
		if r.Hi() <= addr {
			return -1
		}
		return cmp.Compare(max(r.Lo, addr), addr)
	})
	if !ok {
		return r, false
	}
	return types.Records[i], true
}

// TestGoTypes compares the types of programs with their debug information and
// their symbols, and those of a file that was stripped with those of the other.
func TestGoTypes(t *testing.T) {
	w := newGoWorkspace(t)
	for _, tt := range pureBuilds[:4] {
		t.Run(tt.name, func(t *testing.T) {
			path := w.build(t, tt.build)
			m, types, mem := goTypesOf(t, path)
			known := knownPackages(t, w, tt.build)
			delete(known, "unsafe") // has no types of its own
			t.Run("debug information", func(t *testing.T) { checkTypesOfDWARF(t, path, m.Types, types, known) })
			t.Run("symbols", func(t *testing.T) { checkTypesOfSymbols(t, path, m, types, mem, known) })
			t.Run("strip", func(t *testing.T) {
				stripped := w.strip(t, tt.build.arch, path)
				n, other, _ := goTypesOf(t, stripped)
				if *n != *m {
					t.Errorf("the moduledata is %+v, was %+v", n, m)
				}
				if !reflect.DeepEqual(other, types) {
					t.Error("the types are not those of the file with symbols")
				}
				b, p := profileOf(t, path, Options{Section: allSections})
				sb, q := profileOf(t, stripped, Options{Section: allSections})
				for _, name := range []string{"typelink", "itablink", ".go.module", ".go.buildinfo", ".go.fipsinfo"} {
					want, got := ownersOfSection(t, b, p, name), ownersOfSection(t, sb, q, name)
					if len(want) == 0 || !maps.Equal(got, want) {
						t.Errorf("%s of %v, with symbols %v", name, got, want)
					}
				}
			})
		})
	}
}

// ownersOfSection returns what each owner has of the section whose name ends in
// suffix, all of which must be owned.
func ownersOfSection(t *testing.T, b *elfscan.Binary, p *Profile, suffix string) map[ownership.Key]uint64 {
	t.Helper()
	sizes := make(map[ownership.Key]uint64)
	for i := range b.Sections {
		if !strings.HasSuffix(b.Sections[i].Base, suffix) {
			continue
		}
		if p.Sections[i].Attributed != b.Sections[i].FileSize {
			t.Errorf("of %s %+v", b.Sections[i].Name, p.Sections[i])
		}
		for _, o := range p.Owners {
			for _, s := range o.Sections {
				if s.Section == i {
					sizes[ownership.Key{Kind: o.Kind, Name: o.Name, Confidence: o.Confidence}] += s.Size
				}
			}
		}
	}
	return sizes
}

// packagesIn returns the packages of the types in a type's name, without those
// of type arguments.
func packagesIn(name string, known map[string]string) []string {
	var found []string
	depth := 0 // of type arguments; "map[" and "[8]" have none
	begin := 0
	word := func(end int) {
		w := strings.TrimPrefix(strings.TrimPrefix(name[begin:end], "..."), "go.shape.")
		if pkg := packageBefore(w, known); depth == 0 && pkg != "" && !slices.Contains(found, pkg) {
			found = append(found, pkg)
		}
		begin = end + 1
	}
	for i, c := range name {
		switch c {
		case '[':
			before := name[begin:i]
			word(i)
			element := strings.HasSuffix(before, "map") || strings.HasSuffix(before, "map.group") || strings.HasSuffix(before, "map.bucket")
			if depth > 0 || strings.Contains(before, ".") && !element {
				depth++
			}
		case ']':
			word(i)
			depth = max(0, depth-1)
		case ' ', ',', '(', ')', '{', '}', '*', ';':
			word(i)
		}
	}
	word(len(name))
	return found
}

// checkTypesOfDWARF compares packages with the names of types in the debug
// information, which says where each type's descriptor is.
func checkTypesOfDWARF(t *testing.T, path string, base uint64, types *gotype.Types, known map[string]string) {
	const attrGoRuntimeType = 0x2904
	f, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	d, err := f.DWARF()
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for r := d.Reader(); ; {
		e, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if e == nil {
			break
		}
		addr, ok := e.Val(attrGoRuntimeType).(uint64)
		name, _ := e.Val(dwarf.AttrName).(string)
		if !ok || addr == 0 || name == "" {
			continue
		}
		if addr < base { // an offset since Go 1.24
			addr += base
		}
		rec, ok := recordAt(types, addr)
		if !ok || len(types.Of(rec)) != 1 {
			t.Errorf("the type %s at %#x is not known", name, addr)
			continue
		}
		p := types.Packages[types.Of(rec)[0]]
		var want []string
		if want = packagesIn(name, known); len(want) == 0 {
			want = []string{""}
		}
		// A struct, or an interface, with unexported names is of the package that
		// these are of, which is not in the name. The name of a shape can be a hash.
		unexported := strings.Contains(name, "struct {") || strings.Contains(name, "interface {") || strings.Contains(name, "go.shape.")
		inferred := len(want) > 1 || want[0] == "" && !predeclared[name]
		if slices.Contains(want, p.Path) && (p.Inferred == inferred || unexported) || unexported && !p.Inferred && known[p.Path] != "" {
			checked++
			continue
		}
		t.Errorf("the type %s is of %+v, want %q", name, p, want)
	}
	if checked < 900 {
		t.Errorf("only %d types were compared", checked)
	}
}

// predeclared are the types that have a descriptor without a package, and yet a
// name.
var predeclared = map[string]bool{
	"bool": true, "int": true, "int8": true, "int16": true, "int32": true, "int64": true, "uint": true, "uint8": true,
	"uint16": true, "uint32": true, "uint64": true, "uintptr": true, "float32": true, "float64": true, "complex64": true,
	"complex128": true, "string": true, "error": true, "unsafe.Pointer": true,
}

// checkTypesOfSymbols compares interface tables with their symbols, which name
// the type, and what was found with where the linker's symbols say types are.
func checkTypesOfSymbols(t *testing.T, path string, m *goruntime.Module, types *gotype.Types, mem *goruntime.Memory, known map[string]string) {
	f, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	symbols, err := f.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	at := make(map[string]uint64)
	itabs := 0
	for _, s := range symbols {
		at[s.Name] = s.Value
		if names := map[string]uint64{"runtime.gcdata": m.Masks[0], "runtime.gcbss": m.Masks[1]}; names[s.Name] != 0 {
			if got := mem.ProgramSize(names[s.Name]); s.Value != names[s.Name] || got != s.Size {
				t.Errorf("%s is %d bytes at %#x, want %d at %#x", s.Name, got, names[s.Name], s.Size, s.Value)
			}
		}
		name, ok := strings.CutPrefix(s.Name, "go:itab.")
		if !ok {
			continue
		}
		itabs++
		rec, found := recordAt(types, s.Value)
		if !found || rec.Lo != s.Value || rec.Hi() < s.Value+s.Size || len(types.Of(rec)) != 1 {
			t.Errorf("%s of %d bytes at %#x is %+v", s.Name, s.Size, s.Value, rec)
		} else if want := packagesIn(name, known); len(want) == 0 || types.Packages[types.Of(rec)[0]].Path != want[0] {
			t.Errorf("%s is of %+v, want the first of %q", s.Name, types.Packages[types.Of(rec)[0]], want)
		}
	}
	if itabs == 0 || itabs != len(types.Itabs) {
		t.Errorf("%d interface tables, there are %d", len(types.Itabs), itabs)
	}
	// The linker puts types and their names from here to where the next group
	// of symbols begins.
	lo, hi := at["type:*"], at["runtime.etypes"]
	for _, name := range []string{"go:string.*", "go:funcdescrel", "go:funcrel.*"} {
		if next := at[name]; next > lo {
			hi = min(hi, next)
		}
	}
	covered := uint64(0)
	for _, r := range types.Records {
		if r.Lo >= lo && r.Hi() <= hi {
			covered += r.Hi() - r.Lo
		}
	}
	for _, c := range types.Closures {
		if c.Addr >= lo && c.Addr < hi {
			covered += 8
		}
	}
	if lo == 0 || covered < (hi-lo)*995/1000 || covered > hi-lo {
		t.Errorf("%d bytes of types from %#x to %#x, which is %d", covered, lo, hi, hi-lo)
	}
}
