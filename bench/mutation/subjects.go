package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// goSource is a small program with the tables that Go has: types, interfaces,
// generics, inlined calls, maps.
const goSource = `package main

import "os"

type shape interface{ area() int }
type square struct{ a int }
type box[T any] struct{ of T }

func (s square) area() int       { return s.a * s.a }
func (b *box[T]) get() T         { return b.of }
func largest[T shape](l ...T) int {
	n := 0
	for _, s := range l {
		n = max(n, s.area())
	}
	return n
}

func main() {
	var s shape = square{len(os.Args)}
	m := map[string]shape{os.Args[0]: s}
	println(largest(s, m["x"]), (&box[shape]{s}).get().area())
}
`

// goPrograms builds the source for both architectures, stripped, with symbols
// and position-independent. Two builds with one version of Go are the same
// bytes.
func goPrograms(dir string) ([]string, error) {
	source := filepath.Join(dir, "main.go")
	if err := os.WriteFile(source, []byte(goSource), 0o644); err != nil {
		return nil, err
	}
	var paths []string
	for _, p := range []struct{ name, arch, mode, flags string }{
		{"go-stripped-amd64", "amd64", "exe", "-s -w"},
		{"go-stripped-arm64", "arm64", "exe", "-s -w"},
		{"go-debug-amd64", "amd64", "exe", "-compressdwarf=false"},
		{"go-pie-arm64", "arm64", "pie", "-w"},
	} {
		path := filepath.Join(dir, p.name)
		paths = append(paths, path)
		build := exec.Command("go", "build", "-trimpath", "-buildmode", p.mode, "-ldflags", p.flags, "-o", path, source)
		build.Dir = dir
		build.Env = append(os.Environ(), "GOOS=linux", "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off", "GOARCH="+p.arch)
		if out, err := build.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("go build of %s: %w\n%s", p.name, err, out)
		}
	}
	return paths, nil
}

// load reads the subjects, and makes others of those with compressed sections.
func load(paths []string) ([]*subject, error) {
	var all []*subject
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		name := filepath.Base(path)
		s, err := newSubject(name, data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		all = append(all, s)
		if long := inflated(data); long != nil {
			if s, err = newSubject(name+"+inflated", long); err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
			all = append(all, s)
		}
	}
	return all, nil
}

// fixtures are the files of a folder without the tables of truth beside them.
func fixtures(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".tsv") {
			paths = append(paths, filepath.Join(dir, e.Name()))
		}
	}
	return paths, nil
}
