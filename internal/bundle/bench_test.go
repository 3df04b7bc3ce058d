package bundle_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/bundle"
)

// modules writes files like those of node_modules: many small ones of text, some
// of which are in several versions of a package, 300 MB in all.
func modules(b *testing.B) string {
	b.Helper()
	dir := b.TempDir()
	random := rand.New(rand.NewPCG(1, 2))
	words := strings.Fields("const let function return module exports require this undefined if else for of in new class extends async await promise value key index length push")
	text := func(n int) []byte {
		var s strings.Builder
		for s.Len() < n {
			fmt.Fprintf(&s, "%s %s%d;\n", words[random.IntN(len(words))], words[random.IntN(len(words))], random.IntN(1000))
		}
		return []byte(s.String())[:n]
	}
	const files, each = 30_000, 20
	var again []byte
	for total, i := 0, 0; i < files; i++ {
		folder := filepath.Join(dir, "node_modules", fmt.Sprintf("package-%d", i/each), "dist", "lib")
		if i%each == 0 {
			if err := os.MkdirAll(folder, 0o755); err != nil {
				b.Fatal(err)
			}
		}
		size := int(random.ExpFloat64() * 10_000)
		data := text(size)
		if i%5 == 4 {
			data = again
		}
		again = data
		total += len(data)
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("file-%d.js", i)), data, 0o644); err != nil {
			b.Fatal(err)
		}
	}
	return dir
}

func BenchmarkOpen(b *testing.B) {
	needTools(b, "zip", "tar", "gzip", "zstd")
	dir := modules(b)
	out := b.TempDir()
	packed := func(name, tool string, args ...string) string {
		path := filepath.Join(out, name)
		run(b, dir, tool, append(args, path, ".")...)
		return path
	}
	for _, p := range []struct{ name, path string }{
		{"directory", dir},
		{"zip", packed("m.zip", "zip", "-q", "-r")},
		{"tar", packed("m.tar", "tar", "-cf")},
		{"tar.gz", packed("m.tar.gz", "tar", "-czf")},
		{"tar.zst", packed("m.tar.zst", "tar", "--zstd", "-cf")},
	} {
		b.Run(p.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				opened, err := bundle.Open(b.Context(), p.path)
				if err != nil {
					b.Fatal(err)
				}
				b.SetBytes(int64(opened.Unzipped))
				if err := opened.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
