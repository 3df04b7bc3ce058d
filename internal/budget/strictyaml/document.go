package strictyaml

import (
	"bytes"
	"errors"
	"io"

	"gopkg.in/yaml.v3"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/budget/wording"
)

// Document returns the root of the only YAML document in data. What is wrong goes to
// the list; nil if there is nothing to go on with. The nodes hold no alias,
// anchor, tag or merge key that was not reported.
func (l *mistakes) Document(data []byte) *yaml.Node {
	l.checkText(data)
	if len(l.errs) > 0 {
		return nil
	}
	d := yaml.NewDecoder(bytes.NewReader(data))
	var first, second yaml.Node
	err := d.Decode(&first)
	switch {
	case errors.Is(err, io.EOF), err == nil && isNull(first.Content[0]):
		l.Fail(budget.Position{Line: 1, Column: 1}, "the file is empty", "sizegate init FILE writes a first one")
		return nil
	case err != nil:
		l.syntaxError(data, err)
		return nil
	}
	switch err := d.Decode(&second); {
	case err == nil:
		l.Fail(PositionOf(&second), secondDocument, secondDocumentHint)
	case !errors.Is(err, io.EOF):
		l.syntaxError(data, err)
		return nil
	}
	p := plainness{l, NewCursor(data)}
	p.check(first.Content[0])
	return first.Content[0]
}

const (
	secondDocument     = "a second document"
	secondDocumentHint = "a file holds one; put all budgets into one list"
)

// PositionOf is where a value begins.
func PositionOf(n *yaml.Node) budget.Position { return budget.Position{Line: n.Line, Column: n.Column} }

// isNull reports whether nothing stands where a value is meant.
func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" && !tagged(n) }

func isMergeKey(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!merge" }

func tagged(n *yaml.Node) bool { return n.Style&yaml.TaggedStyle != 0 }

// Unreadable reports whether the value is an alias or has a tag. That was
// reported, and nothing more needs to be said about it.
func Unreadable(n *yaml.Node) bool { return n.Kind == yaml.AliasNode || tagged(n) }

// plainness refuses the parts of YAML with which a line does not mean what it
// says. Without aliases no document grows as it is read.
type plainness struct {
	*mistakes
	source *Cursor
}

// check goes through the nodes in the order of the file. The parser bounds how
// deep they are.
func (p *plainness) check(n *yaml.Node) {
	const quoteHint = "put quotes around text that begins with "
	at := PositionOf(n)
	switch {
	case n.Kind == yaml.AliasNode:
		p.Fail(at, "the alias *"+wording.Shorten(n.Value), `write the value out; `+quoteHint+`*`)
		return
	case n.Anchor != "":
		p.Fail(at, "the anchor &"+wording.Shorten(n.Anchor), `write the value where it is needed; `+quoteHint+`&`)
	case tagged(n), p.loneTag(at):
		p.Fail(at, "a tag, which begins with !", quoteHint+`!, such as "!dist/*.debug"`)
	}
	for i, child := range n.Content {
		merges := n.Kind == yaml.MappingNode && isMergeKey(n.Content[i&^1])
		switch {
		case !merges:
			p.check(child)
		case i%2 == 0:
			p.Fail(PositionOf(child), "the merge key <<", "write the keys out")
		}
	}
}

// loneTag reports whether a value begins with the tag "!", which leaves no trace
// in the node: [dist/*, ! dist/x] must not add what it was meant to leave out.
func (p *plainness) loneTag(at budget.Position) bool {
	return p.source.moveTo(at) && bytes.HasPrefix(p.source.data[p.source.offset:], []byte("!"))
}
