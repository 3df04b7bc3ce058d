package archive

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
)

// zstdFile is the file that the size is of, but without its checksum. The
// header is written here once more.
func zstdFile(t *testing.T, data []byte) []byte {
	t.Helper()
	var lock sync.Mutex
	sections := map[int][]byte{}
	size := uint64(len(data))
	err := zstdBlocks(t.Context(), bytes.NewReader(data), size, func(number int, blocks []byte) {
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

// zstdSamples are inputs in which every form of the format occurs.
func zstdSamples(t *testing.T) map[string][]byte {
	samples := map[string][]byte{}
	for _, g := range golden {
		samples[g.String()] = g.bytes()
	}
	// Where the size of the header or the number of blocks or sections changes.
	for _, n := range []int{0, 1, 6, 7, 8, 9, 255, 256, 65791, 65792, 131071, 131072, 131073} {
		for _, kind := range []string{"zeros", "random", "runs", "periodic"} {
			s := synthetic{kind, n}
			samples[s.String()] = s.bytes()
		}
	}
	samples["two sections"] = slices.Concat(make([]byte, maxAlone/2), synthetic{"runs", 400_000}.bytes(), make([]byte, maxAlone/2))
	again := synthetic{"random", 5000}.bytes()
	samples["a window apart"] = slices.Concat(again, make([]byte, zstdWindow-5000), again)
	samples["farther apart"] = slices.Concat(again, make([]byte, zstdWindow), again)
	for _, name := range []string{"c-basic-amd64", "c-icf-arm64", "c-upx-amd64", "c-veneer-arm64", "rust-v0-amd64", "rust-std-lto-amd64", "rust-lines-amd64"} {
		data, err := os.ReadFile(filepath.Join("../../testdata/elf", name))
		if err != nil {
			t.Fatal(err)
		}
		samples[name] = data
	}
	return samples
}

// The size is that of a file that decoders turn into the input again.
func TestZstdDecodes(t *testing.T) {
	samples := zstdSamples(t)
	files := map[string][]byte{}
	for name, data := range samples {
		files[name] = zstdFile(t, data)
	}
	t.Run("size", func(t *testing.T) {
		for name, data := range samples {
			if len(data) > 10_000 {
				continue
			}
			if got, want := ourZstd(t, data), uint64(len(files[name])+4); got != want {
				t.Errorf("%s: the size is %d, the file with its checksum has %d", name, got, want)
			}
		}
	})
	t.Run("library", func(t *testing.T) {
		d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(zstdWindow))
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
		needTools(t, "zstd")
		for name, data := range samples {
			cmd := exec.Command("zstd", "-d", "-q", "-c")
			cmd.Stdin = bytes.NewReader(files[name])
			if got, err := cmd.Output(); err != nil || !bytes.Equal(got, data) {
				t.Errorf("%s: zstd -d gives %d bytes of %d, %v", name, len(got), len(data), err)
			}
		}
	})
}

// zstdGolden holds the sizes that zstd 1.5.4 makes: `zstd -19 -c f | wc -c`.
var zstdGolden = []struct {
	synthetic
	size uint64
}{
	{synthetic{"zeros", 1}, 14},
	{synthetic{"zeros", 7}, 20},
	{synthetic{"zeros", 100}, 20},
	{synthetic{"zeros", 300}, 22},
	{synthetic{"zeros", 1000}, 22},
	{synthetic{"zeros", 16384}, 22},
	{synthetic{"zeros", 16385}, 22},
	{synthetic{"zeros", 65536}, 23},
	{synthetic{"zeros", 131072}, 25},
	{synthetic{"zeros", 131073}, 29},
	{synthetic{"zeros", 262145}, 33},
	{synthetic{"random", 1}, 14},
	{synthetic{"random", 7}, 20},
	{synthetic{"random", 100}, 113},
	{synthetic{"random", 300}, 314},
	{synthetic{"random", 1000}, 1014},
	{synthetic{"random", 16384}, 16398},
	{synthetic{"random", 16385}, 16399},
	{synthetic{"random", 65536}, 65550},
	{synthetic{"random", 131072}, 131088},
	{synthetic{"random", 131073}, 131092},
	{synthetic{"random", 262145}, 262167},
	{synthetic{"ternary", 1}, 14},
	{synthetic{"ternary", 7}, 20},
	{synthetic{"ternary", 100}, 40},
	{synthetic{"ternary", 300}, 90},
	{synthetic{"ternary", 1000}, 236},
	{synthetic{"ternary", 16384}, 3481},
	{synthetic{"ternary", 16385}, 3484},
	{synthetic{"ternary", 65536}, 13780},
	{synthetic{"ternary", 131072}, 27454},
	{synthetic{"ternary", 131073}, 27468},
	{synthetic{"ternary", 262145}, 54896},
	{synthetic{"runs", 1}, 14},
	{synthetic{"runs", 7}, 20},
	{synthetic{"runs", 100}, 113},
	{synthetic{"runs", 300}, 227},
	{synthetic{"runs", 1000}, 382},
	{synthetic{"runs", 16384}, 2626},
	{synthetic{"runs", 16385}, 2508},
	{synthetic{"runs", 65536}, 9247},
	{synthetic{"runs", 131072}, 18389},
	{synthetic{"runs", 131073}, 18167},
	{synthetic{"runs", 262145}, 36254},
	{synthetic{"periodic", 1}, 14},
	{synthetic{"periodic", 7}, 20},
	{synthetic{"periodic", 100}, 113},
	{synthetic{"periodic", 300}, 240},
	{synthetic{"periodic", 1000}, 241},
	{synthetic{"periodic", 16384}, 272},
	{synthetic{"periodic", 16385}, 266},
	{synthetic{"periodic", 65536}, 357},
	{synthetic{"periodic", 131072}, 418},
	{synthetic{"periodic", 131073}, 423},
	{synthetic{"periodic", 262145}, 680},
}

func TestZstdGolden(t *testing.T) {
	for _, g := range zstdGolden {
		n := ourZstd(t, g.bytes())
		if off := math.Abs(percent(n, g.size)); off > 0.5 {
			t.Errorf("%v: %d bytes, zstd makes %d (%+.2f%%)", g, n, g.size, percent(n, g.size))
		}
	}
}

// What a section was used for before, and so on which of several it is done,
// makes no difference.
func TestZstdSectionAgain(t *testing.T) {
	window := synthetic{"runs", 100_000}.bytes()
	data := synthetic{"periodic", 150_000}.bytes()
	compress := func(s *section, window, data []byte) []byte {
		in := &input{ctx: t.Context(), r: bytes.NewReader(data)}
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
func TestZstdCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var lock sync.Mutex
	blocks := 0
	data := make([]byte, maxAlone+1)
	err := zstdBlocks(ctx, bytes.NewReader(data), uint64(len(data)), func(int, []byte) {
		lock.Lock()
		defer lock.Unlock()
		blocks++
		cancel()
	})
	if !errors.Is(err, context.Canceled) || blocks > 2 {
		t.Errorf("%v after %d blocks", err, blocks)
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
