package lambda_test

import (
	"archive/zip"
	"bytes"
	"debug/elf"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/bundle"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/elftest"
)

// file is an entry of a package. The zero mode is 0755.
type file struct {
	name string
	data []byte
	mode fs.FileMode
	none bool // no Unix mode, as on Windows
}

func link(name, target string) file {
	return file{name: name, data: []byte(target), mode: fs.ModeSymlink | 0o777}
}

func text(name, contents string) file { return file{name: name, data: []byte(contents)} }

// pack makes a zip.
func pack(t *testing.T, files ...file) *bundle.Package {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, f := range files {
		h := &zip.FileHeader{Name: f.name, Method: zip.Deflate}
		if mode := f.mode; !f.none {
			if mode == 0 {
				mode = 0o755
			}
			h.SetMode(mode)
		}
		w, err := z.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(f.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return open(t, out.Bytes())
}

func open(t *testing.T, data []byte) *bundle.Package {
	t.Helper()
	p, err := bundle.New(t.Context(), bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func run(t *testing.T, dir string, env []string, argv ...string) string {
	t.Helper()
	c := exec.Command(argv[0], argv[1:]...)
	c.Dir, c.Env = dir, append(append(os.Environ(), "LC_ALL=C"), env...)
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", argv, err, out)
	}
	return string(out)
}

func tool(t *testing.T, name, debian string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s not found (Debian: apt install %s)", name, debian)
	}
	return path
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// workshop builds C programs and libraries in one folder.
type workshop struct {
	t   *testing.T
	cc  string
	dir string
}

func newWorkshop(t *testing.T) *workshop {
	t.Helper()
	return &workshop{t: t, cc: tool(t, "gcc", "gcc"), dir: t.TempDir()}
}

// compile builds out from a source.
func (w *workshop) compile(out, source string, flags ...string) []byte {
	w.t.Helper()
	in := filepath.Join(w.dir, out+".c")
	if err := os.WriteFile(in, []byte(source), 0o644); err != nil {
		w.t.Fatal(err)
	}
	run(w.t, w.dir, nil, append([]string{w.cc, "-o", out, in}, flags...)...)
	return readFile(w.t, filepath.Join(w.dir, out))
}

// library builds a shared library whose function f0 has the first of the
// versions, f1 the second and so on; without versions it has one f0.
func (w *workshop) library(soname string, versions []string, flags ...string) []byte {
	w.t.Helper()
	script := ""
	source := "int f0(void) { return 0; }\n"
	for i, v := range versions {
		script += fmt.Sprintf("%s { f%d; };\n", v, i)
		if i > 0 {
			source += fmt.Sprintf("int f%d(void) { return 0; }\n", i)
		}
	}
	flags = append([]string{"-shared", "-fPIC", "-nostdlib", "-Wl,-soname," + soname}, flags...)
	if script != "" {
		path := filepath.Join(w.dir, soname+".map")
		if err := os.WriteFile(path, []byte(script), 0o644); err != nil {
			w.t.Fatal(err)
		}
		flags = append(flags, "-Wl,--version-script="+path)
	}
	return w.compile(soname, source, flags...)
}

// program builds a program without the system's libraries, which calls f0 to
// fn of a library that the workshop has built.
func (w *workshop) program(out, soname string, n int, flags ...string) []byte {
	w.t.Helper()
	calls, source := "", ""
	for i := range n {
		source += fmt.Sprintf("int f%d(void);\n", i)
		calls += fmt.Sprintf(" f%d();", i)
	}
	source += "void _start(void) {" + calls + " for (;;); }\n"
	return w.compile(out, source, append([]string{"-fPIE", "-pie", "-nostdlib", "-L" + w.dir, "-l:" + soname, "-Wl,--allow-shlib-undefined"}, flags...)...)
}

// archOf is for what a compiler builds.
func archOf(t *testing.T, program []byte) elfscan.Arch {
	t.Helper()
	b, err := elfscan.New(bytes.NewReader(program), int64(len(program)))
	if err != nil {
		t.Fatal(err)
	}
	return b.Arch
}

// bare is a static ELF file without anything in it.
func bare(arch elfscan.Arch, kind elf.Type) []byte {
	f := elftest.Program(0x1000, []byte{0xc3, 0, 0, 0})
	f.Type, f.Machine = kind, elf.EM_X86_64
	if arch == elfscan.ARM64 {
		f.Machine = elf.EM_AARCH64
	}
	return f.Bytes()
}

// otherThan is the other architecture.
func otherThan(arch elfscan.Arch) elfscan.Arch {
	if arch == elfscan.AMD64 {
		return elfscan.ARM64
	}
	return elfscan.AMD64
}

// goProgram builds a small Go program.
func goProgram(t *testing.T, arch elfscan.Arch, flags ...string) []byte {
	t.Helper()
	goTool := tool(t, "go", "golang")
	dir := t.TempDir()
	for name, contents := range map[string]string{
		"go.mod":  "module example.com/function\n\ngo 1.21\n",
		"main.go": "package main\n\nfunc main() { println(\"hello\") }\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(contents), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	env := []string{"GOOS=linux", "GOARCH=" + string(arch), "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off", "GOTOOLCHAIN=local"}
	run(t, dir, env, append(append([]string{goTool, "build", "-o", "bootstrap"}, flags...), ".")...)
	return readFile(t, filepath.Join(dir, "bootstrap"))
}

func lines(s ...string) string { return strings.Join(s, "\n") }
