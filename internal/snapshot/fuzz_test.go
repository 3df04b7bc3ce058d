package snapshot_test

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"unicode"

	"github.com/sizegate/sizegate/internal/attrib"
	"github.com/sizegate/sizegate/internal/bundle"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// FuzzBaseline begins with baselines of real files and a real package. What is
// read adds up, and is the same when it is written and read again; what is not
// read is refused in one printable line.
func FuzzBaseline(f *testing.F) {
	for _, name := range []string{"c-upx-amd64", "c-thunk-arm64", "rust-v0-stripped-arm64"} {
		b, err := elfscan.Open("../../testdata/elf/" + name)
		if err != nil {
			f.Fatal(err)
		}
		p, err := attrib.Attribute(b, attrib.Options{Section: func(*elfscan.Section) bool { return true }})
		if err != nil {
			f.Fatal(err)
		}
		r := &snapshot.Report{Schema: snapshot.Schema, Binaries: []snapshot.Binary{snapshot.New(name, name, b, p, strings.ToUpper)}}
		f.Add(encoded(f, r))
		b.Close()
	}
	data, err := os.ReadFile("../../testdata/package/function.zip")
	if err != nil {
		f.Fatal(err)
	}
	p, err := bundle.New(f.Context(), bytes.NewReader(data), int64(len(data)))
	if err != nil {
		f.Fatal(err)
	}
	r := &snapshot.Report{Schema: snapshot.Schema, Binaries: []snapshot.Binary{}, Packages: []snapshot.Package{snapshot.NewPackage("f", "f.zip", p)}}
	f.Add(encoded(f, r))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := snapshot.Decode(bytes.NewReader(text))
		if err != nil {
			if r != nil || strings.ContainsFunc(err.Error(), func(c rune) bool { return !unicode.IsPrint(c) }) {
				t.Errorf("%q", err)
			}
			return
		}
		for i := range r.Binaries {
			if err := r.Binaries[i].Check(); err != nil {
				t.Error(err)
			}
		}
		for i := range r.Packages {
			if err := r.Packages[i].Check(); err != nil {
				t.Error(err)
			}
		}
		once := encoded(t, r)
		again, err := snapshot.Decode(bytes.NewReader(once))
		if err != nil {
			t.Fatalf("what was written is not read: %v", err)
		}
		if !bytes.Equal(once, encoded(t, again)) {
			t.Error("what was read is written in another way")
		}
	})
}

func encoded(tb testing.TB, r *snapshot.Report) []byte {
	var out bytes.Buffer
	if err := r.Write(&out); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}
