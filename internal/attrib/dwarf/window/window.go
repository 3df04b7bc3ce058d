// Package window reads numbers and strings of a section that is never in memory as
// a whole: a [Window] reads through one small buffer, a [Cursor] decodes values
// anywhere in it, a [Stream] passes over a part from end to end. Nothing in the
// section can make them fail otherwise than by saying so.
package window

import (
	"bytes"
	"io"
)

// Section is the plain (already decompressed) content of one ELF section.
type Section interface {
	io.ReaderAt
	// Size is the number of bytes that ReadAt can read.
	Size() int64
}

// Sizes of a window's buffer, in bytes.
const (
	// Small is for what is read here and there. It is a compromise: a root
	// entry of DWARF with its header is 60 to 200 bytes, and neighbouring reads
	// (abbreviations, range lists) should mostly hit.
	Small = 1024
	// Big is for what is read from end to end.
	Big = 64 << 10
)

// Window reads a section through one small buffer.
type Window struct {
	src  Section
	size uint64
	buf  []byte
	off  uint64 // section offset of buf[0]
	n    int    // valid bytes of buf
	err  error  // see FirstError
}

// New returns a window on s, which may be nil for an empty section, with a
// buffer of n bytes, at least Small.
func New(s Section, n int) *Window {
	w := &Window{src: s, buf: make([]byte, n)}
	if s != nil && s.Size() > 0 {
		w.size = uint64(s.Size())
	}
	return w
}

// Size is the number of bytes of the section.
func (w *Window) Size() uint64 { return w.size }

// WasRead reports whether anything of the section was read.
func (w *Window) WasRead() bool { return w.n > 0 }

// FirstError is the first read that failed in the first of the windows that has
// one. After it every access to that window fails.
func FirstError(windows ...*Window) error {
	for _, w := range windows {
		if w.err != nil {
			return w.err
		}
	}
	return nil
}

// fill makes buf start at off, which is below size, and reports whether at
// least want bytes are there; want is at most the size of buf. What is there
// already is not read again: going back is expensive in a compressed section.
func (w *Window) fill(off uint64, want int) bool {
	if w.err != nil {
		return false
	}
	kept := 0
	if off >= w.off && off-w.off < uint64(w.n) {
		kept = copy(w.buf, w.buf[off-w.off:w.n])
	}
	n := int(min(uint64(len(w.buf)), w.size-off))
	got, err := w.src.ReadAt(w.buf[kept:n], int64(off)+int64(kept))
	got += kept
	w.off, w.n = off, got
	if got < n {
		// Size promised these bytes: a short read is a broken source, not
		// malformed DWARF.
		if err == nil || err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		w.err = err
	}
	return got >= want && w.err == nil
}

// bytes returns n bytes at off, valid until the next call, or nil when they are
// not all inside the section. n is at most the size of the buffer.
func (w *Window) bytes(off uint64, n int) []byte {
	if off > w.size || uint64(n) > w.size-off {
		return nil
	}
	if off < w.off || off-w.off > uint64(w.n) || uint64(n) > uint64(w.n)-(off-w.off) {
		if !w.fill(off, n) {
			return nil
		}
	}
	i := int(off - w.off)
	return w.buf[i : i+n]
}

// Rest returns some bytes at off, at least one, or nil at the section's end.
func (w *Window) Rest(off uint64) []byte { return w.from(off, 1) }

// from returns all bytes at off that are in the buffer, at least n, or nil when
// there are fewer in the section. n is at most the size of the buffer.
func (w *Window) from(off uint64, n int) []byte {
	if w.bytes(off, n) == nil {
		return nil
	}
	return w.buf[off-w.off : w.n]
}

// At returns a cursor over the section from off to its end.
func (w *Window) At(off uint64) Cursor {
	return Cursor{w: w, Off: off, End: w.size, Bad: off > w.size}
}

// Indexed returns number i of a table of numbers of n bytes at base.
func (w *Window) Indexed(base, i uint64, n int) (uint64, bool) {
	if base > w.size || i > w.size/uint64(n) {
		return 0, false
	}
	c := w.At(base + i*uint64(n))
	v := c.Uint(n)
	return v, !c.Bad
}

// MaxString caps every string that is kept; longer ones are cut.
const MaxString = 4096

// StringAt returns the NUL-terminated string at off, cut to MaxString bytes. A
// string that runs into the section's end without a NUL is not one.
func (w *Window) StringAt(off uint64) (string, bool) {
	var long []byte
	for {
		b := w.Rest(off)
		if b == nil {
			return "", false
		}
		i := bytes.IndexByte(b, 0)
		if i >= 0 && long == nil {
			return string(b[:i]), true
		}
		if i >= 0 {
			b = b[:i]
		}
		long = append(long, b[:min(len(b), MaxString-len(long))]...)
		if i >= 0 || len(long) == MaxString {
			return string(long), true
		}
		off += uint64(len(b))
	}
}
