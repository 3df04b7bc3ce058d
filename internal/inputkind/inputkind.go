// Package inputkind tells what is at a path that somebody named: an ELF file, a
// deployment package or a container image.
package inputkind

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"github.com/sizegate/sizegate/internal/image/stored"
)

// Kind is what is at a path. Its text is that of messages, after "is".
type Kind string

const (
	ELF     Kind = "an ELF file"
	Package Kind = "a deployment package"
	Image   Kind = "a container image"
	// Unknown is what cannot be opened, or is nothing of these. Whoever measures it says
	// what is wrong with it.
	Unknown Kind = ""
)

// Of tells by the content what is at path. In a registry there are images alone.
func Of(path string) Kind {
	if strings.HasPrefix(path, stored.Registry) {
		return Image
	}
	// O_NONBLOCK so that a named pipe that nobody writes to is not waited for.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return Unknown
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return Unknown
	case (info.IsDir() || info.Mode().IsRegular()) && isImage(path, info):
		return Image
	case info.IsDir():
		return Package
	case !info.Mode().IsRegular():
		return Unknown
	}
	head := make([]byte, min(info.Size(), 512))
	if n, err := f.ReadAt(head, 0); err != nil && n < len(head) {
		return Unknown
	}
	switch {
	case bytes.HasPrefix(head, []byte("\x7fELF")):
		return ELF
	case isArchive(f, info.Size(), head):
		return Package
	}
	return Unknown
}

// ShippedIn is what programs are shipped in that is at path, "" for what is nothing
// of the kind.
func ShippedIn(path string) string {
	kind := Of(path)
	if info, err := os.Stat(path); kind == Package && err == nil && info.IsDir() {
		return "a directory"
	}
	if kind == Package || kind == Image {
		return string(kind)
	}
	return ""
}

// isArchive reports whether the file looks like an archive that a package can be.
// head is its first bytes.
func isArchive(f io.ReaderAt, size int64, head []byte) bool {
	for _, magic := range []string{"PK\x03\x04", "PK\x05\x06", "PK\x07\x08", "\x1f\x8b", "\x28\xb5\x2f\xfd"} {
		if bytes.HasPrefix(head, []byte(magic)) {
			return true
		}
	}
	if isTar(head) {
		return true
	}
	// A zip archive may have a script in front of it.
	_, err := zip.NewReader(f, size)
	return err == nil
}

// isTar reports whether the block begins a tar archive that has entries. A block
// of zeros begins an empty one, but is more likely a build that failed.
func isTar(block []byte) bool {
	_, err := tar.NewReader(bytes.NewReader(block)).Next()
	// What needs a second block, as a long name does, ends too soon.
	return len(block) == 512 && (err == nil || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, tar.ErrInsecurePath))
}

// isImage reports whether a container image is stored at path, whole or broken: the
// reader of images says what is wrong with it. What cannot be told, as an archive that
// is cut off, is none: whoever reads it as a package says what is wrong. Of a directory
// the layout that cannot be read is the image's.
func isImage(path string, info fs.FileInfo) bool {
	is, err := stored.Recognize(path)
	return is || err != nil && info.IsDir()
}
