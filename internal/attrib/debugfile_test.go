package attrib

import (
	"debug/elf"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"github.com/sizegate/sizegate/internal/attrib/ownership"
	"github.com/sizegate/sizegate/internal/attrib/stage"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/elfscan/debugfile"
)

// splitDebug makes PATH.debug and PATH.stripped with the architecture's own
// tools.
func splitDebug(t *testing.T, path string, arch elfscan.Arch) {
	t.Helper()
	prefix, hint := "x86_64-linux-gnu-", "binutils-x86-64-linux-gnu"
	if arch == elfscan.ARM64 {
		prefix, hint = "aarch64-linux-gnu-", "binutils-aarch64-linux-gnu"
	}
	dir := filepath.Dir(path)
	compile(t, dir, "Debian: apt install "+hint, prefix+"objcopy", "--only-keep-debug", path, path+".debug")
	// As Debian strips: what compilers leave of themselves goes too.
	compile(t, dir, "Debian: apt install "+hint, prefix+"strip", "--remove-section=.comment", "-o", path+".stripped", path)
}

// described is what a profile says of the loaded sections, a line a fact.
func described(b *elfscan.Binary, p *Profile) []string {
	lines := []string{fmt.Sprint(p.Languages, p.Compiler, p.Main, p.Version)}
	for i, t := range p.Sections {
		if s := &b.Sections[i]; s.Alloc() {
			lines = append(lines, fmt.Sprint(s.Name, t))
		}
	}
	owner := func(o *ownership.Owner) string {
		return fmt.Sprint(o.Kind, o.Name, o.ID, o.Module, o.Version, o.Origin, o.Confidence)
	}
	for i := range p.Owners {
		o := &p.Owners[i]
		line := owner(o) + fmt.Sprint(o.Functions, o.Size)
		for _, s := range o.Sections {
			line += fmt.Sprint(b.Sections[s.Section].Name, s.Size)
		}
		lines = append(lines, line)
	}
	for _, f := range p.Functions {
		lines = append(lines, fmt.Sprint(f.Name, owner(&p.Owners[f.Owner]), b.Sections[f.Section].Name, f.Address, f.Size))
	}
	return lines
}

// compareSplit checks that a stripped file with its debug file has the same
// owners and functions as the file before.
func compareSplit(t *testing.T, path string, arch elfscan.Arch, want string) {
	t.Helper()
	splitDebug(t, path, arch)
	for _, opt := range []Options{
		{View: Defined, Section: codeOnly},
		{View: Instantiated, Section: codeOnly},
		{View: Defined, Section: func(s *elfscan.Section) bool { return s.Alloc() && stage.Of(s) != stage.Tables }},
	} {
		opt.Functions = true
		b, before := profileOf(t, path, opt)
		s, err := elfscan.Open(path + ".stripped")
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if opt.DebugFile, err = debugfile.Open(s, path+".debug"); err != nil {
			t.Fatal(err)
		}
		defer opt.DebugFile.Close()
		after, err := Attribute(s, opt)
		if err != nil {
			t.Fatal(err)
		}
		checkSums(t, s, after)
		if after.Symbols != "debug-file" {
			t.Errorf("names are from %q", after.Symbols)
		}
		x, y := described(b, before), described(s, after)
		if !slices.Equal(x, y) {
			for i := range min(len(x), len(y)) {
				if x[i] != y[i] {
					t.Errorf("%d and %d lines; line %d:\n%s\n%s", len(x), len(y), i, x[i], y[i])
					break
				}
			}
		}
		if !slices.ContainsFunc(after.Owners, func(o ownership.Owner) bool { return o.Name == want }) {
			t.Errorf("no owner %s in %v", want, y)
		}
	}
}

// TestDebugFileFixtures splits the committed files, and compares with the tables
// of truth too.
func TestDebugFileFixtures(t *testing.T) {
	for _, tt := range []struct {
		name, owner string
		arch        elfscan.Arch
	}{
		{"c-basic-amd64", "one.c", elfscan.AMD64},
		{"c-basic-arm64", "one.c", elfscan.ARM64},
		{"c-exec-arm64", "one.c", elfscan.ARM64},
		{"c-zdebug-amd64", "fixtures", elfscan.AMD64},
		{"c-zstd-amd64", "fixtures", elfscan.AMD64},
		{"rust-v0-amd64", "alpha", elfscan.AMD64},
		{"rust-v0-arm64", "alpha", elfscan.ARM64},
		{"rust-legacy-arm64", "alpha", elfscan.ARM64},
		{"rust-lines-amd64", "alpha", elfscan.AMD64},
	} {
		t.Run(tt.name, func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join(fixtures, tt.name))
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(t.TempDir(), tt.name)
			if err := os.WriteFile(path, data, 0o777); err != nil {
				t.Fatal(err)
			}
			compareSplit(t, path, tt.arch, tt.owner)
			b, err := elfscan.Open(path + ".stripped")
			if err != nil {
				t.Fatal(err)
			}
			defer b.Close()
			d, err := debugfile.Open(b, path+".debug")
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			p, err := Attribute(b, Options{View: Defined, Section: codeOnly, Functions: true, DebugFile: d})
			if err != nil {
				t.Fatal(err)
			}
			compareTruth(t, p, readTruth(t, filepath.Join(fixtures, tt.name+".truth.tsv")), Defined)
		})
	}
}

