package unpack

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/sizegate/sizegate/internal/image/fault"
	"github.com/sizegate/sizegate/internal/image/stored"
	"github.com/sizegate/sizegate/internal/tarfile"
)

const (
	gzipMagic = "\x1f\x8b"
	zstdMagic = "\x28\xb5\x2f\xfd"

	// MaxUnpacked is bytes of all layers.
	MaxUnpacked = 64 << 30
	// A layer may always unpack to this much, else to so many times its blob.
	freeUnpacked = 1 << 30
	maxRatio     = 200
)

// packing is how a layer's blob is compressed, by its first bytes. Media types
// are often wrong about it, and container runtimes do not go by them either.
type packing string

const (
	plain    packing = "tar"
	gzipped  packing = "tar+gzip"
	zstdding packing = "tar+zstd"
)

// stream is a layer's uncompressed tar. It is read and unpacked in a goroutine
// of its own, while the reader computes its digest and looks for entries.
type stream struct {
	packing packing
	at      int64 // of the next byte to read

	full  chan chunk
	empty chan []byte
	quit  chan struct{}
	done  chan struct{}
	now   chunk  // what is being read
	left  []byte // of it
	sum   hash.Hash

	in     io.ReadCloser
	raw    *rawReader    // the blob
	packed *bufio.Reader // on raw
	zstd   *zstd.Decoder
}

type chunk struct {
	bytes []byte
	err   error // behind the bytes
}

// rawReader counts a blob's bytes and computes its digest, if that is another
// than the tar's.
type rawReader struct {
	r    io.Reader
	size int64
	sum  hash.Hash
}

func (r *rawReader) Read(b []byte) (int, error) {
	n, err := r.r.Read(b)
	r.size += int64(n)
	if r.sum != nil {
		r.sum.Write(b[:n])
	}
	return n, err
}

// openStream begins to unpack a blob. used is the bytes that all layers have
// unpacked to.
func openStream(ctx context.Context, b *stored.Blob, used *atomic.Int64) (*stream, error) {
	in, err := b.Open(ctx)
	if err != nil {
		return nil, err
	}
	head := make([]byte, 4)
	n, err := io.ReadFull(in, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		in.Close()
		return nil, fault.Unpacking("the layer", err)
	}
	head = head[:n]
	s := &stream{packing: plain, in: in, sum: sha256.New(), raw: &rawReader{r: io.MultiReader(bytes.NewReader(head), in)}}
	var unpacked io.Reader = s.raw
	switch {
	case bytes.HasPrefix(head, []byte(gzipMagic)):
		s.packing, s.raw.sum = gzipped, sha256.New()
		s.packed = bufio.NewReaderSize(s.raw, 256<<10)
		unpacked, err = gzip.NewReader(s.packed)
	case bytes.HasPrefix(head, []byte(zstdMagic)), n == 4 && head[0]>>4 == 5 && string(head[1:]) == "\x2a\x4d\x18": // the latter is a skippable frame
		s.packing, s.raw.sum = zstdding, sha256.New()
		s.packed = bufio.NewReaderSize(s.raw, 256<<10)
		s.zstd, err = zstd.NewReader(s.packed, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(tarfile.MaxWindow))
		unpacked = s.zstd
	}
	if err != nil {
		in.Close()
		return nil, fault.Unpacking("the layer", err)
	}
	const buffers, size = 4, 256 << 10
	s.full, s.empty = make(chan chunk, buffers), make(chan []byte, buffers)
	s.quit, s.done = make(chan struct{}), make(chan struct{})
	for range buffers {
		s.empty <- make([]byte, size)
	}
	go s.run(ctx, unpacked, used, b.Size)
	return s, nil
}

// allowed is how much a blob of size bytes may unpack to.
func allowed(size int64) int64 {
	if size >= MaxUnpacked/maxRatio {
		return MaxUnpacked
	}
	return max(freeUnpacked, size*maxRatio)
}

func (s *stream) run(ctx context.Context, r io.Reader, used *atomic.Int64, size int64) {
	defer close(s.done)
	for total := int64(0); ; {
		var c chunk
		select {
		case c.bytes = <-s.empty:
		case <-s.quit:
			return
		}
		n := 0
		for n < len(c.bytes) && c.err == nil {
			var m int
			m, c.err = r.Read(c.bytes[n:])
			n += m
		}
		c.bytes = c.bytes[:n]
		total += int64(n)
		switch limit := allowed(size); {
		case ctx.Err() != nil:
			c.err = ctx.Err()
		case total > limit:
			c.err = TooLarge("a layer", limit)
		case used.Add(int64(n)) > MaxUnpacked:
			c.err = TooLarge("the image", MaxUnpacked)
		}
		// There is room: no more chunks are on their way than it holds.
		s.full <- c
		if c.err != nil {
			return
		}
	}
}

// TooLarge is the error about what unpacks to more than limit bytes.
func TooLarge(what string, limit int64) error {
	return &fault.Error{Problem: fmt.Sprintf("%s unpacks to more than %d MiB", what, limit>>20), Hint: "name another image"}
}

// next makes the next chunk the current one, unless there is some left.
func (s *stream) next() error {
	for len(s.left) == 0 {
		if s.now.err != nil {
			return s.now.err
		}
		if s.now.bytes != nil {
			s.empty <- s.now.bytes[:cap(s.now.bytes)]
		}
		s.now = <-s.full
		s.left = s.now.bytes
		s.sum.Write(s.left)
	}
	return nil
}

func (s *stream) Read(b []byte) (int, error) {
	if err := s.next(); err != nil {
		return 0, err
	}
	n := copy(b, s.left)
	s.left = s.left[n:]
	s.at += int64(n)
	return n, nil
}

// Seek is how archive/tar skips contents, which need not be copied for that.
func (s *stream) Seek(offset int64, whence int) (int64, error) {
	if whence != io.SeekCurrent || offset < 0 {
		return 0, fs.ErrInvalid
	}
	for offset > 0 {
		err := s.next()
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return 0, err
		}
		n := min(offset, int64(len(s.left)))
		s.left = s.left[n:]
		s.at += n
		offset -= n
	}
	return s.at, nil
}

// finish reads to the end and returns the digests of the blob and of the tar.
func (s *stream) finish() (digest, diffID string, err error) {
	for err == nil {
		s.at += int64(len(s.left))
		s.left = nil
		err = s.next()
	}
	if err != io.EOF {
		return "", "", err
	}
	if s.packed != nil {
		if _, err := io.Copy(io.Discard, s.packed); err != nil {
			return "", "", err
		}
	}
	diffID = "sha256:" + hex.EncodeToString(s.sum.Sum(nil))
	if s.raw.sum == nil {
		return diffID, diffID, nil
	}
	return "sha256:" + hex.EncodeToString(s.raw.sum.Sum(nil)), diffID, nil
}

// close ends the goroutine and waits for that.
func (s *stream) close() {
	close(s.quit)
	<-s.done
	if s.zstd != nil {
		s.zstd.Close()
	}
	s.in.Close()
}
