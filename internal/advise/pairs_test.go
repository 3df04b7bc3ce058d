package advise_test

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/advise"
	"github.com/sizegate/sizegate/internal/attrib"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/elfscan/debugfile"
)

// goHello uses enough of the standard library to be a program of a usual size.
const goHello = `package main

import (
	"encoding/json"
	"fmt"
	"os"
)

func main() {
	if err := json.NewEncoder(os.Stdout).Encode(map[string]any{"args": os.Args}); err != nil {
		fmt.Println(err)
	}
}
`

const rustHello = `
use std::collections::BTreeMap;
#[derive(Debug)]
struct Noisy(usize);
impl Drop for Noisy { fn drop(&mut self) { println!("drop {}", self.0); } }
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let mut m: BTreeMap<String, Noisy> = BTreeMap::new();
    for (i, a) in args.iter().enumerate() { m.insert(a.to_uppercase(), Noisy(i)); }
    let mut words: Vec<_> = args.join(" ").split_whitespace().map(str::to_string).collect();
    words.sort();
    words.dedup_by_key(|w| w.len());
    let n: i32 = args.len() as i32;
    println!("{m:?} {words:?} {}", n + words.len() as i32);
}
`

func goFiles(main string) files { return files{"app/main.go": main} }

func rustFiles(main string) files { return files{"main.rs": main} }

func goGeneric(shared bool) string {
	body := func(x string) string {
		return strings.Repeat("\ts += fmt.Sprint("+x+", len(s), os.Getpid())\n\tif len(s) > 1000 { s = strings.ToUpper(s) }\n", 20)
	}
	var s strings.Builder
	s.WriteString("package main\n\nimport (\n\t\"fmt\"\n\t\"os\"\n\t\"strings\"\n)\n\n")
	if shared {
		fmt.Fprintf(&s, "//go:noinline\nfunc inner(x any) (s string) {\n%s\treturn s\n}\n\nfunc big[T any](x T) string { return inner(x) }\n", body("x"))
	} else {
		fmt.Fprintf(&s, "//go:noinline\nfunc big[T any](x T) (s string) {\n%s\treturn s\n}\n", body("x"))
	}
	s.WriteString("\nfunc main() {\n")
	for n := range 30 {
		fmt.Fprintf(&s, "\tfmt.Println(big([%d]int{}))\n", n+1)
	}
	s.WriteString("}\n")
	return s.String()
}

func rustGeneric(shared bool) string {
	body := strings.Repeat("    s += &format!(\"{:?} {}\", x, s.len());\n    if s.len() > 1000 { s = s.to_uppercase(); }\n", 20)
	var s strings.Builder
	if shared {
		fmt.Fprintf(&s, "#[inline(never)] fn inner(x: &[u8]) -> String { let mut s = String::new();\n%s    s }\nfn big<const N: usize>(x: [u8; N]) -> String { inner(&x) }\n", body)
	} else {
		fmt.Fprintf(&s, "#[inline(never)] fn big<const N: usize>(x: [u8; N]) -> String { let mut s = String::new();\n%s    s }\n", body)
	}
	s.WriteString("fn main() {\n")
	for n := range 30 {
		fmt.Fprintf(&s, "    println!(\"{}\", big([1u8; %d]));\n", n+1)
	}
	s.WriteString("}\n")
	return s.String()
}

// manyFiles is a Go program of many source files.
func manyFiles() files {
	f := files{"app/main.go": "package main\n\nfunc main() {}\n"}
	for i := range 1000 {
		f[fmt.Sprintf("app/source%d.go", i)] = fmt.Sprintf("package main\n\nfunc init() { println(%d) }\n", i)
	}
	return f
}

// manyModules is a Go program of many modules, which are in folders beside it.
func manyModules() files {
	mod, main := "module example.com/app\n\ngo 1.24\n\n", "package main\n\nimport \"fmt\"\n"
	f := make(files)
	for i := range 60 {
		m := module{path: fmt.Sprintf("example.org/Organization%d/module%d", i%7, i), version: fmt.Sprintf("v1.%d.0", i)}
		mod += fmt.Sprintf("require %s %s\nreplace %s => ../modules/%d\n", m.path, m.version, m.path, i)
		main += fmt.Sprintf("import _ %q\n", m.path)
		for name, text := range m.files() {
			f[fmt.Sprintf("modules/%d/%s", i, name)] = text
		}
	}
	f["app/go.mod"], f["app/main.go"] = mod, main+"\nfunc main() { fmt.Println(1) }\n"
	return f
}

func cTable() string {
	var s strings.Builder
	s.WriteString("#include <stdio.h>\nstatic int x[40000];\nint *table[] = {\n")
	for i := range 30000 {
		fmt.Fprintf(&s, "x+%d,%s\n", i, strings.Repeat("0,", i%3))
	}
	s.WriteString("};\nint main(int n, char **v) { printf(\"%p\\n\", (void*)table[n]); return 0; }\n")
	return s.String()
}

