package image

import (
	"archive/tar"
	"errors"
	"io"

	"github.com/sizegate/sizegate/internal/tarfile"
)

// walkTar is tarfile.Walk with the package's own error for a bad header.
func walkTar(in io.Reader, each func(h *tar.Header, contents io.Reader) error) error {
	err := tarfile.Walk(in, each)
	if errors.Is(err, tar.ErrHeader) {
		return &Error{"a damaged image: a header in the tar is not one of tar", again, err}
	}
	return err
}
