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
	// Omitted is 0, or how many errors this one stands for: those from its
	// position on, of a file that has more than maxErrors.
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
// but at most maxErrors. It is never empty.
type Errors []Error

// maxErrors is how many errors are kept of one file. The last of them says how
// many are left out.
const maxErrors = 100

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
	errs Errors // the first maxErrors by position, and others
	left int    // errors that were found and are not in errs
}

func (l *errorList) fail(at Position, problem, hint string) {
	l.errs = append(l.errs, Error{Path: l.path, Position: at, Problem: problem, Hint: hint})
	// Errors are found in another order than they are shown in. To sort now and
	// then is enough to keep few of them, and cheap.
	if len(l.errs) == 4*maxErrors {
		l.cut()
	}
}

// cut sorts, and keeps the first ones.
func (l *errorList) cut() {
	l.errs.sort()
	if more := len(l.errs) - maxErrors; more > 0 {
		l.errs, l.left = l.errs[:maxErrors], l.left+more
	}
}

// err is nil if nothing was wrong.
func (l *errorList) err() error {
	if len(l.errs) == 0 {
		return nil
	}
	l.cut()
	if l.left > 0 {
		last := &l.errs[maxErrors-1]
		last.Omitted = l.left + 1 // the one that gives way
		last.Problem, last.Hint = fmt.Sprintf("%d more mistakes from here on", last.Omitted), "correct those above first"
	}
	return l.errs
}
