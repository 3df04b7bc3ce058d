// Package inspect reads the contents of entries, on all cores, to count them and to
// tell what they are.
package inspect

import (
	"bufio"
	"context"
	"crypto/sha256"
	"hash"
	"hash/crc32"
	"io"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/klauspost/compress/flate"
)

// MagicSize is how many of a file's first bytes tell what it is.
const MagicSize = 8

// Scratch is what one goroutine reads entries with.
type Scratch struct {
	buffer  []byte
	hash    hash.Hash
	in      *bufio.Reader
	deflate io.Reader
}

// New makes a Scratch.
func New() *Scratch {
	return &Scratch{buffer: make([]byte, 64<<10), hash: sha256.New(), in: bufio.NewReaderSize(nil, 16<<10)}
}

// Inflate returns what was deflated to r. It is read before the next call.
func (s *Scratch) Inflate(r io.Reader) (io.Reader, error) {
	s.in.Reset(r)
	if s.deflate == nil {
		s.deflate = flate.NewReader(s.in)
		return s.deflate, nil
	}
	return s.deflate, s.deflate.(flate.Resetter).Reset(s.in, nil)
}

// Want is what to find out about contents beside their first bytes.
type Want struct {
	All  bool // read to the end, for the size
	CRC  bool // CRC-32
	Sum  bool // SHA-256
	Keep bool // the contents themselves
}

func (w Want) whole() bool { return w.All || w.CRC || w.Sum || w.Keep }

// Of is how many bytes are read of contents of a size.
func (w Want) Of(size uint64) uint64 {
	if w.whole() {
		return size
	}
	return min(size, MagicSize)
}

// Found is what reading an entry told.
type Found struct {
	Size  uint64 // bytes read
	Magic [MagicSize]byte
	CRC   uint32
	Sum   [32]byte
	Kept  []byte
}

// Read reads contents to their end, or no more than one byte behind limit.
func (s *Scratch) Read(ctx context.Context, r io.Reader, limit uint64, w Want) (Found, error) {
	var f Found
	if !w.whole() {
		limit = min(limit, MagicSize-1)
	}
	s.hash.Reset()
	for f.Size <= limit {
		if err := ctx.Err(); err != nil {
			return f, err
		}
		n, err := r.Read(s.buffer[:min(uint64(len(s.buffer)), limit+1-f.Size)])
		part := s.buffer[:n]
		if f.Size < MagicSize {
			copy(f.Magic[f.Size:], part)
		}
		f.Size += uint64(n)
		if w.CRC {
			f.CRC = crc32.Update(f.CRC, crc32.IEEETable, part)
		}
		if w.Sum {
			s.hash.Write(part)
		}
		if w.Keep {
			f.Kept = append(f.Kept, part...)
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return f, err
		}
	}
	if w.Sum {
		s.hash.Sum(f.Sum[:0])
	}
	return f, nil
}

// Parallel calls work for 0 to n-1 on all cores. The error is that of the lowest
// number that has one, so that it is the same in every run.
func Parallel(n int, work func(s *Scratch, i int) error) error {
	const alone = 16 // below this a goroutine more costs more than it brings
	var (
		next    atomic.Int64
		failed  atomic.Bool
		running sync.WaitGroup
		mu      sync.Mutex
		lowest  = n
		first   error
	)
	for range min(runtime.GOMAXPROCS(0), n/alone+1) {
		running.Go(func() {
			s := New()
			// What was taken is done: so no number below a failed one is left out.
			for !failed.Load() {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if err := work(s, i); err != nil {
					failed.Store(true)
					mu.Lock()
					if i < lowest {
						lowest, first = i, err
					}
					mu.Unlock()
				}
			}
		})
	}
	running.Wait()
	return first
}