// rustPointers is a program with a table of pointers, which need relocations.
func rustPointers() string {
	return "static TABLE: [&str; 20000] = [" + strings.Repeat("\"\",\"text\",", 10000) + "];\nfn main() { println!(\"{}\", TABLE[std::env::args().count()]); }\n"
}

func cFunctions() string {
	var s strings.Builder
	for i := range 200 {
		fmt.Fprintf(&s, "int f%d(int n) { int s = 0; for (int i = 0; i < n; i++) s += i * %d; return s; }\n", i, i)
	}
	s.WriteString("int main(int n, char **v) { return f7(n); }\n")
	return s.String()
}

// cFiles are source files with functions that main calls.
func cFiles() files {
	f := make(files)
	var declarations, calls strings.Builder
	for i := range 10 {
		var s strings.Builder
		for j := range 20 {
			fmt.Fprintf(&s, "int f%d_%d(int n) { int s = 0; for (int i = 0; i < n; i++) s += i * %d ^ s; return s; }\n", i, j, j+7)
			fmt.Fprintf(&declarations, "int f%d_%d(int);\n", i, j)
			fmt.Fprintf(&calls, " + f%d_%d(n)", i, j)
		}
		f[fmt.Sprintf("source%d.c", i)] = s.String()
	}
	f["main.c"] = declarations.String() + "int main(int n, char **v) { return 0" + calls.String() + "; }\n"
	return f
}

const embedding = `package main

import (
	"embed"
	"os"
)

//go:embed files
var content embed.FS

func main() {
	data, _ := content.ReadFile(os.Args[1])
	os.Stdout.Write(data)
}
`

const rustInclude = `
use std::io::Write;
static TEXT: &[u8] = include_bytes!("TEXT");
fn main() { std::io::stdout().write_all(TEXT).unwrap(); }
`

const rustData = `
static DATA: [u8; include_bytes!("data.bin").len()] = *include_bytes!("data.bin");
#[inline(never)] pub fn at(n: usize) -> u8 { DATA[n % DATA.len()] }
`

// goDependency is a program whose dependency embeds files.
func goDependency(text, noise string) goProgram {
	return goProgram{files: files{
		"app/go.mod":          "module example.com/app\n\ngo 1.24\n\nrequire example.org/dep v1.0.0\nreplace example.org/dep => ../dep\n",
		"app/main.go":         "package main\n\nimport \"os\"\nimport \"example.org/dep\"\n\nfunc main() { os.Stdout.Write(dep.File(os.Args[1])) }\n",
		"dep/go.mod":          "module example.org/dep\n\ngo 1.24\n",
		"dep/dep.go":          "package dep\n\nimport \"embed\"\n\n//go:embed files\nvar content embed.FS\n\nfunc File(name string) []byte {\n\tdata, _ := content.ReadFile(name)\n\treturn data\n}\n",
		"dep/files/text.html": text,
		"dep/files/noise.gz":  noise,
	}}
}

const rustLibrary = `
static TEXT: &[u8] = include_bytes!("TEXT");
pub fn text() -> &'static [u8] { TEXT }
`

const rustUse = `
use std::io::Write;
fn main() { std::io::stdout().write_all(dep0::text()).unwrap(); }
`

// goVersions is a program with a dependency in two major versions, or in one.
func goVersions(two bool) files {
	source := "package dep\n\n//go:noinline\nfunc F() {\n" + strings.Repeat("\tprintln(1)\n", 100) + "}\n"
	f := files{
		"dep/go.mod":  "module example.org/dep\n\ngo 1.24\n",
		"dep/dep.go":  source,
		"dep2/go.mod": "module example.org/dep/v2\n\ngo 1.24\n",
		"dep2/dep.go": source,
	}
	mod, main := "module example.com/app\n\ngo 1.24\n\nrequire example.org/dep/v2 v2.0.0\nreplace example.org/dep/v2 => ../dep2\n", "package main\n\nimport new \"example.org/dep/v2\"\n"
	call := "\nfunc main() {\n\tnew.F()\n"
	if two {
		mod += "require example.org/dep v1.0.0\nreplace example.org/dep => ../dep\n"
		main += "import old \"example.org/dep\"\n"
		call += "\told.F()\n"
	}
	f["app/go.mod"], f["app/main.go"] = mod, main+call+"}\n"
	return f
}

const rustDep = `
#[inline(never)] pub fn run(n: usize) -> String { let mut v: Vec<String> = (0..n).map(|i| i.to_string()).collect(); v.sort(); v.join(",") }
`

