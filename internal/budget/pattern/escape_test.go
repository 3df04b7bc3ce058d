package pattern

import (
	"strings"
	"testing"
)

func TestPattern(t *testing.T) {
	for name, want := range map[string]string{
		"dist/app": "dist/app", "../app": "../app", "/abs/app": "/abs/app", "!app": "./!app", " ": "./ ", "d/!app": "d/!app",
		"a*?[b]{c,d}": `a\*\?\[b\]\{c,d\}`, `a\b`: `a{\\}b`, "a b#": "a b#",
	} {
		if got, err := Escape(name); err != nil || got != want {
			t.Errorf("%q: %q, %v, want %q", name, got, err, want)
		}
	}
	for _, name := range []string{"caf\xe9", "a\x00", strings.Repeat("a", 1025), strings.Repeat("[", 513)} {
		if got, err := Escape(name); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%.20q: %.20q, %v", name, got, err)
		}
	}
}
