package image

import (
	"path"
	"strconv"
	"strings"

	"github.com/sizegate/sizegate/internal/oneline"
)

// clean makes the path that an unpacker would write to below its folder, ""
// for that itself, and says whether the name leads out of it: absolute, or with
// "..".
func clean(name string) (p string, escapes bool) {
	p = strings.TrimPrefix(path.Clean("/"+name), "/")
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

// unprintable reports whether a name has bytes that no file name should have.
func unprintable(name string) bool {
	return strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// printable makes text of the image fit to be a value that people read.
func printable(text string) string { return oneline.Quote(text, 4096) }
