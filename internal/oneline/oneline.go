// Package oneline makes text that another program wrote fit to be quoted.
package oneline

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
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

// Name returns the name of a file in Go's quotes, cut to 120 bytes.
func Name(name string) string {
	const longest = 120
	if len(name) > longest {
		name = name[:longest] + "…"
	}
	return strconv.Quote(name)
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

// Printable returns s with what is not printable spelled out: control characters,
// escape sequences, line breaks, characters that turn the direction of text, and
// bytes that are no UTF-8. Nothing else is changed.
func Printable(s string) string {
	plain := true
	for _, r := range s {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			plain = false
			break
		}
	}
	if plain {
		return s
	}
	var out strings.Builder
	for i, w := 0, 0; i < len(s); i += w {
		var r rune
		r, w = utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && w == 1:
			fmt.Fprintf(&out, "\\x%02x", s[i])
		case unicode.IsPrint(r):
			out.WriteRune(r)
		case r < 0x80:
			fmt.Fprintf(&out, "\\x%02x", r)
		default:
			fmt.Fprintf(&out, "\\u{%x}", r)
		}
	}
	return out.String()
}
