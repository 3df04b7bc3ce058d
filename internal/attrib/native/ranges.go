package native

// rangeList collects the ranges of one unit.
type rangeList struct {
	r    *reader
	mask uint64 // the largest address
	out  []Range
	full bool
}

// add takes [lo, hi) unless it is empty, runs backwards (a function that the
// linker dropped) or is not wanted.
func (l *rangeList) add(lo, hi uint64) {
	lo, hi = lo&l.mask, hi&l.mask
	if lo >= hi || l.r.keep != nil && !l.r.keep(Range{lo, hi}) {
		return
	}
	if l.r.rangesLeft == 0 {
		l.full = true
		return
	}
	l.r.rangesLeft--
	l.out = append(l.out, Range{lo, hi})
}

// tombstone reports whether a base address marks dropped code: LLD writes -1,
// and -2 in .debug_ranges, where -1 has a meaning already.
func (l *rangeList) tombstone(base uint64) bool { return base >= l.mask-1 }

// codeOf appends the kept ranges of an entry in unit u to out. DW_AT_ranges wins
// over low_pc and high_pc: beside it low_pc is at most the base of the list, that
// of the unit.
func (r *reader) codeOf(out []Range, h *header, u *root, e *code) []Range {
	l := rangeList{r: r, mask: 1<<(8*h.addrSize-1)<<1 - 1, out: out}
	low := e.low
	if e.ranges.form != 0 {
		low = u.low
	}
	start, known := r.address(h, u, low)
	switch {
	case low.form != 0 && !known:
		r.warn(h.off, "a low_pc is not in .debug_addr")
	case e.ranges.form != 0:
		l.readList(h, u, e.ranges, start)
	case low.form != 0 && e.high.form != 0:
		if high, ok := r.address(h, u, e.high); ok {
			l.add(start, high)
		} else if isAddress(e.high.form) {
			r.warn(h.off, "a high_pc is not in .debug_addr")
		} else if start+e.high.num >= start {
			l.add(start, start+e.high.num)
		}
	}
	if l.full {
		r.warn(h.off, "too many ranges in the file; some are left out")
	}
	return l.out
}

func isAddress(form uint64) bool {
	switch form {
	case formAddr, formAddrx, formAddrx1, formAddrx2, formAddrx3, formAddrx4, formGNUAddrIndex:
		return true
	}
	return false
}

// address resolves a value of class address.
func (r *reader) address(h *header, u *root, v value) (uint64, bool) {
	switch {
	case v.form == formAddr:
		return v.num, true
	case isAddress(v.form):
		return r.addressAt(h, u, v.num)
	}
	return 0, false
}

func (r *reader) addressAt(h *header, u *root, i uint64) (uint64, bool) {
	return r.addr.indexed(h.baseOf(u.addrBase, 8), i, h.addrSize)
}

// readList decodes the list that a DW_AT_ranges names. What could be decoded of a
// malformed list is kept.
func (l *rangeList) readList(h *header, u *root, list value, base uint64) {
	r, w, section := l.r, l.r.ranges, ".debug_ranges"
	off := list.num
	if h.version == 5 {
		w, section = r.rnglists, ".debug_rnglists"
		if list.form == formRnglistx {
			table := h.baseOf(u.rnglistsBase, 12)
			entry, ok := w.indexed(table, list.num, h.offSize)
			if !ok {
				r.warn(h.off, "range list %d is not in %s", list.num, section)
				return
			}
			off = table + entry
			if off < table {
				off = w.length() + 1 // wrapped: nowhere
			}
		}
	}
	c := w.at(off)
	if !c.bad {
		c.end = min(c.end, off+r.rangeBudget)
		if h.version == 5 {
			l.readRnglist(h, u, &c, base)
		} else {
			l.readPairs(h, &c, base)
		}
		r.rangeBudget -= c.off - off
	}
	if c.bad {
		r.warn(h.off, "malformed or overlong range list at 0x%x of %s", off, section)
	}
}

// readPairs decodes a list of DWARF 2 to 4 (DWARF 4, 2.17.3): pairs of offsets
// from the base, a pair with the largest address first sets the base, a pair of
// zeros ends the list.
func (l *rangeList) readPairs(h *header, c *cursor, base uint64) {
	for !l.full {
		lo, hi := c.uint(h.addrSize), c.uint(h.addrSize)
		switch {
		case c.bad || lo == 0 && hi == 0:
			return
		case lo == l.mask:
			base = hi
		case lo < hi && !l.tombstone(base) && !l.tombstone(lo):
			l.add(base+lo, base+hi)
		}
	}
}

// readRnglist decodes a list of DWARF 5 (2.17.3, 7.25).
func (l *rangeList) readRnglist(h *header, u *root, c *cursor, base uint64) {
	// An index outside .debug_addr makes its entries, not the list, unusable.
	baseKnown, known := true, true
	addrx := func() uint64 {
		a, ok := l.r.addressAt(h, u, c.uleb())
		known = known && ok
		return a
	}
	for !l.full {
		kind := c.uint(1)
		if c.bad {
			return
		}
		var lo, hi uint64
		known = true
		switch kind {
		case 0x00: // DW_RLE_end_of_list
			return
		case 0x01: // DW_RLE_base_addressx
			base = addrx()
			baseKnown = known
			continue
		case 0x02: // DW_RLE_startx_endx
			lo, hi = addrx(), addrx()
		case 0x03: // DW_RLE_startx_length
			lo = addrx()
			hi = lo + c.uleb()
		case 0x04: // DW_RLE_offset_pair
			lo, hi = c.uleb(), c.uleb()
			if l.tombstone(base) {
				continue
			}
			lo, hi, known = base+lo, base+hi, baseKnown
		case 0x05: // DW_RLE_base_address
			base, baseKnown = c.uint(h.addrSize), true
			continue
		case 0x06: // DW_RLE_start_end
			lo, hi = c.uint(h.addrSize), c.uint(h.addrSize)
		case 0x07: // DW_RLE_start_length
			lo = c.uint(h.addrSize)
			hi = lo + c.uleb()
		default:
			c.bad = true
			return
		}
		if c.bad {
			return
		}
		if known && !l.tombstone(lo) {
			l.add(lo, hi)
		}
	}
}
