package attrib

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/attrib/stage"
	"github.com/sizegate/sizegate/internal/elfscan"
)

// noise is text that no two parts of are alike, so that no linker merges it and
// no compiler makes it up at run time.
func noise(seed uint64, size int) string {
	rng := rand.New(rand.NewPCG(seed, 1))
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -"
	b := make([]byte, size)
	for i := range b {
		b[i] = letters[rng.IntN(len(letters))]
	}
	return string(b)
}

// jumps is the cases of a switch in C and Go whose code needs a jump table.
func jumps(format string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i, i*i%251+3)
	}
	return b.String()
}

// plantedGo is a program whose packages each hold data of a size known: strings
// of 1 MB and of 200 kB, an embedded file of 300 kB, a table of 64 KiB, pointers
// to 2000 strings of 50 bytes, and a string of 100 kB that two packages have.
func plantedGo() map[string]string {
	var list strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&list, "%q,\n", noise(uint64(100+i), 50))
	}
	var table strings.Builder
	rng := rand.New(rand.NewPCG(7, 7))
	for range 8192 {
		fmt.Fprintf(&table, "%#x,", rng.Uint64())
	}
	shared := noise(3, 100_000)
	return map[string]string{
		"go.mod":         "module example.com/planted\n\ngo 1.24\n",
		"text/text.go":   "package text\n\n//go:noinline\nfunc Get() string { return \"" + noise(1, 1<<20) + "\" }\n",
		"file/file.go":   "package file\n\nimport _ \"embed\"\n\n//go:embed file.txt\nvar content string\n\n//go:noinline\nfunc Get() string { return content }\n",
		"file/file.txt":  noise(2, 300_000),
		"table/table.go": "package table\n\nvar table = [8192]uint64{" + table.String() + "}\n\n//go:noinline\nfunc Get(i int) uint64 { return table[i&8191] }\n",
		"list/list.go":   "package list\n\nvar list = [...]string{\n" + list.String() + "}\n\n//go:noinline\nfunc Get(i int) string { return list[i%2000] }\n",
		"left/left.go":   "package left\n\nimport \"example.com/planted/generic\"\n\n//go:noinline\nfunc Get() string { return generic.Pick(int8(1)) }\n\n//go:noinline\nfunc All() string { return \"" + shared + "\" }\n",
		"right/right.go": "package right\n\nimport \"example.com/planted/generic\"\n\n//go:noinline\nfunc Get() string { return generic.Pick(\"x\") }\n\n//go:noinline\nfunc All() string { return \"" + shared + "\" }\n",
		"generic/generic.go": "package generic\n\n//go:noinline\nfunc Pick[T comparable](t T) string {\n\tvar zero T\n\tif t == zero {\n\t\treturn \"\"\n\t}\n\treturn \"" +
			noise(4, 200_000) + "\"\n}\n",
		"jump/jump.go": "package jump\n\n//go:noinline\nfunc Get(i int) int {\n\tswitch i {\n" + jumps("\tcase %d:\n\t\ti *= %d\n\t\tprintln(i)\n", 1000) + "\t}\n\treturn i\n}\n",
		"main.go": `package main

import (
	"os"

	"example.com/planted/file"
	"example.com/planted/jump"
	"example.com/planted/left"
	"example.com/planted/list"
	"example.com/planted/right"
	"example.com/planted/table"
	"example.com/planted/text"
)

func main() {
	n := len(os.Args)
	println(text.Get()[n:], file.Get()[n:], list.Get(n), left.Get(), left.All(), right.Get(), right.All(), table.Get(n), jump.Get(n))
}
`,
	}
}

// dataOf is the bytes of data that an owner has, and of the sections that have
// them.
func dataOf(b *elfscan.Binary, p *Profile, name string) (total uint64) {
	for _, o := range p.Owners {
		if o.Name != name {
			continue
		}
		for _, s := range o.Sections {
			if stage.Of(&b.Sections[s.Section]) == stage.Data {
				total += s.Size
			}
		}
	}
	return total
}

