package native

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
)

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
					if _, w, err := ReadUnits(s, nil); err != nil || len(w) > MaxWarnings {
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
	if len(warnings) != MaxWarnings || !strings.HasSuffix(warnings[MaxWarnings-1], "more warnings") {
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

func TestReadUnitsIOError(t *testing.T) {
	if _, _, err := ReadUnits(Sections{Info: broken{}}, nil); err == nil || !strings.Contains(err.Error(), "disk on fire") {
		t.Errorf("error %v", err)
	}
	if units, warnings, err := ReadUnits(Sections{}, nil); units != nil || warnings != nil || err != nil {
		t.Error(units, warnings, err)
	}
}

func FuzzReadUnits(f *testing.F) {
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
		if len(units) > len(info)/4 || len(warnings) > MaxWarnings {
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