// goHTTP is a program that has net/http through a dependency, by itself, or not.
func goHTTP(own, dependency bool) files {
	f := files{
		"app/go.mod": "module example.com/app\n\ngo 1.24\n\nrequire example.org/dep v1.0.0\nreplace example.org/dep => ../dep\n",
		"dep/go.mod": "module example.org/dep\n\ngo 1.24\n",
		"dep/dep.go": "package dep\n\nfunc Get(string) error { return nil }\n",
	}
	if dependency {
		f["dep/dep.go"] = "package dep\n\nimport \"net/http\"\n\n//go:noinline\nfunc Get(url string) error {\n\t_, err := http.Get(url)\n\treturn err\n}\n"
	}
	imports, call := "", ""
	if own {
		imports, call = "\nimport \"net/http\"\n", "\tprintln(http.ListenAndServe(os.Args[1], nil))\n"
	}
	f["app/main.go"] = "package main\n\nimport \"os\"\nimport \"example.org/dep\"\n" + imports + "\nfunc main() {\n\tprintln(dep.Get(os.Args[1]) != nil)\n" + call + "}\n"
	return f
}

func goReflect(call string) files {
	return goFiles("package main\n\nimport (\n\t\"os\"\n\t\"reflect\"\n)\n\ntype T struct{}\n\nfunc (T) M() { println(\"M\") }\n\nfunc main() {\n\tv := reflect.ValueOf(T{})\n\tprintln(v.NumMethod(), len(os.Args))\n" + call + "}\n")
}

const goResolve = "package main\n\nimport (\n\t\"net\"\n\t\"os\"\n)\n\nfunc main() {\n\ta, err := net.LookupHost(os.Args[1])\n\tprintln(len(a), err != nil)\n}\n"

// pair is two builds that differ in what an advice says.
type pair struct {
	name, code    string
	number        bool // the advice has a saving
	before, after program
}

