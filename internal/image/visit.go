package image

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
)

// maxContents is how large a file may be that must be unpacked into memory.
const maxContents = 256 << 20

// Visitor gets the contents of Files[i], or the error that stands for them. The
// contents are gone when it returns. An error that it returns ends the visit.
type Visitor func(i int, contents *io.SectionReader, err error) error

// Visit calls f for the files at these positions, one after the other: layer by
// layer, and within a layer in the order of its tar. What lies in a layer that is
// not compressed is read there, and what was kept in memory is read from there.
// For the rest a layer is unpacked again, once; a file of more than 256 MiB is
// then an *Error, and so is what is not a regular file.
//
// Visit returns what f returned, or why no more of the image can be read.
func (m *Image) Visit(ctx context.Context, files []int, f Visitor) error {
	order := slices.Clone(files)
	slices.SortFunc(order, func(x, y int) int {
		a, b := m.contents[x], m.contents[y]
		if a.layer != b.layer {
			return int(a.layer - b.layer)
		}
		return int(a.entry - b.entry)
	})
	order = slices.Compact(order)
	for len(order) > 0 {
		layer := m.contents[order[0]].layer
		n := slices.IndexFunc(order, func(i int) bool { return m.contents[i].layer != layer })
		if n < 0 {
			n = len(order)
		}
		if err := m.visitLayer(ctx, m.layers[layer], order[:n], f); err != nil {
			return err
		}
		order = order[n:]
	}
	return nil
}

// named puts a file's path in front of an error about its contents.
func (m *Image) named(i int, err error) error { return of(quote(m.Files[i].Path), err) }

func (m *Image) visitLayer(ctx context.Context, u *unpacked, files []int, f Visitor) error {
	var again []int // what must be unpacked once more
	var blob readerAtCloser
	defer func() {
		if blob != nil {
			blob.Close()
		}
	}()
	for _, i := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		at := m.contents[i].entry
		file := &m.Files[i]
		if file.Type != Regular {
			if err := f(i, nil, m.named(i, &Error{Problem: "not a file but a " + string(file.Type), Hint: "name a file"})); err != nil {
				return err
			}
			continue
		}
		e := &u.entries[at]
		var contents *io.SectionReader
		switch kept, ok := u.kept[int(at)]; {
		case ok:
			contents = io.NewSectionReader(bytes.NewReader(kept), 0, int64(len(kept)))
		case u.inPlace() && e.at >= 0:
			if blob == nil {
				var err error
				if blob, err = u.blob.place(); err != nil {
					return err
				}
			}
			contents = io.NewSectionReader(blob, e.at, int64(e.size))
		case e.size > maxContents:
			err := &Error{Problem: fmt.Sprintf("%d bytes unpacked: what is in a compressed layer is analysed up to %d MiB", e.size, maxContents>>20),
				Hint: "copy it out of the image and name it"}
			if err := f(i, nil, m.named(i, err)); err != nil {
				return err
			}
			continue
		default:
			again = append(again, i)
			continue
		}
		if err := f(i, contents, nil); err != nil {
			return err
		}
	}
	if len(again) == 0 {
		return nil
	}
	return m.visitStream(ctx, u, again, f)
}

// visitStream unpacks a layer up to the last file that is asked for.
func (m *Image) visitStream(ctx context.Context, u *unpacked, files []int, f Visitor) error {
	var used limits
	s, err := openStream(ctx, u.blob, &used.bytes)
	if err != nil {
		return err
	}
	defer s.close()
	var buffer []byte
	var stopped error // by f
	done := errors.New("image: nothing more to visit")
	at := int32(-1)
	err = walkTar(s, func(_ *tar.Header, r io.Reader) error {
		at++
		i := files[0]
		if at != m.contents[i].entry {
			return nil
		}
		size := m.Files[i].Size
		buffer = slices.Grow(buffer[:0], int(size))[:size]
		if _, err := io.ReadFull(r, buffer); err != nil {
			return err
		}
		if stopped = f(i, io.NewSectionReader(bytes.NewReader(buffer), 0, int64(size)), nil); stopped != nil {
			return stopped
		}
		if files = files[1:]; len(files) == 0 {
			return done
		}
		return nil
	})
	switch {
	case stopped != nil:
		return stopped
	case errors.Is(err, done):
		return nil
	case err == nil:
		err = io.ErrUnexpectedEOF
	}
	return of("the layer "+u.blob.name, unpackError("its "+string(u.packing), err))
}
