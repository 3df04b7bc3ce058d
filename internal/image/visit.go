package image

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
)

// maxContents is how large a file may be that must be unpacked into memory.
const maxContents = 256 << 20

// Visitor gets the contents of Files[i], or the error that stands for them. Several
// calls run side by side. The contents are gone when it returns.
type Visitor func(i int, contents *io.SectionReader, err error)

// Visit calls f once for each of the files at these positions. What lies in a
// layer that is not compressed is read there. Another layer is unpacked once more;
// a file of more than 256 MiB is then an *Error, and so is what is not a regular
// file.
//
// All calls have returned when Visit does, with the reason why no more of the image
// can be read if there is one.
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
	var stored, packed []int // how their contents are
	for _, i := range files {
		file := &m.Files[i]
		switch {
		case file.Type != Regular:
			f(i, nil, m.named(i, &Error{Problem: "not a file but a " + string(file.Type), Hint: "name a file"}))
		case u.inPlace() && u.entries[m.contents[i].entry].at >= 0:
			stored = append(stored, i)
		case file.Size > maxContents:
			f(i, nil, m.named(i, &Error{Problem: fmt.Sprintf("%d bytes unpacked: what is in a compressed layer is analysed up to %d MiB", file.Size, maxContents>>20),
				Hint: "copy it out of the image and name it"}))
		default:
			packed = append(packed, i)
		}
	}
	if len(stored) > 0 {
		if err := m.visitPlace(ctx, u, stored, f); err != nil {
			return err
		}
	}
	if len(packed) > 0 {
		return m.visitStream(ctx, u, packed, f)
	}
	return ctx.Err()
}

// visitPlace reads files in a layer that is not compressed.
func (m *Image) visitPlace(ctx context.Context, u *unpacked, files []int, f Visitor) error {
	blob, err := u.blob.place()
	if err != nil {
		return err
	}
	defer blob.Close()
	in := &watched{r: blob}
	w := newWorkers()
	for _, i := range files {
		if ctx.Err() != nil || in.failed() != nil {
			break
		}
		e := &u.entries[m.contents[i].entry]
		w.place(io.NewSectionReader(in, e.at, int64(e.size)), func(r *io.SectionReader) { f(i, r, nil) })
	}
	w.running.Wait()
	if err := in.failed(); err != nil {
		return of("the layer "+u.blob.name, readError(err))
	}
	return ctx.Err()
}

// watched keeps the first error of reading, which is not one of the file that is
// analysed.
type watched struct {
	r   io.ReaderAt
	mu  sync.Mutex
	err error
}

func (w *watched) ReadAt(b []byte, at int64) (int, error) {
	n, err := w.r.ReadAt(b, at)
	if err != nil && err != io.EOF {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.err == nil {
			w.err = err
		}
	}
	return n, err
}

func (w *watched) failed() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// visitStream unpacks a layer up to the last file that is asked for.
func (m *Image) visitStream(ctx context.Context, u *unpacked, files []int, f Visitor) error {
	var used reading
	s, err := openStream(ctx, u.blob, &used.bytes)
	if err != nil {
		return err
	}
	defer s.close()
	w := newWorkers()
	defer w.running.Wait()
	done := errors.New("image: nothing more to visit")
	at := int32(-1)
	err = walkTar(s, func(_ *tar.Header, r io.Reader) error {
		at++
		i := files[0]
		if at != m.contents[i].entry {
			return nil
		}
		if err := w.stream(r, m.Files[i].Size, func(r *io.SectionReader) { f(i, r, nil) }); err != nil {
			return err
		}
		if files = files[1:]; len(files) == 0 {
			return done
		}
		return nil
	})
	switch {
	case errors.Is(err, done):
		return nil
	case err == nil:
		err = io.ErrUnexpectedEOF
	}
	return of("the layer "+u.blob.name, unpackError("its "+string(u.packing), err))
}
