package dwarftest

import (
	"bytes"
	"debug/elf"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/sizegate/sizegate/internal/attrib/dwarf"
	"github.com/sizegate/sizegate/internal/attrib/dwarf/window"
)

// CProgram is the files of a program in C, C++ and assembly, as [WriteFiles]
// takes them: main.c, sub/b.c, c.cc and d.s.
var CProgram = []string{
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

// Need skips the test where a program is missing.
func Need(t *testing.T, program, hint string) string {
	t.Helper()
	p, err := exec.LookPath(program)
	if err != nil {
		t.Skipf("%s not found (%s)", program, hint)
	}
	return p
}

// Run runs a program in dir and returns its standard output.
func Run(t *testing.T, dir, program string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "LC_ALL=C", "TMPDIR="+t.TempDir())
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", program, args, err, &stderr)
	}
	return out
}

// WriteFiles puts name and content pairs below dir.
func WriteFiles(t *testing.T, dir string, pairs ...string) {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		name := filepath.Join(dir, pairs[i])
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(pairs[i+1]), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// OpenELF returns the file and its DWARF sections.
func OpenELF(t *testing.T, name string) (*elf.File, dwarf.Sections) {
	t.Helper()
	f, err := elf.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	section := func(name string) window.Section {
		s := f.Section(name)
		if s == nil {
			return nil
		}
		if s.Flags&elf.SHF_COMPRESSED == 0 {
			return io.NewSectionReader(s, 0, int64(s.FileSize))
		}
		data, err := s.Data()
		if err != nil {
			t.Fatal(err)
		}
		return bytes.NewReader(data)
	}
	return f, dwarf.Sections{
		Info: section(".debug_info"), Abbrev: section(".debug_abbrev"),
		Str: section(".debug_str"), LineStr: section(".debug_line_str"),
		Ranges: section(".debug_ranges"), Rnglists: section(".debug_rnglists"),
		Addr: section(".debug_addr"), StrOffsets: section(".debug_str_offsets"),
	}
}

// RustProgram builds a crate and a program of several codegen units, and returns
// the program's file.
func RustProgram(t *testing.T) string {
	t.Helper()
	rustc := Need(t, "rustc", "see rustup.rs")
	dir := t.TempDir()
	WriteFiles(t, dir,
		"registry/src/index.crates.io-1949cf8c6b5b557f/some-dep-1.2.3/src/lib.rs", `
pub mod a { #[inline(never)] pub fn one(x: u32) -> String { format!("{x}") } }
pub mod b { #[inline(never)] pub fn two(x: u32) -> Vec<u32> { vec![x, 2] } }
`,
		"src/main.rs", `
mod m { #[inline(never)] pub fn f(x: u32) -> usize { some_dep::a::one(x).len() } }
mod n { #[inline(never)] pub fn g(x: u32) -> usize { some_dep::b::two(x).len() } }
fn main() { println!("{} {}", m::f(3), n::g(4)) }
`)
	Run(t, dir, rustc, "--edition=2021", "--crate-type=rlib", "--crate-name=some_dep", "-g", "-Csymbol-mangling-version=v0",
		"-Ccodegen-units=4", "registry/src/index.crates.io-1949cf8c6b5b557f/some-dep-1.2.3/src/lib.rs")
	Run(t, dir, rustc, "--edition=2021", "-g", "-Csymbol-mangling-version=v0", "-Ccodegen-units=4", "--crate-name=prog",
		"--extern", "some_dep=libsome_dep.rlib", "src/main.rs")
	return filepath.Join(dir, "prog")
}
