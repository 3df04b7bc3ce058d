package native

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
)

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

func TestReadUnitsV5Indexed(t *testing.T) {
	want := []Unit{{Name: "a.c", CompDir: "/dir", Producer: "clang 18", Language: 0x1d, Ranges: []Range{
		{0x1010, 0x1020}, {0x2000, 0x2300}, {0x3000, 0x3010}, {0x3010, 0x3050}, {0x9001, 0x9002}, {0xa000, 0xa100}, {0xb000, 0xb080},
	}}}
	for _, wide := range []bool{false, true} {
		compareUnits(t, read(t, v5(wide), nil), want)
		above := func(r Range) bool { return r.Lo >= 0x9000 }
		got := read(t, v5(wide), above)
		if len(got) != 1 || !slices.Equal(got[0].Ranges, want[0].Ranges[4:]) {
			t.Errorf("filtered: %+v", got)
		}
	}
}

// A value of every form is passed over by its length, which DWARF 5 gives in
// 7.5.6: the name behind it is found.
func TestForms(t *testing.T) {
	four, eight, uleb, block := []byte{1, 2, 3, 4}, make([]byte, 8), []byte{0x80, 0x80, 0x01}, []byte{2, 9, 9}
	forms := map[uint64][]byte{
		formAddr: eight, formBlock2: {2, 0, 9, 9}, formBlock4: {2, 0, 0, 0, 9, 9}, formData2: {1, 2}, formData4: four,
		formData8: eight, formString: []byte("s\x00"), formBlock: block, formBlock1: block, formData1: {1}, formFlag: {1},
		formSdata: uleb, formStrp: four, formUdata: uleb, formRefAddr: four, formRef1: {1}, formRef2: {1, 2}, formRef4: four,
		formRef8: eight, formRefUdata: uleb, formIndirect: {formData2, 1, 2}, formSecOffset: four, formExprloc: block,
		formFlagPresent: {}, formStrx: uleb, formAddrx: uleb, formRefSup4: four, formStrpSup: four, formData16: make([]byte, 16),
		formLineStrp: four, formRefSig8: eight, formLoclistx: uleb, formRnglistx: uleb, formRefSup8: eight, formStrx1: {1},
		formStrx2: {1, 2}, formStrx3: {1, 2, 3}, formStrx4: four, formAddrx1: {1}, formAddrx2: {1, 2}, formAddrx3: {1, 2, 3},
		formAddrx4: four, formGNUAddrIndex: uleb, formGNUStrIndex: uleb, formGNURefAlt: four, formGNUStrpAlt: four,
	}
	for form, data := range forms {
		var info, abbrev, b asm
		abbrev.uleb(1, tagCompileUnit, 0, 0x2fff, form, attrName, formString, 0, 0, 0)
		b.u16(5)
		b.u8(1, 8)
		b.u32(0)
		b.uleb(1)
		b.Write(data)
		b.str("found")
		info.unit(false, b.Bytes())
		got := read(t, Sections{Info: section(info.Bytes()), Abbrev: section(abbrev.Bytes())}, nil)
		if len(got) != 1 || got[0].Name != "found" {
			t.Errorf("form 0x%x: %+v", form, got)
		}
	}
	for _, form := range []uint64{0x02, 0x2d, 0x1f03, 1 << 40} {
		var info, abbrev asm
		abbrev.uleb(1, tagCompileUnit, 0, attrName, form, 0, 0, 0)
		info.unit(false, simple(5, 0, "x", 0, 0))
		got, warnings, _ := ReadUnits(Sections{Info: section(info.Bytes()), Abbrev: section(abbrev.Bytes())}, nil)
		if len(got) != 0 || len(warnings) != 1 {
			t.Errorf("form 0x%x: %+v, %q", form, got, warnings)
		}
	}
}

