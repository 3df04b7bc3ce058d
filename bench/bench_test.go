// Package bench measures sizegate on large real files.
package bench

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/attrib"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// files are what is benchmarked: the paths in SIZEGATE_BENCH_FILES (separated
// as in PATH), or else the go command and, where rustup's is installed, cargo.
func files(b *testing.B) []string {
	if list := os.Getenv("SIZEGATE_BENCH_FILES"); list != "" {
		return filepath.SplitList(list)
	}
	var found []string
	for _, ask := range [][]string{{"go", "env", "GOROOT"}, {"rustc", "--print", "sysroot"}} {
		out, err := exec.Command(ask[0], ask[1:]...).Output()
		if err != nil {
			b.Logf("%s is not installed", ask[0])
			continue
		}
		for _, name := range []string{"go", "cargo"} {
			path := filepath.Join(strings.TrimSpace(string(out)), "bin", name)
			if _, err := os.Stat(path); err == nil {
				found = append(found, path)
			}
		}
	}
	return found
}

// BenchmarkReport is all of `sizegate report -f json` but starting a process.
func BenchmarkReport(b *testing.B) {
	for _, path := range files(b) {
		b.Run(filepath.Base(path), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				f, err := elfscan.Open(path)
				if err != nil {
					b.Fatal(err)
				}
				p, err := attrib.Attribute(f, attrib.Options{
					View:    attrib.Defined,
					Section: func(s *elfscan.Section) bool { return s.Kind == elfscan.Code },
				})
				if err != nil {
					b.Fatal(err)
				}
				s := snapshot.New(filepath.Base(path), path, f, p, func(name string) string { return name })
				if err := s.Check(); err != nil {
					b.Fatal(err)
				}
				r := snapshot.Report{Schema: snapshot.Schema, Binaries: []snapshot.Binary{s}}
				if err := r.Write(io.Discard); err != nil {
					b.Fatal(err)
				}
				b.SetBytes(int64(f.Size))
				f.Close()
			}
		})
	}
}