type planted struct {
	owner string
	size  uint64 // bytes of data
	slack uint64 // and what the owner may have besides
}

func checkPlanted(t *testing.T, path string, want []planted) {
	t.Helper()
	b, err := elfscan.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	p, err := Attribute(b, Options{View: Defined, Section: func(*elfscan.Section) bool { return true }})
	if err != nil {
		t.Fatal(err)
	}
	for i, tally := range p.Sections {
		if sum := tally.Attributed + tally.Padding + tally.Unattributed; sum != b.Sections[i].FileSize {
			t.Errorf("%s: %d bytes divided, of %d", b.Sections[i].Name, sum, b.Sections[i].FileSize)
		}
	}
	for _, w := range want {
		if got := dataOf(b, p, w.owner); got < w.size || got > w.size+w.slack {
			t.Errorf("%s has %d bytes of data, want %d to %d", w.owner, got, w.size, w.size+w.slack)
		}
	}
}

func writeTree(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

func TestReferencesGo(t *testing.T) {
	if testing.Short() {
		t.Skip("-short is given, and this builds programs (run without it)")
	}
	const path = "example.com/planted/"
	const slack = 3000
	want := []planted{
		{path + "text", 1 << 20, slack},
		{path + "file", 300_000 + 16, slack},
		{path + "table", 8192 * 8, slack},
		{path + "list", 2000*50 + 2000*16, slack},
		{path + "left", 100_000 / 2, slack},
		{path + "right", 100_000 / 2, slack},
		{path + "generic", 200_000, slack},
		{path + "jump", 1000 * 8, slack},
	}
	dir := t.TempDir()
	writeTree(t, dir, plantedGo())
	for _, arch := range []string{"amd64", "arm64"} {
		for _, mode := range []string{"exe", "pie"} {
			for _, ldflags := range []string{"", "-s -w"} {
				t.Run(strings.TrimSpace(arch+" "+mode+" "+ldflags), func(t *testing.T) {
					program := filepath.Join(t.TempDir(), "planted")
					cmd := exec.Command("go", "build", "-trimpath", "-buildmode="+mode, "-ldflags="+ldflags, "-o", program, ".")
					cmd.Dir = dir
					cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+arch, "CGO_ENABLED=0", "GOFLAGS=-mod=mod", "GOWORK=off")
					if out, err := cmd.CombinedOutput(); err != nil {
						t.Fatalf("%v\n%s", err, out)
					}
					checkPlanted(t, program, want)
				})
			}
		}
	}
}

// plantedC is two files of C. One has a string of 1 MB, a jump table and a table
// of functions; the other a table of 64 KiB and a list of 500 strings. Both have
// one string of 50,000 bytes.
func plantedC() map[string]string {
	var list, functions strings.Builder
	for i := range 500 {
		fmt.Fprintf(&list, "\"%s\",\n", noise(uint64(1000+i), 63))
	}
	for range 50 {
		functions.WriteString("one, two, three, four,\n")
	}
	table := make([]string, 16384)
	rng := rand.New(rand.NewPCG(9, 9))
	for i := range table {
		table[i] = fmt.Sprint(rng.Int32())
	}
	text := "\"" + strings.Join(slices.Collect(chunks(noise(11, 1<<20), 4000)), "\"\n\"") + "\""
	shared := "\"" + noise(12, 50_000) + "\""
	return map[string]string{
		"alpha.c": "#define KEEP __attribute__((noinline))\nint beta(int); int beta_list(int); const char *beta_shared(int);\n" +
			"KEEP const char *alpha_text(int i) { return " + text + " + i; }\nKEEP const char *alpha_shared(int i) { return " + shared + " + i; }\n" +
			"static KEEP int one(int i) { return i + 1; }\nstatic KEEP int two(int i) { return i * 2; }\nstatic KEEP int three(int i) { return i * 3 + 1; }\nstatic KEEP int four(int i) { return i ^ 4; }\n" +
			"static int (*const functions[])(int) = {" + functions.String() + "};\nKEEP int alpha_call(int i) { return functions[i % 200](i); }\n" +
			"volatile int sink;\nKEEP int alpha_jump(int i) {\n\tswitch (i) {\n" + jumps("\tcase %d: sink = %d; return sink + i;\n", 500) + "\t}\n\treturn 0;\n}\n" +
			"int main(int c, char **v) { return alpha_text(c)[c] + alpha_shared(c)[c] + alpha_call(c) + alpha_jump(c) + beta(c) + beta_list(c) + beta_shared(c)[c]; }\n",
		"beta.c": "#define KEEP __attribute__((noinline))\nstatic const int table[] = {" + strings.Join(table, ",") + "};\n" +
			"KEEP int beta(int i) { return table[i & 16383]; }\nstatic const char *const list[] = {" + list.String() + "};\n" +
			"KEEP int beta_list(int i) { return list[i % 500][i]; }\nKEEP const char *beta_shared(int i) { return " + shared + " + i; }\n",
	}
}

