package zstd

import (
	"context"

	"github.com/sizegate/sizegate/internal/archive/input"
	"github.com/sizegate/sizegate/internal/archive/zstd/block"
)

// minSplitLog is the log of the smallest window whose blocks are split.
const minSplitLog = 17

// section compresses a part of the input. It is used for one after the other.
type section struct {
	buf        []byte // an unused byte, the window in front, the section, 8 bytes to read past it
	start, end int    // of the section in buf
	parser     *parser
	blocks     block.Writer
}

// read takes the window in front of the section and reads n bytes, or as many
// as there are.
func (s *section) read(in *input.Reader, before []byte, n int) error {
	s.start = 1 + len(before)
	if most := s.start + n + 8; cap(s.buf) < most {
		s.buf = make([]byte, most)
	}
	s.buf = s.buf[:s.start+n+8]
	copy(s.buf[1:], before)
	got, err := in.Fill(s.buf[s.start : s.start+n])
	s.end = s.start + got
	return err
}

// window returns what the next section sees of this one.
func (s *section) window() []byte {
	return s.buf[max(s.end-windowSize, 1):s.end]
}

// prepare makes s ready to compress. The parameters must always be the same.
func (s *section) prepare(p params) {
	if s.parser == nil {
		s.parser = newParser(p)
	}
	s.parser.finder.reset(s.buf)
	s.parser.prices.begun = false
	s.blocks.Reset(s.start == 1)
}

// compress calls emit with what becomes of each block. It stops early when the
// context is done. last says that the section is the last one.
func (s *section) compress(ctx context.Context, last bool, emit func([]byte)) {
	p, w := s.parser, &s.blocks
	if s.start == 1 && s.end > 1 {
		// Nothing is known of the prices yet, so the first block is parsed twice.
		p.parse(1, min(1+block.MaxSize, s.end), w.Last())
		p.finder.reset(s.buf)
	}
	for pos := 1; pos < s.start; pos += block.MaxSize {
		if ctx.Err() != nil {
			return
		}
		end := min(pos+block.MaxSize, s.start)
		p.insert(end-8, end)
	}
	p.next = s.start
	for pos := s.start; pos == s.start || pos < s.end; pos += block.MaxSize {
		if ctx.Err() != nil {
			return
		}
		end := min(pos+block.MaxSize, s.end)
		p.parse(pos, end, w.Last())
		emit(w.Write(s.buf[pos:end], p.sequences, p.windowLog >= minSplitLog, last && end == s.end))
	}
}