func pairs(t *testing.T) []pair {
	t.Helper()
	text := words(400_000)
	sw := `-ldflags=-s -w`
	const relr = "-Wl,-z,pack-relative-relocs"
	return append(embeddings(t, text), []pair{
		{"Go", advise.CodeStrip, true, goProgram{files: goFiles(goHello)}, goProgram{files: goFiles(goHello), flags: []string{sw}}},
		{"Go arm64", advise.CodeStrip, true, goProgram{files: goFiles(goHello), arch: "arm64"}, goProgram{files: goFiles(goHello), arch: "arm64", flags: []string{sw}}},
		{"Rust", advise.CodeStrip, true, rustProgram{files: rustFiles(rustHello), flags: []string{"-O"}}, rustProgram{files: rustFiles(rustHello), flags: []string{"-O", "-Cstrip=symbols"}}},
		{"Rust debug information", advise.CodeStrip, true, rustProgram{files: rustFiles(rustHello), flags: []string{"-g"}}, rustProgram{files: rustFiles(rustHello), flags: []string{"-g", "-Cstrip=symbols"}}},
		{"C", advise.CodeStrip, true, cProgram{cFunctions(), []string{"-g"}}, cProgram{cFunctions(), []string{"-g", "-s"}}},

		{"Go", advise.CodeTrimpath, true, goProgram{files: manyFiles(), flags: []string{sw}}, goProgram{files: manyFiles(), flags: []string{sw, "-trimpath"}}},
		{"Go with many modules", advise.CodeTrimpath, true, goProgram{files: manyModules(), flags: []string{sw}}, goProgram{files: manyModules(), flags: []string{sw, "-trimpath"}}},
		{"Go with many modules, arm64", advise.CodeTrimpath, true, goProgram{files: manyModules(), arch: "arm64", flags: []string{sw}}, goProgram{files: manyModules(), arch: "arm64", flags: []string{sw, "-trimpath"}}},
		{"Go with symbols", advise.CodeTrimpath, false, goProgram{files: goFiles(goHello)}, goProgram{files: goFiles(goHello), flags: []string{"-trimpath"}}},

		{"Go", advise.CodeNoPIE, true, goProgram{files: goHTTP(true, false), flags: []string{sw, "-buildmode=pie"}}, goProgram{files: goHTTP(true, false), flags: []string{sw, "-buildmode=exe"}}},
		{"Go arm64", advise.CodeNoPIE, true, goProgram{files: goHTTP(true, false), arch: "arm64", flags: []string{sw, "-buildmode=pie"}},
			goProgram{files: goHTTP(true, false), arch: "arm64", flags: []string{sw, "-buildmode=exe"}}},

		{"Rust", advise.CodeNoPIE, true, rustProgram{files: rustFiles(rustHello), flags: []string{"-O"}}, rustProgram{files: rustFiles(rustHello), flags: []string{"-O", "-Clink-arg=-no-pie"}}},
		{"Rust, GNU ld", advise.CodeNoPIE, true, rustProgram{files: rustFiles(rustPointers()), flags: []string{"-O", "-Clinker-features=-lld"}},
			rustProgram{files: rustFiles(rustPointers()), flags: []string{"-O", "-Clinker-features=-lld", "-Clink-arg=-no-pie"}}},
		{"Rust arm64", advise.CodeNoPIE, true, rustProgram{files: rustFiles(rustPointers()), flags: rustARM64}, rustProgram{files: rustFiles(rustPointers()), flags: append([]string{"-Clink-arg=-no-pie"}, rustARM64...)}},
		{"Rust, static", advise.CodeNoPIE, false, rustProgram{files: rustFiles(rustPointers()), flags: []string{"-O", "-Ctarget-feature=+crt-static"}},
			rustProgram{files: rustFiles(rustPointers()), flags: []string{"-O", "-Ctarget-feature=+crt-static", "-Crelocation-model=static"}}},
		{"C, static", advise.CodeNoPIE, false, cProgram{cTable(), []string{"-static-pie", "-fPIE"}}, cProgram{cTable(), []string{"-static", "-no-pie", "-fno-pie"}}},
		{"C", advise.CodeNoPIE, true, cProgram{cTable(), []string{"-pie", "-fPIE"}}, cProgram{cTable(), []string{"-no-pie", "-fPIE"}}},
		{"C, LLD", advise.CodeNoPIE, true, cProgram{cTable(), []string{"-pie", "-fPIE", "-fuse-ld=lld"}}, cProgram{cTable(), []string{"-no-pie", "-fPIE", "-fuse-ld=lld"}}},
		{"C arm64", advise.CodeNoPIE, true, cForARM64{cTable(), []string{"-pie", "-fPIE"}}, cForARM64{cTable(), []string{"-no-pie", "-fPIE"}}},

		{"Rust", advise.CodePackRelocations, true, rustProgram{files: rustFiles(rustHello), flags: []string{"-O"}}, rustProgram{files: rustFiles(rustHello), flags: []string{"-O", "-Clink-arg=" + relr}}},
		{"Rust arm64", advise.CodePackRelocations, true, rustProgram{files: rustFiles(rustPointers()), flags: rustARM64}, rustProgram{files: rustFiles(rustPointers()), flags: append([]string{"-Clink-arg=-Wl,--pack-dyn-relocs=relr"}, rustARM64...)}},
		{"Rust arm64, GNU ld", advise.CodePackRelocations, false, rustProgram{files: rustFiles(rustPointers()), flags: slices.Concat(rustARM64, []string{"-Clink-arg=-fuse-ld=bfd"})},
			rustProgram{files: rustFiles(rustPointers()), flags: append([]string{"-Clink-arg=-Wl,--pack-dyn-relocs=relr"}, rustARM64...)}},
		{"C", advise.CodePackRelocations, true, cProgram{cTable(), []string{"-pie", "-fPIE"}}, cProgram{cTable(), []string{"-pie", "-fPIE", relr}}},
		{"C, LLD", advise.CodePackRelocations, true, cProgram{cTable(), []string{"-pie", "-fPIE", "-fuse-ld=lld"}}, cProgram{cTable(), []string{"-pie", "-fPIE", "-fuse-ld=lld", "-Wl,--pack-dyn-relocs=relr"}}},
		{"Go", advise.CodePackRelocations, true,
			goProgram{files: goFiles(goHello), arch: runtime.GOARCH, cgo: true, flags: []string{"-buildmode=pie", "-ldflags=-s -w -linkmode=external"}},
			goProgram{files: goFiles(goHello), arch: runtime.GOARCH, cgo: true, flags: []string{"-buildmode=pie", "-ldflags=-s -w -linkmode=external '-extldflags=" + relr + "'"}}},

		{"Go", advise.CodeCompressFiles, true,
			goProgram{files: files{"app/main.go": embedding, "app/files/text": text, "app/files/noise": noise(50_000)}},
			goProgram{files: files{"app/main.go": embedding, "app/files/text.gz": gzipped(t, text), "app/files/noise": noise(50_000)}}},
		{"Rust", advise.CodeCompressFiles, true,
			rustProgram{files: files{"main.rs": rustInclude, "TEXT": text}, flags: []string{"-O"}},
			rustProgram{files: files{"main.rs": rustInclude, "TEXT": gzipped(t, text)}, flags: []string{"-O"}}},
		{"Go", advise.CodeDependencyFiles, true, goDependency(text, noise(50_000)), goDependency("", "")},
		{"Rust", advise.CodeDependencyFiles, true,
			rustProgram{files: files{"dep.rs": rustLibrary, "main.rs": rustUse, "TEXT": text}, crates: [][3]string{{"dep", "dep.rs", "1"}}, flags: []string{"-O"}},
			rustProgram{files: files{"dep.rs": rustLibrary, "main.rs": rustUse, "TEXT": ""}, crates: [][3]string{{"dep", "dep.rs", "1"}}, flags: []string{"-O"}}},
		{"Rust", advise.CodeDuplicateData, true,
			rustProgram{files: files{"one.rs": rustData, "two.rs": rustData, "data.bin": noise(100_000), "main.rs": "fn main() { let n = std::env::args().count(); println!(\"{} {}\", one0::at(n), two1::at(n)); }"},
				crates: [][3]string{{"one", "one.rs", "1"}, {"two", "two.rs", "2"}}, flags: []string{"-O"}},
			rustProgram{files: files{"one.rs": rustData, "data.bin": noise(100_000), "main.rs": "fn main() { let n = std::env::args().count(); println!(\"{} {}\", one0::at(n), one0::at(n + 1)); }"},
				crates: [][3]string{{"one", "one.rs", "1"}}, flags: []string{"-O"}}},

		{"Go", advise.CodeGenerics, false, goProgram{files: goFiles(goGeneric(false))}, goProgram{files: goFiles(goGeneric(true))}},
		{"Rust", advise.CodeGenerics, false, rustProgram{files: rustFiles(rustGeneric(false)), flags: []string{"-O"}}, rustProgram{files: rustFiles(rustGeneric(true)), flags: []string{"-O"}}},

		{"Go", advise.CodeVersions, false, goProgram{files: goVersions(true)}, goProgram{files: goVersions(false)}},
		{"Rust", advise.CodeVersions, false,
			rustProgram{files: files{"dep.rs": rustDep, "main.rs": "fn main() { let n = std::env::args().count(); println!(\"{}{}\", dep0::run(n), dep1::run(n + 1)); }"},
				crates: [][3]string{{"dep", "dep.rs", "1"}, {"dep", "dep.rs", "2"}}, flags: []string{"-O"}},
			rustProgram{files: files{"dep.rs": rustDep, "main.rs": "fn main() { let n = std::env::args().count(); println!(\"{}{}\", dep0::run(n), dep0::run(n + 1)); }"},
				crates: [][3]string{{"dep", "dep.rs", "1"}}, flags: []string{"-O"}}},

		{"Rust", advise.CodeLTO, false, rustProgram{files: rustFiles(rustHello), flags: []string{"-O"}}, rustProgram{files: rustFiles(rustHello), flags: []string{"-O", "-Clto=fat", "-Ccodegen-units=1"}}},
		{"C", advise.CodeLTO, false, cProgramOfFiles{cFiles(), []string{"-g", "-O2"}}, cProgramOfFiles{cFiles(), []string{"-g", "-O2", "-flto"}}},
		{"C, fat objects", advise.CodeLTO, false, cProgramOfFiles{cFiles(), []string{"-g", "-O2"}}, cProgramOfFiles{cFiles(), []string{"-g", "-O2", "-flto=1", "-ffat-lto-objects"}}},
		{"Rust", advise.CodePanicAbort, false, rustProgram{files: rustFiles(rustHello), flags: []string{"-O"}}, rustProgram{files: rustFiles(rustHello), flags: []string{"-O", "-Cpanic=abort"}}},
		{"Rust LTO", advise.CodePanicAbort, false, rustProgram{files: rustFiles(rustHello), flags: []string{"-O", "-Clto=fat"}}, rustProgram{files: rustFiles(rustHello), flags: []string{"-O", "-Clto=fat", "-Cpanic=abort"}}},
		{"Rust stripped", advise.CodePanicAbort, false, rustProgram{files: rustFiles(rustHello), flags: []string{"-O", "-Cstrip=symbols"}},
			rustProgram{files: rustFiles(rustHello), flags: []string{"-O", "-Cstrip=symbols", "-Cpanic=abort"}}},
		{"Rust", advise.CodeUnwindTables, false, rustProgram{files: rustFiles(rustHello), flags: []string{"-O", "-Cpanic=abort"}},
			rustProgram{files: rustFiles(rustHello), flags: []string{"-O", "-Cpanic=abort", "-Cforce-unwind-tables=no"}}},
		{"Rust arm64", advise.CodeUnwindTables, false, rustProgram{files: rustFiles(rustHello), flags: append([]string{"-Cpanic=abort"}, rustARM64...)},
			rustProgram{files: rustFiles(rustHello), flags: append([]string{"-Cpanic=abort", "-Cforce-unwind-tables=no"}, rustARM64...)}},
		{"Rust", advise.CodeOverflowChecks, false, rustProgram{files: rustFiles(rustHello), flags: []string{"-O", "-Coverflow-checks=on"}}, rustProgram{files: rustFiles(rustHello), flags: []string{"-O"}}},
		{"Rust", advise.CodeOptLevel, false, rustProgram{files: rustFiles(rustHello), flags: []string{"-Coverflow-checks=off"}}, rustProgram{files: rustFiles(rustHello), flags: []string{"-Copt-level=1"}}},
		{"Rust, v0 names", advise.CodeOptLevel, false, rustProgram{files: rustFiles(rustHello), flags: []string{"-Csymbol-mangling-version=v0"}},
			rustProgram{files: rustFiles(rustHello), flags: []string{"-Csymbol-mangling-version=v0", "-Copt-level=z"}}},
		{"C", advise.CodeOptLevel, false, cProgram{cFunctions(), []string{"-g"}}, cProgram{cFunctions(), []string{"-g", "-Os"}}},

		{"C", advise.CodeGCSections, false, cProgram{cFunctions(), nil}, cProgram{cFunctions(), []string{"-ffunction-sections", "-Wl,--gc-sections"}}},
		{"C at a fixed address", advise.CodeGCSections, false, cProgram{cFunctions(), []string{"-no-pie", "-fno-pie"}},
			cProgram{cFunctions(), []string{"-no-pie", "-fno-pie", "-ffunction-sections", "-Wl,--gc-sections"}}},
		{"C arm64", advise.CodeGCSections, false, cForARM64{cFunctions(), nil}, cForARM64{cFunctions(), []string{"-ffunction-sections", "-Wl,--gc-sections"}}},
		{"Rust", advise.CodeGCSections, false, rustProgram{files: rustFiles(rustHello), flags: []string{"-O", "-Clink-dead-code"}}, rustProgram{files: rustFiles(rustHello), flags: []string{"-O"}}},
		{"Rust, linker told not to", advise.CodeGCSections, false, rustProgram{files: rustFiles(rustHello), flags: []string{"-O", "-Clink-args=-Wl,--no-gc-sections"}},
			rustProgram{files: rustFiles(rustHello), flags: []string{"-O", "-Clink-args=-Wl,--no-gc-sections", "-Clink-dead-code=no", "-Clink-arg=-Wl,--gc-sections"}}},
		{"Rust arm64", advise.CodeGCSections, false, rustProgram{files: rustFiles(rustHello), flags: append([]string{"-Clink-dead-code"}, rustARM64...)}, rustProgram{files: rustFiles(rustHello), flags: rustARM64}},
		{"Rust", advise.CodeStaticLibc, false, rustProgram{files: rustFiles(rustHello)}, rustProgram{files: rustFiles(rustHello), flags: []string{"-Ctarget-feature=+crt-static"}}},
		{"Go", advise.CodeStaticLibc, false, goProgram{files: goFiles(goResolve), arch: runtime.GOARCH, cgo: true}, goProgram{files: goFiles(goResolve), arch: runtime.GOARCH}},
		{"C", advise.CodeStaticLibc, false, cProgram{cFunctions(), nil}, cProgram{cFunctions(), []string{"-static"}}},

		{"Go", advise.CodeReflectMethods, false, goProgram{files: goReflect("\tv.MethodByName(os.Args[1]).Call(nil)\n"), flags: []string{sw}}, goProgram{files: goReflect(""), flags: []string{sw}}},
		{"Go", advise.CodeIndirectPackage, false, goProgram{files: goHTTP(false, true), flags: []string{sw}}, goProgram{files: goHTTP(false, false), flags: []string{sw}}},
		{"Go arm64", advise.CodeIndirectPackage, false, goProgram{files: goHTTP(false, true), arch: "arm64"}, goProgram{files: goHTTP(true, true), arch: "arm64"}},
		{"Go that calls it", advise.CodeIndirectPackage, false, goProgram{files: goHTTP(false, true)}, goProgram{files: goHTTP(true, true)}},
	}...)
}

