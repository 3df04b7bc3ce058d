package strictyaml

import (
	"fmt"
	"unicode/utf8"

	"github.com/sizegate/sizegate/internal/budget"
)

// bom may stand at the beginning of a file and belongs to no column.
const bom = "\uFEFF"

// checkText refuses what no YAML file may hold. Line ends other than LF and CRLF
// are refused too: YAML counts lines by them and editors do not, so positions
// would be wrong in one of the two. The first of them is enough: a file in
// another encoding is full of them.
func (l *mistakes) checkText(data []byte) {
	c := NewCursor(data)
	for c.offset < len(c.data) {
		problem, hint := "", "end lines with LF or CRLF"
		r, size := utf8.DecodeRune(c.data[c.offset:])
		switch {
		case r == utf8.RuneError && size == 1:
			problem, hint = fmt.Sprintf("not UTF-8: the byte 0x%02x", c.data[c.offset]), "save the file as UTF-8"
		case r == '\r' && c.lineEnd() == 0:
			problem = "a carriage return without a line feed"
		case r == 0x85 || r == 0x2028 || r == 0x2029:
			problem = fmt.Sprintf("the line separator %U", r)
		case r < ' ' && r != '\t' && r != '\n' && r != '\r', 0x7f <= r && r < 0xa0, r == 0xfeff, r == 0xfffe, r == 0xffff:
			problem, hint = fmt.Sprintf("the character %U, which YAML does not allow", r), "remove it"
		}
		if problem != "" {
			l.Fail(c.at, problem, hint)
			return
		}
		c.next()
	}
}

// Cursor walks a file once, forwards, and knows where it is.
type Cursor struct {
	data   []byte
	offset int
	at     budget.Position
}

// NewCursor begins at the first character of a file.
func NewCursor(data []byte) *Cursor {
	c := &Cursor{data: data, at: budget.Position{Line: 1, Column: 1}}
	if len(data) >= len(bom) && string(data[:len(bom)]) == bom {
		c.offset = len(bom)
	}
	return c
}

// lineEnd is the length of the line end that stands here, or 0.
func (c *Cursor) lineEnd() int {
	switch rest := c.data[c.offset:]; {
	case len(rest) > 0 && rest[0] == '\n':
		return 1
	case len(rest) > 1 && rest[0] == '\r' && rest[1] == '\n':
		return 2
	}
	return 0
}

func (c *Cursor) next() {
	if n := c.lineEnd(); n > 0 {
		c.offset += n
		c.at = budget.Position{Line: c.at.Line + 1, Column: 1}
		return
	}
	_, n := utf8.DecodeRune(c.data[c.offset:])
	c.offset += n
	c.at.Column++
}

// moveTo goes on to a position, and reports whether the file has it. Positions
// must come in ascending order.
func (c *Cursor) moveTo(at budget.Position) bool {
	for c.at.Compare(at) < 0 && c.offset < len(c.data) {
		c.next()
	}
	return c.at == at
}
