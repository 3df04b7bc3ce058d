// Package zstd computes how many bytes a file becomes as zstd's level 19 would search
// and choose, though not to the byte. Its encoder writes each block (RFC 8878) and
// keeps only how long that is:
//
//  1. section takes a part of the input and the window in front of it;
//  2. finder looks for matches in binary trees;
//  3. parser chooses the cheapest sequences, by prices that follow what was chosen;
//  4. package block splits a block, chooses the entropy codes, and writes it.
package zstd

import (
	"context"
	"io"
	"math"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/sizegate/sizegate/internal/archive/input"
	"github.com/sizegate/sizegate/internal/archive/zstd/block"
)

const (
	windowSize = 8 << 20 // bytes, the farthest a match reaches

	// Up to this size one goroutine does all, and above it an even number of
	// sections, none longer than maxSection, is shared out.
	maxAlone   = 16 << 20
	maxSection = 24 << 20

	// More sections than this are not compressed at once, to save memory.
	workers = 4
)

// Size returns the size in bytes of what r holds, which must be size bytes, as a zstd
// file with a checksum and the content size in its header. It fails with r's error or
// the context's, and when r does not hold size bytes.
func Size(ctx context.Context, r io.Reader, size uint64) (uint64, error) {
	var written atomic.Uint64
	err := blocks(ctx, r, size, func(_ int, blocks []byte) { written.Add(uint64(len(blocks))) })
	if err != nil {
		return 0, err
	}
	return headerSize(size) + written.Load() + 4, nil // the checksum is 4
}

// headerSize is the size of what is in front of the blocks: the magic
// number, a byte that says what follows, the window where it is smaller than
// the content, and the content's size in 1, 2, 4 or 8 bytes.
func headerSize(size uint64) uint64 {
	n := uint64(4 + 1)
	if size > windowSize {
		n++
	}
	switch {
	case size < 256:
		return n + 1
	case size < 256+65536:
		return n + 2
	case size < math.MaxUint32:
		return n + 4
	}
	return n + 8
}

// blocks compresses r and calls emit with what becomes of the input's
// blocks: in order for each section, which are numbered from 0, but with
// several sections at once. The bytes are only valid during the call.
//
// A section sees what is in the window in front of it, but what the sections
// before have chosen it does not know: its prices begin anew, no entropy code is
// used again, and no offset is repeated. That costs about 0.01 percent.
func blocks(ctx context.Context, r io.Reader, size uint64, emit func(number int, blocks []byte)) error {
	in := input.New(ctx, io.LimitReader(r, int64(min(size, math.MaxInt64-1))+1))
	length := sectionLength(size)

	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	idle := make(chan *section, workers)
	for range min(workers, runtime.GOMAXPROCS(0)) {
		idle <- &section{}
	}

	var before []byte
	left := size
	for number := 0; number == 0 || left > 0; number++ {
		var s *section
		select {
		case s = <-idle:
		case <-ctx.Done():
			return ctx.Err()
		}
		n := min(length, left)
		if err := s.read(in, before, int(n)); err != nil {
			return err
		}
		left -= n
		if left == 0 {
			if _, err := in.Fill(make([]byte, 1)); err != nil {
				return err
			}
		}
		if in.Count != size-left {
			return input.WrongSize(in.Count, size)
		}
		if left > 0 {
			before = append(before[:0], s.window()...)
		}
		s.prepare(paramsFor(size))
		last := left == 0
		running.Go(func() {
			s.compress(ctx, last, func(blocks []byte) { emit(number, blocks) })
			idle <- s
		})
	}
	running.Wait()
	return ctx.Err()
}

// sectionLength returns how long all sections but the last one are: whole
// blocks, and about the same for all.
func sectionLength(size uint64) uint64 {
	if size <= maxAlone {
		return size
	}
	count := 2 * ((size-1)/(2*maxSection) + 1)
	return ((size-1)/count/block.MaxSize + 1) * block.MaxSize
}
