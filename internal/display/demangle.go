package display

import (
	"strings"

	"github.com/ianlancetaylor/demangle"
)

// Limits on what is demangled. A name is nested at most as deep as it is long,
// and the library recurses; a short name can also stand for a very long one.
const (
	maxRust      = 4096
	maxCPP       = 1024 // its demangling takes time that grows with the square of the length
	maxDemangled = 13   // a power of two
)

// Demangle makes the name of a function readable: of C++ or Rust, and of Go,
// whose package paths have %2e for dots. What is not mangled, such as the name of
// a constant ("text…", embed: PATH), or is longer than any compiler's usual names,
// stays as it is.
func Demangle(name string) string {
	if strings.HasPrefix(name, `"`) || strings.HasPrefix(name, "embed: ") {
		return name
	}
	if !strings.HasPrefix(name, "_") {
		// Other escapes stand for what a package path seldom has, and a terminal
		// should not see.
		return strings.ReplaceAll(name, "%2e", ".")
	}
	limit := maxRust
	if strings.HasPrefix(name, "_Z") {
		limit = maxCPP
	}
	if len(name) > limit {
		return name
	}
	return demangle.Filter(name, demangle.MaxLength(maxDemangled))
}
