package native

// attrSpec is one attribute of an abbreviation declaration.
type attrSpec struct {
	attr, form uint64
	value      int64 // of DW_FORM_implicit_const
}

// abbrev is the declaration of a root entry.
type abbrev struct {
	tag   uint64
	attrs []attrSpec
}

type abbrevKey struct {
	off  uint64 // of the unit's table in .debug_abbrev
	code uint64
}

const (
	// A root entry has some 10 to 25 attributes.
	maxAttrs = 128
	// The root's declaration is nearly always the first of its table.
	maxAbbrevScan = 1 << 16
	// Past this many the cache starts over.
	maxAbbrevCache = 4096
)

// abbrevs finds abbreviation declarations. Tables are read only as far as the
// declaration that is wanted. All look-ups together decode at most budget bytes,
// so that many units that point into one long table cannot take quadratic time.
type abbrevs struct {
	w      *window
	cache  map[abbrevKey]*abbrev
	budget uint64
}

func newAbbrevs(w *window) *abbrevs {
	return &abbrevs{w: w, cache: make(map[abbrevKey]*abbrev), budget: 4*w.length() + 1<<24}
}

// find returns the declaration of code in the table at off, or nil.
func (a *abbrevs) find(off, code uint64) *abbrev {
	key := abbrevKey{off, code}
	if d, ok := a.cache[key]; ok {
		return d
	}
	c := a.w.at(off)
	if c.bad || a.budget == 0 {
		return nil
	}
	c.end = min(c.end, off+min(maxAbbrevScan, a.budget))
	d := scanAbbrevs(&c, code)
	a.budget -= c.off - off
	if len(a.cache) >= maxAbbrevCache {
		clear(a.cache)
	}
	a.cache[key] = d
	return d
}

func scanAbbrevs(c *cursor, want uint64) *abbrev {
	for {
		code := c.uleb()
		if c.bad || code == 0 {
			return nil
		}
		d := abbrev{tag: c.uleb()}
		c.skip(1) // has children
		for {
			s := attrSpec{attr: c.uleb(), form: c.uleb()}
			if s.form == formImplicitConst {
				s.value = c.sleb()
			}
			if c.bad {
				return nil
			}
			if s.attr == 0 && s.form == 0 {
				break
			}
			if code == want {
				if len(d.attrs) == maxAttrs {
					return nil
				}
				d.attrs = append(d.attrs, s)
			}
		}
		if code == want {
			return &d
		}
	}
}
