// Package fileerror takes the errors of file operations apart.
package fileerror

import "os"

// Cause is the reason in a file error, without the names that the message has
// already. Of another error it is the error.
func Cause(err error) error {
	switch e := err.(type) {
	case *os.PathError:
		return e.Err
	case *os.LinkError:
		return e.Err
	}
	return err
}
