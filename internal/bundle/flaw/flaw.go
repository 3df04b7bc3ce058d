// Package flaw is what can be wrong with a deployment package, in words for the one
// who has to mend it.
package flaw

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/klauspost/compress/zstd"

	"github.com/sizegate/sizegate/internal/oneline"
	"github.com/sizegate/sizegate/internal/tarfile"
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

// Changed is a file that was written to since it was opened or listed.
var Changed = &Error{Problem: "changed while it was read", Hint: "run again when the build has finished"}

// Again is the hint where a package is damaged.
const Again = "copy or build it again"

// Damaged is an *Error about an archive of a format that contradicts itself.
func Damaged(archive, format string, args ...any) error {
	return &Error{Problem: "a damaged " + archive + " archive: " + fmt.Sprintf(format, args...), Hint: Again}
}

// Opening is an *Error about a file that cannot be opened.
func Opening(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &Error{"no such file", "check the path, or build it first", err}
	case errors.Is(err, fs.ErrPermission):
		return &Error{"permission denied", "make it readable: chmod +r", err}
	}
	return &Error{"cannot be opened: " + oneline.Cause(err), "name a readable file", err}
}

// Reading is about what the file system says to a read. An *Error stays as it is, and
// so does that of a context that is done.
func Reading(err error) error {
	var known *Error
	if errors.As(err, &known) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &Error{"shorter than it was when it was opened", "run again when the build has finished", err}
	}
	return &Error{"cannot be read: " + oneline.Cause(err), "check the disk, or copy it again", err}
}

// In puts an entry's name in front of an error about it, if it is not the
// package itself.
func In(name string, err error) error {
	var known *Error
	if !errors.As(err, &known) || name == "." {
		return err
	}
	return &Error{oneline.Name(name) + ": " + known.Problem, known.Hint, known.Err}
}

// Unpacking is about what a decoder or the reader below it says while it unpacks an
// archive of a format.
func Unpacking(archive string, err error) error {
	var known *Error
	var inFile *fs.PathError
	switch {
	case errors.As(err, &known), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.As(err, &inFile):
		return Reading(err)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return Damaged(archive, "it is cut off")
	case errors.Is(err, zstd.ErrWindowSizeExceeded):
		return &Error{fmt.Sprintf("a zstd file that takes more than %d MiB of memory to unpack", tarfile.MaxWindow>>20), "compress it with --long=27, or without --long", err}
	case errors.Is(err, zstd.ErrUnknownDictionary):
		return &Error{"a zstd file that needs a dictionary", "compress it without one", err}
	}
	return Damaged(archive, "%s", oneline.Quote(err.Error(), 200))
}
