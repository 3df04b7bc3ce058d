package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/sizegate/sizegate/internal/archive/deflate"
	"github.com/sizegate/sizegate/internal/archive/input"
)

// The parts of an archive with one entry, without names (APPNOTE.TXT 4.3), and
// the extra fields of a file on a Unix system: times ("UT": two of them in the
// local header, one in the central directory) and user and group ("ux").
const (
	zipLocal   = 30 + (4 + 9) + (4 + 11)
	zipCentral = 46 + (4 + 5) + (4 + 11)
	zipEnd     = 22
)

// errTooLarge is what a file is that needs the Zip64 extensions.
var errTooLarge = errors.New("4 GiB or more do not fit into a plain zip")

// Zip returns the size in bytes of the archive that `zip -9 out.zip name` makes
// of a regular file with r's bytes, of which there must be size. The name is
// counted as it stands, twice its bytes; its mode does not matter. A file that deflate cannot
// shrink is stored where zip would store it. It fails with r's error or the
// context's, with 4 GiB or more, with a name longer than a zip can hold, and when
// r does not hold size bytes.
func Zip(ctx context.Context, r io.Reader, size uint64, name string) (uint64, error) {
	if size > math.MaxUint32 {
		return 0, errTooLarge
	}
	if len(name) > math.MaxUint16 {
		return 0, fmt.Errorf("a name of %d bytes does not fit into a zip (at most %d)", len(name), math.MaxUint16)
	}
	// One byte more than is due is enough to know that there is too much.
	in := input.New(ctx, io.LimitReader(r, int64(size)+1))
	n, err := deflate.Size(in, deflate.InfoZip)
	if err != nil {
		return 0, err
	}
	if in.Count != size {
		return 0, input.WrongSize(in.Count, size)
	}
	return n + zipLocal + zipCentral + zipEnd + 2*uint64(len(name)), nil
}
