package attrib

import (
	"cmp"
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// goSources are two modules: app, and dep, whose path has a dot in its last
// element so that it is escaped in names. They use what makes Go's names hard.
var goSources = map[string]string{
	"app/go.mod": `module example.com/app

go 1.24

require example.com/dep.v2 v2.3.4+incompatible

replace example.com/dep.v2 => ../dep
`,
	"app/main.go": `package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	_ "unsafe" // for go:linkname

	"example.com/app/odd.name"
	dep "example.com/dep.v2"
	"example.com/dep.v2/sub"
)

type key struct {
	name string
	addr [2]string
	any  any
}

// promoted has dep's unexported method, by value and by pointer.
type promoted struct{ dep.Hider }

type pair[K comparable, V any] struct {
	key K
	val V
}

//go:noinline
func (p *pair[K, V]) set(k K, v V) { p.key, p.val = k, v }

//go:noinline
func generic[T any](t T) string { return fmt.Sprint(t) }

//go:noinline
func deferred(f func() error) (err error) {
	for i := range 3 {
		defer func() { err = errors.Join(err, fmt.Errorf("%d", i)) }()
	}
	return f()
}

// The other module declares this function.
//
//go:linkname pushed example.com/dep%2ev2.pushed
func pushed(n int) int { return n * 7 }

func asmMain() int64

var hook = func() string { return "hook" }

func main() {
	args := slices.Clone(os.Args)
	slices.SortFunc(args, func(a, b string) int { return strings.Compare(b, a) })
	var p pair[key, dep.T]
	p.set(key{name: args[0]}, dep.T{N: len(args)})
	var q pair[dep.T, func() string]
	q.set(p.val, p.val.String)
	m := map[any]int{p.key: 1, p.val: 2, struct {
		fmt.Stringer
		n string
	}{p.val, "n"}: 3}
	var b dep.Box[key]
	b.Put(p.key)
	var o dep.Box[odd.Name]
	o.Put(odd.New(args[0]))
	conn, err := net.Dial("tcp", args[0])
	if err == nil {
		defer conn.Close()
	}
	go func() { fmt.Println(generic(p), generic(b), generic(o), hook()) }()
	fmt.Println(len(m), q.val(), dep.Use(promoted{dep.NewHider()}), sub.Three(), asmMain(), dep.Pushed(3),
		deferred(func() error { return err }), p.key == key{}, serve(args[0]))
}
`,
	"app/small.go": "//go:build !big\n\npackage main\n\nfunc serve(string) error { return nil }\n",
	"app/big.go": `//go:build big

package main

import "net/http"

func serve(addr string) error { return http.ListenAndServe(addr, nil) }
`,
	"app/asm_amd64.s": `#include "textflag.h"

TEXT ·asmMain(SB), NOSPLIT, $8-8
	CALL bareMain(SB)
	MOVQ AX, ret+0(FP)
	RET

TEXT bareMain(SB), NOSPLIT, $0-0
	MOVQ $1, AX
	RET
`,
	"app/asm_arm64.s": `#include "textflag.h"

TEXT ·asmMain(SB), NOSPLIT, $16-8
	BL bareMain(SB)
	MOVD R0, ret+0(FP)
	RET

TEXT bareMain(SB), NOSPLIT, $0-0
	MOVD $1, R0
	RET
`,
	"app/odd.name/odd.go": `package odd

type Name struct{ a, b string }

//go:noinline
func New(s string) Name { return Name{s, s + s} }
`,
	"dep/go.mod": "module example.com/dep.v2\n\ngo 1.24\n",
	"dep/dep.go": `package dep

import (
	"strconv"
	_ "unsafe" // for go:linkname
)

type T struct{ N int }

//go:noinline
func (t T) String() string { return strconv.Itoa(t.N) }

// Hider has a method that only this package can call.
type Hider interface{ hidden() string }

type hider struct{ s string }

//go:noinline
func (h *hider) hidden() string { return h.s }

func NewHider() Hider { return &hider{"x"} }

//go:noinline
func Use(h Hider) string { return h.hidden() }

type Box[E any] struct{ list []E }

//go:noinline
func (b *Box[E]) Put(e E) { b.list = append(b.list, e) }

func pushed(n int) int

//go:noinline
func Pushed(n int) int { return pushed(n) + 1 }
`,
	// Without an assembly file the compiler refuses functions without a body.
	"dep/empty.s":    "",
	"dep/sub/sub.go": "package sub\n\n// Three returns 3.\nfunc Three() int64\n",
	"dep/sub/sub_amd64.s": `#include "textflag.h"

TEXT ·Three(SB), NOSPLIT, $8-8
	CALL bareDep(SB)
	MOVQ AX, ret+0(FP)
	RET

TEXT bareDep(SB), NOSPLIT, $0-0
	MOVQ $3, AX
	RET
`,
	"dep/sub/sub_arm64.s": `#include "textflag.h"

TEXT ·Three(SB), NOSPLIT, $16-8
	BL bareDep(SB)
	MOVD R0, ret+0(FP)
	RET

TEXT bareDep(SB), NOSPLIT, $0-0
	MOVD $3, R0
	RET
`,
	"app/native/main.go": `package main

/*
int triple(int x);
void call(void);
*/
import "C"

import (
	"fmt"
	"os"

	"example.com/app/clib"
)

//export goCallback
func goCallback(n C.int) { fmt.Println(n) }

func main() {
	C.call()
	fmt.Println(C.triple(C.int(len(os.Args))), clib.Half(8))
}
`,
	"app/native/native.c": `#include "_cgo_export.h"

int triple(int x) { return 3 * x; }
void call(void) { goCallback(triple(1)); }
`,
	"app/clib/clib.go":    "package clib\n\n// int half(int x);\nimport \"C\"\n\nfunc Half(n int) int { return int(C.half(C.int(n))) }\n",
	"app/clib/clib_lib.c": "int half(int x) { return x / 2; }\n",
}

// goWorkspace holds goSources, and what was built from them so far.
type goWorkspace struct {
	dir   string
	built map[goBuild]string
}

// goBuild is a way to build a program.
type goBuild struct {
	arch     string
	cgo      bool
	pkg      string    // below the module app, "." if ""
	flags    [2]string // for go build
	external bool      // with the external linker
	strip    bool      // without symbols and debug information
}

func newGoWorkspace(t *testing.T) *goWorkspace {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("go not found (install Go from https://go.dev/dl)")
	}
	w := &goWorkspace{dir: t.TempDir(), built: make(map[goBuild]string)}
	for name, text := range goSources {
		path := filepath.Join(w.dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// command runs the go command in the module app and returns what it prints.
func (w *goWorkspace) command(t *testing.T, b goBuild, args ...string) string {
	t.Helper()
	cgo := "0"
	if b.cgo {
		cgo = "1"
		if _, err := exec.LookPath("gcc"); err != nil {
			t.Skip("gcc not found (Debian: apt install gcc libc6-dev)")
		}
	}
	cmd := exec.Command("go", args...)
	cmd.Dir = filepath.Join(w.dir, "app")
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+b.arch, "CGO_ENABLED="+cgo, "CC=", "CGO_CFLAGS=", "CGO_LDFLAGS=", "GOWORK=off",
		"GOFLAGS=-mod=mod -buildvcs=false", "GOPROXY=off", "GOTOOLCHAIN=local", "GOEXPERIMENT=", "GOAMD64=", "GOARM64=")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, &stderr)
	}
	return string(out)
}

