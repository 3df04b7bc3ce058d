package divide

import (
	"github.com/sizegate/sizegate/internal/attrib/dwarf"
	"github.com/sizegate/sizegate/internal/attrib/dwarf/window"
)

// walk passes over the entries below a unit's root, from off to the unit's end,
// and tells d what they refer to. It reports false where an entry cannot be read.
func (d *divider) walk(u *unitState, off uint64) bool {
	h := &u.Header
	e := window.NewStream(d.info, off, u.End)
	refer := func(kind dwarf.OpKind, v uint64) { d.refer(u, kind, v) }
	depth := 1
	top, named := off, noName // the entry at depth 1 that e is in
	for depth > 0 && e.Pos() < e.End {
		if depth == 1 {
			d.nameEntry(u, named, e.Pos()-top)
			top, named = e.Pos(), noName
		}
		code := e.Uleb()
		if code == 0 {
			if e.Bad {
				return false
			}
			depth--
			continue
		}
		s := u.Shapes.Find(code)
		if s == nil || !s.Known {
			return false
		}
		if depth == 1 && s.Name && u.named {
			named = d.name(int(u.Index), s.Tag, e.PeekText())
		}
		s.Pass(&e, h, refer)
		if e.Bad {
			return false
		}
		if s.Children {
			depth++
		}
	}
	d.nameEntry(u, named, e.Pos()-top)
	return true
}
