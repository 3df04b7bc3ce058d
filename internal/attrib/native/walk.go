package native

// walk passes over the entries below a unit's root, from off to the unit's end,
// and tells d what they refer to. It reports false where an entry cannot be read.
func (d *divider) walk(u *unitState, off uint64) bool {
	e := newStream(d.info, off, u.end)
	depth := 1
	top, named := off, noName // the entry at depth 1 that e is in
	for depth > 0 && e.pos() < e.end {
		if depth == 1 {
			d.nameEntry(u, named, e.pos()-top)
			top, named = e.pos(), noName
		}
		code := e.uleb()
		if code == 0 {
			if e.bad {
				return false
			}
			depth--
			continue
		}
		s := u.shapes.find(code)
		if s == nil || !s.known {
			return false
		}
		if depth == 1 && s.name && u.named {
			named = d.name(int(u.index), s.tag, e.peekText())
		}
		for _, o := range s.ops {
			if kind, v := o.step(&e, &u.header); kind.refers() {
				d.refer(u, kind, v)
			}
		}
		if e.bad {
			return false
		}
		if s.children {
			depth++
		}
	}
	d.nameEntry(u, named, e.pos()-top)
	return true
}
