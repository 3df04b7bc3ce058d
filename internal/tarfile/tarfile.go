// Package tarfile walks tar archives in files, so that contents can be read where
// they are. Package archive/tar reads the headers.
package tarfile

import (
	"archive/tar"
	"errors"
	"io"
	"io/fs"
	"path"
	"strings"
	"unicode"
)

// MaxWindow is how far back a zstd frame around a tar may refer, in bytes, which is the
// memory that it takes: zstd itself takes no more unless asked to.
const MaxWindow = 128 << 20

// Walk calls each for every entry, with in right in front of its contents, and ends
// behind the marker at the end of the archive. Names that lead out of the archive
// are the caller's business. Where a header is none of tar the error is
// [tar.ErrHeader]; others are those of in and of each.
func Walk(in io.Reader, each func(h *tar.Header, contents io.Reader) error) error {
	t := tar.NewReader(in)
	for {
		h, err := t.Next()
		if err == io.EOF {
			return nil
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

// Sparse reports whether the contents are stored without their holes.
func Sparse(h *tar.Header) bool {
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

// Clean makes the path that an unpacker would write to below its folder, "" for that
// itself, and says whether the name leads out of it: absolute, or with "..".
func Clean(name string) (p string, escapes bool) {
	// Most names are clean, and then they need no memory of their own.
	if p = path.Clean(name); p == name && p != "." && p != ".." && !strings.HasPrefix(p, "/") && !strings.HasPrefix(p, "../") {
		return p, false
	}
	p = strings.TrimPrefix(path.Clean("/"+name), "/")
	if strings.HasPrefix(name, "/") {
		return p, true
	}
	for element := range strings.SplitSeq(name, "/") {
		if element == ".." {
			return p, true
		}
	}
	return p, false
}

// Unprintable reports whether a name has characters that no file name should have:
// those that move the cursor, and those that turn text around, so that it shows
// another ending than it has.
func Unprintable(name string) bool {
	return strings.ContainsFunc(name, func(r rune) bool {
		return unicode.IsControl(r) || r > unicode.MaxLatin1 && unicode.Is(unicode.Bidi_Control, r)
	})
}

// Section reads Size bytes of a file from its start, tells how far it is (At), and
// skips. Unlike io.SectionReader it may skip behind its end, as a header can claim.
type Section struct {
	R    io.ReaderAt
	At   int64
	Size int64
}

func (s *Section) Read(b []byte) (int, error) {
	if s.At >= s.Size {
		return 0, io.EOF
	}
	n, err := s.R.ReadAt(b[:min(int64(len(b)), s.Size-s.At)], s.At)
	s.At += int64(n)
	if err == io.EOF && n > 0 {
		err = nil
	}
	return n, err
}

// Seek is how archive/tar skips contents.
func (s *Section) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += s.At
	case io.SeekEnd:
		offset += s.Size
	}
	if offset < 0 {
		return 0, fs.ErrInvalid
	}
	s.At = offset
	return offset, nil
}
