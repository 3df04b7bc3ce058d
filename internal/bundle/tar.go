package bundle

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"

	"github.com/sizegate/sizegate/internal/oneline"
	"github.com/sizegate/sizegate/internal/tarfile"
)

const blockSize = 512

// tarFile is a package that is a tar archive without compression.
type tarFile struct {
	r       io.ReaderAt
	size    int64
	entries []Entry
	// data is where the contents of each entry begin, -1 where they have holes.
	data []int64
}

func readTar(ctx context.Context, r io.ReaderAt, size int64) (*Package, error) {
	b := &builder{limit: allowed(size)}
	t := &tarFile{r: r, size: size}
	p := &Package{Format: FormatTar, Size: uint64(size), source: t}
	in := newPosition(ctx, r, size)
	s := newScratch()
	at := int64(0) // the end of the contents before
	err := walkTar(in, func(h *tar.Header, contents io.Reader) error {
		e := tarEntry(h)
		start, stored := in.At, int64(e.Size)
		if tarfile.Sparse(h) {
			// How much is stored is known when all is read, holes included.
			if err := b.add(h.Name, e); err != nil {
				return err
			}
			if err := inspectStream(ctx, b, s, FormatTar, contents); err != nil {
				return err
			}
			stored = in.At - start
			t.data = append(t.data, -1)
		} else {
			if err := b.add(h.Name, e); err != nil {
				return err
			}
			t.data = append(t.data, start)
		}
		if stored > size-start {
			return damaged(FormatTar, "it is cut off in %s", oneline.Name(h.Name))
		}
		b.entries[len(b.entries)-1].Stored = uint64(stored)
		p.Overhead += uint64(start - at)
		p.Zipped += uint64(stored)
		at = start + stored
		return nil
	})
	if err != nil {
		return nil, unpackError(FormatTar, err)
	}
	if err := b.checkTail(in, at, in.At, in.zeros); err != nil {
		return nil, unpackError(FormatTar, err)
	}
	p.Overhead += uint64(size - at)
	t.entries = b.entries
	repeated := repeats(b.entries, func(i int) uint64 { return b.entries[i].Size })
	err = parallel(len(b.entries), func(s *scratch, i int) error {
		e := &b.entries[i]
		if e.Type != File || t.data[i] < 0 {
			return nil
		}
		contents := io.NewSectionReader(r, t.data[i], int64(e.Size))
		w := want{sum: repeated(i), keep: e.keep}
		f, err := s.read(ctx, contents, e.Size, w)
		if err == nil && f.size != w.of(e.Size) {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return of(e.Path, readError(err))
		}
		b.set(i, f)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return b.finish(p)
}

// walkTar is tarfile.Walk with the package's own error for a bad header.
func walkTar(in io.Reader, each func(h *tar.Header, contents io.Reader) error) error {
	err := tarfile.Walk(in, each)
	if errors.Is(err, tar.ErrHeader) {
		return &Error{"a damaged tar archive: a header is not one of tar", again, err}
	}
	return err
}

// Types of GNU tar that are no files: the name of the archive, the rest of a file
// that began on another tape, and the names in a folder.
const (
	gnuVolume       = 'V'
	gnuContinuation = 'M'
	gnuNames        = 'D'
)

// tarEntry is what a header says. Types that are not known are files, as POSIX has
// it and tar unpacks them.
func tarEntry(h *tar.Header) Entry {
	e := Entry{Mode: fs.FileMode(h.Mode) & fs.ModePerm, Size: uint64(h.Size), Type: File}
	switch h.Typeflag {
	case tar.TypeDir:
		e.Type = Directory
	case tar.TypeSymlink:
		e.Type, e.Target = Symlink, h.Linkname
	case tar.TypeLink:
		e.Type, e.Target = HardLink, h.Linkname
	case tar.TypeChar, tar.TypeBlock, tar.TypeFifo:
		e.Type = Special
	case gnuVolume, gnuContinuation, gnuNames:
		e.Type = Special
		return e
	default:
		return e
	}
	// Some tars write the size of the file here, but no contents follow.
	e.Size = 0
	return e
}

// inspectStream reads the contents of the entry that was added last. Whether
// another one is equal is not known yet.
func inspectStream(ctx context.Context, b *builder, s *scratch, f Format, contents io.Reader) error {
	i := len(b.entries) - 1
	e := &b.entries[i]
	got, err := s.read(ctx, contents, e.Size, want{sum: e.Type == File && e.Size > 0, all: true, keep: e.keep})
	if err != nil {
		return of(e.Path, unpackError(f, err))
	}
	if got.size != e.Size {
		return of(e.Path, damaged(f, "it is %d bytes, and %d are said", got.size, e.Size))
	}
	b.set(i, got)
	return nil
}

// tarEndSize is two empty blocks, which end a tar archive.
const tarEndSize = 2 * blockSize

// checkTail reads what follows the archive's entries, of which the last one ends
// at last. The reader of entries has stopped at stopped, behind so many zeros: it
// takes an archive that is cut off behind a long name for one that ends there.
func (b *builder) checkTail(in io.Reader, last, stopped int64, zeros trailingZeros) error {
	if zeros < tarEndSize || stopped-(last+blockSize-1)/blockSize*blockSize < tarEndSize {
		b.warnings.AddAll("the tar archive has no end marker (is it cut off? build it again)")
	}
	rest := make([]byte, 32<<10)
	clean := true
	for {
		n, err := in.Read(rest)
		clean = clean && bytes.Count(rest[:n], []byte{0}) == n
		if err == nil {
			continue
		}
		if !clean {
			b.warnings.AddAll("bytes behind the end marker of the tar archive, which unpackers ignore (build it again)")
		}
		if err == io.EOF {
			return nil
		}
		return err
	}
}

// position reads a file until the context is done.
type position struct {
	ctx context.Context
	tarfile.Section
	zeros trailingZeros
}

func newPosition(ctx context.Context, r io.ReaderAt, size int64) *position {
	return &position{ctx: ctx, Section: tarfile.Section{R: r, Size: size}}
}

func (p *position) Read(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := p.Section.Read(b)
	p.zeros.follow(b[:n])
	return n, err
}

// trailingZeros is how many of the last bytes that were read are 0, no more than
// tarEndSize of them.
type trailingZeros int

func (z *trailingZeros) follow(read []byte) {
	n := 0
	for n < min(len(read), tarEndSize) && read[len(read)-1-n] == 0 {
		n++
	}
	if n == len(read) {
		n += int(*z)
	}
	*z = trailingZeros(min(n, tarEndSize))
}
