package budget

import (
	"bytes"
	"fmt"
	"slices"

	"gopkg.in/yaml.v3"
)

// Edit replaces the number of one bound. Position and Old are those of a Bound;
// New stands where Old stood, within the same quotes if there are any.
type Edit struct {
	Position Position
	Old, New string
}

// Rewrite replaces bounds in the bytes of a configuration file and leaves every
// other byte as it is. The result is a configuration that differs from the old
// one in these bounds only; where that cannot be, the error says which line to
// change by hand. The path is for messages.
func Rewrite(path string, data []byte, changes []Edit) ([]byte, error) {
	edits := slices.Clone(changes)
	slices.SortFunc(edits, func(a, b Edit) int { return a.Position.compare(b.Position) })
	var out []byte
	c := newCursor(data)
	end := 0 // of what is in out
	for _, e := range edits {
		start, ok := find(c, e, end)
		if !ok {
			return nil, byHand(path, e)
		}
		out = append(out, data[end:start]...)
		out = append(out, e.New...)
		end = start + len(e.Old)
	}
	out = append(out, data[end:]...)
	old, err := parseNodes(path, data)
	if err != nil {
		return nil, err
	}
	if _, err := Parse(path, out); err != nil {
		return nil, fmt.Errorf("%w; the file was left as it is, because it would not be valid with the new limits", err)
	}
	rewritten, err := parseNodes(path, out)
	if err != nil {
		return nil, err
	}
	s := comparison{edits: edits}
	if !s.same(old, rewritten) || len(s.edits) > 0 {
		return nil, fmt.Errorf("%s: the limits cannot be changed without changing more (change them by hand)", path)
	}
	return out, nil
}

// find is the offset of the old text, behind end and inside its quotes.
func find(c *cursor, e Edit, end int) (start int, ok bool) {
	if e.Old == "" || !c.moveTo(e.Position) {
		return 0, false
	}
	start = c.offset
	if rest := c.data[start:]; len(rest) > 0 && (rest[0] == '"' || rest[0] == '\'') {
		start++
	}
	return start, start >= end && bytes.HasPrefix(c.data[start:], []byte(e.Old))
}

func byHand(path string, e Edit) error {
	return fmt.Errorf("%s:%d:%d: %s is not written as it reads (change it to %s by hand)", path, e.Position.Line, e.Position.Column, quote(e.Old), quote(e.New))
}

// parseNodes is the only document in data.
func parseNodes(path string, data []byte) (*yaml.Node, error) {
	l := errorList{path: path}
	root := l.document(data)
	return root, l.err()
}

// comparison walks an old and a new document side by side.
type comparison struct {
	edits []Edit // those still to come
}

// same reports whether the documents are alike but for the edits, which it
// removes as it meets them.
func (s *comparison) same(old, rewritten *yaml.Node) bool {
	if old.Kind != rewritten.Kind || old.Style != rewritten.Style || old.Line != rewritten.Line || len(old.Content) != len(rewritten.Content) {
		return false
	}
	if old.Kind == yaml.ScalarNode {
		want := old.Value
		if len(s.edits) > 0 && s.edits[0].Position == position(old) {
			if want != s.edits[0].Old {
				return false
			}
			want, s.edits = s.edits[0].New, s.edits[1:]
		} else if old.Tag != rewritten.Tag {
			return false
		}
		return rewritten.Value == want
	}
	for i := range old.Content {
		if !s.same(old.Content[i], rewritten.Content[i]) {
			return false
		}
	}
	return true
}
