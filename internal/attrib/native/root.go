package native

// root is the attributes of a root entry that are of interest.
type root struct {
	name, compDir, producer, language value
	code
	addrBase, rnglistsBase, strOffsetsBase  value
	loclistsBase, rangesBase, lines, macros value
	macroInfo                               bool // macros is DW_AT_macro_info
}

// code is the attributes that say where an entry has code.
type code struct{ low, high, ranges value }

// set takes the value of an attribute, if it is one of those.
func (u *root) set(attr uint64, v value) {
	switch attr {
	case attrName:
		u.name = v
	case attrCompDir:
		u.compDir = v
	case attrProducer:
		u.producer = v
	case attrLanguage:
		u.language = v
	case attrLowPC:
		u.low = v
	case attrHighPC:
		u.high = v
	case attrRanges:
		u.ranges = v
	case attrStrOffsetsBase:
		u.strOffsetsBase = v
	case attrAddrBase, attrGNUAddrBase:
		u.addrBase = v
	case attrRnglistsBase:
		u.rnglistsBase = v
	case attrGNURangesBase:
		u.rangesBase = v
	case attrLoclistsBase:
		u.loclistsBase = v
	case attrStmtList:
		u.lines = v
	case attrMacros, attrGNUMacros, attrMacroInfo:
		u.macros, u.macroInfo = v, attr == attrMacroInfo
	}
}
