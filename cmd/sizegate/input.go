package main

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
	"github.com/sizegate/sizegate/internal/usage"
)

// inputKind is what an argument of report is.
type inputKind string

const (
	elfFile        inputKind = "an ELF file"
	packageInput   inputKind = "a deployment package"
	containerImage inputKind = "a container image"
	// What cannot be opened, or is nothing of these, goes with any of them. Whoever
	// measures it says what is wrong with it.
	unknownInput inputKind = ""
)

// input is an argument and what it is.
type input struct {
	path string
	kind inputKind
}

// findInputs says what the arguments are: a report is about ELF files, or about
// packages, or about images, as each has a schema of its own. The result is the
// first that is of a known kind.
func findInputs(paths []string) (first input, err error) {
	for _, path := range paths {
		in := input{path, kindOf(path)}
		switch {
		case in.kind == unknownInput:
		case first.kind == unknownInput:
			first = in
		case first.kind != in.kind:
			return first, usage.Errorf("%s is %s, and %s is %s: a report is about one kind (report them one by one)",
				first.path, first.kind, in.path, in.kind)
		}
	}
	return first, nil
}

// kindOf tells by the content what is at path. In a registry there are images alone.
func kindOf(path string) inputKind {
	if strings.HasPrefix(path, stored.Registry) {
		return containerImage
	}
	// O_NONBLOCK so that a named pipe that nobody writes to is not waited for.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return unknownInput
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return unknownInput
	case (info.IsDir() || info.Mode().IsRegular()) && isImage(path, info):
		return containerImage
	case info.IsDir():
		return packageInput
	case !info.Mode().IsRegular():
		return unknownInput
	}
	head := make([]byte, min(info.Size(), 512))
	if n, err := f.ReadAt(head, 0); err != nil && n < len(head) {
		return unknownInput
	}
	switch {
	case bytes.HasPrefix(head, []byte("\x7fELF")):
		return elfFile
	case isArchive(f, info.Size(), head):
		return packageInput
	}
	return unknownInput
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

// isImage reports whether a container image is stored at path. What cannot be told,
// as a damaged archive, is none: whoever reads it as a package says what is wrong.
// Of a directory the layout that cannot be read is the image's.
func isImage(path string, info fs.FileInfo) bool {
	is, err := stored.Recognize(path)
	return is || err != nil && info.IsDir()
}
