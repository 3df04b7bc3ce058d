package archive

import (
	"context"
	"io"

	"github.com/sizegate/sizegate/internal/archive/deflate"
	"github.com/sizegate/sizegate/internal/archive/input"
)

// gzipFrame is the header without a name and the trailer (RFC 1952).
const gzipFrame = 10 + 8

// Gzip returns the size in bytes of what r holds after `gzip -9 <file`, or
// `gzip -9n file`: without a file name in the header. (`gzip -9 file` is longer
// by the name and one byte.) It fails with r's error or the context's.
func Gzip(ctx context.Context, r io.Reader) (uint64, error) {
	n, err := deflate.Size(input.New(ctx, r), deflate.GNUGzip)
	if err != nil {
		return 0, err
	}
	return n + gzipFrame, nil
}
