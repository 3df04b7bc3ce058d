package archive

import (
	"context"
	"io"
	"math"
	"runtime"
	"sync"
	"sync/atomic"
)

const (
	zstdWindow = 8 << 20 // bytes, the farthest a match reaches

	// Up to this size one goroutine does all, and above it an even number of
	// sections, none longer than maxSection, is shared out.
	maxAlone   = 16 << 20
	maxSection = 24 << 20

	// More sections than this are not compressed at once, to save memory.
	zstdWorkers = 4
)

// Zstd returns the size in bytes of what r holds, which must be size bytes, as
// a zstd file with a checksum and the content size in its header. It fails with
// r's error or the context's, and when r does not hold size bytes.
//
// The size is that of a valid file, and differs by less than 2 percent from what
// `zstd -19` of the versions 1.5 makes of a program; 0.1 percent is common. It
// depends on nothing but the input.
//
// An input of up to 16 MiB is compressed with up to 110 MB of memory. A larger one is
// cut into sections that take up to 125 MB each, and as many of these are
// compressed at once as there are processors, but four at most.
func Zstd(ctx context.Context, r io.Reader, size uint64) (uint64, error) {
	var blocks atomic.Uint64
	err := zstdBlocks(ctx, r, size, func(_ int, block []byte) { blocks.Add(uint64(len(block))) })
	if err != nil {
		return 0, err
	}
	return zstdHeaderSize(size) + blocks.Load() + 4, nil // the checksum is 4
}

// zstdHeaderSize is the size of what is in front of the blocks: the magic
// number, a byte that says what follows, the window where it is smaller than
// the content, and the content's size in 1, 2, 4 or 8 bytes.
func zstdHeaderSize(size uint64) uint64 {
	n := uint64(4 + 1)
	if size > zstdWindow {
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

// zstdBlocks compresses r and calls emit with what becomes of the input's
// blocks: in order for each section, which are numbered from 0, but with
// several sections at once. The bytes are only valid during the call.
//
// A section sees what is in the window in front of it, but what the sections
// before have chosen it does not know: its prices begin anew, no entropy code is
// used again, and no offset is repeated. That costs about 0.01 percent.
func zstdBlocks(ctx context.Context, r io.Reader, size uint64, emit func(number int, blocks []byte)) error {
	in := &input{ctx: ctx, r: io.LimitReader(r, int64(min(size, math.MaxInt64-1))+1)}
	length := sectionLength(size)

	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	idle := make(chan *section, zstdWorkers)
	for range min(zstdWorkers, runtime.GOMAXPROCS(0)) {
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
			if _, err := in.fill(make([]byte, 1)); err != nil {
				return err
			}
		}
		if in.n != size-left {
			return sizeError(in.n, size)
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
	return ((size-1)/count/zstdMaxBlock + 1) * zstdMaxBlock
}
