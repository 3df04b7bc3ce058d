package dwarf

import (
	"github.com/sizegate/sizegate/internal/attrib/dwarf/window"
)

// abbrev is the declaration of a root entry.
type abbrev struct {
	tag   uint64
	attrs []AttrSpec
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
	w      *window.Window
	cache  map[abbrevKey]*abbrev
	budget uint64
}

func newAbbrevs(w *window.Window) *abbrevs {
	return &abbrevs{w: w, cache: make(map[abbrevKey]*abbrev), budget: 4*w.Size() + 1<<24}
}

// find returns the declaration of code in the table at off, or nil.
func (a *abbrevs) find(off, code uint64) *abbrev {
	key := abbrevKey{off, code}
	if d, ok := a.cache[key]; ok {
		return d
	}
	c := a.w.At(off)
	if c.Bad || a.budget == 0 {
		return nil
	}
	c.End = min(c.End, off+min(maxAbbrevScan, a.budget))
	d := scanAbbrevs(&c, code)
	a.budget -= c.Off - off
	if len(a.cache) >= maxAbbrevCache {
		clear(a.cache)
	}
	a.cache[key] = d
	return d
}

func scanAbbrevs(c *window.Cursor, want uint64) *abbrev {
	for {
		code := c.Uleb()
		if c.Bad || code == 0 {
			return nil
		}
		d := abbrev{tag: c.Uleb()}
		c.Skip(1) // has children
		for {
			s := AttrSpec{Attr: c.Uleb(), Form: c.Uleb()}
			if s.Form == FormImplicitConst {
				s.value = c.Sleb()
			}
			if c.Bad {
				return nil
			}
			if s.Attr == 0 && s.Form == 0 {
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
