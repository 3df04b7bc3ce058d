package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
)

// Clean makes text that may quote a file or an argument safe to print on a
// terminal and in a CI log: what is not a printable character (control
// characters, escape sequences, line breaks, characters that turn the direction
// of text) is spelled out, and so is what GitHub Actions takes for a command.
func Clean(s string) string { return noCommand(printable(s)) }

// noCommand spells out the first character of what a runner of GitHub Actions
// would carry out: "::" where a line begins, behind spaces or not, and "##["
// anywhere.
func noCommand(s string) string {
	if at := len(s) - len(strings.TrimLeft(s, " ")); strings.HasPrefix(s[at:], "::") {
		s = s[:at] + `\x3a` + s[at+1:]
	}
	return strings.ReplaceAll(s, "##[", `\x23#[`)
}

func printable(s string) string {
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

// columns counts the columns of text. It does not ask the locale how wide "…"
// is, so that the same file gives the same table everywhere.
var columns = &runewidth.Condition{StrictEmojiNeutral: true}

// fit cuts s in the middle to at most width columns: the end of an import path
// and the start of a function name say the most.
func fit(s string, width int) string { return cutMiddle(s, width, 1, 3) }

// cutMiddle cuts s so that a part of what is left, such as 1 of 3, is of the start.
func cutMiddle(s string, width, part, of int) string {
	whole := columns.StringWidth(s)
	if whole <= width {
		return s
	}
	if width < 3 {
		return columns.Truncate(s, width, "")
	}
	head := (width - 1) * part / of
	return columns.Truncate(s, head, "") + "…" + columns.TruncateLeft(s, whole-(width-1-head), "")
}
