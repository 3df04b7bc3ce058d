// Package tarstream reads the tar archives of deployment packages as they come, plain
// or unpacked on the way, and tells how they end.
package tarstream

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"strconv"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/sizegate/sizegate/internal/bundle/flaw"
	"github.com/sizegate/sizegate/internal/tarfile"
)

// BlockSize is the bytes of a header, and what contents are filled up to.
const BlockSize = 512

// endSize is two empty blocks, which end a tar archive.
const endSize = 2 * BlockSize

// IsTar reports whether a block of BlockSize bytes begins a tar archive: its checksum is right, or
// it is the first of the two empty blocks at the end.
func IsTar(block []byte) bool {
	const at, length = 148, 8 // of the checksum, which counts as spaces
	if len(block) < BlockSize {
		return false
	}
	block = block[:BlockSize]
	text := string(bytes.Trim(block[at:at+length], " \x00"))
	var unsigned, signed int64
	for i, c := range block {
		if at <= i && i < at+length {
			c = ' '
		}
		unsigned += int64(c)
		signed += int64(int8(c)) // as some old programs did
	}
	if text == "" {
		return unsigned == length*' ' && block[at] == 0
	}
	want, err := strconv.ParseInt(text, 8, 64)
	return err == nil && (want == unsigned || want == signed)
}

// Walk is tarfile.Walk with an error of packages for a bad header.
func Walk(in io.Reader, each func(h *tar.Header, contents io.Reader) error) error {
	err := tarfile.Walk(in, each)
	if errors.Is(err, tar.ErrHeader) {
		return &flaw.Error{Problem: "a damaged tar archive: a header is not one of tar", Hint: flaw.Again, Err: err}
	}
	return err
}

// Ending is an archive that knows where its reader is and how many zeros are in front
// of that: a [File] or an [Unpacked].
type Ending interface {
	io.Reader
	progress() (at int64, zeros trailingZeros)
}

// Tail reads what follows the archive's entries, of which the last one ends at last. It
// tells whether there is a marker of the end, and nothing but zeros behind that. The
// reader of entries has stopped behind zeros: it takes an archive that is cut off
// behind a long name for one that ends there.
func Tail(in Ending, last int64) (marked, clean bool, err error) {
	stopped, zeros := in.progress()
	marked = zeros >= endSize && stopped-(last+BlockSize-1)/BlockSize*BlockSize >= endSize
	rest := make([]byte, 32<<10)
	clean = true
	for {
		n, err := in.Read(rest)
		clean = clean && bytes.Count(rest[:n], []byte{0}) == n
		if err == io.EOF {
			return marked, clean, nil
		}
		if err != nil {
			return marked, clean, err
		}
	}
}

// File reads an archive in a file until the context is done.
type File struct {
	tarfile.Section
	ctx   context.Context
	zeros trailingZeros
}

// NewFile reads the archive of size bytes in r.
func NewFile(ctx context.Context, r io.ReaderAt, size int64) *File {
	return &File{ctx: ctx, Section: tarfile.Section{R: r, Size: size}}
}

func (f *File) Read(b []byte) (int, error) {
	if err := f.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := f.Section.Read(b)
	f.zeros.follow(b[:n])
	return n, err
}

func (f *File) progress() (int64, trailingZeros) { return f.At, f.zeros }

// Unpacked is what a compressed archive unpacks to. It counts what comes out.
type Unpacked struct {
	At int64 // bytes that came out

	ctx      context.Context
	r        *bufio.Reader
	limit    int64
	tooLarge error
	zeros    trailingZeros
	close    func()
}

// Zstd unpacks a zstd file. Where more than limit bytes come out, the error is
// tooLarge.
func Zstd(ctx context.Context, packed io.Reader, limit int64, tooLarge error) (*Unpacked, error) {
	z, err := zstd.NewReader(bufio.NewReaderSize(packed, packedBuffer), zstd.WithDecoderMaxWindow(tarfile.MaxWindow))
	if err != nil {
		return nil, err
	}
	return newUnpacked(ctx, z, limit, tooLarge, z.Close), nil
}

// Gzip unpacks a gzip file, as Zstd does, in a goroutine of its own.
func Gzip(ctx context.Context, packed io.Reader, limit int64, tooLarge error) (*Unpacked, error) {
	z, err := gzip.NewReader(bufio.NewReaderSize(packed, packedBuffer))
	if err != nil {
		return nil, err
	}
	ahead := readAhead(z)
	return newUnpacked(ctx, ahead, limit, tooLarge, ahead.stop), nil
}

const packedBuffer = 256 << 10

func newUnpacked(ctx context.Context, r io.Reader, limit int64, tooLarge error, end func()) *Unpacked {
	return &Unpacked{ctx: ctx, r: bufio.NewReaderSize(r, 64<<10), limit: limit, tooLarge: tooLarge, close: end}
}

// IsTar reports whether what comes next begins a tar archive.
func (u *Unpacked) IsTar() (bool, error) {
	head, err := u.r.Peek(BlockSize)
	if err != nil && err != io.EOF {
		return false, err
	}
	return IsTar(head), nil
}

func (u *Unpacked) Read(b []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := u.r.Read(b)
	if u.At += int64(n); u.At > u.limit {
		return 0, u.tooLarge
	}
	u.zeros.follow(b[:n])
	return n, err
}

// Close ends the goroutines that unpack.
func (u *Unpacked) Close() { u.close() }

func (u *Unpacked) progress() (int64, trailingZeros) { return u.At, u.zeros }

// trailingZeros is how many of the last bytes that were read are 0, no more than
// endSize of them.
type trailingZeros int

func (z *trailingZeros) follow(read []byte) {
	n := 0
	for n < min(len(read), endSize) && read[len(read)-1-n] == 0 {
		n++
	}
	if n == len(read) {
		n += int(*z)
	}
	*z = trailingZeros(min(n, endSize))
}
