package divide

import (
	"github.com/sizegate/sizegate/internal/attrib/dwarf"
	"github.com/sizegate/sizegate/internal/attrib/dwarf/window"
)

// referLines notes the names of directories and files in the header of the
// unit's line table (DWARF 5, 6.2.4). Older versions have the names in the table
// itself.
func (d *divider) referLines(u *unitState) {
	if !d.wantLineStrings || !u.compile || u.Lines.Form == 0 {
		return
	}
	c := d.window(".debug_line").At(u.Lines.Num)
	start := c.Off
	h := dwarf.Header{OffSize: 4, AddrSize: 8}
	length, ok := dwarf.UnitLength(&c, &h)
	if !ok {
		return
	}
	// Units can share one table: all of them together read each at most twice.
	c.End = c.Off + min(length, d.lineBudget)
	h.Version = int(c.Uint(2))
	if h.Version == 5 {
		c.Skip(2)                 // sizes of an address and a segment
		c.Skip(uint64(h.OffSize)) // header_length
		c.Skip(5)
		c.Skip(max(c.Uint(1), 1) - 1) // opcode_base, and as many lengths but one
		d.referNames(u, &h, &c)       // directories
		d.referNames(u, &h, &c)       // files
	}
	d.lineBudget -= min(d.lineBudget, c.Off-start)
}

// referNames reads a description of entries, and the entries.
func (d *divider) referNames(u *unitState, h *dwarf.Header, c *window.Cursor) {
	var forms []dwarf.AttrSpec
	for n := c.Uint(1); n > 0 && !c.Bad; n-- {
		c.Uleb() // what it is
		form := c.Uleb()
		switch form {
		case dwarf.FormFlagPresent, dwarf.FormImplicitConst, dwarf.FormIndirect:
			c.Bad = true // none of them takes a byte, or says what follows
		}
		forms = append(forms, dwarf.AttrSpec{Form: form})
	}
	if len(forms) == 0 {
		return
	}
	for n := c.Uleb(); n > 0 && !c.Bad; n-- {
		for _, f := range forms {
			v, ok := h.ReadValue(c, f)
			switch {
			case !ok:
				c.Bad = true
				return
			case f.Form == dwarf.FormLineStrp:
				d.refer(u, dwarf.OpLineString, v.Num)
			case f.Form == dwarf.FormStrp:
				d.refer(u, dwarf.OpString, v.Num)
			}
		}
	}
}
