package dwarf

import (
	"github.com/sizegate/sizegate/internal/attrib/dwarf/window"
)

// AttrSpec is one attribute of an abbreviation declaration.
type AttrSpec struct {
	Attr, Form uint64
	value      int64 // of DW_FORM_implicit_const
}

// Value is an attribute's value before any look-up in another section: the
// bases that index forms need may come later in the same entry.
type Value struct {
	Form uint64 // 0: the attribute is absent
	Num  uint64 // a number, address, offset, index; for FormString the offset of the string in .debug_info
}

// ReadValue decodes, or skips, one attribute value. It reports false for a form
// it does not know: what follows can then not be found.
func (h *Header) ReadValue(c *window.Cursor, s AttrSpec) (Value, bool) {
	form := s.Form
	if form == FormIndirect {
		form = c.Uleb()
		// Neither makes sense behind an indirection, and a chain of them would
		// be a loop that the input controls.
		if form == FormIndirect || form == FormImplicitConst {
			return Value{}, false
		}
	}
	v := Value{Form: form}
	switch form {
	case FormAddr:
		v.Num = c.Uint(h.AddrSize)
	case FormData1, FormFlag, FormRef1, FormStrx1, FormAddrx1:
		v.Num = c.Uint(1)
	case FormData2, FormRef2, FormStrx2, FormAddrx2:
		v.Num = c.Uint(2)
	case FormStrx3, FormAddrx3:
		v.Num = c.Uint(3)
	case FormData4, FormRef4, FormRefSup4, FormStrx4, FormAddrx4:
		v.Num = c.Uint(4)
	case FormData8, FormRef8, FormRefSig8, FormRefSup8:
		v.Num = c.Uint(8)
	case FormData16:
		c.Skip(16)
	case FormSdata:
		v.Num = uint64(c.Sleb())
	case FormUdata, FormRefUdata, FormStrx, FormAddrx, FormLoclistx, FormRnglistx, FormGNUAddrIndex, FormGNUStrIndex:
		v.Num = c.Uleb()
	case FormStrp, FormLineStrp, FormSecOffset, FormStrpSup, FormGNUStrpAlt, FormGNURefAlt:
		v.Num = c.Uint(h.OffSize)
	case FormRefAddr:
		if h.Version == 2 {
			v.Num = c.Uint(h.AddrSize)
		} else {
			v.Num = c.Uint(h.OffSize)
		}
	case FormString:
		v.Num = c.Off
		c.SkipString()
	case FormBlock1:
		c.Skip(c.Uint(1))
	case FormBlock2:
		c.Skip(c.Uint(2))
	case FormBlock4:
		c.Skip(c.Uint(4))
	case FormBlock, FormExprloc:
		c.Skip(c.Uleb())
	case FormFlagPresent:
		v.Num = 1
	case FormImplicitConst:
		v.Num = uint64(s.value)
	default:
		return Value{}, false
	}
	return v, !c.Bad
}
