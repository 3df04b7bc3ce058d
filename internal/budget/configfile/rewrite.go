package configfile

import (
	"fmt"
	"slices"

	"github.com/sizegate/sizegate/internal/budget/strictyaml"
	"github.com/sizegate/sizegate/internal/budget/wording"
)

// Rewrite replaces bounds in the bytes of a configuration file and leaves every
// other byte as it is. The result is a configuration that differs from the old
// one in these bounds only; where that cannot be, the error says which line to
// change by hand. The path is for messages.
func Rewrite(path string, data []byte, changes []strictyaml.Edit) ([]byte, error) {
	edits := slices.Clone(changes)
	slices.SortFunc(edits, func(a, b strictyaml.Edit) int { return a.Position.Compare(b.Position) })
	var out []byte
	c := strictyaml.NewCursor(data)
	end := 0 // of what is in out
	for _, e := range edits {
		start, ok := c.Find(e, end)
		if !ok {
			return nil, byHand(path, e)
		}
		out = append(out, data[end:start]...)
		out = append(out, e.New...)
		end = start + len(e.Old)
	}
	out = append(out, data[end:]...)
	old, err := strictyaml.Parse(path, data)
	if err != nil {
		return nil, err
	}
	if _, err := Parse(path, out); err != nil {
		return nil, fmt.Errorf("%w; the file was left as it is, because it would not be valid with the new limits", err)
	}
	rewritten, err := strictyaml.Parse(path, out)
	if err != nil {
		return nil, err
	}
	if !strictyaml.Alike(old, rewritten, edits) {
		return nil, fmt.Errorf("%s: the limits cannot be changed without changing more (change them by hand)", path)
	}
	return out, nil
}

func byHand(path string, e strictyaml.Edit) error {
	return fmt.Errorf("%s:%d:%d: %s is not written as it reads (change it to %s by hand)", path, e.Position.Line, e.Position.Column, wording.Quote(e.Old), wording.Quote(e.New))
}
