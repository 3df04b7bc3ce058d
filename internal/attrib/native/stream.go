package native

import "bytes"

// stream passes over a part of a section, in ascending order, much faster than a
// cursor: what is in the buffer is at hand.
type stream struct {
	w   *window
	b   []byte // what is at hand, not past the part's end
	i   int    // position in b
	off uint64 // of b[0] in the section
	end uint64 // of the part
	bad bool   // something was not there
}

// newStream returns a stream over the section from off to end.
func newStream(w *window, off, end uint64) stream { return stream{w: w, off: off, end: end} }

// pos is the offset in the section of what comes next.
func (s *stream) pos() uint64 { return s.off + uint64(s.i) }

// more makes n bytes be at hand, n at most the size of the window's buffer.
func (s *stream) more(n int) bool {
	if len(s.b)-s.i >= n {
		return true
	}
	s.off, s.i, s.b = s.pos(), 0, nil
	if s.bad || uint64(n) > s.end-s.off {
		s.bad = true
		return false
	}
	b := s.w.from(s.off, n)
	if b == nil {
		s.bad = true
		return false
	}
	s.b = b[:min(uint64(len(b)), s.end-s.off)]
	return true
}

// skip passes over n bytes.
func (s *stream) skip(n uint64) {
	if n <= uint64(len(s.b)-s.i) {
		s.i += int(n)
		return
	}
	s.off, s.i, s.b = s.pos(), 0, nil
	if n > s.end-s.off {
		s.bad = true
		return
	}
	s.off += n
}

// cursor returns a cursor over what is left.
func (s *stream) cursor() cursor { return cursor{w: s.w, off: s.pos(), end: s.end} }

// seek goes to an offset in the section, which is not past the part's end.
func (s *stream) seek(off uint64) { s.off, s.i, s.b = off, 0, nil }

// uint reads a number of 1 to 8 bytes.
func (s *stream) uint(n int) uint64 {
	if !s.more(n) {
		return 0
	}
	v := uint64(0)
	for k := n - 1; k >= 0; k-- {
		v = v<<8 | uint64(s.b[s.i+k])
	}
	s.i += n
	return v
}

// uleb reads an unsigned LEB128 number, with the limits of cursor.uleb.
func (s *stream) uleb() uint64 {
	if s.i < len(s.b) && s.b[s.i] < 0x80 {
		s.i++
		return uint64(s.b[s.i-1])
	}
	v := uint64(0)
	for i := range 16 {
		b := s.uint(1)
		if i < 10 {
			v |= (b & 0x7f) << (7 * i)
		}
		if b < 0x80 {
			return v
		}
	}
	s.bad = true
	return 0
}

// skipText moves behind a NUL-terminated string.
func (s *stream) skipText() {
	for s.more(1) {
		if n := bytes.IndexByte(s.b[s.i:], 0); n >= 0 {
			s.i += n + 1
			return
		}
		s.i = len(s.b)
	}
}

// peekText returns the NUL-terminated string that comes next, cut to maxString
// bytes. It is valid until the next call.
func (s *stream) peekText() []byte {
	for _, n := range [...]uint64{1, maxString} {
		if s.bad || !s.more(int(min(n, s.end-s.pos()))) {
			break
		}
		b := s.b[s.i:]
		if n := bytes.IndexByte(b[:min(len(b), maxString)], 0); n >= 0 {
			return b[:n]
		}
	}
	return s.b[s.i:min(len(s.b), s.i+maxString)]
}
