package budget

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Error is one thing that is wrong in a configuration file.
type Error struct {
	Path string // the file, as it was named
	Position
	Problem string
	Hint    string // what to do about it, "" if the problem says it all
}

// Error is one line: FILE:LINE:COLUMN: problem (hint).
func (e Error) Error() string {
	text := fmt.Sprintf("%s:%d:%d: %s", e.Path, e.Line, e.Column, e.Problem)
	if e.Hint != "" {
		text += " (" + e.Hint + ")"
	}
	return text
}

// Errors is all that is wrong in a configuration file, in the order of the file.
// It is never empty.
type Errors []Error

// Error is one line for each error.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, one := range e {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

// sort orders by position. Of one position the error found first stays first.
func (e Errors) sort() {
	slices.SortStableFunc(e, func(a, b Error) int { return a.compare(b.Position) })
}

func (p Position) compare(q Position) int {
	return cmp.Or(cmp.Compare(p.Line, q.Line), cmp.Compare(p.Column, q.Column))
}

// errorList gathers errors about one file.
type errorList struct {
	path string
	errs Errors
}

func (l *errorList) fail(at Position, problem, hint string) {
	l.errs = append(l.errs, Error{Path: l.path, Position: at, Problem: problem, Hint: hint})
}

// err is nil if nothing was wrong.
func (l *errorList) err() error {
	if len(l.errs) == 0 {
		return nil
	}
	l.errs.sort()
	return l.errs
}
