package strictyaml

import (
	"fmt"
	"strings"
	"unicode"

	"gopkg.in/yaml.v3"

	"github.com/sizegate/sizegate/internal/budget/wording"
)

// Reader turns nodes into values. Each method reports what is wrong and goes on,
// so that an author sees all errors at once. What it returns then is the zero value.
// The text that a method is given says in messages what the value is.
type Reader struct {
	mistakes
}

// NewReader reads one file, beginning with its Document. The path is for messages.
func NewReader(path string) Reader { return Reader{mistakes{path: path}} }

// Field is a key that a map may have.
type Field struct {
	Key      string
	Required bool
	Read     func(key, value *yaml.Node)
	// Foreign says why a key that other maps have is not for this one. It is
	// not among the known keys then.
	Foreign string
}

// Fields reads a map with fixed keys. It reports whether n is a map.
func (r *Reader) Fields(n *yaml.Node, what string, list []Field) bool {
	var known []string
	for _, f := range list {
		if f.Foreign == "" {
			known = append(known, f.Key)
		}
	}
	seen := make(map[string]bool)
	ok := r.Each(n, what, func(key, value *yaml.Node) {
		for _, f := range list {
			if f.Key == key.Value && f.Foreign != "" {
				r.Fail(PositionOf(key), f.Foreign, "remove "+f.Key)
				return
			}
			if f.Key == key.Value {
				seen[f.Key] = true
				f.Read(key, value)
				return
			}
		}
		r.Fail(PositionOf(key), "unknown key "+wording.Quote(key.Value), wording.DidYouMean(key.Value, known))
	})
	if !ok {
		return false
	}
	for _, f := range list {
		if f.Required && !seen[f.Key] {
			r.Fail(PositionOf(n), fmt.Sprintf("%s has no %s", what, f.Key), "add "+f.Key+":")
		}
	}
	return true
}

// Each reads a map with any keys, each once. It reports whether n is a map with
// at least one key.
func (r *Reader) Each(n *yaml.Node, what string, read func(key, value *yaml.Node)) bool {
	if !r.kind(n, yaml.MappingNode, what) {
		return false
	}
	first := make(map[string]int)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch {
		case isMergeKey(key) || Unreadable(key):
		case key.Kind != yaml.ScalarNode:
			r.Fail(PositionOf(key), "a key that is "+kindName(key), "a key is a word")
		case first[key.Value] > 0:
			r.Fail(PositionOf(key), "duplicate key "+wording.Quote(key.Value), fmt.Sprintf("it is on line %d already", first[key.Value]))
		default:
			first[key.Value] = key.Line
			read(key, value)
		}
	}
	return true
}

// Items reads a list with at least one item.
func (r *Reader) Items(n *yaml.Node, what string, read func(item *yaml.Node)) {
	if !r.kind(n, yaml.SequenceNode, what) {
		return
	}
	for _, item := range n.Content {
		read(item)
	}
}

// MaxEntries bounds each map and each list, so that what is the product of two stays
// small.
const MaxEntries = 1000

// kind reports whether n is a map or a list, as is asked for, with 1 to
// maxEntries entries.
func (r *Reader) kind(n *yaml.Node, kind yaml.Kind, what string) bool {
	switch {
	case Unreadable(n):
		return false
	case isNull(n), n.Kind == kind && len(n.Content) == 0:
		r.Fail(PositionOf(n), what+" is empty", "fill it in or remove it")
		return false
	case n.Kind != kind:
		hint := `write "key: value" lines below it`
		if kind == yaml.SequenceNode {
			hint = `begin each entry with "- "`
		}
		r.Fail(PositionOf(n), fmt.Sprintf("%s is %s, where %s is meant", what, kindName(n), kindName(&yaml.Node{Kind: kind})), hint)
		return false
	case kind == yaml.SequenceNode && len(n.Content) > MaxEntries, len(n.Content) > 2*MaxEntries:
		r.Fail(PositionOf(n), fmt.Sprintf("%s has more than %d entries", what, MaxEntries), "spread them over several files")
		return false
	}
	return true
}

// kindName says what a value is.
func kindName(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "a map"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Tag == "!!int" || n.Tag == "!!float":
		return "a number"
	case n.Tag == "!!bool":
		return "true or false"
	case n.Tag == "!!timestamp":
		return "a date"
	case isMergeKey(n):
		return "a merge key"
	}
	return "text"
}

// Scalar reports whether n is a single value that is there.
func (r *Reader) Scalar(n *yaml.Node, what string) bool {
	switch {
	case Unreadable(n):
		return false
	case isNull(n), n.Kind == yaml.ScalarNode && strings.TrimSpace(n.Value) == "":
		r.Fail(PositionOf(n), what+" is empty", "fill it in or remove it")
		return false
	case n.Kind != yaml.ScalarNode:
		r.Fail(PositionOf(n), fmt.Sprintf("%s is %s, where one value is meant", what, kindName(n)), "write it behind the key")
		return false
	}
	return true
}

// Text reads a text of any length, "" if there is none to be had.
func (r *Reader) Text(n *yaml.Node, what string) string {
	if !r.Scalar(n, what) {
		return ""
	}
	if n.Tag != "!!str" {
		r.Fail(PositionOf(n), fmt.Sprintf("%s is %s, where text is meant", what, kindName(n)), "put it in quotes")
		return ""
	}
	return n.Value
}

// Sentence reads a text for people, in as many lines as its author likes, as one
// line.
func (r *Reader) Sentence(n *yaml.Node, what string) string {
	var lines []string
	for _, line := range strings.FieldsFunc(r.Text(n, what), isLineEnd) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, " ")
}

// isLineEnd knows all that Unicode ends lines and paragraphs with. Escapes within
// quotes can put any of them into a text.
func isLineEnd(c rune) bool { return strings.ContainsRune("\n\v\f\r\u0085\u2028\u2029", c) }

// Title reads a text that ends up within one line of what people and CI servers
// read.
func (r *Reader) Title(n *yaml.Node, what string) string {
	text := r.Text(n, what)
	if !r.Printable(n, what) {
		return ""
	}
	return text
}

// Printable refuses line breaks, and characters that hide or reorder what
// stands beside them.
func (r *Reader) Printable(n *yaml.Node, what string) bool {
	for _, c := range n.Value {
		if !unicode.IsPrint(c) {
			r.Fail(PositionOf(n), fmt.Sprintf("%s holds the character %U, which cannot be printed within a line", what, c), "remove it")
			return false
		}
	}
	return true
}

// Boolean reads true or false. The other spellings mean text in one version of
// YAML and a boolean in another.
func (r *Reader) Boolean(n *yaml.Node, what string) bool {
	if !r.Scalar(n, what) {
		return false
	}
	if n.Tag != "!!bool" || n.Value != "true" && n.Value != "false" {
		r.Fail(PositionOf(n), fmt.Sprintf("%s is %s, where true or false is meant", what, wording.Quote(n.Value)), "write true or false, without quotes")
		return false
	}
	return n.Value == "true"
}

// Choice reads one of several words.
func (r *Reader) Choice(n *yaml.Node, what string, words []string) string {
	if !r.Scalar(n, what) {
		return ""
	}
	for _, w := range words {
		if n.Value == w {
			return w
		}
	}
	r.Fail(PositionOf(n), fmt.Sprintf("unknown %s %s", what, wording.Quote(n.Value)), wording.DidYouMean(n.Value, words))
	return ""
}
