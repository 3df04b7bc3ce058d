package bundle

import (
	"strings"
	"unicode"

	"github.com/sizegate/sizegate/internal/tarfile"
)

// clean is the path that an unpacker would write to below its folder, "." for that
// itself, and says whether the name leads out of it.
func clean(name string) (p string, escapes bool) {
	p, escapes = tarfile.Clean(name)
	if p == "" {
		p = "."
	}
	return p, escapes
}

// unprintable reports whether a name has characters that no file name should have:
// those that move the cursor, and those that turn text around, so that it shows
// another ending than it has.
func unprintable(name string) bool {
	return strings.ContainsFunc(name, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) })
}
