package inline

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/sizegate/sizegate/internal/attrib/dwarf"
	"github.com/sizegate/sizegate/internal/attrib/dwarf/window"
)

// readText reads a string attribute of an entry. A string in the entry itself is
// kept at once: reading it later would be going back.
func (in *inliner) readText(u *dwarf.OpenUnit, c *window.Cursor, spec dwarf.AttrSpec) (text, bool) {
	here := noText
	if spec.Form == dwarf.FormString {
		here = textHere | text(len(in.texts))
		in.texts = append(append(in.texts, c.PeekText()...), 0)
	}
	v, ok := u.ReadValue(c, spec)
	if !ok || v.Num >= 1<<textBits {
		return noText, ok
	}
	switch v.Form {
	case dwarf.FormStrp:
		return textStr | text(v.Num), true
	case dwarf.FormLineStrp:
		return textLineStr | text(v.Num), true
	case dwarf.FormStrx, dwarf.FormStrx1, dwarf.FormStrx2, dwarf.FormStrx3, dwarf.FormStrx4, dwarf.FormGNUStrIndex:
		return textStrx | text(v.Num), true
	}
	return here, true
}

// place returns the section and offset of a text of a unit, nil if it has none
// or is in texts.
func (in *inliner) place(t text, unit uint32) (*window.Window, uint64) {
	num := uint64(t & (1<<textBits - 1))
	switch t &^ (1<<textBits - 1) {
	case textStr:
		return in.reader.Str, num
	case textLineStr:
		return in.reader.LineStr, num
	case textStrx:
		u := &in.units[unit]
		if off, ok := in.reader.StringOffset(&u.Header, u.strOffsetsBase, num); ok {
			return in.reader.Str, off
		}
	}
	return nil, num
}

// textAt returns a text of a unit, "" if there is none.
func (in *inliner) textAt(t text, unit uint32) string {
	w, off := in.place(t, unit)
	if w != nil {
		return in.reader.StringIn(w, off)
	}
	if t&^(1<<textBits-1) != textHere {
		return ""
	}
	s := in.texts[off:]
	return string(s[:bytes.IndexByte(s, 0)])
}

// readNames fills in the names of sources, reading each section of strings in
// ascending order.
func (in *inliner) readNames(facts []sourceFacts, sources []Source) {
	type wish struct {
		w    *window.Window
		off  uint64
		into *string
	}
	wishes := make([]wish, 0, len(facts))
	ask := func(t text, unit uint32, into *string) {
		if w, off := in.place(t, unit); w != nil {
			wishes = append(wishes, wish{w, off, into})
		} else {
			*into = in.textAt(t, unit)
		}
	}
	crates := make([]string, len(in.crates)+1)
	for id := range facts {
		f, s := &facts[id], &sources[id]
		s.Unit = int(f.unit)
		if f.linkage != noText {
			ask(f.linkage, f.linkageUnit, &s.Linkage)
		} else {
			ask(f.name, f.nameUnit, &s.Name)
		}
		if f.crate > 0 {
			if crates[f.crate] == "" {
				ns := in.crates[f.crate-1]
				crates[f.crate] = in.textAt(ns.name, ns.unit)
			}
			s.Crate = crates[f.crate]
		}
	}
	slices.SortFunc(wishes, func(x, y wish) int {
		if x.w != y.w {
			if x.w == in.reader.Str {
				return -1
			}
			return 1
		}
		return cmp.Compare(x.off, y.off)
	})
	for i, w := range wishes {
		if i > 0 && wishes[i-1].w == w.w && wishes[i-1].off == w.off {
			*w.into = *wishes[i-1].into
		} else {
			*w.into = in.reader.StringIn(w.w, w.off)
		}
	}
}