// chunks yields parts of a string: lines of source have a length that compilers
// bear.
func chunks(s string, size int) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for len(s) > 0 {
			n := min(size, len(s))
			if !yield(s[:n]) {
				return
			}
			s = s[n:]
		}
	}
}

func TestReferencesC(t *testing.T) {
	dir := t.TempDir()
	writeTree(t, dir, plantedC())
	for _, tt := range []struct{ arch, tools, debian string }{
		{"amd64", "x86_64-linux-gnu-", "gcc"},
		{"arm64", "aarch64-linux-gnu-", "gcc-aarch64-linux-gnu"},
	} {
		for _, flags := range [][]string{{"-no-pie", "-fno-pie"}, {"-pie", "-fPIE"}, {"-pie", "-fPIE", "-Wl,-z,pack-relative-relocs"}} {
			t.Run(tt.arch+" "+strings.Join(flags, " "), func(t *testing.T) {
				for _, tool := range []string{"gcc", "objcopy", "nm"} {
					if _, err := exec.LookPath(tt.tools + tool); err != nil {
						t.Skipf("%s%s not found (Debian: apt install %s)", tt.tools, tool, tt.debian)
					}
				}
				out := t.TempDir()
				program := filepath.Join(out, "planted")
				args := append([]string{"-O2", "-g", "-o", program, filepath.Join(dir, "alpha.c"), filepath.Join(dir, "beta.c")}, flags...)
				if log, err := exec.Command(tt.tools+"gcc", args...).CombinedOutput(); err != nil {
					if bytes.Contains(log, []byte("pack-relative-relocs")) {
						t.Skip("this linker has no packed relative relocations (binutils 2.38 or later has)")
					}
					t.Fatalf("%v\n%s", err, log)
				}
				// Pointers to functions, the jump table's words and the strings of the list.
				want := []planted{
					{"alpha.c", 1<<20 + 1 + 50_001/2 + 200*8 + 500*1, 4000},
					{"beta.c", 65536 + 50_001/2 + 500*(64+8), 4000},
				}
				checkPlanted(t, program, want)
				bare := filepath.Join(out, "bare")
				objects := dataSymbols(t, tt.tools+"nm", program)
				if log, err := exec.Command(tt.tools+"objcopy", append(objects, program, bare)...).CombinedOutput(); err != nil {
					t.Fatalf("%v\n%s", err, log)
				}
				checkPlanted(t, bare, want)
			})
		}
	}
}

