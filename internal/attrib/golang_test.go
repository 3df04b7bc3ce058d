package attrib

import (
	"debug/dwarf"
	"debug/elf"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/attrib/ownership"
)

// pureBuilds are the programs without C. The first one holds net/http, which
// takes longest to compile, and with it std's copies of other modules.
var pureBuilds = []struct {
	name  string
	build goBuild
}{
	{"amd64", goBuild{arch: "amd64", flags: [2]string{"-tags=big"}}},
	{"amd64 pie", goBuild{arch: "amd64", flags: [2]string{"-buildmode=pie"}}},
	{"arm64", goBuild{arch: "arm64"}},
	{"arm64 pie", goBuild{arch: "arm64", flags: [2]string{"-buildmode=pie"}}},
	{"amd64 trimpath", goBuild{arch: "amd64", flags: [2]string{"-trimpath"}}},
}

// packageSize is what a package has.
type packageSize struct {
	functions int
	size      uint64
}

// packageSizes are the sizes of the Go packages.
func packageSizes(t *testing.T, p *Profile) map[string]packageSize {
	t.Helper()
	sizes := make(map[string]packageSize)
	for _, o := range p.Owners {
		if o.Kind != ownership.Package {
			continue
		}
		if _, ok := sizes[o.Name]; ok || o.Confidence != ownership.Exact {
			t.Errorf("package %s: a second or a guessed row (%s)", o.Name, o.Confidence)
		}
		sizes[o.Name] = packageSize{o.Functions, o.Size}
	}
	return sizes
}

func compareSizes(t *testing.T, got, want map[string]packageSize) {
	t.Helper()
	var names []string
	for name := range want {
		names = append(names, name)
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		if got[name] != want[name] {
			t.Errorf("package %s has %d functions of %d bytes, want %d of %d", name,
				got[name].functions, got[name].size, want[name].functions, want[name].size)
		}
	}
}

