package strip_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/strip"
)

const cSource = `
#include <stdio.h>
static __thread int local = 5;
__thread int zero[100];
__attribute__((section(".note.mine"), used)) static const int note[] = {4, 4, 1, 0x00584d45, 7};
__attribute__((section("with_data"), used)) static int filled[] = {1, 2, 3};
static int (*print)(const char *) = puts;
__attribute__((constructor)) static void start(void) { local++; }
int block[5000];
int main(int n, char **v) {
	print("hello");
	printf("%d %d %d %d\n", local, zero[n], filled[n], block[n]);
	return 0;
}
`

const cxxSource = `
#include <map>
#include <string>
#include <cstdio>
template <class T> struct S { static std::map<std::string, T> m; inline static thread_local T t{}; };
template <class T> std::map<std::string, T> S<T>::m;
int main() {
	S<int>::m["x"] = 1;
	try { throw 2; } catch (int i) { std::printf("%d\n", int(S<int>::m.size()) + i + S<int>::t); }
}
`

const bareSource = `
int data = 1, block[100];
const int table[] = {1, 2, 3};
void _start(void) { block[data] = table[data]; __builtin_trap(); }
`

// Build attributes in the format of version 3: a version note, then notes
// that are empty, repeated, contained in one before, next to one before, far
// from it, and of the two kinds.
var notesSource = func() string {
	var s strings.Builder
	s.WriteString("int main(void) { return 0; }\n__asm__(\".section .gnu.build.attributes, \\\"\\\", %note\\n\"\n")
	note := func(kind int, name string, size int, start, end uint64) {
		fmt.Fprintf(&s, "\".balign 4; .long %d, %d, %d; .asciz \\\"%s\\\"; .balign 4\\n\"\n", len(strings.ReplaceAll(name, `\\001`, "x"))+1, size, kind, name)
		if size > 0 {
			fmt.Fprintf(&s, "\".quad %#x, %#x\\n\"\n", start, end)
		}
	}
	const open, function = 0x100, 0x101
	note(open, `GA$\\0013p1`, 16, 0x1000, 0x2000)
	for i := range uint64(40) {
		note(open, `GA*FORTIFY`, 0, 0, 0)
		note(function, `GA*stack`, 16, 0x1000+i*64, 0x1020+i*64)
		note(function, `GA+stack_clash`, 16, 0x1000+i*64, 0x1040+i*64)
		note(function, `GA+stack_clash`, 0, 0, 0)
		note(open, `GA!pic`, 16, 0x1000+i%7*512, 0x1100+i%5*512)
		note(function, fmt.Sprintf("GA$tool%d", i%3), 16, 0x1800-i, 0x1800+i)
		note(function, `GA$empty`, 16, 0x1000, 0x1000)
	}
	s.WriteString("\".text\\n\");\n")
	return s.String()
}()

// tool returns the first of the programs that is there, or skips.
func tool(t *testing.T, pkg string, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skipf("%s not found (Debian: apt install %s)", names[0], pkg)
	return ""
}