const (
	splitMain = "#include <stdio.h>\nstatic int helper(int n) { return n * 3; }\nint (*volatile f)(int) = helper;\n" +
		"int big(int);\nint main(int n, char **v) { printf(\"%d\", big(f(n))); return 0; }\n"
	splitBig = "static int table[64] = {1, 2, 3};\nint big(int n) { return table[n & 63]; }\n"
)

// TestDebugFileBuilt splits what compilers make here.
func TestDebugFileBuilt(t *testing.T) {
	const gcc = "Debian: apt install gcc libc6-dev"
	for _, tt := range []struct {
		name  string
		owner string
		build func(t *testing.T, dir string)
	}{
		{"c", "big.c", func(t *testing.T, dir string) {
			compile(t, dir, gcc, "gcc", "-g", "-O1", "-o", "prog", "main.c", "big.c")
		}},
		{"c without an ID", "big.c", func(t *testing.T, dir string) {
			compile(t, dir, gcc, "gcc", "-g", "-O1", "-Wl,--build-id=none", "-o", "prog", "main.c", "big.c")
		}},
		{"c without pie", "big.c", func(t *testing.T, dir string) {
			compile(t, dir, gcc, "gcc", "-g", "-gz", "-no-pie", "-O1", "-o", "prog", "main.c", "big.c")
		}},
		{"rust", "dep", func(t *testing.T, dir string) {
			const rustc = "Debian: apt install rustc, or rustup"
			compile(t, dir, rustc, "rustc", "--edition=2021", "--crate-type=rlib", "-g", "dep.rs")
			compile(t, dir, rustc, "rustc", "--edition=2021", "-g", "--extern", "dep=libdep.rlib", "prog.rs")
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			writeFile(t, filepath.Join(dir, "main.c"), splitMain)
			writeFile(t, filepath.Join(dir, "big.c"), splitBig)
			writeFile(t, filepath.Join(dir, "dep.rs"), "#[inline(never)] pub fn f(x: u32) -> String { format!(\"{x}\") }\n")
			writeFile(t, filepath.Join(dir, "prog.rs"), "fn main() { println!(\"{}\", dep::f(std::env::args().count() as u32)) }\n")
			tt.build(t, dir)
			compareSplit(t, filepath.Join(dir, "prog"), elfscan.Arch(runtime.GOARCH), tt.owner)
		})
	}
}

// TestDebugFileWithoutSymbols: units of the debug file name what the stripped
// file's own symbols leave open.
func TestDebugFileWithoutSymbols(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "main.c"), splitMain)
	writeFile(t, filepath.Join(dir, "big.c"), splitBig)
	compile(t, dir, "Debian: apt install gcc libc6-dev", "gcc", "-g", "-O1", "-o", "prog", "main.c", "big.c")
	compile(t, dir, "Debian: apt install binutils", "objcopy", "--strip-all", "--keep-section=.debug_*", "prog", "units.debug")
	compile(t, dir, "Debian: apt install binutils", "strip", "--strip-debug", "prog")
	b, err := elfscan.Open(filepath.Join(dir, "prog"))
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	d, err := debugfile.Open(b, filepath.Join(dir, "units.debug"))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if s := slices.IndexFunc(d.Binary.Sections, func(s elfscan.Section) bool { return s.Type == elf.SHT_SYMTAB }); s >= 0 {
		t.Skip("this objcopy keeps .symtab, so that there is nothing to see (that of binutils 2.40 drops it)")
	}
	p, err := Attribute(b, Options{Section: codeOnly, DebugFile: d})
	if err != nil {
		t.Fatal(err)
	}
	checkSums(t, b, p)
	i := slices.IndexFunc(p.Owners, func(o ownership.Owner) bool { return o.Name == "big.c" })
	if p.Symbols != "symtab" || i < 0 || p.Owners[i].Confidence != ownership.Exact {
		t.Errorf("names are from %q; %+v", p.Symbols, p.Owners)
	}
}
