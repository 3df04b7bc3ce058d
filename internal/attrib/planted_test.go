package attrib

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/attrib/ownership"
	"github.com/sizegate/sizegate/internal/attrib/references"
	"github.com/sizegate/sizegate/internal/attrib/stage"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/span"
)

// mapped is a part of an object file in the program, as the linker's map says.
type mapped struct {
	span.Range
	section string // its name in the object file
	object  string
}

var mapLine = regexp.MustCompile(`(?m)^ (\.[^ \n]+)\n? +0x([0-9a-f]+) +0x([0-9a-f]+) ([^ \n]+)$`)

// linkerMap reads what GNU ld writes with -Map.
func linkerMap(t *testing.T, path string) []mapped {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, memory, ok := bytes.Cut(text, []byte("Linker script and memory map"))
	if !ok {
		t.Fatalf("%s is no map of GNU ld", path)
	}
	var list []mapped
	for _, m := range mapLine.FindAllSubmatch(memory, -1) {
		lo, err := strconv.ParseUint(string(m[2]), 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		size, err := strconv.ParseUint(string(m[3]), 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		// What was dropped is at 0, and so is what is not loaded.
		if lo > 0 && size > 0 && !bytes.HasPrefix(m[1], []byte(".debug_")) {
			list = append(list, mapped{span.Range{Lo: lo, Hi: lo + size}, string(m[1]), string(m[4])})
		}
	}
	return list
}

// divided is what owners have once code and data are divided.
func divided(t *testing.T, b *elfscan.Binary, view View) *attribution {
	t.Helper()
	a, err := newAttribution(b, Options{View: view, Section: everything, Functions: true})
	if err != nil {
		t.Fatal(err)
	}
	symbols, err := a.symbolTable()
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []func() error{
		func() error { return a.golang.AddFunctions(symbols) },
		func() error { return a.symbols.Add(symbols, a.golang.Table) },
		func() error { a.golang.StartTypes(); return nil },
		func() error { a.addLinkerSections(); return nil },
		func() error { return a.Sweep(stage.Code) },
		a.addLinkerData, a.golang.AddTypes, func() error { return references.Add(a.Book, a.golang.Table) }, a.tables.AddPointers,
		func() error { return a.Sweep(stage.Data) },
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

// checkMapped holds every byte of data that the map has from some object files
// against its owner. owner says whose an object file is, "" if that is not
// checked. Fewer than 64 bytes of zeros at the end of an object are fill. Of
// spared bytes it may be unknown whose they are. It returns how many bytes of data
// each owner should have.
func checkMapped(t *testing.T, program string, parts []mapped, view View, spared uint64, owner func(object string) string) map[string]uint64 {
	t.Helper()
	b, err := elfscan.Open(program)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	a := divided(t, b, view)
	should := make(map[string]uint64)
	for _, p := range parts {
		want := owner(p.object)
		// The linker keeps one copy of what equal parts of several objects hold.
		merged := strings.HasPrefix(p.section, ".rodata.cst") || strings.HasPrefix(p.section, ".rodata.str")
		section := b.SectionAt(p.Lo)
		if want == "" || merged || section < 0 || stage.Of(&b.Sections[section]) != stage.Data || b.Sections[section].FileSize == 0 {
			continue
		}
		should[want] += p.Len()
		i := sort.Search(len(a.Places), func(i int) bool { return a.Places[i].Hi() > p.Lo })
		at := p.Lo
		for ; at < p.Hi; i++ {
			lo, names := p.Hi, []string(nil) // up to the next place nobody has them
			if i < len(a.Places) && a.Places[i].Lo < p.Hi {
				lo = max(at, a.Places[i].Lo)
				for _, o := range a.OwnersAt(&a.Places[i]) {
					names = append(names, a.Owners.Keys[o].Name)
				}
			}
			if at < lo && !fillAt(t, b, section, at, lo) {
				t.Errorf("%s in %s: [%#x,%#x) of %s is nobody's", p.section, filepath.Base(p.object), at, lo, want)
			}
			if lo == p.Hi {
				break
			}
			at = min(p.Hi, a.Places[i].Hi())
			if slices.Equal(names, []string{ownership.UnknownNative}) && at-lo <= spared {
				spared -= at - lo
				continue
			}
			if !slices.Equal(names, []string{want}) && !fillAt(t, b, section, lo, at) {
				t.Errorf("%s in %s: [%#x,%#x) is charged to %q, want %s", p.section, filepath.Base(p.object), lo, at, names, want)
			}
		}
	}
	return should
}

func fillAt(t *testing.T, b *elfscan.Binary, section int, lo, hi uint64) bool {
	t.Helper()
	const maxAlign = 64 // that data is padded for
	if hi-lo >= maxAlign {
		return false
	}
	data := make([]byte, hi-lo)
	if _, err := b.SectionReader(&b.Sections[section]).ReadAt(data, int64(lo-b.Sections[section].Addr)); err != nil {
		t.Fatal(err)
	}
	return bytes.Count(data, []byte{0}) == len(data)
}

// plantedCPP is two files of C++: in each a class with 60 virtual functions and
// one that is derived from it, texts, a table, and a switch over 300 cases.
func plantedCPP() map[string]string {
	files := make(map[string]string)
	for k, name := range []string{"gamma", "delta"} {
		var virtual, override, cases, table strings.Builder
		rng := rand.New(rand.NewPCG(31, uint64(k)))
		for i := range 60 {
			fmt.Fprintf(&virtual, "virtual int f%d(int i) { return i * %d + x; }\n", i, rng.IntN(1000)+2)
			fmt.Fprintf(&override, "int f%d(int i) override { return i ^ (%d + y); }\n", i, rng.IntN(1000)+2)
		}
		for i := range 300 {
			fmt.Fprintf(&cases, "case %d: sink = %d; return \"%s\"[sink & 31] + i;\n", i, i, noise(uint64(5000+1000*k+i), 40))
		}
		for range 2000 {
			fmt.Fprintf(&table, "%d,", rng.Int32())
		}
		files[name+".cc"] = strings.NewReplacer("NAME", name, "VIRTUAL", virtual.String(), "OVERRIDE", override.String(), "CASES", cases.String(),
			"TABLE", table.String(), "TEXT", noise(uint64(6000+k), 3000)).Replace(`
namespace NAME_space {
struct Base { int x; virtual ~Base() {} VIRTUAL };
struct Derived : Base { int y; OVERRIDE };
volatile int sink;
static const int table[] = {TABLE};
__attribute__((noinline)) Base *make(int i) { if (i & 1) return new Base(); return new Derived(); }
__attribute__((noinline)) int jump(int i) { switch (i) { CASES } return 0; }
__attribute__((noinline)) int look(int i) { return table[i % 2000]; }
__attribute__((noinline)) const char *text(int i) { return "TEXT" + i; }
}
int NAME(int i) {
	NAME_space::Base *b = NAME_space::make(i);
	return b->f7(i) + b->f59(i) + (dynamic_cast<NAME_space::Derived *>(b) != nullptr) + NAME_space::jump(i) + NAME_space::look(i) + NAME_space::text(i)[i];
}
`)
	}
	files["main.cc"] = "int gamma(int); int delta(int);\nint main(int c, char **) { return gamma(c) + delta(c); }\n"
	return files
}

// TestPlantedNative: every byte of data of C and C++ belongs to the file it is from,
// with and without the symbols of data.
func TestPlantedNative(t *testing.T) {
	files := plantedC()
	for name, text := range plantedCPP() {
		files[name] = text
	}
	dir := t.TempDir()
	writeTree(t, dir, files)
	for _, language := range []struct {
		compiler, debian string
		sources          []string
		least            uint64 // bytes of data
	}{
		{"gcc", "gcc", []string{"alpha.c", "beta.c"}, 1<<20 + 65536},
		{"g++", "g++", []string{"gamma.cc", "delta.cc", "main.cc"}, 2 * (8000 + 3000 + 2*62*8 + 300*4)},
	} {
		for _, arch := range []struct{ name, tools, suffix string }{
			{"amd64", "x86_64-linux-gnu-", ""},
			{"arm64", "aarch64-linux-gnu-", "-aarch64-linux-gnu"},
		} {
			for _, flags := range [][]string{{"-no-pie", "-fno-pie"}, {"-pie", "-fPIE"}} {
				t.Run(language.compiler+" "+arch.name+" "+flags[0], func(t *testing.T) {
					for _, tool := range []string{language.compiler, "objcopy", "nm"} {
						if _, err := exec.LookPath(arch.tools + tool); err != nil {
							t.Skipf("%s%s not found (Debian: apt install %s%s)", arch.tools, tool, language.debian, arch.suffix)
						}
					}
					out := t.TempDir()
					program, bare, layout := filepath.Join(out, "planted"), filepath.Join(out, "bare"), filepath.Join(out, "map")
					args := []string{flags[0], "-fuse-ld=bfd", "-Wl,-Map=" + layout, "-o", program}
					for _, source := range language.sources {
						object := filepath.Join(out, strings.TrimSuffix(source, filepath.Ext(source))+".o")
						if log, err := exec.Command(arch.tools+language.compiler, "-O2", "-g", "-fno-merge-constants", flags[1],
							"-c", "-o", object, filepath.Join(dir, source)).CombinedOutput(); err != nil {
							t.Fatalf("%v\n%s", err, log)
						}
						args = append(args, object)
					}
					if log, err := exec.Command(arch.tools+language.compiler, args...).CombinedOutput(); err != nil {
						t.Fatalf("%v\n%s", err, log)
					}
					if log, err := exec.Command(arch.tools+"objcopy", append(dataSymbols(t, arch.tools+"nm", program), program, bare)...).CombinedOutput(); err != nil {
						t.Fatalf("%v\n%s", err, log)
					}
					owner := func(object string) string {
						for _, source := range language.sources {
							if object == filepath.Join(out, strings.TrimSuffix(source, filepath.Ext(source))+".o") {
								return source
							}
						}
						return ""
					}
					parts := linkerMap(t, layout)
					for _, file := range []string{program, bare} {
						sum := uint64(0)
						for _, size := range checkMapped(t, file, parts, Defined, 0, owner) {
							sum += size
						}
						if sum < language.least {
							t.Errorf("%s: %d bytes of data in the map, want at least %d", filepath.Base(file), sum, language.least)
						}
					}
				})
			}
		}
	}
}

// TestPlantedRust: every byte of data of two crates belongs to the crate that was
// compiled to the object file it is from, with and without the symbols of data.
func TestPlantedRust(t *testing.T) {
	if _, err := exec.LookPath("rustc"); err != nil {
		t.Skip("rustc not found (https://rustup.rs)")
	}
	for _, arch := range []struct{ name, target, tools, debian string }{
		{"amd64", "x86_64-unknown-linux-gnu", "x86_64-linux-gnu-", "gcc"},
		{"arm64", "aarch64-unknown-linux-gnu", "aarch64-linux-gnu-", "gcc-aarch64-linux-gnu"},
	} {
		for _, model := range []string{"pie", "static"} {
			t.Run(arch.name+" "+model, func(t *testing.T) {
				for _, tool := range []string{"gcc", "objcopy", "nm"} {
					if _, err := exec.LookPath(arch.tools + tool); err != nil {
						t.Skipf("%s%s not found (Debian: apt install %s)", arch.tools, tool, arch.debian)
					}
				}
				folder, err := exec.Command("rustc", "--target="+arch.target, "--print=target-libdir").Output()
				if err != nil {
					t.Fatal(err)
				}
				if std, _ := filepath.Glob(filepath.Join(strings.TrimSpace(string(folder)), "libstd-*.rlib")); len(std) == 0 {
					t.Skipf("no standard library of Rust for %s (rustup target add %[1]s)", arch.target)
				}
				dir := t.TempDir()
				writeTree(t, dir, plantedRust())
				buildRust(t, dir, "planted", "--target="+arch.target, "-Clinker="+arch.tools+"gcc", "-Crelocation-model="+model,
					"-Ccodegen-units=1", "-Clink-arg=-fuse-ld=bfd", "-Clink-arg=-Wl,-Map="+filepath.Join(dir, "map"))
				program, bare := filepath.Join(dir, "planted"), filepath.Join(dir, "bare")
				if log, err := exec.Command(arch.tools+"objcopy", append(dataSymbols(t, arch.tools+"nm", program), program, bare)...).CombinedOutput(); err != nil {
					t.Fatalf("%v\n%s", err, log)
				}
				owner := func(object string) string {
					for _, crate := range []string{"planted_lib", "planted_main"} {
						if strings.Contains(filepath.Base(object), "."+crate+".") { // OUTPUT.CRATE.HASH-cgu.N.rcgu.o
							return crate
						}
					}
					return ""
				}
				parts := linkerMap(t, filepath.Join(dir, "map"))
				for _, file := range []string{program, bare} {
					// Only main, which names no crate, refers to the vtable that starts
					// the program; only unwind tables to the word for their routine.
					const vtable, word = 6 * 8, 8
					sizes := checkMapped(t, file, parts, Instantiated, vtable+word, owner)
					if sizes["planted_lib"] < 500_000+300*(40+16)+300*4+300*30+2*5*8 || sizes["planted_main"] < 250_000 {
						t.Errorf("%s: the map has %v", filepath.Base(file), sizes)
					}
				}
			})
		}
	}
}