// TestBuilt compares with GNU strip on what compilers and linkers make with
// the options that change the layout of a file.
func TestBuilt(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"a.c": cSource, "b.cc": cxxSource, "n.c": notesSource, "bare.c": bareSource} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	compilers := []struct{ arch, c, cxx, pkg string }{
		{"amd64", "x86_64-linux-gnu-gcc", "x86_64-linux-gnu-g++", "gcc g++"},
		{"arm64", "aarch64-linux-gnu-gcc", "aarch64-linux-gnu-g++", "gcc-aarch64-linux-gnu g++-aarch64-linux-gnu"},
	}
	builds := []struct{ name, flags string }{
		{"debug", "-g a.c"},
		{"compressed", "-g -gz a.c"},
		{"zdebug", "-g -gz=zlib-gnu a.c"},
		{"static", "-g -static a.c"},
		{"static-pie", "-g -static-pie a.c"},
		{"exec", "-g -no-pie a.c"},
		{"shared", "-g -shared -fPIC a.c"},
		{"norelro", "-Wl,-z,norelro a.c"},
		{"now", "-Wl,-z,relro,-z,now a.c"},
		{"noseparate", "-Wl,-z,noseparate-code a.c"},
		{"relocations", "-g -Wl,--emit-relocs a.c"},
		{"relocations-static", "-g -static -Wl,--emit-relocs a.c"},
		{"omagic", "-nostdlib -static -Wl,-N bare.c"},
		{"nmagic", "-nostdlib -static -Wl,-n bare.c"},
		{"page2M", "-Wl,-z,max-page-size=0x200000 a.c"},
		{"relr", "-Wl,-z,pack-relative-relocs a.c"},
		{"hash", "-Wl,--hash-style=both a.c"},
		{"no-symbols", "-s a.c"},
		{"moved", "-no-pie -Wl,-Ttext-segment=0x10000000 a.c"},
		{"execstack", "-Wl,-z,execstack a.c"},
		{"notes", "-g n.c"},
		{"c++", "-g b.cc"},
		{"c++-sections", "-O2 -ffunction-sections -Wl,--gc-sections b.cc"},
		{"c++-relocations", "-O2 -Wl,-q b.cc"},
		{"lld", "-g -fuse-ld=lld a.c"},
		{"lld-relr", "-g -fuse-ld=lld -Wl,--pack-dyn-relocs=relr a.c"},
		{"lld-norosegment", "-g -fuse-ld=lld -Wl,--no-rosegment a.c"},
		{"lld-static", "-g -fuse-ld=lld -static a.c"},
		{"gold-index", "-g -fuse-ld=gold -Wl,--gdb-index a.c"},
	}
	for _, c := range compilers {
		for _, build := range builds {
			t.Run(c.arch+"/"+build.name, func(t *testing.T) {
				compiler := c.c
				if strings.HasSuffix(build.flags, ".cc") {
					compiler = c.cxx
				}
				args := strings.Fields(build.flags)
				if strings.Contains(build.flags, "-fuse-ld=gold") {
					tool(t, "binutils-gold", "ld.gold")
				}
				if strings.Contains(build.flags, "-fuse-ld=lld") {
					// A cross compiler looks for it only in its own folders and -B.
					folder := t.TempDir()
					if err := os.Symlink(tool(t, "lld", "ld.lld"), filepath.Join(folder, "ld.lld")); err != nil {
						t.Fatal(err)
					}
					args = append([]string{"-B" + folder}, args...)
				}
				compiler = tool(t, c.pkg, compiler)
				out := filepath.Join(t.TempDir(), "program")
				cmd := exec.Command(compiler, append(args, "-o", out)...)
				cmd.Dir = dir
				if message, err := cmd.CombinedOutput(); err != nil {
					if strings.Contains(build.flags, "-fuse-ld=") {
						t.Skipf("%s has no such linker: %v (Debian: apt install lld binutils-gold, and of the latter the package for the compiler)\n%s", compiler, err, message)
					}
					t.Fatalf("%s: %v\n%s", compiler, err, message)
				}
				sameAsStrip(t, out)
				if c.arch == runtime.GOARCH && build.name != "shared" {
					runsTheSame(t, out)
				}
			})
		}
	}
}

// runsTheSame starts the program as it is and as it is when stripped. A
// program that this machine's loader does not take is not stripped to run.
func runsTheSame(t *testing.T, path string) {
	t.Helper()
	want, wantErr := exec.Command(path).CombinedOutput()
	if bytes.Contains(want, []byte("error while loading")) {
		return
	}
	b := open(t, path)
	for _, m := range modes {
		stripped := filepath.Join(t.TempDir(), "stripped")
		if err := os.WriteFile(stripped, ours(t, b, m.mode), 0o755); err != nil {
			t.Fatal(err)
		}
		got, err := exec.Command(stripped).CombinedOutput()
		if fmt.Sprint(err) != fmt.Sprint(wantErr) || !bytes.Equal(got, want) {
			t.Errorf("%s: stripped it ends with %v and prints %q, before with %v and %q", m.name, err, got, wantErr, want)
		}
	}
}

