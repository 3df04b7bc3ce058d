package budget

import (
	"fmt"
	"strings"
	"unicode"

	"gopkg.in/yaml.v3"
)

// nodeReader turns nodes into values. Each method reports what is wrong and goes on,
// so that an author sees all errors at once.
type nodeReader struct {
	errorList
}

// newNodeReader begins to read a file. The path is for messages.
func newNodeReader(path string) nodeReader { return nodeReader{errorList{path: path}} }

// field is a key that a map may have.
type field struct {
	key      string
	required bool
	read     func(key, value *yaml.Node)
	// foreign says why a key that other maps have is not for this one. It is
	// not among the known keys then.
	foreign string
}

// fields reads a map with fixed keys. It reports whether n is a map.
func (r *nodeReader) fields(n *yaml.Node, what string, list []field) bool {
	var known []string
	for _, f := range list {
		if f.foreign == "" {
			known = append(known, f.key)
		}
	}
	seen := make(map[string]bool)
	ok := r.each(n, what, func(key, value *yaml.Node) {
		for _, f := range list {
			if f.key == key.Value && f.foreign != "" {
				r.fail(position(key), f.foreign, "remove "+f.key)
				return
			}
			if f.key == key.Value {
				seen[f.key] = true
				f.read(key, value)
				return
			}
		}
		r.fail(position(key), "unknown key "+quote(key.Value), didYouMean(key.Value, known))
	})
	if !ok {
		return false
	}
	for _, f := range list {
		if f.required && !seen[f.key] {
			r.fail(position(n), fmt.Sprintf("%s has no %s", what, f.key), "add "+f.key+":")
		}
	}
	return true
}

// each reads a map with any keys, each once. It reports whether n is a map with
// at least one key.
func (r *nodeReader) each(n *yaml.Node, what string, read func(key, value *yaml.Node)) bool {
	if !r.kind(n, yaml.MappingNode, what) {
		return false
	}
	first := make(map[string]int)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch {
		case isMergeKey(key) || unreadable(key):
		case key.Kind != yaml.ScalarNode:
			r.fail(position(key), "a key that is "+kindName(key), "a key is a word")
		case first[key.Value] > 0:
			r.fail(position(key), "duplicate key "+quote(key.Value), fmt.Sprintf("it is on line %d already", first[key.Value]))
		default:
			first[key.Value] = key.Line
			read(key, value)
		}
	}
	return true
}

// items reads a list with at least one item.
func (r *nodeReader) items(n *yaml.Node, what string, read func(item *yaml.Node)) {
	if !r.kind(n, yaml.SequenceNode, what) {
		return
	}
	for _, item := range n.Content {
		read(item)
	}
}

// maxEntries bounds each map and each list. Defaults times budgets and waivers
// times limits stay small with it.
const maxEntries = 1000

// kind reports whether n is a map or a list, as is asked for, with 1 to
// maxEntries entries.
func (r *nodeReader) kind(n *yaml.Node, kind yaml.Kind, what string) bool {
	switch {
	case unreadable(n):
		return false
	case isNull(n), n.Kind == kind && len(n.Content) == 0:
		r.fail(position(n), what+" is empty", "fill it in or remove it")
		return false
	case n.Kind != kind:
		hint := `write "key: value" lines below it`
		if kind == yaml.SequenceNode {
			hint = `begin each entry with "- "`
		}
		r.fail(position(n), fmt.Sprintf("%s is %s, where %s is meant", what, kindName(n), kindName(&yaml.Node{Kind: kind})), hint)
		return false
	case kind == yaml.SequenceNode && len(n.Content) > maxEntries, len(n.Content) > 2*maxEntries:
		r.fail(position(n), fmt.Sprintf("%s has more than %d entries", what, maxEntries), "spread them over several files")
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

// scalar reports whether n is a single value that is there.
func (r *nodeReader) scalar(n *yaml.Node, what string) bool {
	switch {
	case unreadable(n):
		return false
	case isNull(n), n.Kind == yaml.ScalarNode && strings.TrimSpace(n.Value) == "":
		r.fail(position(n), what+" is empty", "fill it in or remove it")
		return false
	case n.Kind != yaml.ScalarNode:
		r.fail(position(n), fmt.Sprintf("%s is %s, where one value is meant", what, kindName(n)), "write it behind the key")
		return false
	}
	return true
}

// text reads a text of any length, "" if there is none to be had.
func (r *nodeReader) text(n *yaml.Node, what string) string {
	if !r.scalar(n, what) {
		return ""
	}
	if n.Tag != "!!str" {
		r.fail(position(n), fmt.Sprintf("%s is %s, where text is meant", what, kindName(n)), "put it in quotes")
		return ""
	}
	return n.Value
}

// sentence reads a text for people, in as many lines as its author likes, as one
// line.
func (r *nodeReader) sentence(n *yaml.Node, what string) string {
	var lines []string
	for _, line := range strings.FieldsFunc(r.text(n, what), isLineEnd) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, " ")
}

// isLineEnd knows all that Unicode ends lines and paragraphs with. Escapes within
// quotes can put any of them into a text.
func isLineEnd(c rune) bool { return strings.ContainsRune("\n\v\f\r\u0085\u2028\u2029", c) }

// title reads a text that ends up within one line of what people and CI servers
// read.
func (r *nodeReader) title(n *yaml.Node, what string) string {
	text := r.text(n, what)
	if !r.printable(n, what) {
		return ""
	}
	return text
}

// printable refuses line breaks, and characters that hide or reorder what
// stands beside them.
func (r *nodeReader) printable(n *yaml.Node, what string) bool {
	for _, c := range n.Value {
		if !unicode.IsPrint(c) {
			r.fail(position(n), fmt.Sprintf("%s holds the character %U, which cannot be printed within a line", what, c), "remove it")
			return false
		}
	}
	return true
}

// boolean reads true or false. The other spellings mean text in one version of
// YAML and a boolean in another.
func (r *nodeReader) boolean(n *yaml.Node, what string) bool {
	if !r.scalar(n, what) {
		return false
	}
	if n.Tag != "!!bool" || n.Value != "true" && n.Value != "false" {
		r.fail(position(n), fmt.Sprintf("%s is %s, where true or false is meant", what, quote(n.Value)), "write true or false, without quotes")
		return false
	}
	return n.Value == "true"
}

// choice reads one of several words.
func (r *nodeReader) choice(n *yaml.Node, what string, words []string) string {
	if !r.scalar(n, what) {
		return ""
	}
	for _, w := range words {
		if n.Value == w {
			return w
		}
	}
	r.fail(position(n), fmt.Sprintf("unknown %s %s", what, quote(n.Value)), didYouMean(n.Value, words))
	return ""
}
