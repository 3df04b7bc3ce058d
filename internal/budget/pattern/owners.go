package pattern

import (
	"regexp"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/sizegate/sizegate/internal/snapshot"
)

// Owners says which owners a rule about packages means:
//
//   - the owner whose name it is, letter by letter;
//   - with ... in it, those that the Go command would mean: ... is any text, and
//     x/... is x itself too; * is any text without a slash;
//   - else, as a glob, those whose names match whole.
//
// In the names of crates - and _ are the same. A Go program's main package is
// meant by "main" and by its import path, and the C in the folder of a package
// by that package's.
type Owners struct {
	text         string
	plain, crate func(name string) bool
}

// NewOwners is the pattern of a rule. The text must be a pattern that can be used: see
// Problem.
func NewOwners(text string) *Owners {
	return &Owners{text, matcher(text), matcher(underscored(text))}
}

func matcher(text string) func(name string) bool {
	if !strings.Contains(text, "...") {
		return func(name string) bool { return doublestar.MatchUnvalidated(text, name) }
	}
	text, below := strings.CutSuffix(text, "/...")
	expr := strings.NewReplacer(`\.\.\.`, `.*`, `\*`, `[^/]*`).Replace(regexp.QuoteMeta(strings.ToValidUTF8(text, "?")))
	if below {
		expr += `(?:/.*)?`
	}
	return regexp.MustCompile(`(?s)\A` + expr + `\z`).MatchString
}

// underscored is the pattern with _ for each - but those in [a-z].
func underscored(text string) string {
	out := []byte(text)
	for i := 0; i < len(out); i++ {
		switch out[i] {
		case '-':
			out[i] = '_'
		case '\\':
			if i+1 < len(out) && out[i+1] != '-' {
				i++
			}
		case '[':
			i = classEnd(text, i)
		}
	}
	return string(out)
}

// cPrefix is how attribution names the C in the folder of a Go package.
const cPrefix = "C of "

// Matches says whether the owner is meant, in a program with this main package.
func (p *Owners) Matches(o *snapshot.Owner, main string) bool {
	if o.Name == p.text {
		return true
	}
	switch o.Kind {
	case "crate":
		return p.crate(strings.ReplaceAll(o.Name, "-", "_"))
	case "package":
		if o.Name == "main" && main != "" && p.plain(main) {
			return true
		}
	case "library":
		if path, ok := strings.CutPrefix(o.Name, cPrefix); ok && p.plain(path) {
			return true
		}
	}
	return p.plain(o.Name)
}
