// Package oneline makes text that another program wrote fit to be quoted.
package oneline

import (
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
