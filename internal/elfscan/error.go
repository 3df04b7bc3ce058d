package elfscan

import "strings"

// Error is a file that cannot be analysed: what is wrong with it, and what
// the user can do about that.
type Error struct {
	Problem string
	Hint    string
	Err     error // the cause, where another package's error is one
}

func (e *Error) Error() string { return e.Problem + " (" + e.Hint + ")" }
func (e *Error) Unwrap() error { return e.Err }

// ReadError is the *Error for bytes that are in the file and cannot be read.
func ReadError(err error) error {
	return &Error{"cannot be read: " + OneLine(err.Error()), "check the disk, or copy it again", err}
}

// OneLine makes text that may quote a file printable, on one line of usual length:
// the texts of an Error are such.
func OneLine(s string) string {
	const longest = 200
	if len(s) > longest {
		s = strings.ToValidUTF8(s[:longest], "") + "…"
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '?'
		}
		return r
	}, s)
}
