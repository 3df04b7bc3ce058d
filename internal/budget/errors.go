package budget

import (
	"fmt"
	"strings"
)

// Error is one thing that is wrong in a configuration file.
type Error struct {
	Path string // the file, as it was named
	Position
	Problem string
	Hint    string // what to do about it, "" if the problem says it all
	// Omitted is 0, or how many errors this one stands for: those from its
	// position on, of a file that has more than Errors holds.
	Omitted int
}

// Error is one line: FILE:LINE:COLUMN: problem (hint).
func (e Error) Error() string {
	text := fmt.Sprintf("%s:%d:%d: %s", e.Path, e.Line, e.Column, e.Problem)
	if e.Hint != "" {
		text += " (" + e.Hint + ")"
	}
	return text
}

// Errors is all that is wrong in a configuration file, in the order of the file,
// but at most 100: then the last says how many are left out. It is never empty.
type Errors []Error

// Error is one line for each error.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, one := range e {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}
