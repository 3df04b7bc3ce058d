package native

// Names as in DWARF 5, sections 7.5.3 to 7.5.6; the GNU ones are GCC's and
// LLVM's for split DWARF 4 and dwz.
const (
	tagCompileUnit       = 0x11
	tagInlinedSubroutine = 0x1d
	tagSubprogram        = 0x2e
	tagNamespace         = 0x39
	tagPartialUnit       = 0x3c
	tagTypeUnit          = 0x41
	tagSkeletonUnit      = 0x4a

	attrLocation        = 0x02
	attrName            = 0x03
	attrStmtList        = 0x10
	attrLowPC           = 0x11
	attrHighPC          = 0x12
	attrLanguage        = 0x13
	attrStringLength    = 0x19
	attrCompDir         = 0x1b
	attrProducer        = 0x25
	attrReturnAddr      = 0x2a
	attrStartScope      = 0x2c
	attrAbstractOrigin  = 0x31
	attrMemberLocation  = 0x38
	attrDeclFile        = 0x3a
	attrFrameBase       = 0x40
	attrMacroInfo       = 0x43
	attrSegment         = 0x46
	attrSpecification   = 0x47
	attrStaticLink      = 0x48
	attrUseLocation     = 0x4a
	attrVtableElem      = 0x4d
	attrRanges          = 0x55
	attrLinkageName     = 0x6e
	attrStrOffsetsBase  = 0x72
	attrAddrBase        = 0x73
	attrRnglistsBase    = 0x74
	attrMacros          = 0x79
	attrLoclistsBase    = 0x8c
	attrMIPSLinkageName = 0x2007
	attrGNUMacros       = 0x2119
	attrGNURangesBase   = 0x2132
	attrGNUAddrBase     = 0x2133
	attrGNULocviews     = 0x2137

	formAddr          = 0x01
	formBlock2        = 0x03
	formBlock4        = 0x04
	formData2         = 0x05
	formData4         = 0x06
	formData8         = 0x07
	formString        = 0x08
	formBlock         = 0x09
	formBlock1        = 0x0a
	formData1         = 0x0b
	formFlag          = 0x0c
	formSdata         = 0x0d
	formStrp          = 0x0e
	formUdata         = 0x0f
	formRefAddr       = 0x10
	formRef1          = 0x11
	formRef2          = 0x12
	formRef4          = 0x13
	formRef8          = 0x14
	formRefUdata      = 0x15
	formIndirect      = 0x16
	formSecOffset     = 0x17
	formExprloc       = 0x18
	formFlagPresent   = 0x19
	formStrx          = 0x1a
	formAddrx         = 0x1b
	formRefSup4       = 0x1c
	formStrpSup       = 0x1d
	formData16        = 0x1e
	formLineStrp      = 0x1f
	formRefSig8       = 0x20
	formImplicitConst = 0x21
	formLoclistx      = 0x22
	formRnglistx      = 0x23
	formRefSup8       = 0x24
	formStrx1         = 0x25
	formStrx2         = 0x26
	formStrx3         = 0x27
	formStrx4         = 0x28
	formAddrx1        = 0x29
	formAddrx2        = 0x2a
	formAddrx3        = 0x2b
	formAddrx4        = 0x2c
	formGNUAddrIndex  = 0x1f01
	formGNUStrIndex   = 0x1f02
	formGNURefAlt     = 0x1f20
	formGNUStrpAlt    = 0x1f21
)

// value is an attribute's value before any look-up in another section: the
// bases that index forms need may come later in the same entry.
type value struct {
	form uint64 // 0: the attribute is absent
	num  uint64 // a number, address, offset, index; for formString the offset of the string in .debug_info
}

// readValue decodes, or skips, one attribute value. It reports false for a form
// it does not know: what follows can then not be found.
func (h *header) readValue(c *cursor, s attrSpec) (value, bool) {
	form := s.form
	if form == formIndirect {
		form = c.uleb()
		// Neither makes sense behind an indirection, and a chain of them would
		// be a loop that the input controls.
		if form == formIndirect || form == formImplicitConst {
			return value{}, false
		}
	}
	v := value{form: form}
	switch form {
	case formAddr:
		v.num = c.uint(h.addrSize)
	case formData1, formFlag, formRef1, formStrx1, formAddrx1:
		v.num = c.uint(1)
	case formData2, formRef2, formStrx2, formAddrx2:
		v.num = c.uint(2)
	case formStrx3, formAddrx3:
		v.num = c.uint(3)
	case formData4, formRef4, formRefSup4, formStrx4, formAddrx4:
		v.num = c.uint(4)
	case formData8, formRef8, formRefSig8, formRefSup8:
		v.num = c.uint(8)
	case formData16:
		c.skip(16)
	case formSdata:
		v.num = uint64(c.sleb())
	case formUdata, formRefUdata, formStrx, formAddrx, formLoclistx, formRnglistx, formGNUAddrIndex, formGNUStrIndex:
		v.num = c.uleb()
	case formStrp, formLineStrp, formSecOffset, formStrpSup, formGNUStrpAlt, formGNURefAlt:
		v.num = c.uint(h.offSize)
	case formRefAddr:
		if h.version == 2 {
			v.num = c.uint(h.addrSize)
		} else {
			v.num = c.uint(h.offSize)
		}
	case formString:
		v.num = c.off
		c.skipString()
	case formBlock1:
		c.skip(c.uint(1))
	case formBlock2:
		c.skip(c.uint(2))
	case formBlock4:
		c.skip(c.uint(4))
	case formBlock, formExprloc:
		c.skip(c.uleb())
	case formFlagPresent:
		v.num = 1
	case formImplicitConst:
		v.num = uint64(s.value)
	default:
		return value{}, false
	}
	return v, !c.bad
}
