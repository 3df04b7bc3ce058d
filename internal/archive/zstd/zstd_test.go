package zstd

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/sizegate/sizegate/internal/archive/input"
	"github.com/sizegate/sizegate/internal/archive/synthetic"
)

// zstdFile is the file that the size is of, but without its checksum. The
// header is written here once more.
func zstdFile(t *testing.T, data []byte) []byte {
	t.Helper()
	var lock sync.Mutex
	sections := map[int][]byte{}
	size := uint64(len(data))
	err := blocks(t.Context(), bytes.NewReader(data), size, func(number int, blocks []byte) {
		lock.Lock()
		defer lock.Unlock()
		sections[number] = append(sections[number], blocks...)
	})
	if err != nil {
		t.Fatal(err)
	}
	const singleSegment, window8MiB = 1 << 5, 13 << 3
	header := []byte{0x28, 0xB5, 0x2F, 0xFD, singleSegment}
	if size > 8<<20 {
		header = []byte{0x28, 0xB5, 0x2F, 0xFD, 0, window8MiB}
	}
	switch {
	case size < 256:
		header = append(header, byte(size))
	case size < 256+65536:
		header[4] |= 1 << 6
		header = binary.LittleEndian.AppendUint16(header, uint16(size-256))
	default:
		header[4] |= 2 << 6
		header = binary.LittleEndian.AppendUint32(header, uint32(size))
	}
	file := header
	for i := range len(sections) {
		file = append(file, sections[i]...)
	}
	return file
}

// samplesOf are inputs in which every form of the format occurs.
func samplesOf(t *testing.T) map[string][]byte {
	samples := map[string][]byte{}
	for _, g := range synthetic.Golden {
		samples[g.String()] = g.Bytes()
	}
	// Where the size of the header or the number of blocks or sections changes.
	for _, n := range []int{0, 1, 6, 7, 8, 9, 255, 256, 65791, 65792, 131071, 131072, 131073} {
		for _, kind := range []string{"zeros", "random", "runs", "periodic"} {
			s := synthetic.Data{Kind: kind, Size: n}
			samples[s.String()] = s.Bytes()
		}
	}
	samples["two sections"] = slices.Concat(make([]byte, maxAlone/2), synthetic.Data{Kind: "runs", Size: 400_000}.Bytes(), make([]byte, maxAlone/2))
	again := synthetic.Data{Kind: "random", Size: 5000}.Bytes()
	samples["a window apart"] = slices.Concat(again, make([]byte, windowSize-5000), again)
	samples["farther apart"] = slices.Concat(again, make([]byte, windowSize), again)
	for _, name := range []string{"c-basic-amd64", "c-icf-arm64", "c-upx-amd64", "c-veneer-arm64", "rust-v0-amd64", "rust-std-lto-amd64", "rust-lines-amd64"} {
		data, err := os.ReadFile(filepath.Join("../../../testdata/elf", name))
		if err != nil {
			t.Fatal(err)
		}
		samples[name] = data
	}
	return samples
}

// The size is that of a file that decoders turn into the input again.
func TestDecodes(t *testing.T) {
	samples := samplesOf(t)
	files := map[string][]byte{}
	for name, data := range samples {
		files[name] = zstdFile(t, data)
	}
	t.Run("size", func(t *testing.T) {
		for name, data := range samples {
			if len(data) > 10_000 {
				continue
			}
			if got, want := sizeOf(t, data), uint64(len(files[name])+4); got != want {
				t.Errorf("%s: the size is %d, the file with its checksum has %d", name, got, want)
			}
		}
	})
	t.Run("library", func(t *testing.T) {
		d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(windowSize))
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		for name, data := range samples {
			if got, err := d.DecodeAll(files[name], nil); err != nil || !bytes.Equal(got, data) {
				t.Errorf("%s: decoded %d bytes of %d, %v", name, len(got), len(data), err)
			}
		}
	})
	t.Run("tool", func(t *testing.T) {
		if _, err := exec.LookPath("zstd"); err != nil {
			t.Skip("zstd not found (Debian: apt install zstd)")
		}
		for name, data := range samples {
			cmd := exec.Command("zstd", "-d", "-q", "-c")
			cmd.Stdin = bytes.NewReader(files[name])
			if got, err := cmd.Output(); err != nil || !bytes.Equal(got, data) {
				t.Errorf("%s: zstd -d gives %d bytes of %d, %v", name, len(got), len(data), err)
			}
		}
	})
}

