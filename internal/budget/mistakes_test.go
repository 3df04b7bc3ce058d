package budget

import (
	"errors"
	"testing"
)

// TestErrorsAreBounded: a file full of mistakes does not fill the memory.
func TestErrorsAreBounded(t *testing.T) {
	var l errorList
	for i := range 100_000 {
		l.fail(Position{100_000 - i, 1}, "wrong", "")
		if len(l.errs) > 1000 {
			t.Fatalf("%d errors are kept of %d", len(l.errs), i+1)
		}
	}
	var errs Errors
	if !errors.As(l.err(), &errs) || errs[0].Line != 1 || errs[98].Line != 99 || errs[99].Line != 100 || errs[99].Omitted != 99_901 {
		t.Errorf("%+v", errs)
	}
}
