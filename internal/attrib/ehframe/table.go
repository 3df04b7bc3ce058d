package ehframe

// TableSize is how many bytes the exception table (LSDA) at the start of data
// takes. data ends where the table must have ended, and is at addr in memory. It
// reports false if the table cannot be read.
//
// A table begins with the places of its parts: call sites, actions, types. Types
// stand before their base, and lists of types (exception specifications) behind
// it. What follows the last part used is not of this table: linkers keep the
// tables of functions that they drop.
func TableSize(data []byte, addr uint64) (size uint64, ok bool) {
	c := cursor{data: data, addr: addr}
	c.pointer(encoding(c.uint(1)), 0) // what landing pads count from
	types := encoding(c.uint(1))
	base := uint64(0) // of the types
	if types != omitted {
		offset := c.uleb()
		if c.bad || offset > uint64(len(data))-c.pos {
			return 0, false
		}
		base = c.pos + offset
	}
	site := encoding(c.uint(1))
	length := c.uleb()
	if c.bad || length > uint64(len(data))-c.pos {
		return 0, false
	}
	actions := c.pos + length
	last := uint64(0) // the last action that a call site has, counted from one
	sites := cursor{data: data[:actions], pos: c.pos}
	for sites.pos < actions {
		sites.raw(site) // where the call is, how long, and where its landing pad is
		sites.raw(site)
		sites.raw(site)
		last = max(last, sites.uleb())
		if sites.bad {
			return 0, false
		}
	}
	c.pos = actions
	lowest := int64(0) // the list that begins last
	for last > 0 && c.pos < actions+last {
		// Actions stand one after another, each behind the one that it goes on with.
		lowest = min(lowest, int64(c.raw(formSLEB)))
		c.raw(formSLEB)
		if c.bad {
			return 0, false
		}
	}
	end := max(c.pos, base)
	if lowest < 0 && types != omitted {
		list := uint64(-(lowest + 1))
		if list > uint64(len(data))-base {
			return 0, false
		}
		for c.pos = base + list; c.uleb() != 0; {
		}
		if c.bad {
			return 0, false
		}
		end = max(end, c.pos)
	}
	return end, true
}
