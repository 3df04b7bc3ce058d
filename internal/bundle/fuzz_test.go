package bundle_test

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/sizegate/sizegate/internal/bundle"
	"github.com/sizegate/sizegate/internal/bundle/flaw"
)

// try reads what may be a package, and holds what was read against itself.
func try(t *testing.T, data []byte) {
	p, err := bundle.New(t.Context(), bytes.NewReader(data), int64(len(data)))
	if err != nil {
		var refused *flaw.Error
		if !errors.As(err, &refused) || bytes.ContainsAny([]byte(err.Error()), "\n\r") {
			t.Errorf("%T: %q", err, err)
		}
		if bytes.Contains([]byte(err.Error()), []byte("a bug in sizegate")) {
			t.Error(err)
		}
		return
	}
	checkSums(t, p, len(data))
	var all []int
	for i := range p.Entries {
		all = append(all, i)
	}
	err = p.Visit(t.Context(), all, func(i int, r *io.SectionReader, err error) error {
		e := p.Entries[i]
		if (err == nil) != (e.Type == bundle.File && !e.Opaque) && e.Size < 256<<20 {
			t.Errorf("%+v: %v", e, err)
		}
		if err == nil && uint64(r.Size()) != e.Size {
			t.Errorf("%+v has %d bytes", e, r.Size())
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func FuzzZip(f *testing.F) {
	a, b := plain("a.js", "aaaa"), deflated("d/b.txt", "bbbbbbbbbbbbbbbbbbbbbbbb")
	f.Add(makeZip(zipEnd{}))
	f.Add(makeZip(zipEnd{comment: "comment"}, a, b, plain("d/", "")))
	f.Add(makeZip(zipEnd{prefix: "prefix", suffix: "suffix"}, a, a))
	f.Add(makeZip(zipEnd{}, b.with(func(p *piece) { p.unpacked, p.extra = 1<<32-1, zip64Field(24) })))
	f.Add(makeZip(zipEnd{}, plain("l", "target").with(func(p *piece) { p.attrs = 0o120777 << 16 }), a.with(func(p *piece) { p.flags = 1 })))
	f.Fuzz(try)
}

func FuzzTar(f *testing.F) {
	for _, archive := range [][]byte{
		makeTar(f, file("a.js", "aaaa"), file("d/b", "bbbb"), file("a.js", "c")),
		makeTar(f, item{tar.Header{Name: "l", Linkname: "t", Typeflag: tar.TypeSymlink}, ""}, item{tar.Header{Name: "h", Linkname: "l", Typeflag: tar.TypeLink}, ""}),
		makeTar(f, item{tar.Header{Name: "p", Size: 1, Format: tar.FormatPAX, PAXRecords: map[string]string{"SIZEGATE.x": "y"}, Typeflag: tar.TypeReg}, "x"}),
		sparseTar(10_000),
	} {
		f.Add(archive)
		f.Add(gzipped(archive))
		f.Add(zstded(archive))
	}
	f.Fuzz(try)
}
