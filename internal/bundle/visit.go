package bundle

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/sizegate/sizegate/internal/bundle/flaw"
	"github.com/sizegate/sizegate/internal/bundle/inspect"
	"github.com/sizegate/sizegate/internal/bundle/tarstream"
	"github.com/sizegate/sizegate/internal/bundle/zipfile"
	"github.com/sizegate/sizegate/internal/bytesize"
)

// maxContents is how large an entry may be that must be unpacked into memory.
const maxContents = 256 << 20

// Visitor gets the contents of entry i, or the error that stands for them. The
// contents are gone when it returns. An error that it returns ends the visit.
type Visitor func(i int, contents *io.SectionReader, err error) error

// source gives the contents of entries, in the order of their positions.
type source interface {
	visit(ctx context.Context, entries []int, f Visitor) error
}

// Visit calls f for the entries at ascending positions, one after the other,
// and reads the archive no more than once for all of them. Contents that lie
// in a file as they are, in a directory, a plain tar or stored in a zip, are read
// there. Others are unpacked into memory, one at a time, and are a [*flaw.Error] where
// they have more than 256 MiB. So are those of an entry that is not a file or is
// Opaque.
//
// Visit returns what f returned, or why no more of the archive can be read.
func (p *Package) Visit(ctx context.Context, entries []int, f Visitor) error {
	if !slices.IsSorted(entries) {
		return errors.New("bundle: the positions to visit are not in ascending order")
	}
	return p.source.visit(ctx, slices.Compact(slices.Clone(entries)), func(i int, contents *io.SectionReader, err error) error {
		if err != nil && ctx.Err() == nil {
			err = flaw.In(p.Entries[i].Path, err)
		}
		return f(i, contents, err)
	})
}

// readable says why contents cannot be read; inMemory if that takes memory.
func (e *Entry) readable(inMemory bool) error {
	switch {
	case e.Type != File:
		return &flaw.Error{Problem: "not a file but " + e.Type.One(), Hint: "name a file"}
	case e.Opaque:
		return &flaw.Error{Problem: "its contents cannot be read", Hint: "build the package with deflate and without a password"}
	case inMemory && e.Size > maxContents:
		return &flaw.Error{Problem: fmt.Sprintf("%s bytes unpacked: what is inside an archive is analysed up to %d MiB", bytesize.Size(e.Size).Grouped(), maxContents>>20),
			Hint: "unpack it and name the file"}
	}
	return nil
}

// memory holds the contents of one entry at a time.
type memory struct{ buffer []byte }

func (m *memory) load(r io.Reader, size uint64) (*io.SectionReader, error) {
	m.buffer = slices.Grow(m.buffer[:0], int(size))[:size]
	if _, err := io.ReadFull(r, m.buffer); err != nil {
		return nil, err
	}
	return io.NewSectionReader(bytes.NewReader(m.buffer), 0, int64(size)), nil
}

func (d *folder) visit(ctx context.Context, entries []int, f Visitor) error {
	for _, i := range entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := d.visitFile(i, f); err != nil {
			return err
		}
	}
	return nil
}

func (d *folder) visitFile(i int, f Visitor) error {
	if err := d.entries[i].readable(false); err != nil {
		return f(i, nil, err)
	}
	file, err := d.open(i)
	if err != nil {
		return f(i, nil, err)
	}
	defer file.Close()
	if err := f(i, io.NewSectionReader(file, 0, int64(d.entries[i].Size)), nil); err != nil {
		return err
	}
	if err := d.same(file, i); err != nil {
		return flaw.In(d.entries[i].Path, err)
	}
	return nil
}

func (z *zipFile) visit(ctx context.Context, entries []int, f Visitor) error {
	s := inspect.New()
	var m memory
	for _, i := range entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		contents, err := z.open(s, &m, i)
		if err := f(i, contents, err); err != nil {
			return err
		}
	}
	return nil
}

func (z *zipFile) open(s *inspect.Scratch, m *memory, i int) (*io.SectionReader, error) {
	e := &z.entries[i]
	asItIs := z.archive.Method(i) == zipfile.Stored
	if err := e.readable(!asItIs); err != nil {
		return nil, err
	}
	if asItIs {
		return z.archive.Contents(i), nil
	}
	r, err := z.contents(s, i)
	if err != nil {
		return nil, flaw.Reading(err)
	}
	contents, err := m.load(r, e.Size)
	if err != nil {
		return nil, flaw.Unpacking(string(FormatZip), err)
	}
	return contents, nil
}

func (t *tarFile) visit(ctx context.Context, entries []int, f Visitor) error {
	holes := func(i int) bool { return t.data[i] < 0 && t.entries[i].readable(true) == nil }
	if slices.ContainsFunc(entries, holes) {
		return visitStream(tarstream.NewFile(ctx, t.r, t.size), FormatTar, t.entries, entries, f)
	}
	for _, i := range entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		e := &t.entries[i]
		var contents *io.SectionReader
		err := e.readable(t.data[i] < 0)
		if err == nil {
			contents = io.NewSectionReader(t.r, t.data[i], int64(e.Size))
		}
		if err := f(i, contents, err); err != nil {
			return err
		}
	}
	return nil
}

func (t *compressedTar) visit(ctx context.Context, entries []int, f Visitor) error {
	in, err := unpack(ctx, t.format, t.r, t.size)
	if err != nil {
		return err
	}
	defer in.Close()
	return visitStream(in, t.format, t.entries, entries, f)
}

// visitStream reads a tar archive up to the last entry that is asked for.
func visitStream(in io.Reader, format Format, all []Entry, entries []int, f Visitor) error {
	var m memory
	var stopped error // by f
	i := -1
	err := tarstream.Walk(in, func(_ *tar.Header, r io.Reader) error {
		i++
		if len(entries) == 0 {
			return io.EOF
		}
		if i != entries[0] {
			return nil
		}
		entries = entries[1:]
		var contents *io.SectionReader
		err := all[i].readable(true)
		if err == nil {
			if contents, err = m.load(r, all[i].Size); err != nil {
				return err
			}
		}
		stopped = f(i, contents, err)
		return stopped
	})
	switch {
	case stopped != nil:
		return stopped
	case len(entries) == 0:
		return nil
	case err == nil:
		err = io.ErrUnexpectedEOF
	}
	return flaw.Unpacking(string(format), err)
}
