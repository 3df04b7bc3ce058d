package strictyaml

import (
	"bytes"

	"gopkg.in/yaml.v3"

	"github.com/sizegate/sizegate/internal/budget"
)

// Edit replaces one value. Position is where it stands, and Old as what; New stands
// where Old stood, within the same quotes if there are any.
type Edit struct {
	Position budget.Position
	Old, New string
}

// Find goes to an edit and returns the offset of its old text, inside the quotes. It is
// not ok if the text is not there, or begins before end. Edits must come in the order of
// the file.
func (c *Cursor) Find(e Edit, end int) (start int, ok bool) {
	if e.Old == "" || !c.moveTo(e.Position) {
		return 0, false
	}
	start = c.offset
	if rest := c.data[start:]; len(rest) > 0 && (rest[0] == '"' || rest[0] == '\'') {
		start++
	}
	return start, start >= end && bytes.HasPrefix(c.data[start:], []byte(e.Old))
}

// Parse returns the root of the only document in data. The path is for messages, and
// the error a budget.Errors.
func Parse(path string, data []byte) (*yaml.Node, error) {
	l := mistakes{path: path}
	root := l.Document(data)
	return root, l.Err()
}

// Alike reports whether an old and a new document differ in the edits, which are in
// the order of the file, and in nothing else.
func Alike(old, rewritten *yaml.Node, edits []Edit) bool {
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
		if len(s.edits) > 0 && s.edits[0].Position == PositionOf(old) {
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