// TestPairs: a file gets an advice until it is built as that says, and a saving is
// what the file really gets smaller by, within 5%.
func TestPairs(t *testing.T) {
	// A program of several pairs is built once.
	type advised struct {
		list []advise.Advice
		size uint64
	}
	known := make(map[string]advised)
	adviceOf := func(t *testing.T, p program) ([]advise.Advice, uint64) {
		t.Helper()
		key := fmt.Sprintf("%T %#[1]v", p)
		a, ok := known[key]
		if !ok {
			a.list, a.size = adviceOn(t, p.build(t))
			known[key] = a
		}
		return a.list, a.size
	}
	for _, pair := range pairs(t) {
		t.Run(pair.code+"/"+pair.name, func(t *testing.T) {
			list, before := adviceOf(t, pair.before)
			advice := find(list, pair.code)
			if advice == nil {
				t.Fatalf("no such advice: %+v", list)
			}
			t.Logf("%+v", *advice)
			list, after := adviceOf(t, pair.after)
			if again := find(list, pair.code); again != nil {
				t.Errorf("a file that does it already gets %+v", *again)
			}
			if (advice.Saves != nil) != pair.number {
				t.Fatalf("the saving is %+v", advice.Saves)
			}
			if !pair.number {
				t.Logf("really %d", int64(before)-int64(after))
				return
			}
			saved := float64(before) - float64(after)
			t.Logf("predicted %d, really %.0f: %+.2f%%", advice.Saves.Bytes, saved, 100*float64(advice.Saves.Bytes)/saved-100)
			if off := float64(advice.Saves.Bytes) - saved; off > saved/20 || off < -saved/20 {
				t.Errorf("predicted %d, really %.0f", advice.Saves.Bytes, saved)
			}
		})
	}
}

