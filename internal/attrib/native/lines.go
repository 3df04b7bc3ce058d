package native

// referLines notes the names of directories and files in the header of the
// unit's line table (DWARF 5, 6.2.4). Older versions have the names in the table
// itself.
func (d *divider) referLines(u *unitState) {
	if !d.wantLineStrings || !u.compile || u.lines.form == 0 {
		return
	}
	c := d.window(".debug_line").at(u.lines.num)
	start := c.off
	h := header{offSize: 4, addrSize: 8}
	length, ok := unitLength(&c, &h)
	if !ok {
		return
	}
	// Units can share one table: all of them together read each at most twice.
	c.end = c.off + min(length, d.lineBudget)
	h.version = int(c.uint(2))
	if h.version == 5 {
		c.skip(2)                 // sizes of an address and a segment
		c.skip(uint64(h.offSize)) // header_length
		c.skip(5)
		c.skip(max(c.uint(1), 1) - 1) // opcode_base, and as many lengths but one
		d.referNames(u, &h, &c)       // directories
		d.referNames(u, &h, &c)       // files
	}
	d.lineBudget -= min(d.lineBudget, c.off-start)
}

// referNames reads a description of entries, and the entries.
func (d *divider) referNames(u *unitState, h *header, c *cursor) {
	var forms []attrSpec
	for n := c.uint(1); n > 0 && !c.bad; n-- {
		c.uleb() // what it is
		form := c.uleb()
		switch form {
		case formFlagPresent, formImplicitConst, formIndirect:
			c.bad = true // none of them takes a byte, or says what follows
		}
		forms = append(forms, attrSpec{form: form})
	}
	if len(forms) == 0 {
		return
	}
	for n := c.uleb(); n > 0 && !c.bad; n-- {
		for _, f := range forms {
			v, ok := h.readValue(c, f)
			switch {
			case !ok:
				c.bad = true
				return
			case f.form == formLineStrp:
				d.refer(u, opLineString, v.num)
			case f.form == formStrp:
				d.refer(u, opString, v.num)
			}
		}
	}
}
