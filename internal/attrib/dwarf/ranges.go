package dwarf

import (
	"github.com/sizegate/sizegate/internal/attrib/dwarf/window"
)

// rangeList collects the ranges of one unit.
type rangeList struct {
	r    *Reader
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

// CodeOf appends the kept ranges of an entry in unit u to out. DW_AT_ranges wins
// over low_pc and high_pc: beside it low_pc is at most the base of the list, that
// of the unit.
func (r *Reader) CodeOf(out []Range, h *Header, u *Root, e *Code) []Range {
	l := rangeList{r: r, mask: 1<<(8*h.AddrSize-1)<<1 - 1, out: out}
	low := e.Low
	if e.Ranges.Form != 0 {
		low = u.Low
	}
	start, known := r.address(h, u, low)
	switch {
	case low.Form != 0 && !known:
		r.Warn(h.Off, "a low_pc is not in .debug_addr")
	case e.Ranges.Form != 0:
		l.readList(h, u, e.Ranges, start)
	case low.Form != 0 && e.High.Form != 0:
		if high, ok := r.address(h, u, e.High); ok {
			l.add(start, high)
		} else if isAddress(e.High.Form) {
			r.Warn(h.Off, "a high_pc is not in .debug_addr")
		} else if start+e.High.Num >= start {
			l.add(start, start+e.High.Num)
		}
	}
	if l.full {
		r.Warn(h.Off, "too many ranges in the file; some are left out")
	}
	return l.out
}

func isAddress(form uint64) bool {
	switch form {
	case FormAddr, FormAddrx, FormAddrx1, FormAddrx2, FormAddrx3, FormAddrx4, FormGNUAddrIndex:
		return true
	}
	return false
}

// address resolves a value of class address.
func (r *Reader) address(h *Header, u *Root, v Value) (uint64, bool) {
	switch {
	case v.Form == FormAddr:
		return v.Num, true
	case isAddress(v.Form):
		return r.addressAt(h, u, v.Num)
	}
	return 0, false
}

func (r *Reader) addressAt(h *Header, u *Root, i uint64) (uint64, bool) {
	return r.Addr.Indexed(h.BaseOf(u.AddrBase, 8), i, h.AddrSize)
}

// readList decodes the list that a DW_AT_ranges names. What could be decoded of a
// malformed list is kept.
func (l *rangeList) readList(h *Header, u *Root, list Value, base uint64) {
	r, w, section := l.r, l.r.Ranges, ".debug_ranges"
	off := list.Num
	if h.Version == 5 {
		w, section = r.Rnglists, ".debug_rnglists"
		if list.Form == FormRnglistx {
			table := h.BaseOf(u.RnglistsBase, 12)
			entry, ok := w.Indexed(table, list.Num, h.OffSize)
			if !ok {
				r.Warn(h.Off, "range list %d is not in %s", list.Num, section)
				return
			}
			off = table + entry
			if off < table {
				off = w.Size() + 1 // wrapped: nowhere
			}
		}
	}
	c := w.At(off)
	if !c.Bad {
		c.End = min(c.End, off+r.rangeBudget)
		if h.Version == 5 {
			l.readRnglist(h, u, &c, base)
		} else {
			l.readPairs(h, &c, base)
		}
		r.rangeBudget -= c.Off - off
	}
	if c.Bad {
		r.Warn(h.Off, "malformed or overlong range list at 0x%x of %s", off, section)
	}
}

// readPairs decodes a list of DWARF 2 to 4 (DWARF 4, 2.17.3): pairs of offsets
// from the base, a pair with the largest address first sets the base, a pair of
// zeros ends the list.
func (l *rangeList) readPairs(h *Header, c *window.Cursor, base uint64) {
	for !l.full {
		lo, hi := c.Uint(h.AddrSize), c.Uint(h.AddrSize)
		switch {
		case c.Bad || lo == 0 && hi == 0:
			return
		case lo == l.mask:
			base = hi
		case lo < hi && !l.tombstone(base) && !l.tombstone(lo):
			l.add(base+lo, base+hi)
		}
	}
}

// readRnglist decodes a list of DWARF 5 (2.17.3, 7.25).
func (l *rangeList) readRnglist(h *Header, u *Root, c *window.Cursor, base uint64) {
	// An index outside .debug_addr makes its entries, not the list, unusable.
	baseKnown, known := true, true
	addrx := func() uint64 {
		a, ok := l.r.addressAt(h, u, c.Uleb())
		known = known && ok
		return a
	}
	for !l.full {
		kind := c.Uint(1)
		if c.Bad {
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
			hi = lo + c.Uleb()
		case 0x04: // DW_RLE_offset_pair
			lo, hi = c.Uleb(), c.Uleb()
			if l.tombstone(base) {
				continue
			}
			lo, hi, known = base+lo, base+hi, baseKnown
		case 0x05: // DW_RLE_base_address
			base, baseKnown = c.Uint(h.AddrSize), true
			continue
		case 0x06: // DW_RLE_start_end
			lo, hi = c.Uint(h.AddrSize), c.Uint(h.AddrSize)
		case 0x07: // DW_RLE_start_length
			lo = c.Uint(h.AddrSize)
			hi = lo + c.Uleb()
		default:
			c.Bad = true
			return
		}
		if c.Bad {
			return
		}
		if known && !l.tombstone(lo) {
			l.add(lo, hi)
		}
	}
}
