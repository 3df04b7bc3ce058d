// Package oneline makes text that another program wrote fit to be quoted.
package oneline

import (
	"errors"
	"io/fs"
	"strings"
	"unicode"
)

// Quote returns s as one printable line: what is not printable becomes a space,
// runs of spaces become one, and what is longer than limit runes is cut.
func Quote(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > limit {
		s = string(r[:limit-1]) + "…"
	}
	return s
}

// Cause returns an error of the file system as one line, without the path, which
// the caller names.
func Cause(err error) string {
	var inFile *fs.PathError
	if errors.As(err, &inFile) {
		err = inFile.Err
	}
	return Quote(err.Error(), 200)
}
