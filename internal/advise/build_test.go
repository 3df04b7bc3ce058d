package advise_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/advise"
	"github.com/sizegate/sizegate/internal/attrib"
	"github.com/sizegate/sizegate/internal/elfscan"
)

// files is the sources of a build, by path.
type files map[string]string

// write writes the files into a new directory, whose path is always as long.
func (f files) write(t *testing.T) string {
	t.Helper()
	const length = 100
	dir := t.TempDir()
	dir = filepath.Join(dir, strings.Repeat("d", max(1, length-1-len(dir))))
	for name, text := range f {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// need skips where a program is missing.
func need(t *testing.T, program, hint string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skipf("%s not found (%s)", program, hint)
	}
}

func needGCC(t *testing.T) { t.Helper(); need(t, "gcc", "Debian: apt install gcc libc6-dev") }

// run runs a command in a directory and returns what it prints.
func run(t *testing.T, dir string, env []string, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
	return string(out)
}

// goProgram is how a Go program is built from files, of which app/ is the main module.
type goProgram struct {
	files files
	arch  string // amd64 if empty
	cgo   bool
	flags []string
}

func goEnv(arch string, cgo bool) []string {
	enabled := "0"
	if cgo {
		enabled = "1"
	}
	return []string{"GOOS=linux", "GOARCH=" + arch, "CGO_ENABLED=" + enabled, "CC=", "CGO_CFLAGS=", "CGO_LDFLAGS=", "GOWORK=off",
		"GOFLAGS=-mod=mod -buildvcs=false", "GOPROXY=off", "GOTOOLCHAIN=local", "GOEXPERIMENT=", "GOAMD64=", "GOARM64="}
}

func (p goProgram) build(t *testing.T) string {
	t.Helper()
	need(t, "go", "https://go.dev/dl")
	if p.cgo {
		needGCC(t)
	}
	if p.arch == "" {
		p.arch = "amd64"
	}
	if p.files["app/go.mod"] == "" {
		p.files["app/go.mod"] = "module example.com/app\n\ngo 1.24\n"
	}
	dir := p.files.write(t)
	out := filepath.Join(dir, "program")
	run(t, filepath.Join(dir, "app"), goEnv(p.arch, p.cgo), "go", slices.Concat([]string{"build", "-o", out}, p.flags, []string{"."})...)
	return out
}

// rustARM64 are the flags that build for arm64, with LLD: GNU ld has RELR for
// arm64 only in new versions.
var rustARM64 = []string{"--target=aarch64-unknown-linux-gnu", "-Clinker=aarch64-linux-gnu-gcc", "-Clink-arg=-fuse-ld=lld", "-Clink-arg=-B.", "-O"}

// rustProgram is how a Rust program is built from main.rs, and crates that it
// uses: each is a name, a file and metadata that tell versions apart.
type rustProgram struct {
	files  files
	crates [][3]string
	flags  []string
}

func (p rustProgram) build(t *testing.T) string {
	t.Helper()
	need(t, "rustc", "https://rustup.rs")
	if slices.Contains(p.flags, rustARM64[0]) {
		need(t, "aarch64-linux-gnu-gcc", "Debian: apt install gcc-aarch64-linux-gnu libc6-dev-arm64-cross")
		libs := strings.TrimSpace(run(t, ".", nil, "rustc", rustARM64[0], "--print=target-libdir"))
		need(t, "ld.lld", "Debian: apt install lld")
		if _, err := os.Stat(libs); err != nil {
			t.Skip("Rust's standard library for arm64 not found (rustup target add aarch64-unknown-linux-gnu)")
		}
	}
	dir := p.files.write(t)
	if slices.Contains(p.flags, rustARM64[0]) {
		// A cross compiler looks for a linker only in its own folders and in -B.
		lld, err := exec.LookPath("ld.lld")
		if err == nil {
			err = os.Symlink(lld, filepath.Join(dir, "ld.lld"))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	args := []string{"--edition=2021", "-o", "program", "main.rs"}
	for i, c := range p.crates {
		lib := fmt.Sprintf("lib%s-%d.rlib", c[0], i)
		run(t, dir, nil, "rustc", slices.Concat([]string{"--edition=2021", "--crate-type=rlib", "--crate-name=" + c[0], "-Cmetadata=" + c[2], "-o", lib, c[1]}, p.flags)...)
		args = append(args, "--extern", fmt.Sprintf("%s%d=%s", c[0], i, lib))
	}
	run(t, dir, nil, "rustc", append(args, p.flags...)...)
	return filepath.Join(dir, "program")
}

// cProgram is how main.c is built.
type cProgram struct {
	source string
	flags  []string
}

func (p cProgram) build(t *testing.T) string {
	t.Helper()
	needGCC(t)
	if slices.Contains(p.flags, "-fuse-ld=lld") {
		need(t, "ld.lld", "Debian: apt install lld")
	}
	dir := files{"main.c": p.source}.write(t)
	run(t, dir, nil, "gcc", append([]string{"-o", "program", "main.c"}, p.flags...)...)
	return filepath.Join(dir, "program")
}

// cProgramOfFiles is how the .c files of a folder are built.
type cProgramOfFiles struct {
	files files
	flags []string
}

func (p cProgramOfFiles) build(t *testing.T) string {
	t.Helper()
	needGCC(t)
	dir := p.files.write(t)
	run(t, dir, nil, "gcc", slices.Concat([]string{"-o", "program"}, slices.Sorted(maps.Keys(p.files)), p.flags)...)
	return filepath.Join(dir, "program")
}

// cForARM64 is a cProgram for arm64.
type cForARM64 cProgram

func (p cForARM64) build(t *testing.T) string {
	t.Helper()
	need(t, "aarch64-linux-gnu-gcc", "Debian: apt install gcc-aarch64-linux-gnu libc6-dev-arm64-cross")
	dir := files{"main.c": p.source}.write(t)
	run(t, dir, nil, "aarch64-linux-gnu-gcc", append([]string{"-o", "program", "main.c"}, p.flags...)...)
	return filepath.Join(dir, "program")
}

type program interface{ build(t *testing.T) string }

// adviceOn returns the advice on a file, and its size.
func adviceOn(t *testing.T, path string) ([]advise.Advice, uint64) {
	t.Helper()
	b, err := elfscan.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	profile, err := attrib.Attribute(b, advise.Attribution(nil))
	if err != nil {
		t.Fatal(err)
	}
	list, err := advise.Advise(context.Background(), advise.Facts{Binary: b, Profile: profile})
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range list {
		checkForm(t, &a)
		if i > 0 && a.Saves != nil && (list[i-1].Saves == nil || list[i-1].Saves.Bytes < a.Saves.Bytes) {
			t.Errorf("%s is behind %s", a.Code, list[i-1].Code)
		}
	}
	return list, b.Size
}

// checkForm is what holds for every advice.
func checkForm(t *testing.T, a *advise.Advice) {
	t.Helper()
	if a.Code == "" || a.Title == "" || a.Setting == "" || len(a.Evidence) == 0 || (a.Saves == nil) == (a.HowToFindOut == "") {
		t.Errorf("incomplete: %+v", *a)
	}
	for _, line := range append(a.Evidence, a.Code, a.Title, a.HowToFindOut) {
		if strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			t.Errorf("%s: not one printable line: %q", a.Code, line)
		}
	}
}

func find(list []advise.Advice, code string) *advise.Advice {
	if i := slices.IndexFunc(list, func(a advise.Advice) bool { return a.Code == code }); i >= 0 {
		return &list[i]
	}
	return nil
}

// words is text that compresses as text does.
func words(size int) string {
	r := rand.New(rand.NewPCG(1, 2))
	vocabulary := make([]string, 2000)
	for i := range vocabulary {
		w := make([]byte, 2+r.IntN(9))
		for j := range w {
			w[j] = "etaoinshrdlucmfwyp"[r.IntN(18)]
		}
		vocabulary[i] = string(w)
	}
	var s strings.Builder
	for s.Len() < size {
		s.WriteString(vocabulary[r.IntN(len(vocabulary))])
		s.WriteByte(" \n"[r.IntN(20)/19])
	}
	return s.String()
}

// noise is what does not compress.
func noise(size int) string {
	r := rand.New(rand.NewPCG(3, 4))
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return string(b)
}

func gzipped(t *testing.T, s string) string {
	t.Helper()
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	w.Write([]byte(s))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}
