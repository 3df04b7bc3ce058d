package page

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// visible spells out what is not printable, as control characters, characters
// that turn the direction of text, and bytes that are no UTF-8. Nothing else of a
// name is changed: the script never takes text for HTML.
func visible(s string) string {
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
			fmt.Fprintf(&out, `\x%02x`, s[i])
		case unicode.IsPrint(r):
			out.WriteString(s[i : i+w])
		default:
			fmt.Fprintf(&out, `\u{%x}`, r)
		}
	}
	return out.String()
}
