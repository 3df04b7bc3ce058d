package native

import "strings"

// splitSemver splits "regex-automata-0.4.7" at the first '-' that a semantic
// version follows (semver.org, section 9 and 10 for the suffixes).
func splitSemver(s string) (name, version string, ok bool) {
	return splitAt(s, func(v string) bool {
		n := numbers(v)
		if n != 3 {
			return false
		}
		v = strings.TrimLeft(v, "0123456789.")
		return v == "" || v[0] == '-' || v[0] == '+'
	})
}

// splitVersion splits "openssl-1.1.1w" at the first '-' that a dotted version
// follows: at least two numbers, then anything.
func splitVersion(s string) (name, version string, ok bool) {
	return splitAt(s, func(v string) bool { return numbers(v) >= 2 })
}

func splitAt(s string, isVersion func(string) bool) (name, version string, ok bool) {
	for i := 1; i < len(s)-1; i++ {
		if s[i] == '-' && isDigit(s[i+1]) && isVersion(s[i+1:]) {
			return s[:i], s[i+1:], true
		}
	}
	return "", "", false
}

// numbers counts the numbers at the start of s that dots join. A dot after the
// last one is not counted as joining.
func numbers(s string) int {
	n := 0
	for {
		i := 0
		for i < len(s) && isDigit(s[i]) {
			i++
		}
		if i == 0 {
			return n
		}
		n++
		if i == len(s) || s[i] != '.' {
			return n
		}
		s = s[i+1:]
	}
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isHex(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) && (s[i] < 'a' || s[i] > 'f') {
			return false
		}
	}
	return s != ""
}
