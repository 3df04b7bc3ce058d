package strip_test

import (
	"flag"
	"io"
	"testing"

	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/strip"
)

var benchFile = flag.String("strip.file", "", "ELF `file` to measure with")

// BenchmarkSize and BenchmarkWrite take the file given with -strip.file, the
// larger the better.
func BenchmarkSize(b *testing.B) {
	eachMode(b, func(file *elfscan.Binary, mode strip.Mode) error {
		_, err := strip.Size(file, mode)
		return err
	})
}

func BenchmarkWrite(b *testing.B) {
	eachMode(b, func(file *elfscan.Binary, mode strip.Mode) error {
		return strip.Write(io.Discard, file, mode)
	})
}

func eachMode(b *testing.B, f func(*elfscan.Binary, strip.Mode) error) {
	path := *benchFile
	if path == "" {
		path = "../../testdata/elf/rust-std-mixed-amd64"
	}
	file := open(b, path)
	for _, m := range modes {
		b.Run(m.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := f(file, m.mode); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
