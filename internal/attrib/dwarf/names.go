package dwarf

// Names are those of DWARF 5, sections 7.5.3 to 7.5.6; the GNU ones are GCC's and
// LLVM's for split DWARF 4 and dwz.

// Tags of entries.
const (
	TagCompileUnit       = 0x11
	TagInlinedSubroutine = 0x1d
	TagSubprogram        = 0x2e
	TagNamespace         = 0x39
	TagPartialUnit       = 0x3c
	TagTypeUnit          = 0x41
	TagSkeletonUnit      = 0x4a
)

// Attributes of entries.
const (
	AttrLocation        = 0x02
	AttrName            = 0x03
	AttrStmtList        = 0x10
	AttrLowPC           = 0x11
	AttrHighPC          = 0x12
	AttrLanguage        = 0x13
	AttrStringLength    = 0x19
	AttrCompDir         = 0x1b
	AttrProducer        = 0x25
	AttrReturnAddr      = 0x2a
	AttrStartScope      = 0x2c
	AttrAbstractOrigin  = 0x31
	AttrMemberLocation  = 0x38
	AttrDeclFile        = 0x3a
	AttrFrameBase       = 0x40
	AttrMacroInfo       = 0x43
	AttrSegment         = 0x46
	AttrSpecification   = 0x47
	AttrStaticLink      = 0x48
	AttrUseLocation     = 0x4a
	AttrVtableElem      = 0x4d
	AttrRanges          = 0x55
	AttrLinkageName     = 0x6e
	AttrStrOffsetsBase  = 0x72
	AttrAddrBase        = 0x73
	AttrRnglistsBase    = 0x74
	AttrMacros          = 0x79
	AttrLoclistsBase    = 0x8c
	AttrMIPSLinkageName = 0x2007
	AttrGNUMacros       = 0x2119
	AttrGNURangesBase   = 0x2132
	AttrGNUAddrBase     = 0x2133
	AttrGNULocviews     = 0x2137
)

// Forms of attributes.
const (
	FormAddr          = 0x01
	FormBlock2        = 0x03
	FormBlock4        = 0x04
	FormData2         = 0x05
	FormData4         = 0x06
	FormData8         = 0x07
	FormString        = 0x08
	FormBlock         = 0x09
	FormBlock1        = 0x0a
	FormData1         = 0x0b
	FormFlag          = 0x0c
	FormSdata         = 0x0d
	FormStrp          = 0x0e
	FormUdata         = 0x0f
	FormRefAddr       = 0x10
	FormRef1          = 0x11
	FormRef2          = 0x12
	FormRef4          = 0x13
	FormRef8          = 0x14
	FormRefUdata      = 0x15
	FormIndirect      = 0x16
	FormSecOffset     = 0x17
	FormExprloc       = 0x18
	FormFlagPresent   = 0x19
	FormStrx          = 0x1a
	FormAddrx         = 0x1b
	FormRefSup4       = 0x1c
	FormStrpSup       = 0x1d
	FormData16        = 0x1e
	FormLineStrp      = 0x1f
	FormRefSig8       = 0x20
	FormImplicitConst = 0x21
	FormLoclistx      = 0x22
	FormRnglistx      = 0x23
	FormRefSup8       = 0x24
	FormStrx1         = 0x25
	FormStrx2         = 0x26
	FormStrx3         = 0x27
	FormStrx4         = 0x28
	FormAddrx1        = 0x29
	FormAddrx2        = 0x2a
	FormAddrx3        = 0x2b
	FormAddrx4        = 0x2c
	FormGNUAddrIndex  = 0x1f01
	FormGNUStrIndex   = 0x1f02
	FormGNURefAlt     = 0x1f20
	FormGNUStrpAlt    = 0x1f21
)
