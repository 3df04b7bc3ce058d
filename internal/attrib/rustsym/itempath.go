package rustsym

import (
	"strings"
	"unicode/utf8"
)

// maxItemPath is the length in bytes at which ItemPath cuts its result.
const maxItemPath = 2048

const ellipsis = "…"

// ItemPath returns the path of the item that a symbol is made from, the same
// for every instance of one generic item and in every build of the same code:
// without hashes, disambiguators, generic arguments, lifetimes and the
// instantiating crate. Closures and shims keep their number
// (`cargo::main::{closure#0}`), a legacy name has none. An impl shows as
// `<toml::de::Error as core::fmt::Display>::fmt`.
//
// A path of more than 2048 bytes, or nested deeper than 200 levels, is cut and
// ends with "…". ItemPath reports false where Parse does, and for a v0 name
// with a back-reference to something that is not an element of the name.
func ItemPath(name string) (string, bool) {
	if s, ok := strings.CutPrefix(name, v0Prefix); ok {
		return itemPathV0(s)
	}
	if s, ok := strings.CutPrefix(name, legacyPrefix); ok {
		return itemPathLegacy(s)
	}
	return "", false
}

// pathText collects a path up to maxItemPath bytes.
type pathText struct {
	out  []byte
	full bool // cut: nothing more is added
}

func (t *pathText) add(s string) {
	if t.full {
		return
	}
	if room := maxItemPath - len(ellipsis) - len(t.out); len(s) > room {
		for room > 0 && !utf8.RuneStart(s[room]) {
			room--
		}
		t.out = append(t.out, s[:room]...)
		t.cut()
		return
	}
	t.out = append(t.out, s...)
}

func (t *pathText) cut() {
	if !t.full {
		t.out = append(t.out, ellipsis...)
		t.full = true
	}
}
