package strictyaml

import (
	"errors"
	"testing"

	"github.com/sizegate/sizegate/internal/budget"
)

// TestErrorsAreBounded: a file full of mistakes does not fill the memory.
func TestErrorsAreBounded(t *testing.T) {
	var l mistakes
	for i := range 100_000 {
		l.Fail(budget.Position{Line: 100_000 - i, Column: 1}, "wrong", "")
		if len(l.errs) > 1000 {
			t.Fatalf("%d errors are kept of %d", len(l.errs), i+1)
		}
	}
	var errs budget.Errors
	if !errors.As(l.Err(), &errs) || errs[0].Line != 1 || errs[98].Line != 99 || errs[99].Line != 100 || errs[99].Omitted != 99_901 {
		t.Errorf("%+v", errs)
	}
}
