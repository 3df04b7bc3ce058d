package oneline

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/sizegate/sizegate/internal/badname"
)

func TestBadNames(t *testing.T) {
	const limit = 50
	for _, name := range badname.All() {
		got := Quote(name, limit)
		unsafe := func(r rune) bool {
			return unicode.In(r, unicode.C, unicode.Zl, unicode.Zp) || r != ' ' && unicode.IsSpace(r)
		}
		if !utf8.ValidString(got) || utf8.RuneCountInString(got) > limit || strings.IndexFunc(got, unsafe) >= 0 {
			t.Errorf("%.100q is quoted as %q", name, got)
		}
	}
}
