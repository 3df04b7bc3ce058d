package dwarf

// Root is the attributes of a root entry that are of interest.
type Root struct {
	Name, CompDir, Producer, Language Value
	Code
	AddrBase, RnglistsBase, StrOffsetsBase  Value
	LoclistsBase, RangesBase, Lines, Macros Value
	MacroInfo                               bool // Macros is DW_AT_macro_info
}

// Code is the attributes that say where an entry has code.
type Code struct{ Low, High, Ranges Value }

// Set takes the value of an attribute, if it is one of those.
func (u *Root) Set(attr uint64, v Value) {
	switch attr {
	case AttrName:
		u.Name = v
	case AttrCompDir:
		u.CompDir = v
	case AttrProducer:
		u.Producer = v
	case AttrLanguage:
		u.Language = v
	case AttrLowPC:
		u.Low = v
	case AttrHighPC:
		u.High = v
	case AttrRanges:
		u.Ranges = v
	case AttrStrOffsetsBase:
		u.StrOffsetsBase = v
	case AttrAddrBase, AttrGNUAddrBase:
		u.AddrBase = v
	case AttrRnglistsBase:
		u.RnglistsBase = v
	case AttrGNURangesBase:
		u.RangesBase = v
	case AttrLoclistsBase:
		u.LoclistsBase = v
	case AttrStmtList:
		u.Lines = v
	case AttrMacros, AttrGNUMacros, AttrMacroInfo:
		u.Macros, u.MacroInfo = v, attr == AttrMacroInfo
	}
}
