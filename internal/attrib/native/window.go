package native

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
	// smallWindow is for what is read here and there. It is a compromise: a root
	// entry of DWARF with its header is 60 to 200 bytes, and neighbouring reads
	// (abbreviations, range lists) should mostly hit.
	smallWindow = 1024
	// bigWindow is for what is read from end to end.
	bigWindow = 64 << 10
)

// window reads a section through one small buffer.
type window struct {
	src  Section
	size uint64
	buf  []byte
	off  uint64 // section offset of buf[0]
	n    int    // valid bytes of buf
	err  error  // see firstError
}

// newWindow returns a window on s, which may be nil for an empty section, with a
// buffer of n bytes, at least smallWindow.
func newWindow(s Section, n int) *window {
	w := &window{src: s, buf: make([]byte, n)}
	if s != nil && s.Size() > 0 {
		w.size = uint64(s.Size())
	}
	return w
}

// length is the number of bytes of the section.
func (w *window) length() uint64 { return w.size }

// wasRead reports whether anything of the section was read.
func (w *window) wasRead() bool { return w.n > 0 }

// firstError is the first read that failed in the first of the windows that has
// one. After it every access to that window fails.
func firstError(windows ...*window) error {
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
func (w *window) fill(off uint64, want int) bool {
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
func (w *window) bytes(off uint64, n int) []byte {
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

// rest returns some bytes at off, at least one, or nil at the section's end.
func (w *window) rest(off uint64) []byte { return w.from(off, 1) }

// from returns all bytes at off that are in the buffer, at least n, or nil when
// there are fewer in the section. n is at most the size of the buffer.
func (w *window) from(off uint64, n int) []byte {
	if w.bytes(off, n) == nil {
		return nil
	}
	return w.buf[off-w.off : w.n]
}

// at returns a cursor over the section from off to its end.
func (w *window) at(off uint64) cursor {
	return cursor{w: w, off: off, end: w.size, bad: off > w.size}
}

// indexed returns number i of a table of numbers of n bytes at base.
func (w *window) indexed(base, i uint64, n int) (uint64, bool) {
	if base > w.size || i > w.size/uint64(n) {
		return 0, false
	}
	c := w.at(base + i*uint64(n))
	v := c.uint(n)
	return v, !c.bad
}

// maxString caps every string that is kept; longer ones are cut.
const maxString = 4096

// stringAt returns the NUL-terminated string at off, cut to maxString bytes. A
// string that runs into the section's end without a NUL is not one.
func (w *window) stringAt(off uint64) (string, bool) {
	var long []byte
	for {
		b := w.rest(off)
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
		long = append(long, b[:min(len(b), maxString-len(long))]...)
		if i >= 0 || len(long) == maxString {
			return string(long), true
		}
		off += uint64(len(b))
	}
}
