package elfscan

import "io"

// Window reads a section here and there through one buffer. In ascending order
// each byte is read once; where reads jump about, the section is soon held whole.
// It is for one goroutine.
type Window struct {
	r      io.ReaderAt
	size   uint64
	back   int    // how often it was read before what was at hand
	offset uint64 // of buf in the section
	buf    []byte
	space  []byte
	err    error // of the first read that failed: there is no other
}

// windowSize keeps reads few: one takes as long as copying some KiB.
const windowSize = 64 << 10

// Window is a window on the section's bytes, as they are in the file, from an offset
// on.
func (b *Binary) Window(s *Section, offset uint64) *Window {
	r := b.SectionReader(s)
	size := uint64(r.Size())
	offset = min(offset, size)
	return &Window{r: io.NewSectionReader(r, int64(offset), int64(size-offset)), size: size - offset}
}

// Another is a window on the same bytes for another goroutine.
func (w *Window) Another() *Window { return &Window{r: w.r, size: w.size} }

// Size is the number of bytes.
func (w *Window) Size() uint64 { return w.size }

// At returns n bytes from an offset on, fewer where the section ends. They are valid
// until the next call.
func (w *Window) At(offset uint64, n int) ([]byte, error) {
	offset = min(offset, w.size)
	n = int(min(uint64(n), w.size-offset))
	if offset < w.offset || offset-w.offset > uint64(len(w.buf)) || uint64(n) > uint64(len(w.buf))-(offset-w.offset) {
		if err := w.fill(offset, n); err != nil {
			return nil, err
		}
	}
	at := offset - w.offset
	return w.buf[at : at+uint64(n)], nil
}

func (w *Window) fill(offset uint64, n int) error {
	const often = 16
	if w.err != nil {
		return w.err
	}
	size := max(n, windowSize)
	if offset < w.offset {
		w.back++
	}
	if w.back > often {
		offset, size = 0, int(w.size)
	}
	size = int(min(uint64(size), w.size-offset))
	if cap(w.space) < size {
		w.space = make([]byte, size)
	}
	w.buf = w.space[:size]
	w.offset = offset
	if got, err := w.r.ReadAt(w.buf, int64(offset)); got < size {
		w.buf = nil
		w.err = ReadError(err)
		return w.err
	}
	return nil
}

// Part returns the bytes from lo to hi, which are inside, in a buffer of their own: in
// buf if that has the room.
func (w *Window) Part(buf []byte, lo, hi uint64) ([]byte, error) {
	if uint64(cap(buf)) < hi-lo {
		buf = make([]byte, hi-lo)
	}
	data := buf[:hi-lo]
	if err := readWhole(w.r, data, int64(lo)); err != nil {
		return nil, ReadError(err)
	}
	return data, nil
}
