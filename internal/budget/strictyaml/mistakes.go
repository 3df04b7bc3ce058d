package strictyaml

import (
	"fmt"
	"slices"

	"github.com/sizegate/sizegate/internal/budget"
)

// mistakes gathers errors about one file.
type mistakes struct {
	path string
	errs budget.Errors // the first maxErrors by position, and others
	left int           // errors that were found and are not in errs
}

// Fail adds a mistake, with a hint of what to do about it, or "".
func (l *mistakes) Fail(at budget.Position, problem, hint string) {
	l.errs = append(l.errs, budget.Error{Path: l.path, Position: at, Problem: problem, Hint: hint})
	// Errors are found in another order than they are shown in. To sort now and
	// then is enough to keep few of them, and cheap.
	if len(l.errs) == 4*maxErrors {
		l.cut()
	}
}

// cut sorts, and keeps the first ones. Of one position the error found first stays
// first.
func (l *mistakes) cut() {
	slices.SortStableFunc(l.errs, func(a, b budget.Error) int { return a.Compare(b.Position) })
	if more := len(l.errs) - maxErrors; more > 0 {
		l.errs, l.left = l.errs[:maxErrors], l.left+more
	}
}

// Err is all that was wrong, a budget.Errors, or nil.
func (l *mistakes) Err() error {
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
