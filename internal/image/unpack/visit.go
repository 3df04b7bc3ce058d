package unpack

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/sizegate/sizegate/internal/image/fault"
)

// maxContents is how large a file may be that must be unpacked into memory.
const maxContents = 256 << 20

// Visitor gets the contents of the i-th of the entries that were asked for, or the
// error that stands for them, without the path. Several calls run side by side. The
// contents are gone when it returns.
type Visitor func(i int, contents *io.SectionReader, err error)

// Visit calls f once for each of the entries at these positions, which rise and are
// those of regular files. A layer that is compressed is unpacked once more.
//
// All calls have returned when Visit does, with the reason why no more of the layer
// can be read if there is one.
func (u *Layer) Visit(ctx context.Context, positions []int32, f Visitor) error {
	var stored, packed []int // in positions, by how their contents are
	for i, at := range positions {
		e := u.Entries.At(int(at))
		switch {
		case u.inPlace() && e.at >= 0:
			stored = append(stored, i)
		case e.Size > maxContents:
			f(i, nil, &fault.Error{Problem: fmt.Sprintf("%d bytes unpacked: what is in a compressed layer is analysed up to %d MiB", e.Size, maxContents>>20),
				Hint: "copy it out of the image and name it"})
		default:
			packed = append(packed, i)
		}
	}
	if len(stored) > 0 {
		if err := u.visitPlace(ctx, positions, stored, f); err != nil {
			return err
		}
	}
	if len(packed) > 0 {
		return u.visitStream(ctx, positions, packed, f)
	}
	return ctx.Err()
}

// visitPlace reads those of the positions that selected names in a layer that is
// not compressed.
func (u *Layer) visitPlace(ctx context.Context, positions []int32, selected []int, f Visitor) error {
	blob, err := u.blob.Place()
	if err != nil {
		return err
	}
	defer blob.Close()
	in := &watched{r: blob}
	w := newWorkers()
	for _, i := range selected {
		if ctx.Err() != nil || in.failed() != nil {
			break
		}
		e := u.Entries.At(int(positions[i]))
		w.place(io.NewSectionReader(in, e.at, int64(e.Size)), func(r *io.SectionReader) { f(i, r, nil) })
	}
	w.running.Wait()
	if err := in.failed(); err != nil {
		return fault.In("the layer "+u.blob.Name, fault.Reading(err))
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

// visitStream unpacks a layer up to the last of the positions that selected names.
func (u *Layer) visitStream(ctx context.Context, positions []int32, selected []int, f Visitor) error {
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
	err = walk(s, func(_ *tar.Header, r io.Reader) error {
		at++
		i := selected[0]
		if at != positions[i] {
			return nil
		}
		if err := w.stream(r, u.Entries.At(int(at)).Size, func(r *io.SectionReader) { f(i, r, nil) }); err != nil {
			return err
		}
		if selected = selected[1:]; len(selected) == 0 {
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
	return fault.In("the layer "+u.blob.Name, fault.Unpacking("its "+string(u.packing), err))
}