// plantedRust is a library with a text of 500 kB, a table of pointers to texts, a
// switch over texts, a table of numbers and two vtables, and a program with a file
// included.
func plantedRust() map[string]string {
	var list, cases, table strings.Builder
	rng := rand.New(rand.NewPCG(23, 23))
	for i := range 300 {
		fmt.Fprintf(&list, "%q,\n", noise(uint64(2000+i), 40))
		fmt.Fprintf(&cases, "%d => %q,\n", i, noise(uint64(3000+i), 30))
		fmt.Fprintf(&table, "%d,", rng.Uint32())
	}
	return map[string]string{
		"lib.rs": "#![crate_type = \"lib\"]\n#![crate_name = \"planted_lib\"]\n#[inline(never)]\npub fn text(i: usize) -> &'static str { &" + fmt.Sprintf("%q", noise(21, 500_000)) + "[i..] }\n" +
			"static LIST: [&str; 300] = [" + list.String() + "];\n#[inline(never)]\npub fn list(i: usize) -> &'static str { LIST[i % 300] }\n" +
			"pub static TABLE: [u32; 300] = [" + table.String() + "];\n#[inline(never)]\npub fn table(i: usize) -> u32 { TABLE[i % 300] }\n" +
			"#[inline(never)]\npub fn cases(i: usize) -> &'static str { match i {" + cases.String() + "_ => \"\" } }\n" +
			"pub trait Shape { fn area(&self) -> u64; fn name(&self) -> &'static str; }\nstruct Square(u64);\nimpl Shape for Square {\n#[inline(never)]\nfn area(&self) -> u64 { self.0 * self.0 }\n#[inline(never)]\nfn name(&self) -> &'static str { \"square\" } }\n" +
			"struct Line(u64);\nimpl Shape for Line {\n#[inline(never)]\nfn area(&self) -> u64 { 0 }\n#[inline(never)]\nfn name(&self) -> &'static str { \"line\" } }\n" +
			"#[inline(never)]\npub fn shape(i: usize) -> Box<dyn Shape> { if i > 2 { Box::new(Square(i as u64)) } else { Box::new(Line(i as u64)) } }\n",
		"included.txt": noise(22, 250_000),
		"main.rs": "extern crate planted_lib;\nuse planted_lib::*;\n#[inline(never)]\nfn included(i: usize) -> &'static str { &include_str!(\"included.txt\")[i..] }\n" +
			"fn main() { let n = std::env::args().count(); let s = shape(n); println!(\"{} {} {} {} {} {} {}\", text(n), list(n), table(n), cases(n), s.area(), s.name(), included(n)); }\n",
	}
}

func TestReferencesRust(t *testing.T) {
	if _, err := exec.LookPath("rustc"); err != nil {
		t.Skip("rustc not found (https://rustup.rs)")
	}
	dir := t.TempDir()
	writeTree(t, dir, plantedRust())
	buildRust(t, dir, "planted")
	// LLVM makes a table of the cases, of 4 bytes each or of pointers and lengths.
	checkPlanted(t, filepath.Join(dir, "planted"), []planted{
		{"planted_lib", 500_000 + 300*(40+16) + 300*4 + 300*30 + 300*4, 7000},
		{"planted_main", 250_000, 5000},
	})
}

// buildRust builds plantedRust in a folder.
func buildRust(t *testing.T, dir, output string, flags ...string) {
	t.Helper()
	for _, args := range [][]string{
		{"lib.rs"},
		{"--crate-name=planted_main", "--extern=planted_lib=libplanted_lib.rlib", "-L.", "-o" + output, "main.rs"},
	} {
		cmd := exec.Command("rustc", slices.Concat([]string{"--edition=2021", "-O", "-Csymbol-mangling-version=v0"}, flags, args)...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
}

// dataSymbols returns objcopy's arguments to remove the symbols of data.
func dataSymbols(t *testing.T, nm, program string) []string {
	t.Helper()
	out, err := exec.Command(nm, program).Output()
	if err != nil {
		t.Fatal(err)
	}
	var args []string
	for line := range strings.Lines(string(out)) {
		f := strings.Fields(line)
		if len(f) == 3 && strings.Contains("dDrRbB", f[1]) {
			args = append(args, "--strip-symbol="+f[2])
		}
	}
	if len(args) < 3 {
		t.Fatalf("%d symbols of data", len(args))
	}
	return args
}