// golden holds the sizes that zstd 1.5.4 makes: `zstd -19 -c f | wc -c`.
var golden = []struct {
	synthetic.Data
	size uint64
}{
	{synthetic.Data{Kind: "zeros", Size: 1}, 14},
	{synthetic.Data{Kind: "zeros", Size: 7}, 20},
	{synthetic.Data{Kind: "zeros", Size: 100}, 20},
	{synthetic.Data{Kind: "zeros", Size: 300}, 22},
	{synthetic.Data{Kind: "zeros", Size: 1000}, 22},
	{synthetic.Data{Kind: "zeros", Size: 16384}, 22},
	{synthetic.Data{Kind: "zeros", Size: 16385}, 22},
	{synthetic.Data{Kind: "zeros", Size: 65536}, 23},
	{synthetic.Data{Kind: "zeros", Size: 131072}, 25},
	{synthetic.Data{Kind: "zeros", Size: 131073}, 29},
	{synthetic.Data{Kind: "zeros", Size: 262145}, 33},
	{synthetic.Data{Kind: "random", Size: 1}, 14},
	{synthetic.Data{Kind: "random", Size: 7}, 20},
	{synthetic.Data{Kind: "random", Size: 100}, 113},
	{synthetic.Data{Kind: "random", Size: 300}, 314},
	{synthetic.Data{Kind: "random", Size: 1000}, 1014},
	{synthetic.Data{Kind: "random", Size: 16384}, 16398},
	{synthetic.Data{Kind: "random", Size: 16385}, 16399},
	{synthetic.Data{Kind: "random", Size: 65536}, 65550},
	{synthetic.Data{Kind: "random", Size: 131072}, 131088},
	{synthetic.Data{Kind: "random", Size: 131073}, 131092},
	{synthetic.Data{Kind: "random", Size: 262145}, 262167},
	{synthetic.Data{Kind: "ternary", Size: 1}, 14},
	{synthetic.Data{Kind: "ternary", Size: 7}, 20},
	{synthetic.Data{Kind: "ternary", Size: 100}, 40},
	{synthetic.Data{Kind: "ternary", Size: 300}, 90},
	{synthetic.Data{Kind: "ternary", Size: 1000}, 236},
	{synthetic.Data{Kind: "ternary", Size: 16384}, 3481},
	{synthetic.Data{Kind: "ternary", Size: 16385}, 3484},
	{synthetic.Data{Kind: "ternary", Size: 65536}, 13780},
	{synthetic.Data{Kind: "ternary", Size: 131072}, 27454},
	{synthetic.Data{Kind: "ternary", Size: 131073}, 27468},
	{synthetic.Data{Kind: "ternary", Size: 262145}, 54896},
	{synthetic.Data{Kind: "runs", Size: 1}, 14},
	{synthetic.Data{Kind: "runs", Size: 7}, 20},
	{synthetic.Data{Kind: "runs", Size: 100}, 113},
	{synthetic.Data{Kind: "runs", Size: 300}, 227},
	{synthetic.Data{Kind: "runs", Size: 1000}, 382},
	{synthetic.Data{Kind: "runs", Size: 16384}, 2626},
	{synthetic.Data{Kind: "runs", Size: 16385}, 2508},
	{synthetic.Data{Kind: "runs", Size: 65536}, 9247},
	{synthetic.Data{Kind: "runs", Size: 131072}, 18389},
	{synthetic.Data{Kind: "runs", Size: 131073}, 18167},
	{synthetic.Data{Kind: "runs", Size: 262145}, 36254},
	{synthetic.Data{Kind: "periodic", Size: 1}, 14},
	{synthetic.Data{Kind: "periodic", Size: 7}, 20},
	{synthetic.Data{Kind: "periodic", Size: 100}, 113},
	{synthetic.Data{Kind: "periodic", Size: 300}, 240},
	{synthetic.Data{Kind: "periodic", Size: 1000}, 241},
	{synthetic.Data{Kind: "periodic", Size: 16384}, 272},
	{synthetic.Data{Kind: "periodic", Size: 16385}, 266},
	{synthetic.Data{Kind: "periodic", Size: 65536}, 357},
	{synthetic.Data{Kind: "periodic", Size: 131072}, 418},
	{synthetic.Data{Kind: "periodic", Size: 131073}, 423},
	{synthetic.Data{Kind: "periodic", Size: 262145}, 680},
}

