package image

import (
	"archive/tar"
	"errors"
	"io"
	"io/fs"
	"strings"
)

// walkTar calls each for every entry, with in right in front of its contents.
func walkTar(in io.Reader, each func(h *tar.Header, contents io.Reader) error) error {
	t := tar.NewReader(in)
	for {
		h, err := t.Next()
		if err == io.EOF {
			return nil
		}
		if errors.Is(err, tar.ErrHeader) {
			return &Error{"a damaged image: a header in the tar is not one of tar", again, err}
		}
		if err != nil && !errors.Is(err, tar.ErrInsecurePath) {
			return err
		}
		if h.Typeflag == tar.TypeXGlobalHeader {
			continue // about the entries behind it
		}
		if err := each(h, t); err != nil {
			return err
		}
	}
}

// section reads a file from its start, tells how far it is, and skips.
type section struct {
	r    io.ReaderAt
	at   int64
	size int64
}

func (s *section) Read(b []byte) (int, error) {
	if s.at >= s.size {
		return 0, io.EOF
	}
	n, err := s.r.ReadAt(b[:min(int64(len(b)), s.size-s.at)], s.at)
	s.at += int64(n)
	if err == io.EOF && n > 0 {
		err = nil
	}
	return n, err
}

// Seek is how archive/tar skips contents.
func (s *section) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += s.at
	case io.SeekEnd:
		offset += s.size
	}
	if offset < 0 {
		return 0, fs.ErrInvalid
	}
	s.at = offset
	return offset, nil
}

// isSparse reports whether the contents are stored without their holes.
func isSparse(h *tar.Header) bool {
	if h.Typeflag == tar.TypeGNUSparse {
		return true
	}
	for key := range h.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return true
		}
	}
	return false
}
