package display

import (
	"strings"
	"testing"
)

// TestSay: a terminal gets sentences that are divided between words, a pipe whole ones.
func TestSay(t *testing.T) {
	for _, test := range []struct {
		terminal bool
		width    int
		want     string
	}{
		{false, 20, "final files 10 B, hidden 0 B\nshort\n"},
		{true, 28, "final files 10 B, hidden 0 B\nshort\n"},
		{true, 20, "final files 10 B,\n    hidden 0 B\nshort\n"},
		{true, 12, "final files\n    10 B,\n    hidden 0\n    B\nshort\n"},
	} {
		var out strings.Builder
		o := Medium{Terminal: test.terminal, Width: test.width}
		if err := o.Say(&out, "final files 10 B, hidden 0 B", "short"); err != nil {
			t.Fatal(err)
		}
		if out.String() != test.want {
			t.Errorf("%d columns, terminal %t: %q, want %q", test.width, test.terminal, out.String(), test.want)
		}
	}
}
