package gosym

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// program is a module that uses what makes Go's symbol names hard to read.
var program = map[string]string{
	"go.mod": "module example.com/prog\n\ngo 1.24\n",

	"main.go": `package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"text/template/parse"

	"example.com/prog/a.b/asm"
	"example.com/prog/dotted.v2"
)

// promoted gets unexported methods of another package by a value receiver.
type promoted struct{ parse.Node }

type pair[K comparable, V any] struct {
	key K
	val V
}

//go:noinline
func (p *pair[K, V]) set(k K, v V) { p.key, p.val = k, v }

type tagged struct {
	Name string
	Addr [3]string
}

type file struct {
	sync.Mutex
	io.Reader
}

//go:noinline
func generic[T any](t T) string { return fmt.Sprint(t) }

//go:noinline
func visit(seq func(func(int) bool)) (sum int) {
	for i := range seq {
		defer func() { sum += i }()
	}
	return sum
}

func main() {
	args := slices.Clone(os.Args)
	slices.SortFunc(args, func(a, b string) int { return strings.Compare(b, a) })
	var p pair[tagged, error]
	p.set(tagged{args[0], [3]string{args[0]}}, errors.New(args[0]))
	type local struct {
		a, b string
		f    any
	}
	m := map[any]int{local{args[0], "x", nil}: 1, p.key: 2, struct {
		io.Writer
		n string
	}{os.Stdout, "n"}: 3}
	anonymous := struct {
		*file
		X int "json:\"a/b]\\\"\""
	}{&file{Reader: strings.NewReader("x")}, 1}
	var locker sync.Locker = anonymous
	locker.Lock()
	defer locker.Unlock()
	go func() { defer fmt.Println(generic(anonymous)) }()
	list := parse.ListNode{Nodes: []parse.Node{promoted{&parse.BreakNode{}}}}
	method := dotted.T{N: len(m)}.String
	if p.key == (tagged{}) {
		method = p.val.Error
	}
	fmt.Println(list.String(), method(), asm.Three(), visit(func(yield func(int) bool) { yield(1) }))
}
`,

	"dotted.v2/dotted.go": `package dotted

import "strconv"

type T struct{ N int }

//go:noinline
func (t T) String() string { return strconv.Itoa(t.N) }
`,

	"a.b/asm/asm.go":      "package asm\n\n// Three returns 3.\nfunc Three() int64\n",
	"a.b/asm/asm_amd64.s": "#include \"textflag.h\"\n\nTEXT ·Three(SB), NOSPLIT, $0-8\n\tMOVQ $3, ret+0(FP)\n\tCALL three<>(SB)\n\tRET\n\nTEXT three<>(SB), NOSPLIT, $0-0\n\tNOP\n\tRET\n",
	"a.b/asm/asm_arm64.s": "#include \"textflag.h\"\n\nTEXT ·Three(SB), NOSPLIT, $0-8\n\tMOVD $3, R0\n\tMOVD R0, ret+0(FP)\n\tBL three<>(SB)\n\tRET\n\nTEXT three<>(SB), NOSPLIT, $0-0\n\tRET\n",
}

// wantPackages are functions that program must have, and their packages.
var wantPackages = map[string]string{
	"main.main":                             "main",
	"main.main.func1":                       "main",
	"example.com/prog/dotted%2ev2.T.String": "example.com/prog/dotted%2ev2",
	"example.com/prog/a.b/asm.Three":        "example.com/prog/a.b/asm",
	"type:.eq.main.tagged":                  "main",
	"fmt.(*pp).doPrintln":                   "fmt",

	"main.(*promoted).text/template/parse.writeTo": "main",
	"main.promoted.text/template/parse.writeTo":    "main.promoted.text/template/parse", // Promoted makes it main
	"runtime.mallocgc":                             "runtime",
}

// write writes the program to a temporary directory and returns that.
func write(tb testing.TB) string {
	tb.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		tb.Skip("go not found (install Go from https://go.dev/dl)")
	}
	dir := tb.TempDir()
	for name, text := range program {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			tb.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			tb.Fatal(err)
		}
	}
	return dir
}

// goCommand runs the go command in dir for an architecture and returns its
// output.
func goCommand(tb testing.TB, dir, arch string, args ...string) string {
	tb.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+arch, "CGO_ENABLED=0", "GOWORK=off",
		"GOFLAGS=-mod=mod -buildvcs=false", "GOPROXY=off", "GOTOOLCHAIN=local")
	out, err := cmd.CombinedOutput()
	if err != nil {
		tb.Fatalf("%s: %v\n%s", cmd, err, out)
	}
	return string(out)
}

// built is an ELF file with its function table.
type built struct {
	elf       *elf.File
	data      []byte // from the table's start on
	table     *Table
	textStart uint64 // address of runtime.text
}

// build builds the program in dir.
func build(tb testing.TB, dir, arch string, flags ...string) built {
	tb.Helper()
	out := filepath.Join(tb.TempDir(), "prog")
	goCommand(tb, dir, arch, append(append([]string{"build", "-o", out}, flags...), ".")...)
	return open(tb, out)
}

// open reads the table of a file that the Go linker linked by itself, so that
// .text begins at runtime.text.
func open(tb testing.TB, path string) built {
	tb.Helper()
	f, err := elf.Open(path)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { f.Close() })
	b := built{elf: f}
	for _, s := range f.Sections {
		switch {
		case s.Name == ".text":
			b.textStart = s.Addr
		case strings.HasSuffix(s.Name, ".gopclntab"):
			if b.data, err = s.Data(); err != nil {
				tb.Fatal(err)
			}
		}
	}
	if b.table, err = Parse(b.data); err != nil {
		tb.Fatal(err)
	}
	return b
}
