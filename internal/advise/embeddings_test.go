package advise_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/advise"
)

// goEmbedding is a program with files embedded as strings, or as bytes, each of which
// it uses twice.
func goEmbedding(kind string, contents ...string) files {
	f := files{}
	var vars, uses strings.Builder
	for i, content := range contents {
		f[fmt.Sprintf("app/file%d", i)] = content
		fmt.Fprintf(&vars, "//go:embed file%d\nvar file%d %s\n\n", i, i, kind)
		fmt.Fprintf(&uses, "\tfmt.Fprintf(os.Stdout, \"%%s%%s\", file%d[len(os.Args):], file%d[:len(os.Args)])\n", i, i)
	}
	f["app/main.go"] = "package main\n\nimport (\n\t_ \"embed\"\n\t\"fmt\"\n\t\"os\"\n)\n\n" + vars.String() + "func main() {\n" + uses.String() + "}\n"
	return f
}

// goReading is a program that reads what goEmbedding embeds.
func goReading() files {
	return goFiles("package main\n\nimport (\n\t\"fmt\"\n\t\"os\"\n)\n\nfunc main() {\n\tfile0, _ := os.ReadFile(\"file0\")\n" +
		"\tfmt.Fprintf(os.Stdout, \"%s\", file0[len(os.Args):])\n}\n")
}

// rustMap uses a file and much of the standard library, with code that has constants
// and jump tables.
const rustMap = `
use std::collections::HashMap;
static TEXT: &[u8] = include_bytes!("TEXT");
fn main() {
    let mut m: HashMap<String, usize> = HashMap::new();
    for (i, a) in std::env::args().enumerate() { m.insert(a, i + TEXT.len()); }
    println!("{:?} {}", m, TEXT[m.len()]);
}
`

const rustRead = `
use std::collections::HashMap;
fn main() {
    let text = std::fs::read("TEXT").unwrap();
    let mut m: HashMap<String, usize> = HashMap::new();
    for (i, a) in std::env::args().enumerate() { m.insert(a, i + text.len()); }
    println!("{:?} {}", m, text[m.len()]);
}
`

// rustWriter writes its file itself, so that no optimization makes another crate refer
// to it.
const rustWriter = `
use std::io::Write;
static TEXT: &[u8] = include_bytes!("TEXT");
#[inline(never)] pub fn write(n: usize) { std::io::stdout().write_all(&TEXT[n..]).unwrap(); }
`

const rustWrites = "fn main() { dep0::write(std::env::args().count()); }\n"

// rustPeek reads what it is given. Optimized as a whole, it refers to the middle of the
// program's file.
const rustPeek = `
#[inline(never)] pub fn peek(text: &'static [u8], n: usize) -> u8 { text[100_000 + n % 1000] }
`

const rustPeeks = `
use std::io::Write;
static TEXT: &[u8] = include_bytes!("TEXT");
fn main() {
    let n = std::env::args().count();
    std::io::stdout().write_all(&TEXT[n..]).unwrap();
    println!("{}", dep0::peek(TEXT, n));
}
`

// rustBuild is how a Rust program is optimized.
type rustBuild struct {
	name  string
	flags []string
	more  bool // with the pairs that need not be tried with all flags
}

// rustBuilds leave other names, and other code, than a plain build.
func rustBuilds() []rustBuild {
	return []rustBuild{
		{"LTO", []string{"-O", "-Clto=fat"}, true},
		{"LTO, GNU ld", []string{"-O", "-Clto=fat", "-Clink-arg=-fuse-ld=bfd"}, false},
		{"thin LTO", []string{"-O", "-Clto=thin"}, false},
		{"stripped", []string{"-O", "-Cstrip=symbols"}, true},
		{"LTO, stripped", []string{"-O", "-Clto=fat", "-Cstrip=symbols"}, true},
		{"thin LTO, stripped", []string{"-O", "-Clto=thin", "-Cstrip=symbols"}, false},
		{"small", []string{"-Copt-level=z", "-Clto=fat", "-Ccodegen-units=1", "-Cpanic=abort", "-Cstrip=symbols"}, false},
		{"arm64, LTO", append([]string{"-Clto=fat"}, rustARM64...), false},
	}
}

