package gate

import (
	"fmt"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/usage"
)

// BudgetError is what is wrong with one budget, so that nothing can be judged. Its text
// is one line that begins with the configuration and the line in it, of the base commit
// with that commit. Where it is a mistake in the configuration it wraps a usage.Error.
type BudgetError struct {
	Failure budget.Failure // its Problem does not repeat the place and the budget
	err     error
}

func (e *BudgetError) Error() string { return e.err.Error() }
func (e *BudgetError) Unwrap() error { return e.err }

// mistake is a BudgetError for a mistake in the configuration.
func (g *Gate) mistake(b *budget.Budget, at budget.Position, format string, args ...any) error {
	failure := budget.Failure{Budget: b.Name, Position: at, Problem: fmt.Sprintf(format, args...)}
	return &BudgetError{failure, usage.Errorf("%s:%d: %s: %s", g.Path, at.Line, b.Name, failure.Problem)}
}

// buildFailed is a BudgetError for a command that failed.
func (g *Gate) buildFailed(b *budget.Budget, format string, args ...any) error {
	err := fmt.Errorf("the build failed: "+format, args...)
	failure := budget.Failure{Budget: b.Name, Position: b.BuildPosition, Problem: g.commit + err.Error()}
	return &BudgetError{failure, fmt.Errorf("%s%s:%d: %s: %w", g.commit, g.Path, b.BuildPosition.Line, b.Name, err)}
}

// notMeasured is a BudgetError for a file of the base that was built and cannot be
// measured.
func (g *Gate) notMeasured(f budget.Failure) error {
	err := fmt.Errorf("%s%s: %s", g.commit, f.Path, f.Problem)
	f.Problem = g.commit + f.Problem
	return &BudgetError{f, err}
}
