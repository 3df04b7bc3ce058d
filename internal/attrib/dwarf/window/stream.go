package window

import "bytes"

// Stream passes over a part of a section, in ascending order. It is much faster
// than a [Cursor], as what is in the buffer is at hand. Once Bad is set the values
// mean nothing.
type Stream struct {
	w   *Window
	b   []byte // what is at hand, not past the part's end
	i   int    // position in b
	off uint64 // of b[0] in the section
	End uint64 // of the part
	Bad bool   // something was not there
}

// NewStream returns a stream over the section from off to end.
func NewStream(w *Window, off, end uint64) Stream { return Stream{w: w, off: off, End: end} }

// Pos is the offset in the section of what comes next.
func (s *Stream) Pos() uint64 { return s.off + uint64(s.i) }

// Ahead returns what is at hand of what comes next, mostly much, sometimes nothing.
func (s *Stream) Ahead() []byte { return s.b[s.i:] }

// Advance passes over n of the bytes that Ahead returned.
func (s *Stream) Advance(n int) { s.i += n }

// more makes n bytes be at hand, n at most the size of the window's buffer.
func (s *Stream) more(n int) bool {
	if len(s.b)-s.i >= n {
		return true
	}
	s.off, s.i, s.b = s.Pos(), 0, nil
	if s.Bad || uint64(n) > s.End-s.off {
		s.Bad = true
		return false
	}
	b := s.w.from(s.off, n)
	if b == nil {
		s.Bad = true
		return false
	}
	s.b = b[:min(uint64(len(b)), s.End-s.off)]
	return true
}

// Skip passes over n bytes.
func (s *Stream) Skip(n uint64) {
	if n <= uint64(len(s.b)-s.i) {
		s.i += int(n)
		return
	}
	s.off, s.i, s.b = s.Pos(), 0, nil
	if n > s.End-s.off {
		s.Bad = true
		return
	}
	s.off += n
}

// Cursor returns a cursor over what is left.
func (s *Stream) Cursor() Cursor { return Cursor{w: s.w, Off: s.Pos(), End: s.End} }

// Seek goes to an offset in the section, which is not past the part's end.
func (s *Stream) Seek(off uint64) { s.off, s.i, s.b = off, 0, nil }

// Uint reads a number of 1 to 8 bytes.
func (s *Stream) Uint(n int) uint64 {
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

// Uleb reads an unsigned LEB128 number, with the limits of [Cursor.Uleb].
func (s *Stream) Uleb() uint64 {
	if s.i < len(s.b) && s.b[s.i] < 0x80 {
		s.i++
		return uint64(s.b[s.i-1])
	}
	v := uint64(0)
	for i := range 16 {
		b := s.Uint(1)
		if i < 10 {
			v |= (b & 0x7f) << (7 * i)
		}
		if b < 0x80 {
			return v
		}
	}
	s.Bad = true
	return 0
}

// SkipText moves behind a NUL-terminated string.
func (s *Stream) SkipText() {
	for s.more(1) {
		if n := bytes.IndexByte(s.b[s.i:], 0); n >= 0 {
			s.i += n + 1
			return
		}
		s.i = len(s.b)
	}
}

// PeekText returns the NUL-terminated string that comes next, cut to MaxString
// bytes. It is valid until the next call.
func (s *Stream) PeekText() []byte {
	for _, n := range [...]uint64{1, MaxString} {
		if s.Bad || !s.more(int(min(n, s.End-s.Pos()))) {
			break
		}
		b := s.b[s.i:]
		if n := bytes.IndexByte(b[:min(len(b), MaxString)], 0); n >= 0 {
			return b[:n]
		}
	}
	return s.b[s.i:min(len(s.b), s.i+MaxString)]
}
