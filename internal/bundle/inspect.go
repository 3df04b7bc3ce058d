package bundle

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

// magicSize is how many of a file's first bytes tell what it is.
const magicSize = 8

// scratch is what one goroutine reads entries with.
type scratch struct {
	buffer  []byte
	hash    hash.Hash
	in      *bufio.Reader
	deflate io.Reader
}

func newScratch() *scratch {
	return &scratch{buffer: make([]byte, 64<<10), hash: sha256.New(), in: bufio.NewReaderSize(nil, 16<<10)}
}

// inflate returns what was deflated to r.
func (s *scratch) inflate(r io.Reader) (io.Reader, error) {
	s.in.Reset(r)
	if s.deflate == nil {
		s.deflate = flate.NewReader(s.in)
		return s.deflate, nil
	}
	return s.deflate, s.deflate.(flate.Resetter).Reset(s.in, nil)
}

// want is what to find out about contents beside their first bytes.
type want struct {
	all  bool // read to the end, for the size
	crc  bool // CRC-32
	sum  bool // SHA-256
	keep bool // the contents themselves
}

func (w want) whole() bool { return w.all || w.crc || w.sum || w.keep }

// of is how many bytes are read of contents of a size.
func (w want) of(size uint64) uint64 {
	if w.whole() {
		return size
	}
	return min(size, magicSize)
}

// found is what reading an entry told.
type found struct {
	size  uint64 // bytes read
	magic [magicSize]byte
	crc   uint32
	sum   [32]byte
	kept  []byte
}

// read reads contents to their end, or no more than one byte behind limit.
func (s *scratch) read(ctx context.Context, r io.Reader, limit uint64, w want) (found, error) {
	var f found
	if !w.whole() {
		limit = min(limit, magicSize-1)
	}
	s.hash.Reset()
	for f.size <= limit {
		if err := ctx.Err(); err != nil {
			return f, err
		}
		n, err := r.Read(s.buffer[:min(uint64(len(s.buffer)), limit+1-f.size)])
		part := s.buffer[:n]
		if f.size < magicSize {
			copy(f.magic[f.size:], part)
		}
		f.size += uint64(n)
		if w.crc {
			f.crc = crc32.Update(f.crc, crc32.IEEETable, part)
		}
		if w.sum {
			s.hash.Write(part)
		}
		if w.keep {
			f.kept = append(f.kept, part...)
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return f, err
		}
	}
	if w.sum {
		s.hash.Sum(f.sum[:0])
	}
	return f, nil
}

// parallel calls work for 0 to n-1 on all cores. The error is that of the lowest
// number that has one, so that it is the same in every run.
func parallel(n int, work func(s *scratch, i int) error) error {
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
			s := newScratch()
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

// set notes what was found in the contents of entry i.
func (b *builder) set(i int, f found) {
	e := &b.entries[i]
	e.magic, e.SHA256 = f.magic, f.sum
	e.ELF = e.Type == File && string(f.magic[:4]) == "\x7fELF"
	if f.kept != nil {
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.kept == nil {
			b.kept = make(map[int][]byte)
		}
		b.kept[i] = f.kept
	}
}

// repeats counts the files by a key, which tells for certain that two are not
// equal, and reports which may be.
func repeats[K comparable](entries []Entry, key func(i int) K) func(i int) bool {
	count := make(map[K]int)
	may := func(i int) bool { return entries[i].Type == File && entries[i].Size > 0 && !entries[i].Opaque }
	for i := range entries {
		if may(i) {
			count[key(i)]++
		}
	}
	return func(i int) bool { return may(i) && count[key(i)] > 1 }
}
