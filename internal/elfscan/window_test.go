package elfscan

import (
	"bytes"
	"debug/elf"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
)

// TestWindow holds parts of a section that are read in order, backwards and at
// random against the whole.
func TestWindow(t *testing.T) {
	const offset = 100
	file := make([]byte, 5*windowSize+123)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range file {
		file[i] = byte(rng.Uint32())
	}
	want := file[offset:]
	for _, tt := range []struct {
		name string
		next func(i int) uint64
	}{
		{"ascending", func(i int) uint64 { return uint64(i * 997) }},
		{"descending", func(i int) uint64 { return uint64(len(want) - i*997) }},
		{"at random", func(int) uint64 { return rng.Uint64N(uint64(len(want) + 10)) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := &Binary{file: &source{ReaderAt: bytes.NewReader(file)}}
			w := b.Window(&Section{Type: elf.SHT_PROGBITS, Size: uint64(len(file))}, offset)
			if w.Size() != uint64(len(want)) {
				t.Fatalf("%d bytes, want %d", w.Size(), len(want))
			}
			for i := range 300 {
				from, n := tt.next(i), rng.IntN(2*windowSize)
				got, err := w.At(from, n)
				from = min(from, uint64(len(want)))
				if rest := want[from:]; err != nil || !bytes.Equal(got, rest[:min(n, len(rest))]) {
					t.Fatalf("%d bytes at %d: got %d others, %v", n, from, len(got), err)
				}
			}
			if got, err := w.Part(nil, 7, 77); err != nil || !bytes.Equal(got, want[7:77]) {
				t.Errorf("a part: %x, %v", got, err)
			}
		})
	}
}

// TestWindowCutFile reads a file that has become shorter.
func TestWindowCutFile(t *testing.T) {
	b := &Binary{file: &source{ReaderAt: bytes.NewReader(make([]byte, 50))}}
	w := b.Window(&Section{Type: elf.SHT_PROGBITS, Size: 100}, 0)
	if got, err := w.At(0, 10); err == nil {
		t.Errorf("the whole window is asked for and not there, got %x", got)
	}
	if got, err := w.Part(nil, 40, 60); err == nil {
		t.Errorf("got %x", got)
	}
}

// TestNameOnce compares the names that are read in passing with debug/elf's.
func TestNameOnce(t *testing.T) {
	for _, name := range []string{"c-basic-amd64", "rust-v0-arm64", "c-exec-arm64"} {
		t.Run(name, func(t *testing.T) {
			path := "../../testdata/elf/" + name
			f, err := elf.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			symbols, err := f.Symbols()
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			for _, s := range symbols {
				if elf.ST_TYPE(s.Info) != elf.STT_FILE {
					want = append(want, s.Name)
				}
			}
			b, err := Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer b.Close()
			table, _, err := b.Symbols()
			if err != nil {
				t.Fatal(err)
			}
			for range 2 { // in passing, then with all names loaded
				var all []Symbol
				for sym := range table.All() {
					if len(all) == len(want) {
						t.Fatalf("more than %d symbols", len(want))
					}
					if got := table.NameOnce(sym.NameAt); got != want[len(all)] {
						t.Fatalf("symbol %d is %q, want %q", len(all), got, want[len(all)])
					}
					all = append(all, sym)
				}
				for i := len(all) - 1; i >= 0; i-- {
					if got := table.NameOnce(all[i].NameAt); got != want[i] {
						t.Fatalf("backwards, symbol %d is %q, want %q", i, got, want[i])
					}
				}
				table.LoadNames()
			}
			table.Forget()
			for range table.All() {
				t.Fatal("a symbol is left")
			}
			if table.Source == "" {
				t.Error("the source is forgotten")
			}
		})
	}
}

// TestErr: the first error of reading is kept, and the end of the file is none.
func TestErr(t *testing.T) {
	disk := errors.New("input/output error")
	left := 2
	b := &Binary{Size: 100, file: &source{ReaderAt: readerAt(func(p []byte, off int64) (int, error) {
		if left--; left < 0 {
			return 0, disk
		}
		return bytes.NewReader(make([]byte, 50)).ReadAt(p, off)
	})}}
	if _, err := b.BytesAt(0, 50); err != nil || b.Err() != nil {
		t.Errorf("read: %v, %v", err, b.Err())
	}
	if _, err := b.BytesAt(40, 20); err == nil || b.Err() != nil {
		t.Errorf("past the end: %v, %v", err, b.Err())
	}
	io.Copy(io.Discard, b.Reader())
	if err := b.Err(); !errors.Is(err, disk) {
		t.Errorf("got %v, want %v", err, disk)
	}
}

type readerAt func(p []byte, off int64) (int, error)

func (r readerAt) ReadAt(p []byte, off int64) (int, error) { return r(p, off) }
