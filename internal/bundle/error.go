package bundle

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/klauspost/compress/zstd"

	"github.com/sizegate/sizegate/internal/oneline"
)

// Error is a package that cannot be measured: what is wrong with it, and what
// the user can do about that. It does not name the package.
type Error struct {
	Problem string
	Hint    string
	Err     error // the cause, where another package's error is one
}

func (e *Error) Error() string { return e.Problem + " (" + e.Hint + ")" }
func (e *Error) Unwrap() error { return e.Err }

var errChanged = &Error{Problem: "changed while it was read", Hint: "run again when the build has finished"}

const again = "copy or build it again"

func damaged(f Format, format string, args ...any) error {
	return &Error{Problem: "a damaged " + string(f) + " archive: " + fmt.Sprintf(format, args...), Hint: again}
}

func openError(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &Error{"no such file", "check the path, or build it first", err}
	case errors.Is(err, fs.ErrPermission):
		return &Error{"permission denied", "make it readable: chmod +r", err}
	}
	return &Error{"cannot be opened: " + oneline.Cause(err), "name a readable file", err}
}

func readError(err error) error {
	var known *Error
	if errors.As(err, &known) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &Error{"shorter than it was when it was opened", "run again when the build has finished", err}
	}
	return &Error{"cannot be read: " + oneline.Cause(err), "check the disk, or copy it again", err}
}

// of puts an entry's name in front of an error about it, if it is not the
// package itself.
func of(name string, err error) error {
	var known *Error
	if !errors.As(err, &known) || name == "." {
		return err
	}
	return &Error{oneline.Name(name) + ": " + known.Problem, known.Hint, known.Err}
}

// unpackError is about what a decoder or the reader below it says.
func unpackError(f Format, err error) error {
	var known *Error
	var inFile *fs.PathError
	switch {
	case errors.As(err, &known), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.As(err, &inFile):
		return readError(err)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return damaged(f, "it is cut off")
	case errors.Is(err, zstd.ErrWindowSizeExceeded):
		return &Error{fmt.Sprintf("a zstd file that takes more than %d MiB of memory to unpack", maxWindow>>20), "compress it with --long=27, or without --long", err}
	case errors.Is(err, zstd.ErrUnknownDictionary):
		return &Error{"a zstd file that needs a dictionary", "compress it without one", err}
	}
	return damaged(f, "%s", oneline.Quote(err.Error(), 200))
}