// build returns the path of the program, which is built once.
func (w *goWorkspace) build(t *testing.T, b goBuild) string {
	t.Helper()
	if path, ok := w.built[b]; ok {
		return path
	}
	dir, err := os.MkdirTemp(w.dir, "built")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "program")
	ldflags := "-ldflags="
	if b.strip {
		ldflags += "-s -w"
	}
	if b.external {
		ldflags += " -linkmode=external"
	}
	args := []string{"build", "-o", path, ldflags, b.flags[0], b.flags[1], "./" + b.pkg}
	w.command(t, b, slices.DeleteFunc(args, func(s string) bool { return s == "" })...)
	w.built[b] = path
	return path
}

// tool runs a program of binutils with the arguments, into a new file, whose
// path is the last argument.
func (w *goWorkspace) tool(t *testing.T, name string, args ...string) string {
	t.Helper()
	tool, err := exec.LookPath(name)
	if err != nil {
		pkg := "binutils"
		if triple, ok := strings.CutSuffix(name, "-linux-gnu-"+name[strings.LastIndexByte(name, '-')+1:]); ok {
			pkg += "-" + strings.ReplaceAll(triple, "_", "-") + "-linux-gnu"
		}
		t.Skipf("%s not found (Debian: apt install %s)", name, pkg)
	}
	out := filepath.Join(t.TempDir(), "program")
	cmd := exec.Command(tool, append(args, out)...)
	if msg, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, msg)
	}
	return out
}

