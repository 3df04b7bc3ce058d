// Package usage has the errors that are mistakes of the one who started the command:
// in its arguments, or in its configuration.
package usage

import (
	"errors"
	"fmt"
)

// Error is a mistake in the command line or in the configuration. Its text says what
// is wrong and what to do.
type Error struct{ text string }

func (e *Error) Error() string { return e.text }

// Errorf makes an *Error.
func Errorf(format string, args ...any) error { return &Error{fmt.Sprintf(format, args...)} }

// ErrPrinted stands for mistakes that have been printed already.
var ErrPrinted = errors.New("mistakes in the configuration")