func TestGoPrograms(t *testing.T) {
	goTool := tool(t, "golang", "go")
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":  "module example.com/hello\n",
		"main.go": "package main\n\nfunc main() { println(\"hello\") }\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	builds := []struct{ name, arch, cgo, flags string }{
		{"plain", "amd64", "0", ""},
		{"plain", "arm64", "0", ""},
		{"nodwarf", "amd64", "0", "-ldflags=-w"},
		{"stripped", "arm64", "0", "-ldflags=-s -w"},
		{"pie", "amd64", "0", "-buildmode=pie"},
		{"pie", "arm64", "0", "-buildmode=pie"},
		{"external", runtime.GOARCH, "1", "-ldflags=-linkmode=external"},
	}
	for _, build := range builds {
		t.Run(build.name+"/"+build.arch, func(t *testing.T) {
			if build.cgo == "1" {
				tool(t, "gcc", "gcc")
			}
			out := filepath.Join(t.TempDir(), "program")
			args := []string{"build", "-o", out}
			if build.flags != "" {
				args = append(args, build.flags)
			}
			cmd := exec.Command(goTool, append(args, ".")...)
			cmd.Dir = dir
			cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+build.arch, "CGO_ENABLED="+build.cgo, "GOFLAGS=", "GOPROXY=off")
			if message, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("go build: %v\n%s", err, message)
			}
			sameAsStrip(t, out)
			if build.arch == runtime.GOARCH {
				runsTheSame(t, out)
			}
		})
	}
}

func TestRustPrograms(t *testing.T) {
	rustc := tool(t, "rustc", "rustc")
	dir := t.TempDir()
	source := filepath.Join(dir, "hello.rs")
	if err := os.WriteFile(source, []byte("fn main() { println!(\"hello {:?}\", std::env::args().count()); }\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, build := range []struct{ name, flags string }{
		{"debug", "-g"},
		{"debuginfo-stripped", "-O -C strip=debuginfo"},
		{"symbols-stripped", "-O -C strip=symbols"},
		{"static", "-C target-feature=+crt-static"},
		{"relocations", "-C link-arg=-Wl,--emit-relocs"},
	} {
		t.Run(build.name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "program")
			if message, err := exec.Command(rustc, append(strings.Fields(build.flags), "-o", out, source)...).CombinedOutput(); err != nil {
				t.Skipf("rustc: %v (https://rustup.rs, and apt install gcc)\n%s", err, message)
			}
			sameAsStrip(t, out)
			runsTheSame(t, out)
		})
	}
}

// TestNotesShrink makes sure that the build attributes of TestBuilt are there
// to be merged at all.
func TestNotesShrink(t *testing.T) {
	gcc := tool(t, "gcc", "gcc")
	dir := t.TempDir()
	source, out := filepath.Join(dir, "n.c"), filepath.Join(dir, "program")
	if err := os.WriteFile(source, []byte(notesSource), 0o644); err != nil {
		t.Fatal(err)
	}
	if message, err := exec.Command(gcc, "-o", out, source).CombinedOutput(); err != nil {
		t.Skipf("gcc: %v (Debian: apt install gcc libc6-dev)\n%s", err, message)
	}
	size := func(b *elfscan.Binary) uint64 {
		for _, s := range b.Sections {
			if s.Name == ".gnu.build.attributes" {
				return s.Size
			}
		}
		return 0
	}
	b := open(t, out)
	stripped := ours(t, b, strip.All)
	after, err := elfscan.New(bytes.NewReader(stripped), int64(len(stripped)))
	if err != nil {
		t.Fatal(err)
	}
	if before, after := size(b), size(after); after == 0 || after > before/4 {
		t.Errorf("the notes have %d bytes, after merging %d", before, after)
	}
}
