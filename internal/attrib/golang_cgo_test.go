package attrib

import (
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/attrib/account"
	"github.com/sizegate/sizegate/internal/attrib/ownership"
	"github.com/sizegate/sizegate/internal/elfscan"
)

// cgoBuilds are programs with C. Packages with C of their own are always
// linked by the external linker, those of the standard library only if it is
// asked for.
var cgoBuilds = []struct {
	name  string
	build goBuild
	typ   elfscan.Type
	main  string
	must  []string // of nameless
}{
	{"internal", goBuild{arch: "amd64", cgo: true}, elfscan.Exec, "example.com/app",
		[]string{"bareMain", "bareDep", "crosscall2", "_cgo_panic", "_cgo_Cfunc_gai_strerror"}},
	{"std, external", goBuild{arch: "amd64", cgo: true, external: true}, elfscan.Exec, "example.com/app",
		[]string{"bareMain", "bareDep", "crosscall2", "_cgo_panic", "_cgo_Cfunc_gai_strerror"}},
	{"external", goBuild{arch: "amd64", cgo: true, pkg: "native", external: true}, elfscan.Exec, "example.com/app/native",
		[]string{"crosscall2", "_cgo_panic", "_cgoexp_goCallback", "_cgo_Cfunc_triple", "_cgo_Cfunc_call", "_cgo_Cfunc_half"}},
	{"external pie", goBuild{arch: "amd64", cgo: true, pkg: "native", external: true, flags: [2]string{"-buildmode=pie"}},
		elfscan.PIE, "example.com/app/native",
		[]string{"crosscall2", "_cgo_panic", "_cgoexp_goCallback", "_cgo_Cfunc_triple", "_cgo_Cfunc_call", "_cgo_Cfunc_half"}},
	{"c-shared", goBuild{arch: "amd64", cgo: true, pkg: "native", flags: [2]string{"-buildmode=c-shared"}},
		elfscan.Shared, "example.com/app/native",
		[]string{"crosscall2", "_cgo_panic", "_cgoexp_goCallback", "_cgo_Cfunc_triple", "_cgo_Cfunc_call", "_cgo_Cfunc_half"}},
}

// TestCgoPrograms builds programs that hold C.
func TestCgoPrograms(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("this machine's gcc does not compile for amd64 (run it on an amd64 machine)")
	}
	w := newGoWorkspace(t)
	for _, tt := range cgoBuilds {
		t.Run(tt.name, func(t *testing.T) {
			path := w.build(t, tt.build)
			symbols := readSymbolTable(t, path)
			b, p := profileOf(t, path, Options{Functions: true})
			if b.Type != tt.typ {
				t.Errorf("type %s, want %s", b.Type, tt.typ)
			}
			check := func(t *testing.T, p *Profile) {
				t.Helper()
				if !slices.Equal(p.Languages, []string{"go", "c"}) || p.Main != tt.main || p.Compiler != runtime.Version() {
					t.Errorf("languages %q, compiler %q, main %q", p.Languages, p.Compiler, p.Main)
				}
				if len(p.Warnings) > 0 {
					t.Errorf("warnings: %q", p.Warnings)
				}
				checkAddress(t, &symbols, p, "main.main")
				checkAddress(t, &symbols, p, "runtime.mallocgc")
			}
			check(t, p)
			checkNameless(t, p, tt.must...)
			if text := textTally(t, b, p); float64(text.Unattributed) > 0.001*float64(text.Attributed+text.Padding+text.Unattributed) {
				t.Errorf(".text: %+v", text)
			}
			checkCFiles(t, p)
			same := func(t *testing.T, path string) {
				b, q := profileOf(t, path, Options{Functions: true})
				check(t, q)
				compareSizes(t, goCode(&symbols, q), goCode(&symbols, p))
				// C has lost its names, and all of it lies outside Go's code.
				outside := uint64(len(symbols.text)) - (symbols.hi - symbols.lo)
				if text := textTally(t, b, q); text.Unattributed > outside {
					t.Errorf(".text: %+v, though only %d bytes are not Go's", text, outside)
				}
				compareSizes(t, packageSizes(t, q), packageSizes(t, p))
			}
			t.Run("built without symbols", func(t *testing.T) {
				b := tt.build
				b.strip = true
				same(t, w.build(t, b))
			})
			t.Run("strip", func(t *testing.T) { same(t, w.strip(t, "amd64", path)) })
		})
	}
	t.Run("hidden", func(t *testing.T) { testHidden(t, w, cgoHidden) })
}

var cgoHidden = []hiding{
	{"table", cgoBuilds[2].build, []string{".gopclntab"}, false},
	{"table, pie", cgoBuilds[3].build, []string{".gopclntab"}, false},
	{"moduledata", cgoBuilds[2].build, []string{".go.module"}, false},
	{"moduledata, pie", cgoBuilds[3].build, []string{".go.module"}, false},
	{"both", cgoBuilds[2].build, []string{".gopclntab", ".go.module"}, false},
	{"both, pie", cgoBuilds[3].build, []string{".gopclntab", ".go.module"}, false},
	{"both, c-shared", cgoBuilds[4].build, []string{".gopclntab", ".go.module"}, false},
	{"section headers", cgoBuilds[2].build, nil, true},
	{"section headers, pie", cgoBuilds[3].build, nil, true},
}

// textTally is that of section .text.
func textTally(t *testing.T, b *elfscan.Binary, p *Profile) account.Tally {
	t.Helper()
	i := slices.IndexFunc(b.Sections, func(s elfscan.Section) bool { return s.Name == ".text" })
	if i < 0 {
		t.Fatal("there is no section .text")
	}
	return p.Sections[i]
}

// checkCFiles checks that the module's C functions, where the program has
// them, are charged to the file that they are in.
func checkCFiles(t *testing.T, p *Profile) {
	t.Helper()
	files := map[string]string{"triple": "native.c", "call": "native.c", "half": "clib_lib.c"}
	for _, f := range p.Functions {
		if want, ok := files[f.Name]; ok {
			if o := &p.Owners[f.Owner]; o.Kind != ownership.Library || !strings.HasSuffix(o.Name, want) {
				t.Errorf("%s is of %s %s, want library %s", f.Name, o.Kind, o.Name, want)
			}
		}
	}
}
