package bundle

import (
	"archive/tar"
	"context"
	"errors"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/sizegate/sizegate/internal/bundle/flaw"
	"github.com/sizegate/sizegate/internal/bundle/inspect"
	"github.com/sizegate/sizegate/internal/bundle/tarstream"
)

// compressedTar is a package that is a tar archive compressed as a whole.
type compressedTar struct {
	format  Format
	r       io.ReaderAt
	size    int64
	entries []Entry
}

func readCompressed(ctx context.Context, f Format, r io.ReaderAt, size int64) (*Package, error) {
	in, err := unpack(ctx, f, r, size)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	isTar, err := in.IsTar()
	if err != nil {
		return nil, flaw.Unpacking(string(f), err)
	}
	if !isTar {
		what := map[Format]string{FormatTarGzip: "gzip", FormatTarZstd: "zstd"}[f]
		return nil, &flaw.Error{Problem: "a " + what + " file with no tar archive in it", Hint: supported}
	}
	b := &builder{limit: allowed(size)}
	t := &compressedTar{format: f, r: r, size: size}
	s := inspect.New()
	last := int64(0)
	err = tarstream.Walk(in, func(h *tar.Header, contents io.Reader) error {
		start := in.At
		if err := b.add(h.Name, tarEntry(h)); err != nil {
			return err
		}
		if err := inspectStream(ctx, b, s, f, contents); err != nil {
			return err
		}
		last = max(start, in.At)
		return nil
	})
	if err != nil {
		return nil, flaw.Unpacking(string(f), err)
	}
	if err := b.checkTail(in, last); err != nil {
		// The archive is complete and the decoder looked for more of its kind.
		if !errors.Is(err, gzip.ErrHeader) && !errors.Is(err, zstd.ErrMagicMismatch) {
			return nil, flaw.Unpacking(string(f), err)
		}
		b.warnings.AddAll("bytes behind the end of the compressed archive (build it again)")
	}
	t.entries = b.entries
	return b.finish(&Package{Format: f, Size: uint64(size), Zipped: uint64(size), source: t})
}

// unpack unpacks an archive of size bytes within its limit.
func unpack(ctx context.Context, f Format, r io.ReaderAt, size int64) (*tarstream.Unpacked, error) {
	limit := allowed(size)
	packed := io.NewSectionReader(r, 0, size)
	var in *tarstream.Unpacked
	var err error
	if f == FormatTarZstd {
		in, err = tarstream.Zstd(ctx, packed, int64(limit), tooLarge(limit))
	} else {
		in, err = tarstream.Gzip(ctx, packed, int64(limit), tooLarge(limit))
	}
	if err != nil {
		return nil, flaw.Unpacking(string(f), err)
	}
	return in, nil
}
