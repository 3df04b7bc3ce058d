package budget

import (
	"fmt"
	"slices"
)

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

// cut sorts, and keeps the first ones. Of one position the error found first stays
// first.
func (l *errorList) cut() {
	slices.SortStableFunc(l.errs, func(a, b Error) int { return a.compare(b.Position) })
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

// maxErrors is how many errors are kept of one file. The last of them says how
// many are left out.
const maxErrors = 100
