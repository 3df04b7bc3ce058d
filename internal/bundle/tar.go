package bundle

import (
	"archive/tar"
	"context"
	"io"
	"io/fs"

	"github.com/sizegate/sizegate/internal/bundle/flaw"
	"github.com/sizegate/sizegate/internal/bundle/inspect"
	"github.com/sizegate/sizegate/internal/bundle/tarstream"
	"github.com/sizegate/sizegate/internal/oneline"
	"github.com/sizegate/sizegate/internal/tarfile"
)

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
	in := tarstream.NewFile(ctx, r, size)
	s := inspect.New()
	at := int64(0) // the end of the contents before
	err := tarstream.Walk(in, func(h *tar.Header, contents io.Reader) error {
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
			return flaw.Damaged(string(FormatTar), "it is cut off in %s", oneline.Name(h.Name))
		}
		b.entries[len(b.entries)-1].Stored = uint64(stored)
		p.Overhead += uint64(start - at)
		p.Zipped += uint64(stored)
		at = start + stored
		return nil
	})
	if err != nil {
		return nil, flaw.Unpacking(string(FormatTar), err)
	}
	if err := b.checkTail(in, at); err != nil {
		return nil, flaw.Unpacking(string(FormatTar), err)
	}
	p.Overhead += uint64(size - at)
	t.entries = b.entries
	repeated := repeats(b.entries, func(i int) uint64 { return b.entries[i].Size })
	err = inspect.Parallel(len(b.entries), func(s *inspect.Scratch, i int) error {
		e := &b.entries[i]
		if e.Type != File || t.data[i] < 0 {
			return nil
		}
		contents := io.NewSectionReader(r, t.data[i], int64(e.Size))
		w := inspect.Want{Sum: repeated(i), Keep: e.keep}
		f, err := s.Read(ctx, contents, e.Size, w)
		if err == nil && f.Size != w.Of(e.Size) {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return flaw.In(e.Path, flaw.Reading(err))
		}
		b.set(i, f)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return b.finish(p)
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
func inspectStream(ctx context.Context, b *builder, s *inspect.Scratch, f Format, contents io.Reader) error {
	i := len(b.entries) - 1
	e := &b.entries[i]
	got, err := s.Read(ctx, contents, e.Size, inspect.Want{Sum: e.Type == File && e.Size > 0, All: true, Keep: e.keep})
	if err != nil {
		return flaw.In(e.Path, flaw.Unpacking(string(f), err))
	}
	if got.Size != e.Size {
		return flaw.In(e.Path, flaw.Damaged(string(f), "it is %d bytes, and %d are said", got.Size, e.Size))
	}
	b.set(i, got)
	return nil
}

// checkTail reads what follows the archive's entries, of which the last one ends at
// last.
func (b *builder) checkTail(in tarstream.Ending, last int64) error {
	marked, clean, err := tarstream.Tail(in, last)
	if !marked {
		b.warnings.AddAll("the tar archive has no end marker (is it cut off? build it again)")
	}
	if !clean {
		b.warnings.AddAll("bytes behind the end marker of the tar archive, which unpackers ignore (build it again)")
	}
	return err
}
