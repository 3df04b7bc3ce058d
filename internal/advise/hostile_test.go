package advise_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/advise"
	"github.com/sizegate/sizegate/internal/attrib"
	"github.com/sizegate/sizegate/internal/elfscan"
)

// fixtures are small real files; their tables of truth lie beside them.
func fixtures(t *testing.T) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob("../../testdata/elf/*")
	if err != nil {
		t.Fatal(err)
	}
	list := make(map[string][]byte)
	for _, path := range paths {
		if filepath.Ext(path) == ".tsv" {
			continue
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.HasPrefix(data, []byte("\x7fELF")) {
			list[filepath.Base(path)] = data
		}
	}
	if len(list) == 0 {
		t.Fatal("no fixtures")
	}
	return list
}

// advisable returns the advice on what may be no file at all; nil if it is none.
func advisable(t *testing.T, data []byte) []advise.Advice {
	t.Helper()
	b, err := elfscan.New(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil
	}
	profile, err := attrib.Attribute(b, advise.Attribution(nil))
	if err != nil {
		return nil
	}
	list, err := advise.Advise(context.Background(), advise.Facts{Binary: b, Profile: profile})
	if err != nil {
		return nil
	}
	for i := range list {
		checkForm(t, &list[i])
		if s := list[i].Saves; s != nil && s.Bytes > uint64(len(data)) {
			t.Errorf("%s saves %d of %d bytes", list[i].Code, s.Bytes, len(data))
		}
	}
	return list
}

func TestFixtures(t *testing.T) {
	for name, data := range fixtures(t) {
		if advisable(t, data) == nil && !strings.Contains(name, "noshdr") {
			t.Errorf("%s: no list", name)
		}
	}
}

// TestDamaged: bytes of headers and tables changed at random.
func TestDamaged(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	const rounds = 12
	for _, data := range fixtures(t) {
		if len(data) > 4<<20 {
			continue
		}
		headers := binary.LittleEndian.Uint64(data[40:])
		for range rounds {
			damaged := bytes.Clone(data)
			for range 1 + r.IntN(8) {
				at := r.IntN(len(damaged))
				switch {
				case r.IntN(3) == 0:
					at = r.IntN(min(len(damaged), 1024))
				case r.IntN(2) == 0 && headers < uint64(len(data)):
					at = int(headers) + r.IntN(len(damaged)-int(headers))
				}
				damaged[at] = byte([]uint32{0, 0xff, 0x80, r.Uint32()}[r.IntN(4)])
			}
			advisable(t, damaged)
		}
		advisable(t, data[:r.IntN(len(data))])
	}
}

// failing is a file that cannot be read any more after its headers.
type failing struct {
	io.ReaderAt
	broken bool
}

var errBroken = errors.New("broken")

func (f *failing) ReadAt(p []byte, off int64) (int, error) {
	if f.broken {
		return 0, errBroken
	}
	return f.ReaderAt.ReadAt(p, off)
}

func TestErrors(t *testing.T) {
	for name, data := range fixtures(t) {
		file := &failing{ReaderAt: bytes.NewReader(data)}
		b, err := elfscan.New(file, int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		profile, err := attrib.Attribute(b, advise.Attribution(nil))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		facts := advise.Facts{Binary: b, Profile: profile}
		if _, err := advise.Advise(ctx, facts); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: cancelled, and the error is %v", name, err)
		}
		file.broken = true
		if _, err := advise.Advise(context.Background(), facts); err == nil && !strings.Contains(name, "noshdr") && !b.UPX {
			t.Errorf("%s: not readable, and no error", name)
		}
	}
}
