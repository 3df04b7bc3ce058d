package ptytest

import (
	"slices"
	"testing"
)

func TestScreen(t *testing.T) {
	lines, colors, err := Screen("abc\rx\x1b[K\r\n\x1b[1mb\x1b[0m\r\n\rlong\r\x1b[Kend")
	if err != nil || !slices.Equal(lines, []string{"x", "b", "end"}) || !slices.Equal(colors, []string{"0", "1"}) {
		t.Errorf("%q, %q, %v", lines, colors, err)
	}
	for _, text := range []string{"\x1b[2J", "\x1b]0;title\x07", "a\x07b", "\x1b"} {
		if _, _, err := Screen(text); err == nil {
			t.Errorf("%q: no error", text)
		}
	}
}
