package budget

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sizegate/sizegate/internal/bytesize"
)

// quote shows text from the file in a message.
func quote(text string) string { return strconv.Quote(shorten(text)) }

// quotePath quotes a path in a package. A long one loses folders at its start: the
// name of the file says most.
func quotePath(path string) string {
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

func shorten(text string) string {
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

// exact is a number of bytes: "12,345,678 B".
func exact(n uint64) string { return bytesize.Size(n).Grouped() + " B" }

// both is the exact number with the rounded one behind it:
// "12,345,678 B (12.3 MB)".
func both(n uint64) string {
	if n < 1000 {
		return exact(n)
	}
	return fmt.Sprintf("%s (%s)", exact(n), bytesize.Size(n).Short())
}

// percentage is part of whole as people read it: "5.2%". What would round to
// nothing is said to be less than the last digit.
func percentage(part, whole uint64, decimals int) string {
	if part == 0 || whole == 0 {
		return "0%"
	}
	text := strconv.FormatFloat(100*float64(part)/float64(whole), 'f', decimals, 64)
	if strings.Trim(text, "0.") == "" {
		return "<" + text[:len(text)-1] + "1%"
	}
	return text + "%"
}

// grouped is a number of things: "12,345".
func grouped(n int) string { return bytesize.Size(n).Grouped() }

// someOf names the first few of a list, and says how many more there are.
func someOf(names []string) string {
	if more := len(names) - shownNames; more > 0 {
		names = append(slices.Clone(names[:shownNames]), grouped(more)+" more")
	}
	return strings.Join(names, ", ")
}

// shownNames is how many names a message lists.
const shownNames = 3