// TestEveryAdviceHasAPair reads the codes from the source.
func TestEveryAdviceHasAPair(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "advice.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	paired := make(map[string]bool)
	for _, p := range pairs(t) {
		paired[p.code] = true
	}
	codes := 0
	ast.Inspect(file, func(n ast.Node) bool {
		s, ok := n.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(s.Names[0].Name, "Code") {
			return true
		}
		codes++
		if code := strings.Trim(s.Values[0].(*ast.BasicLit).Value, `"`); !paired[code] {
			t.Errorf("no pair of builds for %s", code)
		}
		return true
	})
	if codes < 10 {
		t.Errorf("only %d codes in the source", codes)
	}
}

// TestDebugFile: what names tell is told of a stripped file too, where its debug
// file is at hand.
func TestDebugFile(t *testing.T) {
	path := rustProgram{files: rustFiles(rustHello), flags: []string{"-O", "-Clink-arg=-Wl,--build-id"}}.build(t)
	need(t, "objcopy", "Debian: apt install binutils")
	dir := t.TempDir()
	run(t, dir, nil, "objcopy", "--only-keep-debug", path, "debug")
	run(t, dir, nil, "objcopy", "--strip-all", path, "stripped")
	b, err := elfscan.Open(filepath.Join(dir, "stripped"))
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	debug, err := debugfile.Open(b, filepath.Join(dir, "debug"))
	if err != nil {
		t.Fatal(err)
	}
	defer debug.Close()
	for _, d := range []*debugfile.File{nil, debug} {
		profile, err := attrib.Attribute(b, advise.Attribution(d))
		if err != nil {
			t.Fatal(err)
		}
		list, err := advise.Advise(context.Background(), advise.Facts{Binary: b, DebugFile: d, Profile: profile})
		if err != nil {
			t.Fatal(err)
		}
		if find(list, advise.CodeStrip) != nil {
			t.Error("a stripped file is to be stripped")
		}
		if got := find(list, advise.CodeLTO) != nil; got != (d != nil) {
			t.Errorf("with debug file %v: advice on link-time optimization %v", d != nil, got)
		}
	}
}

