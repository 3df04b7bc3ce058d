// Package dwarftest is for tests of what reads debug information: it builds DWARF
// from Go literals, and programs with compilers.
package dwarftest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"

	"github.com/sizegate/sizegate/internal/attrib/dwarf"
	"github.com/sizegate/sizegate/internal/attrib/dwarf/window"
)

// MaxWarnings is how many warnings a reader of DWARF gives at most.
const MaxWarnings = 20

// Builder writes little-endian DWARF.
type Builder struct{ bytes.Buffer }

func (a *Builder) U8(v ...byte) { a.Write(v) }
func (a *Builder) U16(v uint16) { a.Write(binary.LittleEndian.AppendUint16(nil, v)) }
func (a *Builder) U32(v ...uint32) {
	for _, x := range v {
		a.Write(binary.LittleEndian.AppendUint32(nil, x))
	}
}
func (a *Builder) U64(v ...uint64) {
	for _, x := range v {
		a.Write(binary.LittleEndian.AppendUint64(nil, x))
	}
}
func (a *Builder) Str(s string) { a.WriteString(s + "\x00") }
func (a *Builder) Uleb(v ...uint64) {
	for _, x := range v {
		a.Write(binary.AppendUvarint(nil, x))
	}
}

// off writes an offset of 32- or 64-bit DWARF.
func (a *Builder) off(wide bool, v uint64) {
	if wide {
		a.U64(v)
	} else {
		a.U32(uint32(v))
	}
}

// Unit appends a unit with its length.
func (a *Builder) Unit(wide bool, body []byte) {
	if wide {
		a.U32(0xffffffff)
	}
	a.off(wide, uint64(len(body)))
	a.Write(body)
}

func Section(b []byte) window.Section { return bytes.NewReader(b) }

// V5 is DWARF 5 with every look-up through an index, and a list with every kind
// of entry. The bases come after the attributes that need them.
func V5(wide bool) dwarf.Sections {
	var info, abbrev, str, strOff, addr, lists Builder
	abbrev.Uleb(7, 0x24, 0, 0x03, 0x08, 0, 0) // another declaration first
	abbrev.Uleb(9, dwarf.TagCompileUnit)
	abbrev.U8(1)
	abbrev.Uleb(dwarf.AttrProducer, dwarf.FormStrx, dwarf.AttrLanguage, dwarf.FormImplicitConst)
	abbrev.U8(0x1d) // C11
	abbrev.Uleb(dwarf.AttrName, dwarf.FormStrx1, dwarf.AttrCompDir, dwarf.FormStrx2, dwarf.AttrLowPC, dwarf.FormAddrx, dwarf.AttrRanges, dwarf.FormRnglistx,
		0x10, dwarf.FormSecOffset, 0x3f, dwarf.FormFlagPresent, 0x2100, dwarf.FormBlock1, 0x2101, dwarf.FormData16, 0x2102, dwarf.FormIndirect,
		dwarf.AttrStrOffsetsBase, dwarf.FormSecOffset, dwarf.AttrAddrBase, dwarf.FormSecOffset, dwarf.AttrRnglistsBase, dwarf.FormSecOffset, 0, 0)
	abbrev.Uleb(0)

	str.Str("x")
	var offs []uint64
	for _, s := range []string{"clang 18", "a.c", "/dir"} {
		offs = append(offs, uint64(str.Len()))
		str.Str(s)
	}
	header := 8
	if wide {
		header = 16
	}
	strOff.Write(make([]byte, header))
	for _, o := range offs {
		strOff.off(wide, o)
	}
	addr.Write(make([]byte, 8))
	addr.U64(0x1000, 0x2000, 0x3000, 0x3010)

	lists.Write(make([]byte, header+4)) // not looked at
	base := uint64(lists.Len())
	size := uint64(4)
	if wide {
		size = 8
	}
	lists.off(wide, 2*size)   // list 0
	lists.off(wide, 2*size+1) // list 1
	lists.U8(0)               // list 0: empty
	lists.U8(4)               // offset_pair from low_pc
	lists.Uleb(0x10, 0x20)
	lists.U8(1) // base_addressx
	lists.Uleb(1)
	lists.U8(4)
	lists.Uleb(0, 0x300)
	lists.U8(2) // startx_endx
	lists.Uleb(2, 3)
	lists.U8(3) // startx_length
	lists.Uleb(3, 0x40)
	lists.U8(5) // base_address
	lists.U64(0x9000)
	lists.U8(4)
	lists.Uleb(1, 2)
	lists.U8(5) // dropped code
	lists.U64(1<<64 - 1)
	lists.U8(4)
	lists.Uleb(1, 20)
	lists.U8(6) // start_end
	lists.U64(0xa000, 0xa100)
	lists.U8(7) // start_length
	lists.U64(0xb000)
	lists.Uleb(0x80)
	lists.U8(3) // an index outside .debug_addr
	lists.Uleb(99, 0x40)
	lists.U8(7) // empty
	lists.U64(0xc000)
	lists.Uleb(0)
	lists.U8(0)

	var b Builder
	b.U16(5)
	b.U8(1, 8)
	b.off(wide, 0)
	b.Uleb(9, 0)    // code, producer
	b.U8(1)         // name
	b.U16(2)        // comp_dir
	b.Uleb(0, 1)    // low_pc, ranges
	b.off(wide, 77) // stmt_list
	b.U8(2, 0xee, 0xee)
	b.Write(make([]byte, 16))
	b.Uleb(dwarf.FormData8)
	b.U64(5)
	b.off(wide, uint64(header))
	b.off(wide, 8)
	b.off(wide, base)
	info.Unit(wide, b.Bytes())
	return dwarf.Sections{Info: Section(info.Bytes()), Abbrev: Section(abbrev.Bytes()), Str: Section(str.Bytes()),
		StrOffsets: Section(strOff.Bytes()), Addr: Section(addr.Bytes()), Rnglists: Section(lists.Bytes())}
}

// Whole is the content of a section, nil for none.
func Whole(s window.Section) []byte {
	if s == nil {
		return nil
	}
	b := make([]byte, s.Size())
	s.ReadAt(b, 0)
	return b
}

// Broken is a section that cannot be read.
type Broken struct{ io.ReaderAt }

func (Broken) Size() int64 { return 100 }

func (Broken) ReadAt([]byte, int64) (int, error) { return 0, errors.New("disk on fire") }