func sizeOf(t *testing.T, data []byte) uint64 {
	t.Helper()
	n, err := Size(t.Context(), bytes.NewReader(data), uint64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func percent(got, want uint64) float64 { return (float64(got)/float64(want) - 1) * 100 }

func TestGolden(t *testing.T) {
	for _, g := range golden {
		n := sizeOf(t, g.Bytes())
		if off := math.Abs(percent(n, g.size)); off > 0.5 {
			t.Errorf("%v: %d bytes, zstd makes %d (%+.2f%%)", g, n, g.size, percent(n, g.size))
		}
	}
}

// What a section was used for before, and so on which of several it is done,
// makes no difference.
func TestSectionAgain(t *testing.T) {
	window := synthetic.Data{Kind: "runs", Size: 100_000}.Bytes()
	data := synthetic.Data{Kind: "periodic", Size: 150_000}.Bytes()
	compress := func(s *section, window, data []byte) []byte {
		in := input.New(t.Context(), bytes.NewReader(data))
		if err := s.read(in, window, len(data)); err != nil {
			t.Fatal(err)
		}
		s.prepare(paramsFor(64 << 20))
		var out []byte
		s.compress(t.Context(), true, func(blocks []byte) { out = append(out, blocks...) })
		return out
	}
	for _, window := range [][]byte{nil, window} {
		want := compress(&section{}, window, data)
		var again section
		compress(&again, nil, data)
		compress(&again, data, data)
		if got := compress(&again, window, data); !bytes.Equal(got, want) {
			t.Errorf("behind %d bytes: %d bytes the third time, %d the first", len(window), len(got), len(want))
		}
	}
}

// Canceled while it compresses, it stops within a block of each section.
func TestCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var lock sync.Mutex
	count := 0
	data := make([]byte, maxAlone+1)
	err := blocks(ctx, bytes.NewReader(data), uint64(len(data)), func(int, []byte) {
		lock.Lock()
		defer lock.Unlock()
		count++
		cancel()
	})
	if !errors.Is(err, context.Canceled) || count > 2 {
		t.Errorf("%v after %d blocks", err, count)
	}
}

func TestSectionLength(t *testing.T) {
	tests := []struct{ size, length, sections uint64 }{
		{0, 0, 0},
		{1, 1, 1},
		{16 << 20, 16 << 20, 1},
		{16<<20 + 1, 8<<20 + 128<<10, 2},
		{48 << 20, 24 << 20, 2},
		{48<<20 + 1, 12<<20 + 128<<10, 4},
		{math.MaxUint64, 24 << 20, 1<<64/(24<<20) + 1},
	}
	for _, test := range tests {
		length := sectionLength(test.size)
		if length != test.length {
			t.Errorf("%d: sections of %d, want %d", test.size, length, test.length)
		}
		if length > 0 && (test.size-1)/length+1 != test.sections {
			t.Errorf("%d: %d sections, want %d", test.size, (test.size-1)/length+1, test.sections)
		}
	}
}
