// Package display makes text that may quote a stranger's file fit to be shown to
// people: cleaned, cut to so many columns of a terminal or wrapped there, escaped for
// GitHub's Markdown. All widths are columns.
package display

import (
	"strings"

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