// TestGoSettings runs the settings for Go as they are pasted.
func TestGoSettings(t *testing.T) {
	need(t, "sh", "Debian: apt install dash")
	for _, c := range []struct {
		code  string
		cgo   bool
		flags []string
	}{
		{advise.CodeStrip, false, nil},
		{advise.CodeTrimpath, false, nil},
		{advise.CodeNoPIE, false, []string{"-buildmode=pie"}},
		{advise.CodePackRelocations, true, []string{"-buildmode=pie", "-ldflags=-linkmode=external"}},
		{advise.CodeStaticLibc, true, []string{"-ldflags=-linkmode=external"}},
	} {
		t.Run(c.code, func(t *testing.T) {
			if c.code == advise.CodePackRelocations && runtime.GOARCH != "amd64" {
				t.Skipf("GNU ld packs no relocations for %s (run it on an amd64 machine)", runtime.GOARCH)
			}
			p := goProgram{files: goFiles(goResolve), arch: runtime.GOARCH, cgo: c.cgo, flags: c.flags}
			list, _ := adviceOn(t, p.build(t))
			a := find(list, c.code)
			if a == nil {
				t.Fatalf("no such advice: %+v", list)
			}
			dir := filepath.Join(p.files.write(t), "app")
			run(t, dir, goEnv(runtime.GOARCH, c.cgo), "sh", "-c", a.Setting)
			list, _ = adviceOn(t, filepath.Join(dir, "app"))
			if again := find(list, c.code); again != nil {
				t.Errorf("after %s there is %+v", a.Setting, *again)
			}
		})
	}
}

