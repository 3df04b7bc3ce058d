package buildrecord

import (
	"debug/buildinfo"
	"io"

	"github.com/sizegate/sizegate/internal/elfscan"
)

// Go returns what the Go linker recorded about the build, or nil if
// the file is no Go program or was built without it. The error is of reading the file.
func Go(b *elfscan.Binary) (*buildinfo.BuildInfo, error) {
	r := &keepsError{ReaderAt: b.Reader()}
	info, err := buildinfo.Read(r)
	switch {
	case err == nil:
		return info, nil
	case r.err != nil:
		return nil, elfscan.ReadError(r.err)
	}
	return nil, nil
}

// keepsError keeps the error of reading, which package buildinfo reports as if the file
// were none of Go's.
type keepsError struct {
	io.ReaderAt
	err error
}

func (r *keepsError) ReadAt(p []byte, at int64) (int, error) {
	n, err := r.ReaderAt.ReadAt(p, at)
	if err != nil && err != io.EOF {
		r.err = err
	}
	return n, err
}
