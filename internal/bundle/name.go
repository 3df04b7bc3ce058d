package bundle

import (
	"path"
	"strconv"
	"strings"
	"unicode"
)

// clean makes the path that an unpacker would write to below its folder, and
// says whether the name leads out of that: absolute, or with "..".
func clean(name string) (p string, escapes bool) {
	p = strings.TrimPrefix(path.Clean("/"+name), "/")
	if p == "" {
		p = "."
	}
	if strings.HasPrefix(name, "/") {
		return p, true
	}
	for element := range strings.SplitSeq(name, "/") {
		if element == ".." {
			return p, true
		}
	}
	return p, false
}

// quote makes a name fit for a line that people read.
func quote(name string) string {
	const longest = 120
	if len(name) > longest {
		name = name[:longest] + "…"
	}
	return strconv.Quote(name)
}

// unprintable reports whether a name has characters that no file name should have:
// those that move the cursor, and those that turn text around, so that it shows
// another ending than it has.
func unprintable(name string) bool {
	return strings.ContainsFunc(name, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) })
}
