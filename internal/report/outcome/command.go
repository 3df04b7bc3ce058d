package outcome

import (
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/sizegate/sizegate/internal/display"
)

// annotation is a message that GitHub shows at a line of a file.
type annotation struct {
	kind         string // "error", "warning" or "notice"
	file         string // relative to the root of the repository
	line, column int    // from 1, 0 where unknown
	title        string
	message      []string // lines
	last         string   // a last line that is there even if the message is cut, "" for none
}

// Limits of GitHub. Longer messages are cut without a sign of it.
const (
	maxMessage = 4096 // UTF-16 units, before escaping
	maxTitle   = 200  // columns; of 255 characters
)

// command is the annotation as a workflow command: one line without its end. All
// text is cleaned first, so that it cannot look like another command to anything
// that reads the log.
func (a *annotation) command() string {
	var properties []string
	property := func(name, value string) {
		if value != "" {
			properties = append(properties, name+"="+escapeProperty(value))
		}
	}
	number := func(name string, n int) {
		if n > 0 {
			property(name, strconv.Itoa(n))
		}
	}
	if a.file != "" {
		property("file", display.Clean(a.file))
		number("line", a.line)
		number("endLine", a.line)
		if a.line > 0 {
			number("col", a.column)
		}
	}
	property("title", display.Clip(a.title, maxTitle))
	return "::" + a.kind + " " + strings.Join(properties, ",") + "::" + escapeData(a.text())
}

// text is the message, at most maxMessage UTF-16 units.
func (a *annotation) text() string {
	lines := make([]string, len(a.message))
	for i, line := range a.message {
		lines[i] = display.Clean(line)
	}
	last := ""
	if a.last != "" {
		last = "\n" + display.Clean(a.last)
	}
	return cutUTF16(strings.Join(lines, "\n"), maxMessage-lenUTF16(last)) + last
}

// cutUTF16 cuts s between characters to at most n UTF-16 units, the mark "…" of
// the cut included.
func cutUTF16(s string, n int) string {
	if lenUTF16(s) <= n {
		return s
	}
	units := 0
	for i, r := range s {
		units += utf16.RuneLen(r)
		if units > n-1 {
			return s[:i] + "…"
		}
	}
	return s
}

func lenUTF16(s string) int {
	n := 0
	for _, r := range s {
		n += utf16.RuneLen(r)
	}
	return n
}

// escapeData escapes what stands behind the second "::" of a workflow command.
// The sign of the escape is replaced in the same pass, so nothing is escaped
// twice.
func escapeData(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

// escapeProperty escapes the value of a property, which ends at "," or "::".
func escapeProperty(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(s)
}
