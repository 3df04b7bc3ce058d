package archive_test

import (
	"bytes"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/sizegate/sizegate/internal/archive"
	"github.com/sizegate/sizegate/internal/elftest"
)

// FuzzSizes begins with small programs. A size depends on the bytes alone and not on how
// they come, and is no larger than storing them, nor smaller than the format can be.
func FuzzSizes(f *testing.F) {
	for _, data := range elftest.Samples(f, "../../testdata/elf/c-*64*", 8<<10) {
		f.Add(data)
	}
	f.Add([]byte{})
	f.Add([]byte(strings.Repeat("abc", 50_000)))
	f.Fuzz(func(t *testing.T, data []byte) {
		n := uint64(len(data))
		for _, format := range []struct {
			name      string
			overhead  uint64 // of the container, at most
			perBlock  uint64 // of a block that is stored
			blockSize uint64
			ratio     uint64 // at most
			size      func(pieces bool) (uint64, error)
		}{
			{"gzip", 18, 5, 16 << 10, 1032, func(pieces bool) (uint64, error) { return archive.Gzip(t.Context(), reader(data, pieces)) }},
			{"zip", 200, 5, 16 << 10, 1032, func(pieces bool) (uint64, error) {
				return archive.Zip(t.Context(), reader(data, pieces), n, "bootstrap")
			}},
			{"zstd", 18, 3, 128 << 10, 128 << 10, func(pieces bool) (uint64, error) { return archive.Zstd(t.Context(), reader(data, pieces), n) }},
		} {
			size, err := format.size(false)
			if err != nil {
				t.Fatalf("%s: %v", format.name, err)
			}
			if stored := n + format.overhead + (n/format.blockSize+1)*format.perBlock; size > stored || size*format.ratio < n {
				t.Errorf("%s: %d bytes of %d", format.name, size, n)
			}
			if again, err := format.size(true); err != nil || again != size {
				t.Errorf("%s: %d bytes, %d if they come in pieces (%v)", format.name, size, again, err)
			}
		}
	})
}

func reader(data []byte, pieces bool) interface{ Read([]byte) (int, error) } {
	if pieces {
		return iotest.HalfReader(iotest.DataErrReader(bytes.NewReader(data)))
	}
	return bytes.NewReader(data)
}
