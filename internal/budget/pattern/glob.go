// Package pattern has the patterns of budgets.yaml: globs with ** that find files and
// leave some out, and those of rules about packages, which match owners.
package pattern

import (
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// Problem says why a pattern cannot be used, and what to do about it; "" if it can.
func Problem(pattern string) (problem, hint string) {
	const maxLength, maxAlternatives = 1024, 256
	switch {
	case len(pattern) > maxLength:
		return "is longer than 1024 bytes", "shorten it"
	case !doublestar.ValidatePattern(pattern):
		return "is not a valid glob", `close [ and {, or write \ before one that is meant literally`
	case alternatives(pattern, maxAlternatives) > maxAlternatives:
		return "stands for more than 256 patterns", "write fewer { }"
	}
	return "", ""
}

// alternatives is how many patterns without braces a valid pattern stands for,
// any number above limit if there are more. Matching takes as many times as
// long.
func alternatives(pattern string, limit int) int {
	// Each level of braces counts the finished alternatives and the current one.
	type level struct{ done, current int }
	stack := []level{{0, 1}}
	for i := 0; i < len(pattern); i++ {
		top := &stack[len(stack)-1]
		switch pattern[i] {
		case '\\':
			i++
		case '[':
			i = classEnd(pattern, i)
		case '{':
			stack = append(stack, level{0, 1})
		case ',':
			if len(stack) > 1 {
				top.done, top.current = top.done+top.current, 1
			}
		case '}':
			outer := &stack[len(stack)-2]
			outer.current = min(outer.current*(top.done+top.current), limit+1)
			stack = stack[:len(stack)-1]
		}
	}
	return stack[0].current
}

// classEnd is the position of the ] of the class that begins at start.
func classEnd(pattern string, start int) int {
	for i := start + 1; i < len(pattern); i++ {
		switch pattern[i] {
		case '\\':
			i++
		case ']':
			return i
		}
	}
	return len(pattern)
}

// isGlob reports whether a pattern has a character with a meaning.
func isGlob(pattern string) bool { return strings.ContainsAny(pattern, `*?[{\`) }

// segments splits a pattern at each slash that is not within braces or a class.
func segments(pattern string) []string {
	var list []string
	start, depth := 0, 0
	for i := 0; i < len(pattern); i++ {
		switch pattern[i] {
		case '\\':
			i++
		case '[':
			i = classEnd(pattern, i)
		case '{':
			depth++
		case '}':
			depth--
		case '/':
			if depth == 0 {
				list = append(list, pattern[start:i])
				start = i + 1
			}
		}
	}
	return append(list, pattern[start:])
}

// MatchPath reports whether a path is the pattern, letter by letter, or matches it.
func MatchPath(pattern, path string) bool {
	return path == pattern || doublestar.MatchUnvalidated(pattern, path)
}
