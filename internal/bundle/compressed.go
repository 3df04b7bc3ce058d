package bundle

import (
	"archive/tar"
	"bufio"
	"context"
	"errors"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// maxWindow is how far back a zstd frame may refer, which is the memory that it
// takes: zstd itself takes no more unless asked to.
const maxWindow = 128 << 20

// compressedTar is a package that is a tar archive compressed as a whole.
type compressedTar struct {
	format  Format
	r       io.ReaderAt
	size    int64
	entries []Entry
}

func readCompressed(ctx context.Context, f Format, r io.ReaderAt, size int64) (*Package, error) {
	in, err := decompress(ctx, f, r, size)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	head, err := in.r.(*bufio.Reader).Peek(blockSize)
	if err != nil && err != io.EOF {
		return nil, unpackError(f, err)
	}
	if !isTar(head) {
		what := map[Format]string{FormatTarGzip: "gzip", FormatTarZstd: "zstd"}[f]
		return nil, &Error{Problem: "a " + what + " file with no tar archive in it", Hint: supported}
	}
	b := &builder{limit: allowed(size)}
	t := &compressedTar{format: f, r: r, size: size}
	s := newScratch()
	last := int64(0)
	err = walkTar(in, func(h *tar.Header, contents io.Reader) error {
		start := in.at
		if err := b.add(h.Name, tarEntry(h)); err != nil {
			return err
		}
		if err := inspectStream(ctx, b, s, f, contents); err != nil {
			return err
		}
		last = max(start, in.at)
		return nil
	})
	if err != nil {
		return nil, unpackError(f, err)
	}
	if err := b.checkTail(in, last, in.at, in.zeros); err != nil {
		// The archive is complete and the decoder looked for more of its kind.
		if !errors.Is(err, gzip.ErrHeader) && !errors.Is(err, zstd.ErrMagicMismatch) {
			return nil, unpackError(f, err)
		}
		b.warnings.AddAll("bytes behind the end of the compressed archive (build it again)")
	}
	t.entries = b.entries
	return b.finish(&Package{Format: f, Size: uint64(size), Zipped: uint64(size), source: t})
}

// decoded is a decompressed archive: it counts what came out, and ends with an
// error where that is too much.
type decoded struct {
	ctx   context.Context
	r     io.Reader
	at    int64
	limit int64
	zeros trailingZeros
	close func()
}

func (d *decoded) Read(b []byte) (int, error) {
	if err := d.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := d.r.Read(b)
	if d.at += int64(n); d.at > d.limit {
		return 0, tooLarge(uint64(d.limit))
	}
	d.zeros.follow(b[:n])
	return n, err
}

func (d *decoded) Close() { d.close() }

func decompress(ctx context.Context, f Format, r io.ReaderAt, size int64) (*decoded, error) {
	d := &decoded{ctx: ctx, limit: int64(allowed(size))}
	in := bufio.NewReaderSize(io.NewSectionReader(r, 0, size), 256<<10)
	if f == FormatTarZstd {
		z, err := zstd.NewReader(in, zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, unpackError(f, err)
		}
		d.r, d.close = bufio.NewReaderSize(z, 64<<10), z.Close
		return d, nil
	}
	z, err := gzip.NewReader(in)
	if err != nil {
		return nil, unpackError(f, err)
	}
	ahead := readAhead(z)
	d.r, d.close = bufio.NewReaderSize(ahead, 64<<10), ahead.stop
	return d, nil
}
