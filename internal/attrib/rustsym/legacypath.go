package rustsym

import (
	"strings"
	"unicode"
)

// itemPathLegacy joins the elements with "::". Angle brackets behind a word are
// generic arguments and left out; others are an impl and stay.
func itemPathLegacy(s string) (string, bool) {
	_, path, ok := layoutLegacy(s)
	if !ok {
		return "", false
	}
	// A name whose crate cannot be told is none for Parse either.
	if _, ok := parseLegacy(s); !ok {
		return "", false
	}
	var text pathText
	for pos := 0; pos < len(path) && !text.full; {
		elem, end, _ := element(path, pos)
		if pos > 0 {
			text.add("::")
		}
		addElement(&text, elem)
		pos = end
	}
	return string(text.out), true
}

func addElement(text *pathText, s string) {
	// The compiler puts "_" before an element that begins with no letter.
	if strings.HasPrefix(s, "_$") {
		s = s[1:]
	}
	afterWord := false
	for pos := 0; pos < len(s) && !text.full; {
		r, next := legacyChar(s, pos)
		if r == '<' && afterWord {
			pos = argumentsEnd(s, pos)
			continue
		}
		pos = next
		if r == pathSeparator {
			text.add("::")
		} else {
			text.add(string(r))
		}
		afterWord = r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r)
	}
}

// argumentsEnd returns the end of the bracketed arguments at pos.
func argumentsEnd(s string, pos int) int {
	b := brackets{}
	for pos < len(s) {
		r, next := legacyChar(s, pos)
		b.see(r)
		pos = next
		if b.depth <= 0 {
			break
		}
	}
	return pos
}