// embeddings are the pairs about embedded data.
func embeddings(t *testing.T, text string) []pair {
	t.Helper()
	packed := gzipped(t, text)
	// Large enough for the code that reads a file to be little beside it.
	large, largeRust := noise(6<<20), noise(2<<20)
	stripped := []string{"-ldflags=-s -w"}
	var list []pair
	for _, kind := range []string{"string", "[]byte"} {
		for _, b := range []struct {
			name, arch string
			flags      []string
		}{
			{"Go", "", nil}, {"Go stripped", "", stripped}, {"Go PIE, stripped", "", append([]string{"-buildmode=pie"}, stripped...)}, {"Go arm64, stripped", "arm64", stripped},
		} {
			program := func(f files) goProgram { return goProgram{files: f, arch: b.arch, flags: b.flags} }
			list = append(list,
				pair{b.name + " " + kind, advise.CodeCompressFiles, true, program(goEmbedding(kind, text)), program(goEmbedding(kind, packed))},
				pair{b.name + " " + kind, advise.CodeLargeFiles, true, program(goEmbedding(kind, large)), program(goReading())})
			if kind == "[]byte" {
				list = append(list, pair{b.name, advise.CodeDuplicateData, true, program(goEmbedding(kind, noise(200_001), noise(200_001))), program(goEmbedding(kind, noise(200_001)))})
			}
		}
	}
	// Inlined, and without symbols, the program itself would refer to the files.
	dependency, without := goDependency(text, noise(50_000)), goDependency("", "")
	for _, p := range []*goProgram{&dependency, &without} {
		p.flags = stripped
		p.files["dep/dep.go"] = strings.Replace(p.files["dep/dep.go"], "func File", "//go:noinline\nfunc File", 1)
	}
	list = append(list, pair{"Go stripped", advise.CodeDependencyFiles, true, dependency, without})
	for _, b := range rustBuilds() {
		program := func(main, content string) rustProgram {
			return rustProgram{files: files{"main.rs": main, "TEXT": content}, flags: b.flags}
		}
		using := func(dep, main, content string) rustProgram {
			p := program(main, content)
			p.files["dep.rs"] = dep
			p.crates = [][3]string{{"dep", "dep.rs", "1"}}
			return p
		}
		list = append(list, pair{"Rust " + b.name, advise.CodeCompressFiles, true, program(rustMap, text), program(rustMap, packed)})
		if !b.more {
			continue
		}
		list = append(list,
			pair{"Rust that copies nothing, " + b.name, advise.CodeCompressFiles, true, program(rustInclude, text), program(rustInclude, packed)},
			pair{"Rust " + b.name, advise.CodeLargeFiles, true, program(rustMap, largeRust), program(rustRead, "")})
		if !slices.Contains(b.flags, "-Clto=fat") {
			continue
		}
		list = append(list, pair{"Rust whose file another crate peeks into, " + b.name, advise.CodeCompressFiles, true, using(rustPeek, rustPeeks, text), using(rustPeek, rustPeeks, packed)})
		if !slices.Contains(b.flags, "-Cstrip=symbols") {
			list = append(list, pair{"Rust " + b.name, advise.CodeDependencyFiles, true, using(rustWriter, rustWrites, text), using(rustWriter, rustWrites, "")})
		}
	}
	// In a program at a fixed address more numbers look like addresses.
	fixed := []string{"-O", "-Crelocation-model=static"}
	list = append(list, pair{"Rust at a fixed address", advise.CodeLargeFiles, true,
		rustProgram{files: files{"main.rs": rustMap, "TEXT": large}, flags: fixed}, rustProgram{files: files{"main.rs": rustRead}, flags: fixed}})
	// Fat LTO leaves one copy.
	for _, b := range []rustBuild{{"stripped", []string{"-O", "-Cstrip=symbols"}, false}, {"thin LTO, stripped", []string{"-O", "-Clto=thin", "-Cstrip=symbols"}, false}} {
		f := files{"one.rs": rustData, "two.rs": rustData, "data.bin": noise(100_000)}
		one, two := [3]string{"one", "one.rs", "1"}, [3]string{"two", "two.rs", "2"}
		program := func(main string, crates ...[3]string) rustProgram {
			sources := maps.Clone(f)
			sources["main.rs"] = main
			return rustProgram{files: sources, crates: crates, flags: b.flags}
		}
		list = append(list, pair{"Rust " + b.name, advise.CodeDuplicateData, true,
			program("fn main() { let n = std::env::args().count(); println!(\"{} {}\", one0::at(n), two1::at(n)); }", one, two),
			program("fn main() { let n = std::env::args().count(); println!(\"{} {}\", one0::at(n), one0::at(n + 1)); }", one)})
	}
	return list
}

// TestEqualStrings: Go's linker keeps one copy of equal files that cannot be written to.
func TestEqualStrings(t *testing.T) {
	list, _ := adviceOn(t, goProgram{files: goEmbedding("string", noise(200_001), noise(200_001))}.build(t))
	if a := find(list, advise.CodeDuplicateData); a != nil {
		t.Errorf("one copy is in the file: %+v", *a)
	}
}

// TestFilesWithoutSymbols: whose an embedded file is, is a conclusion without symbols.
// No dependency is blamed, and the advice says so.
func TestFilesWithoutSymbols(t *testing.T) {
	list, _ := adviceOn(t, rustProgram{files: files{"dep.rs": rustWriter, "main.rs": rustWrites, "TEXT": words(400_000)}, crates: [][3]string{{"dep", "dep.rs", "1"}},
		flags: []string{"-O", "-Clto=fat", "-Cstrip=symbols"}}.build(t))
	if a := find(list, advise.CodeDependencyFiles); a != nil {
		t.Errorf("a dependency is said to bring it: %+v", *a)
	}
	if got := evidence(t, list, advise.CodeCompressFiles); !strings.Contains(got, "there are no symbols") {
		t.Errorf("evidence:\n%s", got)
	}
}
