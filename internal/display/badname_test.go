package display

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/sizegate/sizegate/internal/badname"
)

func TestBadNames(t *testing.T) {
	for _, name := range badname.All() {
		got := Clean(name)
		unsafe := func(r rune) bool {
			return unicode.In(r, unicode.C, unicode.Zl, unicode.Zp) || r != ' ' && unicode.IsSpace(r)
		}
		if !utf8.ValidString(got) || strings.IndexFunc(got, unsafe) >= 0 || strings.HasPrefix(strings.TrimSpace(got), "::") || strings.Contains(got, "##[") {
			t.Errorf("%.100q is cleaned to %.100q", name, got)
		}
		text := strings.TrimSuffix(strings.TrimPrefix(MarkdownCode(name), "<code>"), "</code>")
		if strings.ContainsAny(text, "<>|`*_[]@\\\n") {
			t.Errorf("%.100q is in Markdown %.100q", name, text)
		}
	}
}
