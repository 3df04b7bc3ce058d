package report

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
		if c := cell(name); c != "" && strings.ContainsRune("=+-@\t\r", rune(c[0])) {
			t.Errorf("%.100q is the formula %.100q", name, c)
		}
		text := strings.TrimSuffix(strings.TrimPrefix(markdownText(name), "<code>"), "</code>")
		if strings.ContainsAny(text, "<>|`*_[]@\\\n") {
			t.Errorf("%.100q is in Markdown %.100q", name, text)
		}
		data, property := escapeData(name), escapeProperty(name)
		if strings.ContainsAny(data, "\r\n") || strings.ContainsAny(property, "\r\n:,") {
			t.Errorf("%.100q is in a command %.100q and %.100q", name, data, property)
		}
		unescape := strings.NewReplacer("%3A", ":", "%2C", ",", "%0D", "\r", "%0A", "\n", "%25", "%")
		if unescape.Replace(data) != name || unescape.Replace(property) != name {
			t.Errorf("%.100q does not come back from a command", name)
		}
	}
}
