package image

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

// ErrPlatforms is the cause of an *Error about images for several platforms, of
// which none was named.
var ErrPlatforms = errors.New("images for several platforms")

const again = "save or pull the image again"

func damaged(format string, args ...any) error {
	return &Error{Problem: "a damaged image: " + fmt.Sprintf(format, args...), Hint: again}
}

func openError(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &Error{"no such file", "check the path, or save the image first", err}
	case errors.Is(err, fs.ErrPermission):
		return &Error{"permission denied", "make it readable: chmod +r", err}
	}
	return &Error{"cannot be opened: " + oneline.Cause(err), "name a readable file", err}
}

// passed reports whether an error says already all that there is to say.
func passed(err error) bool {
	var known *Error
	return errors.As(err, &known) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

func readError(err error) error {
	switch {
	case passed(err):
		return err
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return &Error{"shorter than it was when it was opened", "run again when it is written", err}
	}
	return &Error{"cannot be read: " + oneline.Cause(err), "check the disk, or save the image again", err}
}

// of puts in front of an error what in the image it is about.
func of(what string, err error) error {
	var known *Error
	if !errors.As(err, &known) {
		return err
	}
	return &Error{what + ": " + known.Problem, known.Hint, known.Err}
}

// unpackError is about what a decoder or the reader below it says.
func unpackError(what string, err error) error {
	var inFile *fs.PathError
	switch {
	case passed(err):
		return err
	case errors.As(err, &inFile):
		return readError(err)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return damaged("%s is cut off", what)
	}
	return damaged("%s: %s", what, oneline.Quote(err.Error(), 200))
}
