package native

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var cProgram = []string{
	"main.c", `#include "b.h"
int main(int argc, char **argv) { return twice(argc) + (argc > 100 ? rare(argc) : 0); }
`,
	"b.h", "int twice(int); int rare(int);\n",
	"sub/b.c", `#include "../b.h"
__attribute__((noinline)) int twice(int x) { return 2 * x; }
__attribute__((noinline, cold)) int rare(int x) { for (int i = 0; i < x; i++) x ^= i * twice(x); return x; }
int never(int x) { return x + 1; }
int hotcold(int x) { if (__builtin_expect(x > 1000, 0)) { __builtin_printf("%d", x); __builtin_abort(); } return x; }
`,
	"c.cc", "struct A { virtual ~A(); virtual int f(); }; A::~A() {} int A::f() { return 1; }\n",
	"d.s", "\t.text\n\t.globl dd\n\t.type dd, @function\ndd:\tnop\n\tret\n\t.size dd, .-dd\n",
}

// TestCompiled compares the units of C, C++ and assembly with what debug/dwarf
// and readelf read.
func TestCompiled(t *testing.T) {
	gcc := need(t, "gcc", "Debian: apt install gcc")
	need(t, "g++", "Debian: apt install g++")
	for _, flags := range []string{
		"-gdwarf-2", "-gdwarf-3", "-gdwarf-4", "-gdwarf-5", "-gdwarf-5 -gdwarf64", "-gdwarf-4 -gdwarf64",
		"-gdwarf-4 -ffunction-sections -Wl,--gc-sections", "-gdwarf-5 -ffunction-sections -Wl,--gc-sections",
		"-gdwarf-4 -O2 -freorder-blocks-and-partition", "-gdwarf-5 -O2 -freorder-blocks-and-partition",
		"-gdwarf-5 -gsplit-dwarf", "-gdwarf-4 -gsplit-dwarf", "-gdwarf-5 -gz=zlib -pie", "-gdwarf-5 -flto -O1",
	} {
		t.Run(flags, func(t *testing.T) {
			dir := t.TempDir()
			writeFiles(t, dir, cProgram...)
			args := append(strings.Fields(flags), "-o", "prog", "main.c", "sub/b.c", "c.cc", "d.s", "-lstdc++")
			run(t, dir, gcc, args...)
			prog := filepath.Join(dir, "prog")
			f, s := openELF(t, prog)
			got := read(t, s, nil)
			compareUnits(t, got, secondOpinion(t, f))
			// readelf would show the split units too.
			split, _ := filepath.Glob(filepath.Join(dir, "*.dwo"))
			for _, dwo := range split {
				os.Remove(dwo)
			}
			compareReadelf(t, prog, got)
		})
	}
}

func TestCompiledArm64(t *testing.T) {
	gcc := need(t, "aarch64-linux-gnu-gcc", "Debian: apt install gcc-aarch64-linux-gnu libc6-dev-arm64-cross")
	dir := t.TempDir()
	writeFiles(t, dir, cProgram...)
	run(t, dir, gcc, "-g", "-O2", "-o", "prog", "main.c", "sub/b.c")
	f, s := openELF(t, filepath.Join(dir, "prog"))
	got := read(t, s, nil)
	compareUnits(t, got, secondOpinion(t, f))
	if len(got) != 2 || got[0].Name != "main.c" || got[1].Name != "sub/b.c" {
		t.Errorf("units %+v", got)
	}
}

