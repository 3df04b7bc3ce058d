package divide

import (
	"slices"

	"github.com/sizegate/sizegate/internal/attrib/dwarf"
	"github.com/sizegate/sizegate/internal/attrib/dwarf/window"
)

// payStrings charges the strings, which takes a second reading of the entries.
func (d *divider) payStrings() {
	if d.wantStrings {
		d.parts[".debug_str"].Charged = d.strings.price(d.window(".debug_str"))
	}
	if d.wantLineStrings {
		d.parts[".debug_line_str"].Charged = d.lineStrings.price(d.window(".debug_line_str"))
	}
	if d.err() != nil {
		return
	}
	d.paying = true
	d.readUnits(d.readEntries)
}

// divideByPoints divides what units refer to by offset.
func (d *divider) divideByPoints() {
	for name, p := range d.points {
		if p.over {
			continue
		}
		s := d.sections[name]
		sorted := p.sorted()
		var end func(off uint64) (uint64, bool)
		var starts []uint64
		switch name {
		case ".debug_abbrev":
			end = func(off uint64) (uint64, bool) { e, ok := d.abbrevEnds[off]; return e, ok }
		case ".debug_line":
			if !s.Compressed {
				end = d.lineEnd
			}
		case ".debug_loclists", ".debug_rnglists":
			starts = []uint64{0}
			// One that had to be inflated for its index is in memory.
			if w := d.windows[name]; !s.Compressed || w != nil && w.WasRead() {
				starts = d.contributions(name, nil)
			}
		}
		if end == nil {
			sorted = snap(runs(sorted, starts), starts, d.parts[name].Size)
		}
		divide(sorted, d.parts[name], end)
		p.log = nil
	}
}

func (d *divider) lineEnd(off uint64) (uint64, bool) {
	c := d.window(".debug_line").At(off)
	length, ok := dwarf.UnitLength(&c, &dwarf.Header{OffSize: 4})
	return c.Off + length, ok
}

// contributions returns where the tables of a section that each begin with their
// length start, and calls each, if there is one, with a cursor behind the length.
func (d *divider) contributions(name string, each func(start uint64, h *dwarf.Header, c *window.Cursor)) []uint64 {
	var starts []uint64
	w := d.window(name)
	for off := uint64(0); off < w.Size(); {
		c := w.At(off)
		h := dwarf.Header{OffSize: 4}
		length, ok := dwarf.UnitLength(&c, &h)
		if !ok {
			break
		}
		start := off
		off = c.Off + length
		c.End = off
		if length > 0 {
			starts = append(starts, start)
			if each != nil {
				each(start, &h, &c)
			}
		}
	}
	return starts
}

// divideSets divides the sections whose tables have the offset of their unit.
func (d *divider) divideSets() {
	for _, name := range [...]string{".debug_aranges", ".debug_pubnames", ".debug_pubtypes", ".debug_gnu_pubnames", ".debug_gnu_pubtypes"} {
		parts := d.parts[name]
		if parts == nil {
			continue
		}
		d.contributions(name, func(start uint64, h *dwarf.Header, c *window.Cursor) {
			c.Skip(2) // version
			unit, ok := d.unitAt(c.Uint(h.OffSize))
			if ok && !c.Bad {
				parts.share(c.End-start, []point{{unit: unit}})
			}
		})
	}
	if parts := d.parts[".debug_names"]; parts != nil {
		d.contributions(".debug_names", func(start uint64, h *dwarf.Header, c *window.Cursor) {
			parts.share(c.End-start, d.unitsOfIndex(h, c))
		})
	}
}

// unitsOfIndex reads the compile units that an index of names is of (DWARF 5,
// 6.1.1.4.1).
func (d *divider) unitsOfIndex(h *dwarf.Header, c *window.Cursor) []point {
	c.Skip(4) // version, padding
	n := c.Uint(4)
	c.Skip(5 * 4)
	augmentation := c.Uint(4)
	c.Skip((augmentation + 3) &^ 3)
	var units []point
	for ; n > 0 && !c.Bad; n-- {
		off := c.Uint(h.OffSize)
		if unit, ok := d.unitAt(off); ok && !c.Bad {
			units = append(units, point{unit: unit})
		}
	}
	return units
}

// unitAt returns the unit that begins at an offset of .debug_info.
func (d *divider) unitAt(off uint64) (uint32, bool) {
	i, ok := slices.BinarySearch(d.starts, off)
	return uint32(i), ok
}
