package budget

import (
	"bytes"

	"gopkg.in/yaml.v3"
)

// Edit replaces the number of one bound. Position and Old are those of a Bound;
// New stands where Old stood, within the same quotes if there are any.
type Edit struct {
	Position Position
	Old, New string
}

// find goes to an edit and is the offset of the old text, inside its quotes. It is not
// ok if that is not there, or is before end.
func (c *cursor) find(e Edit, end int) (start int, ok bool) {
	if e.Old == "" || !c.moveTo(e.Position) {
		return 0, false
	}
	start = c.offset
	if rest := c.data[start:]; len(rest) > 0 && (rest[0] == '"' || rest[0] == '\'') {
		start++
	}
	return start, start >= end && bytes.HasPrefix(c.data[start:], []byte(e.Old))
}

// parseNodes is the only document in data.
func parseNodes(path string, data []byte) (*yaml.Node, error) {
	l := errorList{path: path}
	root := l.document(data)
	return root, l.err()
}

// alike reports whether an old and a new document differ in the edits, which are in
// the order of the file, and in nothing else.
func alike(old, rewritten *yaml.Node, edits []Edit) bool {
	s := comparison{edits: edits}
	return s.same(old, rewritten) && len(s.edits) == 0
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
