package archive

import (
	"context"
	"io"

	"github.com/sizegate/sizegate/internal/archive/zstd"
)

// Zstd returns the size in bytes of what r holds, which must be size bytes, as
// a zstd file with a checksum and the content size in its header. It fails with
// r's error or the context's, and when r does not hold size bytes.
//
// The size is that of a valid file, and differs by less than 2 percent from what
// `zstd -19` of the versions 1.5 makes of a program; 0.1 percent is common. It
// depends on nothing but the input.
//
// An input of up to 16 MiB is compressed with up to 110 MB of memory. A larger one is
// cut into sections that take up to 125 MB each, and as many of these are
// compressed at once as there are processors, but four at most.
func Zstd(ctx context.Context, r io.Reader, size uint64) (uint64, error) {
	return zstd.Size(ctx, r, size)
}
