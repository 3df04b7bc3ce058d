package unpack

import (
	"io"
	"runtime"
	"sync"

	"github.com/klauspost/compress/s2"
)

const (
	// maxHeld is the bytes of contents that are in memory at once. A larger file is
	// there alone.
	maxHeld = 32 << 20
	// maxPlain is the size from which contents are compressed in memory: programs
	// halve, at about the speed of sha256sum.
	maxPlain  = 16 << 20
	blockSize = 64 << 10
)

// workers call a function for files, several at once, and bound the memory that
// their contents take.
type workers struct {
	slots   chan struct{}
	running sync.WaitGroup

	mu   sync.Mutex
	more sync.Cond
	left int64    // of maxHeld
	free [][]byte // blocks, of no more than maxHeld
}

func newWorkers() *workers {
	w := &workers{slots: make(chan struct{}, runtime.GOMAXPROCS(0)), left: maxHeld}
	w.more.L = &w.mu
	return w
}

// take waits for room and returns how much it took: at least a block, so that
// tiny files are no more than memory has blocks.
func (w *workers) take(size uint64) int64 {
	n := max(int64(min(size, maxHeld)), blockSize)
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.left < n {
		w.more.Wait()
	}
	w.left -= n
	return n
}

func (w *workers) give(n int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.left += n
	w.more.Broadcast()
}

func (w *workers) block() []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	if n := len(w.free); n > 0 {
		b := w.free[n-1]
		w.free = w.free[:n-1]
		return b
	}
	return make([]byte, blockSize)
}

func (w *workers) recycle(blocks [][]byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.free = append(w.free, blocks[:min(len(blocks), maxHeld/blockSize-len(w.free))]...)
}

// place calls f for contents that are read where they are.
func (w *workers) place(contents *io.SectionReader, f func(*io.SectionReader)) {
	// The memory is that of the analysis.
	taken := w.take(uint64(contents.Size()) / 2)
	w.call(func() { f(contents) }, func() { w.give(taken) })
}

// stream reads contents of size bytes into memory and calls f for them.
func (w *workers) stream(in io.Reader, size uint64, f func(*io.SectionReader)) error {
	taken := w.take(size)
	var contents io.ReaderAt
	var blocks [][]byte
	var err error
	if size > maxPlain {
		p := new(packedBlocks)
		err = w.pack(p, in, size)
		contents, blocks = p, p.blocks
		// What it did not need.
		need := min(int64(len(blocks))*blockSize, taken)
		w.give(taken - need)
		taken = need
	} else {
		blocks, err = w.fill(in, size)
		contents = plainBlocks(blocks)
	}
	done := func() {
		w.recycle(blocks)
		w.give(taken)
	}
	if err != nil {
		done()
		return err
	}
	w.call(func() { f(io.NewSectionReader(contents, 0, int64(size))) }, done)
	return nil
}

func (w *workers) call(f, done func()) {
	w.running.Go(func() {
		w.slots <- struct{}{}
		f()
		<-w.slots
		done()
	})
}

// fill reads into blocks, all of which are full but the last.
func (w *workers) fill(in io.Reader, size uint64) (blocks [][]byte, err error) {
	for ; size > 0 && err == nil; size -= min(size, blockSize) {
		b := w.block()
		blocks = append(blocks, b)
		_, err = io.ReadFull(in, b[:min(size, blockSize)])
	}
	return blocks, err
}

// plainBlocks is contents in blocks, of which only the last may have bytes that
// are not of them.
type plainBlocks [][]byte

func (p plainBlocks) ReadAt(b []byte, at int64) (int, error) {
	n := 0
	for n < len(b) {
		i := int(at / blockSize)
		if at < 0 || i >= len(p) {
			return n, io.EOF
		}
		m := copy(b[n:], p[i][at%blockSize:])
		n += m
		at += int64(m)
	}
	return n, nil
}

// packedBlocks is contents that are compressed, each block by itself and right
// behind the one before. Those that were used last are kept unpacked: parsers go
// through several tables at once.
type packedBlocks struct {
	blocks [][]byte
	ends   []int64 // of each compressed block

	mu     sync.Mutex
	recent [16]struct {
		index int // in ends, and 1: 0 is none
		bytes []byte
	}
	buffer []byte // for a compressed block
}

// pack reads and compresses contents.
func (w *workers) pack(p *packedBlocks, in io.Reader, size uint64) error {
	p.ends = make([]int64, 0, (size+blockSize-1)/blockSize)
	p.buffer = make([]byte, s2.MaxEncodedLen(blockSize))
	block := make([]byte, blockSize)
	end := int64(0)
	for ; size > 0; size -= min(size, blockSize) {
		part := block[:min(size, blockSize)]
		if _, err := io.ReadFull(in, part); err != nil {
			return err
		}
		for packed := s2.Encode(p.buffer, part); len(packed) > 0; {
			if end%blockSize == 0 {
				p.blocks = append(p.blocks, w.block())
			}
			n := copy(p.blocks[end/blockSize][end%blockSize:], packed)
			packed = packed[n:]
			end += int64(n)
		}
		p.ends = append(p.ends, end)
	}
	p.recent[0].bytes = block
	return nil
}

// unpack returns a block that was compressed.
func (p *packedBlocks) unpack(index int) ([]byte, error) {
	recent := &p.recent[index%len(p.recent)]
	if recent.index == index+1 {
		return recent.bytes, nil
	}
	begin := int64(0)
	if index > 0 {
		begin = p.ends[index-1]
	}
	packed := p.buffer[:p.ends[index]-begin]
	if _, err := plainBlocks(p.blocks).ReadAt(packed, begin); err != nil {
		return nil, err
	}
	if recent.bytes == nil {
		recent.bytes = make([]byte, blockSize)
	}
	recent.index = 0
	if _, err := s2.Decode(recent.bytes, packed); err != nil {
		return nil, err
	}
	recent.index = index + 1
	return recent.bytes, nil
}

func (p *packedBlocks) ReadAt(b []byte, at int64) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for n < len(b) {
		i := int(at / blockSize)
		if at < 0 || i >= len(p.ends) {
			return n, io.EOF
		}
		block, err := p.unpack(i)
		if err != nil {
			return n, err
		}
		m := copy(b[n:], block[at%blockSize:])
		n += m
		at += int64(m)
	}
	return n, nil
}