// strip returns a copy of the file that GNU strip stripped.
func (w *goWorkspace) strip(t *testing.T, arch, path string) string {
	t.Helper()
	return w.tool(t, binutil("strip", arch), path, "-o")
}

// binutil is the name of a tool for the architecture's files. GNU's tools for
// one machine need not know the others.
func binutil(name, arch string) string {
	switch {
	case arch == runtime.GOARCH:
		return name
	case arch == "arm64":
		return "aarch64-linux-gnu-" + name
	}
	return "x86_64-linux-gnu-" + name
}

// symbolTable is what debug/elf says of a file.
type symbolTable struct {
	functions []elf.Symbol // in .text, with a size, by address; of those at one address one
	lo, hi    uint64       // runtime.text and runtime.etext
	textAddr  uint64
	text      []byte // the bytes of .text
}

func readSymbolTable(t *testing.T, path string) symbolTable {
	t.Helper()
	f, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	symbols, err := f.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	text := f.Section(".text")
	st := symbolTable{textAddr: text.Addr}
	if st.text, err = text.Data(); err != nil {
		t.Fatal(err)
	}
	for _, s := range symbols {
		switch s.Name {
		case "runtime.text":
			st.lo = s.Value
		case "runtime.etext":
			st.hi = s.Value
		}
		if elf.ST_TYPE(s.Info) == elf.STT_FUNC && s.Size > 0 && s.Value >= text.Addr && s.Value < text.Addr+text.Size {
			st.functions = append(st.functions, s)
		}
	}
	slices.SortStableFunc(st.functions, func(a, b elf.Symbol) int { return cmp.Compare(a.Value, b.Value) })
	st.functions = slices.CompactFunc(st.functions, func(a, b elf.Symbol) bool { return a.Value == b.Value })
	if st.lo == 0 || st.hi <= st.lo || len(st.functions) == 0 {
		t.Fatalf("%s: Go code from %#x to %#x, %d functions", path, st.lo, st.hi, len(st.functions))
	}
	return st
}

// address returns the address of a function.
func (st *symbolTable) address(t *testing.T, name string) uint64 {
	t.Helper()
	i := slices.IndexFunc(st.functions, func(s elf.Symbol) bool { return s.Name == name })
	if i < 0 {
		t.Fatalf("there is no function %s", name)
	}
	return st.functions[i].Value
}

// trimmed is the size of a function without the zero words at its end.
func (st *symbolTable) trimmed(s elf.Symbol) uint64 {
	n := s.Size
	code := st.text[s.Value-st.textAddr:][:n]
	for n >= 4 && string(code[n-4:n]) == "\x00\x00\x00\x00" {
		n -= 4
	}
	return n
}