// simple is a unit whose root has a name, low_pc and high_pc.
func simple(version uint16, abbrevOff uint32, name string, low, high uint64) []byte {
	var b asm
	b.u16(version)
	if version == 5 {
		b.u8(1, 8)
		b.u32(abbrevOff)
	} else {
		b.u32(abbrevOff)
		b.u8(8)
	}
	b.uleb(1)
	b.str(name)
	b.u64(low, high)
	return b.Bytes()
}

// simpleAbbrev has at 0 a high_pc that is a size, at the offset returned one
// that is an address.
func simpleAbbrev() (data []byte, address uint32) {
	var a asm
	for _, form := range []uint64{formData8, formAddr} {
		address = uint32(a.Len())
		a.uleb(1, tagCompileUnit, 0, attrName, formString, attrLowPC, formAddr, attrHighPC, form, 0, 0, 0)
	}
	return a.Bytes(), address
}

func TestReadUnitsSkipsAndGoesOn(t *testing.T) {
	abbrev, address := simpleAbbrev()
	var info asm
	info.unit(false, simple(4, 0, "size.c", 0x100, 0x10))
	info.u32(0, 0) // fill
	info.unit(true, []byte{9, 0, 1, 2, 3})
	info.unit(false, simple(2, address, "address.c", 0x100, 0x180))
	info.unit(false, simple(4, 0, strings.Repeat("n", 9000), 1<<64-1, 0x10))
	var typeUnit asm
	typeUnit.u16(5)
	typeUnit.u8(2, 8)
	typeUnit.u32(0)
	typeUnit.u64(1, 2)
	info.unit(false, typeUnit.Bytes())
	info.unit(false, simple(5, 99999, "lost.c", 0, 1))
	info.unit(false, simple(5, 0, "last.c", 0x200, 0x10))
	bad := info.Len()
	info.u32(0xfffffff3)
	units, warnings, err := ReadUnits(Sections{Info: section(info.Bytes()), Abbrev: section(abbrev)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	compareUnits(t, units, []Unit{
		{Name: "size.c", Ranges: []Range{{0x100, 0x110}}},
		{Name: "address.c", Ranges: []Range{{0x100, 0x180}}},
		{Name: strings.Repeat("n", 4096)},
		{Name: "last.c", Ranges: []Range{{0x200, 0x210}}},
	})
	if len(warnings) != 3 || !strings.Contains(warnings[0], "version 9") || !strings.Contains(warnings[1], "no abbreviation 1") ||
		!strings.Contains(warnings[2], fmt.Sprintf("unit at 0x%x", bad)) {
		t.Errorf("warnings %q", warnings)
	}
}

// Lists of DWARF 4: a base entry, a dropped function, the base of low_pc; and a
// skeleton unit as GCC and Clang write them for -gsplit-dwarf.
func TestReadUnitsDebugRanges(t *testing.T) {
	var info, abbrev, ranges asm
	abbrev.uleb(1, tagCompileUnit, 0, attrName, formString, attrLowPC, formAddr, attrRanges, formSecOffset, 0, 0)
	abbrev.uleb(2, tagSkeletonUnit, 0, attrName, formGNUStrpAlt, attrLowPC, formGNUAddrIndex, attrHighPC, formUdata, attrGNUAddrBase, formSecOffset, 0, 0, 0)
	ranges.u64(5, 6) // of nobody
	ranges.u64(0x10, 0x20, 1, 1, 1<<64-1, 0x7000, 0, 0x30, 1<<64-1, 1<<64-2, 0x10, 0x20, 0, 0)
	var b asm
	b.u16(4)
	b.u32(0)
	b.u8(8)
	b.uleb(1)
	b.str("a.c")
	b.u64(0x1000)
	b.u32(16)
	info.unit(false, b.Bytes())
	b.Reset()
	b.u16(5)
	b.u8(4, 8)
	b.u32(0)
	b.u64(0x1122334455667788)
	b.uleb(2)
	b.u32(12345)
	b.uleb(1, 0x22)
	b.u32(0)
	info.unit(false, b.Bytes())
	var addr asm
	addr.u64(0x1000, 0x5000)
	got := read(t, Sections{Info: section(info.Bytes()), Abbrev: section(abbrev.Bytes()), Ranges: section(ranges.Bytes()), Addr: section(addr.Bytes())}, nil)
	compareUnits(t, got, []Unit{
		{Name: "a.c", Ranges: []Range{{0x1010, 0x1020}, {0x7000, 0x7030}}},
		{Ranges: []Range{{0x5000, 0x5022}}},
	})
}

// Every way of cutting sections short, or of filling them with one byte, ends
// without a panic and with bounded results.
func TestReadUnitsDamaged(t *testing.T) {
	whole := func(s Section) []byte {
		b := make([]byte, s.Size())
		s.ReadAt(b, 0)
		return b
	}
	for _, wide := range []bool{false, true} {
		s := v5(wide)
		for _, p := range []*Section{&s.Info, &s.Abbrev, &s.Str, &s.StrOffsets, &s.Addr, &s.Rnglists} {
			good := *p
			b := whole(good)
			for n := range b {
				*p = section(b[:n])
				ReadUnits(s, nil)
				for _, x := range []byte{0x00, 0x7f, 0x80, 0xff} {
					c := bytes.Clone(b)
					c[n] = x
					*p = section(c)
					if _, w, err := ReadUnits(s, nil); err != nil || len(w) > maxWarnings {
						t.Fatalf("%d warnings, error %v", len(w), err)
					}
				}
			}
			*p = nil
			ReadUnits(s, nil)
			*p = good
		}
	}
}

// Many units that share one long string, one long list and one long table cost
// no more than a small multiple of the input.
func TestReadUnitsShared(t *testing.T) {
	var info, abbrev, str, ranges asm
	for range 5000 {
		abbrev.uleb(2, 0x2e, 0, 3, 0x08, 0, 0)
	}
	abbrev.uleb(1, tagCompileUnit, 0, attrName, formStrp, attrRanges, formSecOffset, 0, 0)
	str.str(strings.Repeat("s", 100_000))
	for range 50_000 {
		ranges.u64(0x10, 0x20)
	}
	for i := range 20_000 {
		var b asm
		b.u16(4)
		b.u32(uint32(i % 5000 * 7))
		b.u8(8)
		b.uleb(1)
		b.u32(uint32(i), uint32(i*16))
		info.unit(false, b.Bytes())
	}
	units, warnings, err := ReadUnits(Sections{Info: section(info.Bytes()), Abbrev: section(abbrev.Bytes()), Str: section(str.Bytes()), Ranges: section(ranges.Bytes())}, nil)
	if err != nil {
		t.Fatal(err)
	}
	text, n := 0, 0
	for _, u := range units {
		text += len(u.Name)
		n += len(u.Ranges)
	}
	if text > 2*str.Len()+1<<16 || n > (2*ranges.Len()+1<<16)/16 {
		t.Errorf("%d bytes of strings, %d ranges", text, n)
	}
	if len(warnings) != maxWarnings || !strings.HasSuffix(warnings[maxWarnings-1], "more warnings") {
		t.Errorf("%d warnings, last %q", len(warnings), warnings[len(warnings)-1])
	}
}

// counter counts the bytes that are read of a section that is nearly all zero.
type counter struct {
	size int64
	at   map[int64][]byte // by offset
	read int64
}

func (c *counter) Size() int64 { return c.size }

func (c *counter) ReadAt(b []byte, off int64) (int, error) {
	clear(b)
	copy(b, c.at[off])
	c.read += int64(len(b))
	return len(b), nil
}

func TestReadUnitsJumps(t *testing.T) {
	abbrev, _ := simpleAbbrev()
	const n, size = 5000, 60_000
	c := &counter{size: n * size, at: map[int64][]byte{}}
	for i := range int64(n) {
		var a asm
		a.u32(size - 4)
		a.Write(simple(4, 0, "a.c", 0x1000, 1))
		c.at[i*size] = a.Bytes()
	}
	if units := read(t, Sections{Info: c, Abbrev: section(abbrev)}, nil); len(units) != n {
		t.Errorf("%d units", len(units))
	}
	if c.read > n*2*smallWindow {
		t.Errorf("read %d of %d bytes", c.read, c.size)
	}
}

type broken struct{ io.ReaderAt }

func (broken) Size() int64 { return 100 }

func (broken) ReadAt([]byte, int64) (int, error) { return 0, errors.New("disk on fire") }

func TestReadUnitsIOError(t *testing.T) {
	if _, _, err := ReadUnits(Sections{Info: broken{}}, nil); err == nil || !strings.Contains(err.Error(), "disk on fire") {
		t.Errorf("error %v", err)
	}
	if units, warnings, err := ReadUnits(Sections{}, nil); units != nil || warnings != nil || err != nil {
		t.Error(units, warnings, err)
	}
}

func FuzzReadUnits(f *testing.F) {
	whole := func(s Section) []byte {
		if s == nil {
			return nil
		}
		b := make([]byte, s.Size())
		s.ReadAt(b, 0)
		return b
	}
	for _, wide := range []bool{false, true} {
		s := v5(wide)
		f.Add(whole(s.Info), whole(s.Abbrev), whole(s.Str), whole(s.Rnglists), whole(s.Addr), whole(s.StrOffsets))
	}
	abbrev, address := simpleAbbrev()
	var info asm
	info.unit(false, simple(3, address, "a.c", 1, 2))
	f.Add(info.Bytes(), abbrev, []byte(nil), []byte(nil), []byte(nil), []byte(nil))
	f.Fuzz(func(t *testing.T, info, abbrev, str, lists, addr, strOff []byte) {
		// One list section serves as both kinds, the strings as all kinds.
		s := Sections{section(info), section(abbrev), section(str), section(str), section(lists), section(lists), section(addr), section(strOff), nil}
		units, warnings, err := ReadUnits(s, nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(units) > len(info)/4 || len(warnings) > maxWarnings {
			t.Errorf("%d units, %d warnings of %d bytes", len(units), len(warnings), len(info))
		}
		for _, u := range units {
			if len(u.Name) > maxString {
				t.Error("name too long")
			}
			for _, r := range u.Ranges {
				if r.Lo >= r.Hi {
					t.Errorf("range %x", r)
				}
			}
		}
	})
}

func FuzzFromUnit(f *testing.F) {
	f.Add(registry+"a-1.0.0/src/lib.rs/@/a.1-cgu.0", "", "rustc version 1.95.0")
	f.Add("x.c", "/root/go/pkg/mod/github.com/!a/b@v1.0.0", "GNU C17")
	f.Add("../../src/libgcc/x.c", "/build/gcc-12-12.2.0/build/x", "")
	f.Add("a/b/_cgo_export.c", "/w/target/build/a-sys-0123456789abcdef/out", "")
	f.Add("/", "..", "")
	f.Add("_ZTv0_n24_NSt3__1x", "vendor/github.com/a", "Go cmd/compile")
	f.Fuzz(func(t *testing.T, name, dir, producer string) {
		for _, from := range []func() (Origin, bool){
			func() (Origin, bool) { return FromUnit(name, dir, producer) },
			func() (Origin, bool) { return FromFileSymbol(name) },
		} {
			o, ok := from()
			if ok != (o.Kind != KindUnknown) {
				t.Errorf("%+v, %v", o, ok)
			}
			if o.Own && (o.Std || o.Kind != KindCrate) {
				t.Errorf("%+v", o)
			}
		}
		if StartupSymbol(name) && ThunkSymbol(name) {
			t.Errorf("%q is both start-up code and a thunk", name)
		}
		if lib, ok := CPPStd(name); ok != (lib != "") {
			t.Errorf("%q, %v", lib, ok)
		}
	})
}
