package rustsym

import "strings"

// A legacy name is "_ZN", elements of a decimal length and that many bytes,
// "E", and optionally a suffix that the code generator added (".llvm.123"). The
// last element is "h" and 16 hexadecimal digits; without it the name is C++.
const hashLength = len("h0123456789abcdef")

func parseLegacy(s string) (Symbol, bool) {
	first, _, ok := layoutLegacy(s)
	if !ok {
		return Symbol{}, false
	}
	crate, exact, ok := elementCrate(first)
	if !ok {
		return Symbol{}, false
	}
	return Symbol{Scheme: Legacy, Defining: Crate{Name: crate}, Exact: exact}, true
}

// layoutLegacy returns the first element and the elements before the hash.
func layoutLegacy(s string) (first, path string, ok bool) {
	last, lastAt := "", 0
	for pos := 0; ; {
		if pos < len(s) && s[pos] == 'E' {
			suffix := s[pos+1:]
			ok = lastAt > 0 && isHash(last) && (suffix == "" || suffix[0] == '.')
			return first, s[:lastAt], ok
		}
		text, end, ok := element(s, pos)
		if !ok {
			return "", "", false
		}
		if pos == 0 {
			first = text
		}
		last, lastAt = text, pos
		pos = end
	}
}

// element reads the element at pos.
func element(s string, pos int) (text string, end int, ok bool) {
	n, start := 0, pos
	for pos < len(s) && '0' <= s[pos] && s[pos] <= '9' {
		n = n*10 + int(s[pos]-'0')
		if n > len(s) {
			return "", 0, false
		}
		pos++
	}
	if n == 0 || s[start] == '0' || n > len(s)-pos {
		return "", 0, false
	}
	text = s[pos : pos+n]
	for i := 0; i < len(text); i++ {
		if c := text[i]; class[c]&classWord == 0 && c != '.' && c != '$' {
			return "", 0, false
		}
	}
	return text, pos + n, true
}

func isHash(s string) bool {
	if len(s) != hashLength || s[0] != 'h' {
		return false
	}
	for i := 1; i < len(s); i++ {
		if class[s[i]]&classHex == 0 {
			return false
		}
	}
	return true
}

// elementCrate returns the crate that the first element of a path names. It is
// an identifier, or an impl in angle brackets; in a path like
// `serde::ser::impls::<impl serde::Serialize for Vec<T>>` the crate is the
// impl's and stands first as well.
func elementCrate(s string) (crate string, exact, ok bool) {
	// The compiler puts "_" before an element that begins with no letter.
	if rest, ok := strings.CutPrefix(s, "_$"); ok {
		s = s[len(s)-len(rest)-1:]
	}
	if !strings.HasPrefix(s, escapeLT) {
		crate = s[:wordEnd(s, 0)]
		return crate, true, crate != "" && !isDigit(crate[0])
	}
	crate, exact = implCrate(s, 0)
	return crate, exact, crate != ""
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// wordEnd returns the end of the word at pos.
func wordEnd(s string, pos int) int {
	for pos < len(s) && class[s[pos]]&classWord != 0 {
		pos++
	}
	return pos
}