// TestCargoSettings puts the settings for Rust where they belong.
func TestCargoSettings(t *testing.T) {
	need(t, "cargo", "https://rustup.rs")
	const manifest, config = "Cargo.toml", ".cargo/config.toml"
	for _, c := range []struct{ code, profile string }{
		{advise.CodeStrip, ""},
		{advise.CodePanicAbort, ""},
		{advise.CodeLTO, ""},
		{advise.CodePackRelocations, ""},
		{advise.CodeUnwindTables, "[profile.release]\npanic = \"abort\"\n"},
	} {
		t.Run(c.code, func(t *testing.T) {
			sources := files{manifest: "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n" + c.profile, "src/main.rs": rustHello}
			build := func() []advise.Advice {
				dir := sources.write(t)
				run(t, dir, nil, "cargo", "build", "--release", "--offline", "--target-dir", filepath.Join(dir, "target"))
				list, _ := adviceOn(t, filepath.Join(dir, "target", "release", "app"))
				return list
			}
			a := find(build(), c.code)
			if a == nil {
				t.Fatal("no such advice")
			}
			if strings.HasPrefix(a.Setting, "# "+config) {
				sources[config] = a.Setting
			} else {
				sources[manifest] += a.Setting
			}
			if again := find(build(), c.code); again != nil {
				t.Errorf("after %s there is %+v", a.Setting, *again)
			}
		})
	}
}

// TestCargoNoPIE: a program with a procedural macro, which has to stay position
// independent, is built by the command that is pasted.
func TestCargoNoPIE(t *testing.T) {
	need(t, "cargo", "https://rustup.rs")
	need(t, "sh", "Debian: apt install dash")
	dir := files{
		"Cargo.toml":     "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[dependencies]\nmac = { path = \"mac\" }\nlib = { path = \"lib\" }\n",
		"src/main.rs":    "mac::make!();\n" + strings.Replace(rustHello, "fn main() {", "fn main() {\n    println!(\"{} {}\", made(), lib::run(3));", 1),
		"mac/Cargo.toml": "[package]\nname = \"mac\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[lib]\nproc-macro = true\n",
		"mac/src/lib.rs": "#[proc_macro]\npub fn make(_: proc_macro::TokenStream) -> proc_macro::TokenStream { \"fn made() -> usize { 7 }\".parse().unwrap() }\n",
		"lib/Cargo.toml": "[package]\nname = \"lib\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
		"lib/src/lib.rs": rustDep,
	}.write(t)
	program := filepath.Join(dir, "target", "release", "app")
	env := []string{"CARGO_NET_OFFLINE=true", "CARGO_TARGET_DIR=" + filepath.Join(dir, "target")}
	run(t, dir, env, "cargo", "build", "--release")
	list, before := adviceOn(t, program)
	a := find(list, advise.CodeNoPIE)
	if a == nil {
		t.Fatalf("no such advice: %+v", list)
	}
	run(t, dir, env, "sh", "-c", a.Setting)
	list, after := adviceOn(t, program)
	if again := find(list, advise.CodeNoPIE); again != nil {
		t.Errorf("after %s there is %+v", a.Setting, *again)
	}
	saved := float64(before) - float64(after)
	if off := float64(a.Saves.Bytes) - saved; off > saved/20 || off < -saved/20 {
		t.Errorf("predicted %d, really %.0f", a.Saves.Bytes, saved)
	}
	if out := run(t, dir, nil, program); !strings.Contains(out, "7 0,1,2") {
		t.Errorf("it prints %s", out)
	}
}

// TestCommands runs commands that advice says to run.
func TestCommands(t *testing.T) {
	need(t, "go", "https://go.dev/dl")
	for _, c := range []struct {
		files           files
		code, run, want string
	}{
		{goReflect("\tv.MethodByName(os.Args[1]).Call(nil)\n"), advise.CodeReflectMethods, "go build -ldflags=-dumpdep -o /dev/null . 2>&1 | grep -F '<ReflectMethod>'", "main.main <ReflectMethod>"},
		{goHTTP(false, true), advise.CodeIndirectPackage, "go mod why net/http", "example.org/dep\nnet/http\n"},
		{goDependency(words(100_000), "").files, advise.CodeDependencyFiles, "go mod why example.org/dep", "example.com/app\nexample.org/dep\n"},
		{goVersions(true), advise.CodeVersions, "go mod why -m example.org/dep", "example.com/app\nexample.org/dep\n"},
	} {
		t.Run(c.code, func(t *testing.T) {
			list, _ := adviceOn(t, goProgram{files: c.files}.build(t))
			if a := find(list, c.code); a == nil || !strings.Contains(a.Setting, c.run) {
				t.Fatalf("the advice is %+v", a)
			}
			need(t, "sh", "Debian: apt install dash")
			dir := filepath.Join(c.files.write(t), "app")
			if out := run(t, dir, goEnv("amd64", false), "sh", "-c", c.run); !strings.Contains(out, c.want) {
				t.Errorf("%s prints\n%s", c.run, out)
			}
		})
	}
}
