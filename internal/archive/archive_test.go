package archive

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/sizegate/sizegate/internal/archive/synthetic"
)

// encoders are the three sizes in one shape.
var encoders = []struct {
	name string
	size func(context.Context, io.Reader, uint64) (uint64, error)
}{
	{"gzip", func(ctx context.Context, r io.Reader, _ uint64) (uint64, error) { return Gzip(ctx, r) }},
	{"zip", func(ctx context.Context, r io.Reader, n uint64) (uint64, error) { return Zip(ctx, r, n, "f") }},
	{"zstd", Zstd},
}

func TestGolden(t *testing.T) {
	for _, g := range synthetic.Golden {
		data := g.Bytes()
		if n := ourGzip(t, data); n != g.Gzip {
			t.Errorf("%v: gzip of %d bytes, want %d", g, n, g.Gzip)
		}
		if n := ourZip(t, data, "f"); n != g.Zip {
			t.Errorf("%v: zip of %d bytes, want %d", g, n, g.Zip)
		}
	}
}

// Sizes of `gzip -9 </dev/null`, `zip -9 f.zip f` and `zstd -19` of an empty file.
func TestEmpty(t *testing.T) {
	for i, want := range []uint64{20, 152, 13} {
		e := encoders[i]
		if n, err := e.size(t.Context(), strings.NewReader(""), 0); n != want || err != nil {
			t.Errorf("%s: %d, %v, want %d", e.name, n, err, want)
		}
	}
}

// The size depends on the bytes alone, not on the run or how they are read.
func TestDeterministic(t *testing.T) {
	data := synthetic.Data{Kind: "runs", Size: 300_000}.Bytes()
	readers := []struct {
		name string
		wrap func(io.Reader) io.Reader
	}{
		{"again", func(r io.Reader) io.Reader { return r }},
		{"half", iotest.HalfReader},
		{"one byte", iotest.OneByteReader},
		{"error with data", iotest.DataErrReader},
	}
	for _, e := range encoders {
		want, err := e.size(t.Context(), bytes.NewReader(data), uint64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range readers {
			if n, err := e.size(t.Context(), r.wrap(bytes.NewReader(data)), uint64(len(data))); n != want || err != nil {
				t.Errorf("%s, %s: %d, %v, want %d", e.name, r.name, n, err, want)
			}
		}
	}
}

func TestReaderError(t *testing.T) {
	broken := errors.New("broken")
	for _, e := range encoders {
		for _, good := range []int{0, 100, 200_000} {
			r := io.MultiReader(bytes.NewReader(make([]byte, good)), iotest.ErrReader(broken))
			if n, err := e.size(t.Context(), r, 300_000); n != 0 || !errors.Is(err, broken) {
				t.Errorf("%s after %d bytes: %d, %v", e.name, good, n, err)
			}
		}
	}
}

func TestCanceled(t *testing.T) {
	for _, e := range encoders {
		ctx, cancel := context.WithCancel(t.Context())
		// The input never ends, so only the cancellation can end the call.
		r := readFunc(func(p []byte) (int, error) {
			clear(p)
			cancel()
			return len(p), nil
		})
		if n, err := e.size(ctx, r, 1<<32-1); n != 0 || !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %d, %v", e.name, n, err)
		}
		cancel()
	}
}

type readFunc func([]byte) (int, error)

func (f readFunc) Read(p []byte) (int, error) { return f(p) }

func TestWrongSize(t *testing.T) {
	data := synthetic.Data{Kind: "random", Size: 1000}.Bytes()
	for _, e := range encoders[1:] {
		for _, size := range []uint64{0, 999, 1001, 1<<32 - 1} {
			n, err := e.size(t.Context(), bytes.NewReader(data), size)
			if n != 0 || err == nil || errors.Is(err, io.ErrUnexpectedEOF) != (size > 1000) {
				t.Errorf("%s: %d bytes said to be %d: %d, %v", e.name, len(data), size, n, err)
			}
		}
	}
	if _, err := Zstd(t.Context(), bytes.NewReader(data), 1<<64-1); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("zstd: %v", err)
	}
}

func TestZipLimits(t *testing.T) {
	if _, err := Zip(t.Context(), strings.NewReader("x"), 1<<32, "f"); !errors.Is(err, errTooLarge) {
		t.Errorf("4 GiB: %v", err)
	}
	if _, err := Zip(t.Context(), strings.NewReader("x"), 1, strings.Repeat("n", 1<<16)); err == nil {
		t.Error("a name of 64 KiB: no error")
	}
	// 150 bytes around the name, which is there twice, and one byte stored.
	if n, err := Zip(t.Context(), strings.NewReader("x"), 1, strings.Repeat("\x00", 1<<16-1)); n != 150+2*(1<<16-1)+1 || err != nil {
		t.Errorf("the longest name: %d, %v", n, err)
	}
}
