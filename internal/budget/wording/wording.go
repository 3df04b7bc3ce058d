// Package wording is how names and numbers stand in the messages about budgets: text
// from a file in quotes and cut, sizes exact and rounded, and suggestions for words
// that nobody knows.
package wording

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sizegate/sizegate/internal/bytesize"
)

// Quote shows text from a file in a message, in quotes and cut.
func Quote(text string) string { return strconv.Quote(Shorten(text)) }

// QuotePath quotes a path in a package. A long one loses folders at its start: the
// name of the file says most.
func QuotePath(path string) string {
	const limit = 100 // bytes
	if cut := len(path) - limit; cut > 0 {
		for cut < len(path) && !utf8.RuneStart(path[cut]) {
			cut++
		}
		path = path[cut:]
		if at := strings.IndexByte(path, '/'); at >= 0 {
			path = path[at:]
		}
		path = "…" + path
	}
	return strconv.Quote(path)
}

// Shorten cuts text from a file to what a message has room for.
func Shorten(text string) string {
	const limit = 60
	if len(text) <= limit {
		return text
	}
	cut := limit
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…"
}

// Exact is a number of bytes: "12,345,678 B".
func Exact(n uint64) string { return bytesize.Size(n).Grouped() + " B" }

// ExactAndShort is the exact number with the rounded one behind it:
// "12,345,678 B (12.3 MB)".
func ExactAndShort(n uint64) string {
	if n < 1000 {
		return Exact(n)
	}
	return fmt.Sprintf("%s (%s)", Exact(n), bytesize.Size(n).Short())
}

// Percentage is part of whole as people read it: "5.2%". What would round to
// nothing is said to be less than the last digit.
func Percentage(part, whole uint64, decimals int) string {
	if part == 0 || whole == 0 {
		return "0%"
	}
	text := strconv.FormatFloat(100*float64(part)/float64(whole), 'f', decimals, 64)
	if strings.Trim(text, "0.") == "" {
		return "<" + text[:len(text)-1] + "1%"
	}
	return text + "%"
}

// Grouped is a number of things: "12,345".
func Grouped(n int) string { return bytesize.Size(n).Grouped() }

// SomeOf names the first few of a list, and says how many more there are.
func SomeOf(names []string) string {
	if more := len(names) - ShownNames; more > 0 {
		names = append(slices.Clone(names[:ShownNames]), Grouped(more)+" more")
	}
	return strings.Join(names, ", ")
}

// ShownNames is how many names a message lists.
const ShownNames = 3
