package warnlist

import (
	"slices"
	"testing"
)

func TestLines(t *testing.T) {
	var below, l List
	below.Add("too long", "d\n")
	below.AddAll("cut off")
	l.Add("empty", "a")
	l.Add("too long", "b")
	l.Add("too long", "c")
	l.Merge(&below)
	want := []string{`"a": empty`, `"b" and 2 more: too long`, "cut off"}
	if got := l.Lines(); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