// compareReadelf compares the names and directories of the units.
func compareReadelf(t *testing.T, prog string, units []Unit) {
	t.Helper()
	readelf := need(t, "readelf", "Debian: apt install binutils")
	out := string(run(t, "", readelf, "--wide", "--debug-dump=info", "--dwarf-depth=1", prog))
	field := regexp.MustCompile(`(?m)^ +<[0-9a-f]+> +(Compilation Unit|DW_AT_name|DW_AT_comp_dir) *:? *(?:\([^)]*\):? )*(.*?) *$`)
	var names, dirs []string
	for _, m := range field.FindAllStringSubmatch(out, -1) {
		switch m[1] {
		case "DW_AT_name":
			names = append(names, m[2])
		case "DW_AT_comp_dir":
			dirs = append(dirs, m[2])
		}
	}
	var gotNames, gotDirs []string
	for _, u := range units {
		if u.Name != "" {
			gotNames = append(gotNames, u.Name)
		}
		if u.CompDir != "" {
			gotDirs = append(gotDirs, u.CompDir)
		}
	}
	if a, b := strings.Join(gotNames, "\n"), strings.Join(names, "\n"); a != b {
		t.Errorf("names:\n%s\nreadelf:\n%s", a, b)
	}
	if a, b := strings.Join(gotDirs, "\n"), strings.Join(dirs, "\n"); a != b {
		t.Errorf("directories:\n%s\nreadelf:\n%s", a, b)
	}
}

// TestRustc builds a crate and a program of several codegen units, and finds the
// crates, with the ids that its v0 symbol names carry.
func TestRustc(t *testing.T) {
	rustc := need(t, "rustc", "see rustup.rs")
	nm := need(t, "nm", "Debian: apt install binutils")
	dir := t.TempDir()
	writeFiles(t, dir,
		"registry/src/index.crates.io-1949cf8c6b5b557f/some-dep-1.2.3/src/lib.rs", `
pub mod a { #[inline(never)] pub fn one(x: u32) -> String { format!("{x}") } }
pub mod b { #[inline(never)] pub fn two(x: u32) -> Vec<u32> { vec![x, 2] } }
`,
		"src/main.rs", `
mod m { #[inline(never)] pub fn f(x: u32) -> usize { some_dep::a::one(x).len() } }
mod n { #[inline(never)] pub fn g(x: u32) -> usize { some_dep::b::two(x).len() } }
fn main() { println!("{} {}", m::f(3), n::g(4)) }
`)
	run(t, dir, rustc, "--edition=2021", "--crate-type=rlib", "--crate-name=some_dep", "-g", "-Csymbol-mangling-version=v0",
		"-Ccodegen-units=4", "registry/src/index.crates.io-1949cf8c6b5b557f/some-dep-1.2.3/src/lib.rs")
	run(t, dir, rustc, "--edition=2021", "-g", "-Csymbol-mangling-version=v0", "-Ccodegen-units=4", "--crate-name=prog",
		"--extern", "some_dep=libsome_dep.rlib", "src/main.rs")
	prog := filepath.Join(dir, "prog")
	f, s := openELF(t, prog)
	units := read(t, s, nil)
	compareUnits(t, units, secondOpinion(t, f))

	found := map[string]Origin{}
	for _, u := range units {
		if o, ok := FromUnit(u.Name, u.CompDir, u.Producer); ok {
			found[o.Name] = o
		}
	}
	symbols := string(run(t, "", nm, prog))
	for name, want := range map[string]Origin{
		"some_dep": {Package: "some-dep", Version: "1.2.3"},
		"prog":     {Own: true},
		"core":     {Std: true},
	} {
		got := found[name]
		// The disambiguator in front of the crate's name in any v0 symbol.
		m := regexp.MustCompile(fmt.Sprintf(`Cs([0-9A-Za-z]*)_%d%s`, len(name), name)).FindStringSubmatch(symbols)
		if m == nil {
			t.Fatalf("no symbol of %s", name)
		}
		want.Kind, want.Name, want.ID = KindCrate, name, disambiguator(m[1])
		if got != want {
			t.Errorf("got %+v\nwant %+v", got, want)
		}
	}
}

// disambiguator decodes a base-62 number of a v0 name (RFC 2603): digits, lower
// case, upper case; "" is 0, other numbers count from 1; an s before it adds one.
func disambiguator(s string) uint64 {
	const digits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	if s == "" {
		return 1
	}
	var v uint64
	for _, c := range s {
		v = v*62 + uint64(strings.IndexRune(digits, c))
	}
	return v + 2
}
