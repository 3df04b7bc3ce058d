package report

import (
	"strings"

	"github.com/mattn/go-runewidth"

	"github.com/sizegate/sizegate/internal/oneline"
)

// Clean makes text that may quote a file or an argument safe to print on a
// terminal and in a CI log: what is not a printable character (control
// characters, escape sequences, line breaks, characters that turn the direction
// of text) is spelled out, and so is what GitHub Actions takes for a command.
func Clean(s string) string { return noCommand(oneline.Printable(s)) }

// noCommand spells out the first character of what a runner of GitHub Actions
// would carry out: "::" where a line begins, behind spaces or not, and "##["
// anywhere.
func noCommand(s string) string {
	if at := len(s) - len(strings.TrimLeft(s, " ")); strings.HasPrefix(s[at:], "::") {
		s = s[:at] + `\x3a` + s[at+1:]
	}
	return strings.ReplaceAll(s, "##[", `\x23#[`)
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
