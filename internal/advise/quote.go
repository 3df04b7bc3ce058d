package advise

import (
	"strings"

	"github.com/ianlancetaylor/demangle"

	"github.com/sizegate/sizegate/internal/oneline"
)

// quote makes a name of the file fit for a line of evidence.
func quote(name string) string { return oneline.Quote(name[:min(len(name), 1024)], 120) }

// readable makes the name of an object fit for a line of evidence. Deep nesting
// in a long name is what breaks demanglers, so that a long one stays as it is.
func readable(name string) string {
	const most = 4 << 10
	if len(name) <= most {
		name = demangle.Filter(name)
	}
	return quote(name)
}

// pasteable says whether a name of the file can stand in a command: files are
// hostile, and people paste.
func pasteable(name string) bool {
	return name != "" && len(name) <= 256 && name[0] != '-' && strings.IndexFunc(name, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_.+/", r))
	}) < 0
}
