package pattern

import "testing"

// TestAlternatives counts what braces stand for against a shell's expansion,
// done by hand.
func TestAlternatives(t *testing.T) {
	tests := []struct {
		pattern string
		want    int
	}{
		{"a", 1}, {"a,b", 1}, {"{a,b}", 2}, {"{a,b}{c,d,e}", 6}, {"{a,{b,c},d}x", 4}, {"{a,b{c,d}{e,f}}", 5},
		{`\{a,b\}`, 1}, {"[{,]{a,b}", 2}, {`[\]{,]{a,b}`, 2}, {"{}", 1}, {"{,a}", 2},
	}
	for _, tt := range tests {
		if got := alternatives(tt.pattern, 1000); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.pattern, got, tt.want)
		}
	}
}
