package display

import (
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
)

// condition does not ask the locale how wide "…" is, so that the same file gives
// the same table everywhere.
var condition = &runewidth.Condition{StrictEmojiNeutral: true}

// Columns is how many columns of a terminal s takes.
func Columns(s string) int { return condition.StringWidth(s) }

// Fit cuts s, which is clean, in the middle to at most width columns: the end of an
// import path and the start of a function name say the most.
func Fit(s string, width int) string { return cutMiddle(s, width, 1, 3) }

// cutMiddle cuts s so that a part of what is left, such as 1 of 3, is of the start.
func cutMiddle(s string, width, part, of int) string {
	whole := Columns(s)
	if whole <= width {
		return s
	}
	if width < 3 {
		return condition.Truncate(s, width, "")
	}
	head := (width - 1) * part / of
	return condition.Truncate(s, head, "") + "…" + condition.TruncateLeft(s, whole-(width-1-head), "")
}

// bytesPerColumn is the most that untrusted text has in a column.
const bytesPerColumn = 16

// Clip is untrusted text in one line, cleaned and cut to so many columns. Bytes are
// bounded as well, since marks on a letter take no column.
func Clip(s string, width int) string {
	if n := width * bytesPerColumn; len(s) > n {
		for n > width && !utf8.RuneStart(s[n]) {
			n--
		}
		s = s[:n] + "…"
	}
	return Fit(Clean(s), width)
}

// Fact is text from the file for a heading. A file can say anything, at any
// length; what compilers say is shorter.
func Fact(s string) string { return Fit(Clean(s), MaxFact) }

// MaxFact is the columns of a Fact.
const MaxFact = 100
