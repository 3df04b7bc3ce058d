// Package fault is what can be wrong with a container image, in words for the one
// who has to mend it.
package fault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/sizegate/sizegate/internal/oneline"
)

// Error is an image that cannot be measured: what is wrong with it, and what the
// user can do about that. It does not name the image.
type Error struct {
	Problem string
	Hint    string
	Err     error // the cause, where another package's error is one
}

func (e *Error) Error() string { return e.Problem + " (" + e.Hint + ")" }
func (e *Error) Unwrap() error { return e.Err }

// Again is the hint where an image is damaged.
const Again = "save or pull the image again"

// Damaged is an *Error about an image that contradicts itself or its format.
func Damaged(format string, args ...any) error {
	return &Error{Problem: "a damaged image: " + fmt.Sprintf(format, args...), Hint: Again}
}

// Opening is an *Error about a file that cannot be opened.
func Opening(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &Error{"no such file", "check the path, or save the image first", err}
	case errors.Is(err, fs.ErrPermission):
		return &Error{"permission denied", "make it readable: chmod +r", err}
	}
	return &Error{"cannot be opened: " + oneline.Cause(err), "name a readable file", err}
}

// Final reports whether an error says already all that there is to say: an *Error,
// or that of a context that is done.
func Final(err error) bool {
	var known *Error
	return errors.As(err, &known) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// Reading is about what the file system says to a read. A final error stays as it is.
func Reading(err error) error {
	switch {
	case Final(err):
		return err
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return &Error{"shorter than it was when it was opened", "run again when it is written", err}
	}
	return &Error{"cannot be read: " + oneline.Cause(err), "check the disk, or save the image again", err}
}

// In puts in front of an *Error what in the image it is about.
func In(what string, err error) error {
	var known *Error
	if !errors.As(err, &known) {
		return err
	}
	return &Error{what + ": " + known.Problem, known.Hint, known.Err}
}

// Unpacking is about what a decoder or the reader below it says while it unpacks what.
func Unpacking(what string, err error) error {
	var inFile *fs.PathError
	switch {
	case Final(err):
		return err
	case errors.As(err, &inFile):
		return Reading(err)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return Damaged("%s is cut off", what)
	}
	return Damaged("%s: %s", what, oneline.Quote(err.Error(), 200))
}
