package native

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
)

// MaxWarnings is how many warnings a reader of DWARF gives at most.
const MaxWarnings = 20

// asm writes little-endian DWARF.
type asm struct{ bytes.Buffer }

func (a *asm) u8(v ...byte) { a.Write(v) }
func (a *asm) u16(v uint16) { a.Write(binary.LittleEndian.AppendUint16(nil, v)) }
func (a *asm) u32(v ...uint32) {
	for _, x := range v {
		a.Write(binary.LittleEndian.AppendUint32(nil, x))
	}
}
func (a *asm) u64(v ...uint64) {
	for _, x := range v {
		a.Write(binary.LittleEndian.AppendUint64(nil, x))
	}
}
func (a *asm) str(s string) { a.WriteString(s + "\x00") }
func (a *asm) uleb(v ...uint64) {
	for _, x := range v {
		a.Write(binary.AppendUvarint(nil, x))
	}
}

// off writes an offset of 32- or 64-bit DWARF.
func (a *asm) off(wide bool, v uint64) {
	if wide {
		a.u64(v)
	} else {
		a.u32(uint32(v))
	}
}

// unit appends a unit with its length.
func (a *asm) unit(wide bool, body []byte) {
	if wide {
		a.u32(0xffffffff)
	}
	a.off(wide, uint64(len(body)))
	a.Write(body)
}

func section(b []byte) Section { return bytes.NewReader(b) }

// v5 is DWARF 5 with every look-up through an index, and a list with every kind
// of entry. The bases come after the attributes that need them.
func v5(wide bool) Sections {
	var info, abbrev, str, strOff, addr, lists asm
	abbrev.uleb(7, 0x24, 0, 0x03, 0x08, 0, 0) // another declaration first
	abbrev.uleb(9, tagCompileUnit)
	abbrev.u8(1)
	abbrev.uleb(attrProducer, formStrx, attrLanguage, formImplicitConst)
	abbrev.u8(0x1d) // C11
	abbrev.uleb(attrName, formStrx1, attrCompDir, formStrx2, attrLowPC, formAddrx, attrRanges, formRnglistx,
		0x10, formSecOffset, 0x3f, formFlagPresent, 0x2100, formBlock1, 0x2101, formData16, 0x2102, formIndirect,
		attrStrOffsetsBase, formSecOffset, attrAddrBase, formSecOffset, attrRnglistsBase, formSecOffset, 0, 0)
	abbrev.uleb(0)

	str.str("x")
	var offs []uint64
	for _, s := range []string{"clang 18", "a.c", "/dir"} {
		offs = append(offs, uint64(str.Len()))
		str.str(s)
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
	addr.u64(0x1000, 0x2000, 0x3000, 0x3010)

	lists.Write(make([]byte, header+4)) // not looked at
	base := uint64(lists.Len())
	size := uint64(4)
	if wide {
		size = 8
	}
	lists.off(wide, 2*size)   // list 0
	lists.off(wide, 2*size+1) // list 1
	lists.u8(0)               // list 0: empty
	lists.u8(4)               // offset_pair from low_pc
	lists.uleb(0x10, 0x20)
	lists.u8(1) // base_addressx
	lists.uleb(1)
	lists.u8(4)
	lists.uleb(0, 0x300)
	lists.u8(2) // startx_endx
	lists.uleb(2, 3)
	lists.u8(3) // startx_length
	lists.uleb(3, 0x40)
	lists.u8(5) // base_address
	lists.u64(0x9000)
	lists.u8(4)
	lists.uleb(1, 2)
	lists.u8(5) // dropped code
	lists.u64(1<<64 - 1)
	lists.u8(4)
	lists.uleb(1, 20)
	lists.u8(6) // start_end
	lists.u64(0xa000, 0xa100)
	lists.u8(7) // start_length
	lists.u64(0xb000)
	lists.uleb(0x80)
	lists.u8(3) // an index outside .debug_addr
	lists.uleb(99, 0x40)
	lists.u8(7) // empty
	lists.u64(0xc000)
	lists.uleb(0)
	lists.u8(0)

	var b asm
	b.u16(5)
	b.u8(1, 8)
	b.off(wide, 0)
	b.uleb(9, 0)    // code, producer
	b.u8(1)         // name
	b.u16(2)        // comp_dir
	b.uleb(0, 1)    // low_pc, ranges
	b.off(wide, 77) // stmt_list
	b.u8(2, 0xee, 0xee)
	b.Write(make([]byte, 16))
	b.uleb(formData8)
	b.u64(5)
	b.off(wide, uint64(header))
	b.off(wide, 8)
	b.off(wide, base)
	info.unit(wide, b.Bytes())
	return Sections{Info: section(info.Bytes()), Abbrev: section(abbrev.Bytes()), Str: section(str.Bytes()),
		StrOffsets: section(strOff.Bytes()), Addr: section(addr.Bytes()), Rnglists: section(lists.Bytes())}
}

// whole is the content of a section, nil for none.
func whole(s Section) []byte {
	if s == nil {
		return nil
	}
	b := make([]byte, s.Size())
	s.ReadAt(b, 0)
	return b
}

// broken is a section that cannot be read.
type broken struct{ io.ReaderAt }

func (broken) Size() int64 { return 100 }

func (broken) ReadAt([]byte, int64) (int, error) { return 0, errors.New("disk on fire") }
