package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
)

// clean makes a name from a file safe to print on a terminal: what is not a
// printable character (control characters, escape sequences, line breaks,
// characters that turn the direction of text) is spelled out.
func clean(s string) string {
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

// fit cuts s in the middle to at most width columns: the end of an import path
// and the start of a function name say the most.
func fit(s string, width int) string {
	if runewidth.StringWidth(s) <= width {
		return s
	}
	if width < 3 {
		return runewidth.Truncate(s, width, "")
	}
	head := (width - 1) / 3
	return runewidth.Truncate(s, head, "") + "…" + runewidth.TruncateLeft(s, runewidth.StringWidth(s)-(width-1-head), "")
}