// TestGoPrograms builds programs and compares what is said of them with their
// symbol tables, their debug information and `go list`.
func TestGoPrograms(t *testing.T) {
	w := newGoWorkspace(t)
	for _, tt := range pureBuilds {
		t.Run(tt.name, func(t *testing.T) {
			path := w.build(t, tt.build)
			symbols := readSymbolTable(t, path)
			_, p := profileOf(t, path, Options{View: Defined, Functions: true})
			if p.Symbols != "symtab" {
				t.Errorf("symbols from %q", p.Symbols)
			}
			checkPure(t, &symbols, p)
			t.Run("sizes", func(t *testing.T) {
				compareFunctions(t, p, wantFunctions(t, w, tt.build, path, &symbols))
			})
			if t.Failed() {
				return // the same would fail again
			}
			same := func(t *testing.T, path string) {
				_, q := profileOf(t, path, Options{View: Defined, Functions: true})
				if q.Symbols != "pclntab" {
					t.Errorf("symbols from %q", q.Symbols)
				}
				checkPure(t, &symbols, q)
				compareSizes(t, packageSizes(t, q), packageSizes(t, p))
				if !slices.Equal(q.Functions, p.Functions) {
					t.Error("the functions are not those of the file with symbols")
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
	t.Run("modules", func(t *testing.T) { testModules(t, w) })
	t.Run("hidden", func(t *testing.T) { testHidden(t, w, pureHidden) })
}

// nameless are functions whose names say no package, by what is to be found
// for them. Where the source lies was looked up by hand.
var nameless = map[string]string{
	"cmpbody":            "internal/bytealg", // compare_amd64.s, compare_arm64.s
	"memeqbody":          "internal/bytealg", // equal_amd64.s, where runtime.memequal is too
	"aeshashbody":        "runtime",
	"gogo":               "runtime",
	"_rt0_amd64":         "runtime",
	"_rt0_amd64_linux":   "runtime",
	"_rt0_arm64_linux":   "runtime",
	"bareMain":           "main",
	"bareDep":            "example.com/dep.v2/sub",
	"crosscall2":         "runtime/cgo",
	"_cgo_panic":         "runtime/cgo",
	"_cgoexp_goCallback": "main",
	"_cgo_Cfunc_triple":  "main",
	"_cgo_Cfunc_call":    "main",
	"_cgo_Cfunc_half":    "example.com/app/clib",

	"_cgo_Cfunc_gai_strerror": "net",
}

var cgoNameHash = regexp.MustCompile(`^(_cgo|_cgoexp)_[0-9a-f]{12}_`)

// checkNameless checks the owners of functions in nameless, and that those of
// must are there.
func checkNameless(t *testing.T, p *Profile, must ...string) {
	t.Helper()
	found := make(map[string]bool)
	for _, f := range p.Functions {
		name := cgoNameHash.ReplaceAllString(f.Name, "${1}_")
		want, ok := nameless[name]
		if !ok {
			continue
		}
		found[name] = true
		// C that only a symbol table tells of is not the package, which weighs
		// the same without symbols.
		o := &p.Owners[f.Owner]
		isC := o.Kind == ownership.Library && o.Name == "C of "+want && strings.HasPrefix(name, "_cgo_Cfunc_")
		if !isC && (o.Kind != ownership.Package || o.Name != want) {
			t.Errorf("%s is of %s %s, want package %s", f.Name, o.Kind, o.Name, want)
		}
	}
	for _, name := range must {
		if !found[name] {
			t.Errorf("function %s is missing", name)
		}
	}
}

// checkPure checks what holds for every program without C, with symbols or
// without: symbols is of the file with them.
func checkPure(t *testing.T, symbols *symbolTable, p *Profile) {
	t.Helper()
	if !slices.Equal(p.Languages, []string{"go"}) || p.Compiler != runtime.Version() || p.Main != "example.com/app" || p.Version != "(devel)" {
		t.Errorf("languages %q, compiler %q, main %q, version %q", p.Languages, p.Compiler, p.Main, p.Version)
	}
	if len(p.Warnings) > 0 {
		t.Errorf("warnings: %q", p.Warnings)
	}
	for _, tally := range p.Sections {
		if tally.Attributed > 0 && tally.Unattributed > 0 {
			t.Errorf("%d bytes of a section are unattributed", tally.Unattributed)
		}
	}
	for _, o := range p.Owners {
		if o.Kind != ownership.Package && o.Kind != ownership.Linker {
			t.Errorf("%d bytes for %s %q", o.Size, o.Kind, o.Name)
		}
	}
	checkAddress(t, symbols, p, "main.main")
	checkNameless(t, p, "cmpbody", "aeshashbody", "gogo", "bareMain", "bareDep")
}

// checkAddress compares where the function lies with the symbol table: if the
// text started elsewhere every function would be shifted.
func checkAddress(t *testing.T, symbols *symbolTable, p *Profile, name string) {
	t.Helper()
	i := slices.IndexFunc(p.Functions, func(f Function) bool { return f.Name == name })
	if i < 0 {
		t.Fatalf("%s is missing", name)
	}
	if want := symbols.address(t, name); p.Functions[i].Address != want {
		t.Errorf("%s is at %#x, nm says %#x", name, p.Functions[i].Address, want)
	}
}

// mustHave are functions whose names are hard to read, so that a change of the
// toolchain does not make the comparison with the symbol table an empty one.
var mustHave = []string{
	"main.main",
	"main.main.func1",
	"main.main.deferwrap1",
	"main.init.func1",
	"main.deferred.func1",
	"main.promoted.example.com/dep%2ev2.hidden",
	"main.(*promoted).example.com/dep%2ev2.hidden",
	"type:.eq.main.key",
	"example.com/dep%2ev2.T.String",
	"example.com/dep%2ev2.T.String-fm",
	"example.com/dep%2ev2.pushed",
	"example.com/dep.v2/sub.Three.abi0",
	"example.com/app/odd%2ename.New",
	"bareMain",
	"bareDep",
	"cmpbody",
	"aeshashbody",
	"gogo",
	"vendor/golang.org/x/net/dns/dnsmessage.(*Parser).Start",
}

// goFunction is what the symbol table says of a function.
type goFunction struct {
	name, pkg string
	size      uint64
}

// compareFunctions compares each function, and the sums over the functions of
// each package.
func compareFunctions(t *testing.T, p *Profile, want map[uint64]goFunction) {
	t.Helper()
	sums := make(map[string]packageSize)
	for _, w := range want {
		n := sums[w.pkg]
		sums[w.pkg] = packageSize{n.functions + 1, n.size + w.size}
	}
	compareSizes(t, packageSizes(t, p), sums)
	for _, f := range p.Functions {
		o := &p.Owners[f.Owner]
		if o.Kind != ownership.Package {
			continue
		}
		name := strings.ReplaceAll(f.Name, "·", ".")
		if w := want[f.Address]; w != (goFunction{name, o.Name, f.Size}) {
			t.Errorf("%s at %#x has %d bytes in package %s, want %s, %d bytes in package %s",
				f.Name, f.Address, f.Size, o.Name, w.name, w.size, w.pkg)
		}
	}
}

// wantFunctions is the functions of the symbol table, by address.
//
// A function's package is the longest of the import paths that `go list` knows
// its name begins with. A name that begins with none is either a comparison
// made for a type, and belongs to the package of the first named type in it, or
// assembly without a package, and belongs to the package whose object file it
// came from: Go's debug information has one compilation unit for a package.
//
// Exceptions:
//   - go:textfipsstart and go:textfipsend are the linker's markers, without a
//     package;
//   - type:.eq.[2]string and other types without a name are compiled into
//     whichever package needed them, which their unit tells as well;
//   - runtime/debug.SetTraceback is the runtime's function under the name of a
//     package that the program does not have (go:linkname); the name decides;
//   - symbols of assembly end in ".abi0", which the table leaves out, and a
//     middle dot in the table is a dot in the symbol;
//   - on arm64 the linker's sizes hold the zero words behind a function.
func wantFunctions(t *testing.T, w *goWorkspace, b goBuild, path string, symbols *symbolTable) map[uint64]goFunction {
	t.Helper()
	known := knownPackages(t, w, b)
	units := readGoUnits(t, path)
	names := make(map[string]bool)
	want := make(map[uint64]goFunction)
	for _, s := range symbols.functions {
		names[s.Name] = true
		if s.Name == "go:textfipsstart" || s.Name == "go:textfipsend" {
			continue
		}
		pkg := packageBefore(s.Name, known)
		if pkg == "" {
			pkg = packageWithin(s.Name, known)
		}
		if pkg == "" {
			pkg = units.at(s.Value)
		}
		if pkg == "" {
			t.Errorf("nothing tells the package of %s", s.Name)
		}
		size := s.Size
		if b.arch == "arm64" {
			size = symbols.trimmed(s)
		}
		want[s.Value] = goFunction{strings.TrimSuffix(s.Name, ".abi0"), pkg, size}
	}
	for _, name := range mustHave {
		if !names[name] {
			t.Errorf("the program has no function %s", name)
		}
	}
	return want
}

// knownPackages maps the import paths of all packages in the program, as they
// stand in names, to themselves.
func knownPackages(t *testing.T, w *goWorkspace, b goBuild) map[string]string {
	t.Helper()
	args := []string{"list", "-deps", "-f", "{{.ImportPath}}"}
	if slices.Contains(b.flags[:], "-tags=big") {
		args = append(args, "-tags=big")
	}
	known := map[string]string{"main": "main"}
	for _, path := range strings.Fields(w.command(t, b, append(args, "./"+b.pkg)...)) {
		slash := strings.LastIndexByte(path, '/') + 1
		known[path[:slash]+strings.ReplaceAll(path[slash:], ".", "%2e")] = path
	}
	known["runtime/debug"] = "runtime/debug"
	delete(known, "example.com/app") // its functions are called main.
	return known
}

// packageBefore returns the longest known package that name begins with.
func packageBefore(name string, known map[string]string) string {
	for end := strings.LastIndexByte(name, '.'); end > 0; end = strings.LastIndexByte(name[:end], '.') {
		if path, ok := known[name[:end]]; ok {
			return path
		}
	}
	return ""
}

// packageWithin returns the package of the first named type in the name of a
// function that the compiler made for a type.
func packageWithin(name string, known map[string]string) string {
	if !strings.HasPrefix(name, "type:.") && !strings.HasPrefix(name, "go:") {
		return ""
	}
	for _, word := range strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune("[](){}*; ,", r) }) {
		for _, prefix := range []string{"type:.eq.", "type:.hash.", "go:"} {
			word = strings.TrimPrefix(word, prefix)
		}
		if pkg := packageBefore(word, known); pkg != "" {
			return pkg
		}
	}
	return ""
}

// goUnits are the address ranges of compilation units, by start.
type goUnits []struct {
	lo, hi uint64
	name   string
}

func (u goUnits) at(addr uint64) string {
	i := sort.Search(len(u), func(i int) bool { return u[i].lo > addr })
	if i > 0 && addr < u[i-1].hi {
		return u[i-1].name
	}
	return ""
}

func readGoUnits(t *testing.T, path string) goUnits {
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
	var units goUnits
	for r := d.Reader(); ; r.SkipChildren() {
		e, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if e == nil {
			break
		}
		name, _ := e.Val(dwarf.AttrName).(string)
		ranges, err := d.Ranges(e)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range ranges {
			units = append(units, goUnits{{r[0], r[1], name}}...)
		}
	}
	slices.SortFunc(units, func(a, b struct {
		lo, hi uint64
		name   string
	}) int {
		return int(int64(a.lo - b.lo))
	})
	return units
}

func testModules(t *testing.T, w *goWorkspace) {
	_, p := profileOf(t, w.build(t, pureBuilds[0].build), Options{})
	for _, tt := range []struct {
		pkg, module, version string
		origin               ownership.Origin
	}{
		{"main", "example.com/app", "(devel)", ownership.Own},
		{"example.com/app/odd.name", "example.com/app", "(devel)", ownership.Own},
		{"example.com/dep.v2", "example.com/dep.v2", "=> ../dep", ownership.Dependency},
		{"example.com/dep.v2/sub", "example.com/dep.v2", "=> ../dep", ownership.Dependency},
		{"fmt", "std", runtime.Version(), ownership.Standard},
		{"net/http", "std", runtime.Version(), ownership.Standard},
		{"internal/bytealg", "std", runtime.Version(), ownership.Standard},
		{"vendor/golang.org/x/net/dns/dnsmessage", "std", runtime.Version(), ownership.Standard},
		{"vendor/golang.org/x/net/http/httpguts", "std", runtime.Version(), ownership.Standard},
	} {
		i := slices.IndexFunc(p.Owners, func(o ownership.Owner) bool { return o.Name == tt.pkg })
		if i < 0 {
			t.Errorf("package %s is missing", tt.pkg)
			continue
		}
		if o := &p.Owners[i]; o.Module != tt.module || o.Version != tt.version || o.Origin != tt.origin || o.Kind != ownership.Package {
			t.Errorf("%s %s is of %s %s, %s, want %s %s, %s", o.Kind, o.Name, o.Module, o.Version, o.Origin, tt.module, tt.version, tt.origin)
		}
	}
}

// hiding is a file in which what is searched for has to be found another way.
type hiding struct {
	name    string
	build   goBuild
	rename  []string // sections whose names objcopy hides
	headers bool     // the section headers are removed
}

var pureHidden = []hiding{
	{"table", goBuild{arch: "amd64"}, []string{".gopclntab"}, false},
	{"table, pie", goBuild{arch: "amd64", flags: [2]string{"-buildmode=pie"}}, []string{".gopclntab"}, false},
	{"moduledata", goBuild{arch: "amd64"}, []string{".go.module"}, false},
	{"moduledata, pie", goBuild{arch: "amd64", flags: [2]string{"-buildmode=pie"}}, []string{".go.module"}, false},
	{"both", goBuild{arch: "amd64"}, []string{".gopclntab", ".go.module"}, false},
	{"both, arm64", goBuild{arch: "arm64"}, []string{".gopclntab", ".go.module"}, false},
	{"both, arm64 pie", goBuild{arch: "arm64", flags: [2]string{"-buildmode=pie"}}, []string{".gopclntab", ".go.module"}, false},
	{"section headers", goBuild{arch: "amd64"}, nil, true},
	{"section headers, arm64", goBuild{arch: "arm64"}, nil, true},
}

// testHidden compares the Go code of files with hidden names, or without
// headers, with the files that they were made from. Each is made with symbols
// and without.
func testHidden(t *testing.T, w *goWorkspace, files []hiding) {
	for _, tt := range files {
		path := w.build(t, tt.build)
		symbols := readSymbolTable(t, path)
		_, p := profileOf(t, path, Options{Functions: true})
		want := goCode(&symbols, p)
		for _, strip := range []bool{false, true} {
			name := tt.name
			if strip {
				name += ", no symbols"
			}
			t.Run(name, func(t *testing.T) {
				b := tt.build
				b.strip = strip
				_, p := profileOf(t, w.hide(t, w.build(t, b), tt), Options{Functions: true})
				checkAddress(t, &symbols, p, "main.main")
				compareSizes(t, goCode(&symbols, p), want)
				if len(p.Warnings) > 0 {
					t.Errorf("warnings: %q", p.Warnings)
				}
			})
		}
	}
}

// hide returns a copy of the file in which h is hidden.
func (w *goWorkspace) hide(t *testing.T, path string, h hiding) string {
	t.Helper()
	f, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var args []string
	for _, name := range h.rename {
		if f.Section(name) == nil {
			t.Fatalf("the file has no section %s", name)
		}
		args = append(args, "--rename-section", name+"=.hidden"+name[1:])
	}
	if len(args) > 0 {
		path = w.tool(t, binutil("objcopy", h.build.arch), append(args, path)...)
	}
	if h.headers {
		path = withoutSectionHeaders(t, path)
	}
	return path
}

// goCode sums the functions of each package between runtime.text and
// runtime.etext.
func goCode(symbols *symbolTable, p *Profile) map[string]packageSize {
	sizes := make(map[string]packageSize)
	for _, f := range p.Functions {
		if f.Address >= symbols.lo && f.Address < symbols.hi {
			name := p.Owners[f.Owner].Name
			n := sizes[name]
			sizes[name] = packageSize{n.functions + 1, n.size + f.Size}
		}
	}
	return sizes
}

func withoutSectionHeaders(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	clear(data[0x28:0x30]) // e_shoff
	clear(data[0x3c:0x40]) // e_shnum, e_shstrndx
	path = filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(path, data, 0o777); err != nil {
		t.Fatal(err)
	}
	return path
}
