package dwarf_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/attrib/dwarf"
	"github.com/sizegate/sizegate/internal/attrib/dwarf/dwarftest"
	"github.com/sizegate/sizegate/internal/attrib/dwarf/window"
)

func TestReadUnitsV5Indexed(t *testing.T) {
	want := []dwarf.Unit{{Name: "a.c", CompDir: "/dir", Producer: "clang 18", Language: 0x1d, Ranges: []dwarf.Range{
		{0x1010, 0x1020}, {0x2000, 0x2300}, {0x3000, 0x3010}, {0x3010, 0x3050}, {0x9001, 0x9002}, {0xa000, 0xa100}, {0xb000, 0xb080},
	}}}
	for _, wide := range []bool{false, true} {
		compareUnits(t, read(t, dwarftest.V5(wide), nil), want)
		above := func(r dwarf.Range) bool { return r.Lo >= 0x9000 }
		got := read(t, dwarftest.V5(wide), above)
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
		dwarf.FormAddr: eight, dwarf.FormBlock2: {2, 0, 9, 9}, dwarf.FormBlock4: {2, 0, 0, 0, 9, 9}, dwarf.FormData2: {1, 2}, dwarf.FormData4: four,
		dwarf.FormData8: eight, dwarf.FormString: []byte("s\x00"), dwarf.FormBlock: block, dwarf.FormBlock1: block, dwarf.FormData1: {1}, dwarf.FormFlag: {1},
		dwarf.FormSdata: uleb, dwarf.FormStrp: four, dwarf.FormUdata: uleb, dwarf.FormRefAddr: four, dwarf.FormRef1: {1}, dwarf.FormRef2: {1, 2}, dwarf.FormRef4: four,
		dwarf.FormRef8: eight, dwarf.FormRefUdata: uleb, dwarf.FormIndirect: {dwarf.FormData2, 1, 2}, dwarf.FormSecOffset: four, dwarf.FormExprloc: block,
		dwarf.FormFlagPresent: {}, dwarf.FormStrx: uleb, dwarf.FormAddrx: uleb, dwarf.FormRefSup4: four, dwarf.FormStrpSup: four, dwarf.FormData16: make([]byte, 16),
		dwarf.FormLineStrp: four, dwarf.FormRefSig8: eight, dwarf.FormLoclistx: uleb, dwarf.FormRnglistx: uleb, dwarf.FormRefSup8: eight, dwarf.FormStrx1: {1},
		dwarf.FormStrx2: {1, 2}, dwarf.FormStrx3: {1, 2, 3}, dwarf.FormStrx4: four, dwarf.FormAddrx1: {1}, dwarf.FormAddrx2: {1, 2}, dwarf.FormAddrx3: {1, 2, 3},
		dwarf.FormAddrx4: four, dwarf.FormGNUAddrIndex: uleb, dwarf.FormGNUStrIndex: uleb, dwarf.FormGNURefAlt: four, dwarf.FormGNUStrpAlt: four,
	}
	for form, data := range forms {
		var info, abbrev, b dwarftest.Builder
		abbrev.Uleb(1, dwarf.TagCompileUnit, 0, 0x2fff, form, dwarf.AttrName, dwarf.FormString, 0, 0, 0)
		b.U16(5)
		b.U8(1, 8)
		b.U32(0)
		b.Uleb(1)
		b.Write(data)
		b.Str("found")
		info.Unit(false, b.Bytes())
		got := read(t, dwarf.Sections{Info: dwarftest.Section(info.Bytes()), Abbrev: dwarftest.Section(abbrev.Bytes())}, nil)
		if len(got) != 1 || got[0].Name != "found" {
			t.Errorf("form 0x%x: %+v", form, got)
		}
	}
	for _, form := range []uint64{0x02, 0x2d, 0x1f03, 1 << 40} {
		var info, abbrev dwarftest.Builder
		abbrev.Uleb(1, dwarf.TagCompileUnit, 0, dwarf.AttrName, form, 0, 0, 0)
		info.Unit(false, simple(5, 0, "x", 0, 0))
		got, warnings, _ := dwarf.ReadUnits(dwarf.Sections{Info: dwarftest.Section(info.Bytes()), Abbrev: dwarftest.Section(abbrev.Bytes())}, nil)
		if len(got) != 0 || len(warnings) != 1 {
			t.Errorf("form 0x%x: %+v, %q", form, got, warnings)
		}
	}
}

// simple is a unit whose root has a name, low_pc and high_pc.
func simple(version uint16, abbrevOff uint32, name string, low, high uint64) []byte {
	var b dwarftest.Builder
	b.U16(version)
	if version == 5 {
		b.U8(1, 8)
		b.U32(abbrevOff)
	} else {
		b.U32(abbrevOff)
		b.U8(8)
	}
	b.Uleb(1)
	b.Str(name)
	b.U64(low, high)
	return b.Bytes()
}

// simpleAbbrev has at 0 a high_pc that is a size, at the offset returned one
// that is an address.
func simpleAbbrev() (data []byte, address uint32) {
	var a dwarftest.Builder
	for _, form := range []uint64{dwarf.FormData8, dwarf.FormAddr} {
		address = uint32(a.Len())
		a.Uleb(1, dwarf.TagCompileUnit, 0, dwarf.AttrName, dwarf.FormString, dwarf.AttrLowPC, dwarf.FormAddr, dwarf.AttrHighPC, form, 0, 0, 0)
	}
	return a.Bytes(), address
}

func TestReadUnitsSkipsAndGoesOn(t *testing.T) {
	abbrev, address := simpleAbbrev()
	var info dwarftest.Builder
	info.Unit(false, simple(4, 0, "size.c", 0x100, 0x10))
	info.U32(0, 0) // fill
	info.Unit(true, []byte{9, 0, 1, 2, 3})
	info.Unit(false, simple(2, address, "address.c", 0x100, 0x180))
	info.Unit(false, simple(4, 0, strings.Repeat("n", 9000), 1<<64-1, 0x10))
	var typeUnit dwarftest.Builder
	typeUnit.U16(5)
	typeUnit.U8(2, 8)
	typeUnit.U32(0)
	typeUnit.U64(1, 2)
	info.Unit(false, typeUnit.Bytes())
	info.Unit(false, simple(5, 99999, "lost.c", 0, 1))
	info.Unit(false, simple(5, 0, "last.c", 0x200, 0x10))
	bad := info.Len()
	info.U32(0xfffffff3)
	units, warnings, err := dwarf.ReadUnits(dwarf.Sections{Info: dwarftest.Section(info.Bytes()), Abbrev: dwarftest.Section(abbrev)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	compareUnits(t, units, []dwarf.Unit{
		{Name: "size.c", Ranges: []dwarf.Range{{0x100, 0x110}}},
		{Name: "address.c", Ranges: []dwarf.Range{{0x100, 0x180}}},
		{Name: strings.Repeat("n", 4096)},
		{Name: "last.c", Ranges: []dwarf.Range{{0x200, 0x210}}},
	})
	if len(warnings) != 3 || !strings.Contains(warnings[0], "version 9") || !strings.Contains(warnings[1], "no abbreviation 1") ||
		!strings.Contains(warnings[2], fmt.Sprintf("unit at 0x%x", bad)) {
		t.Errorf("warnings %q", warnings)
	}
}

// Lists of DWARF 4: a base entry, a dropped function, the base of low_pc; and a
// skeleton unit as GCC and Clang write them for -gsplit-dwarf.
func TestReadUnitsDebugRanges(t *testing.T) {
	var info, abbrev, ranges dwarftest.Builder
	abbrev.Uleb(1, dwarf.TagCompileUnit, 0, dwarf.AttrName, dwarf.FormString, dwarf.AttrLowPC, dwarf.FormAddr, dwarf.AttrRanges, dwarf.FormSecOffset, 0, 0)
	abbrev.Uleb(2, dwarf.TagSkeletonUnit, 0, dwarf.AttrName, dwarf.FormGNUStrpAlt, dwarf.AttrLowPC, dwarf.FormGNUAddrIndex, dwarf.AttrHighPC, dwarf.FormUdata, dwarf.AttrGNUAddrBase, dwarf.FormSecOffset, 0, 0, 0)
	ranges.U64(5, 6) // of nobody
	ranges.U64(0x10, 0x20, 1, 1, 1<<64-1, 0x7000, 0, 0x30, 1<<64-1, 1<<64-2, 0x10, 0x20, 0, 0)
	var b dwarftest.Builder
	b.U16(4)
	b.U32(0)
	b.U8(8)
	b.Uleb(1)
	b.Str("a.c")
	b.U64(0x1000)
	b.U32(16)
	info.Unit(false, b.Bytes())
	b.Reset()
	b.U16(5)
	b.U8(4, 8)
	b.U32(0)
	b.U64(0x1122334455667788)
	b.Uleb(2)
	b.U32(12345)
	b.Uleb(1, 0x22)
	b.U32(0)
	info.Unit(false, b.Bytes())
	var addr dwarftest.Builder
	addr.U64(0x1000, 0x5000)
	got := read(t, dwarf.Sections{Info: dwarftest.Section(info.Bytes()), Abbrev: dwarftest.Section(abbrev.Bytes()), Ranges: dwarftest.Section(ranges.Bytes()), Addr: dwarftest.Section(addr.Bytes())}, nil)
	compareUnits(t, got, []dwarf.Unit{
		{Name: "a.c", Ranges: []dwarf.Range{{0x1010, 0x1020}, {0x7000, 0x7030}}},
		{Ranges: []dwarf.Range{{0x5000, 0x5022}}},
	})
}

// Every way of cutting sections short, or of filling them with one byte, ends
// without a panic and with bounded results.
func TestReadUnitsDamaged(t *testing.T) {
	for _, wide := range []bool{false, true} {
		s := dwarftest.V5(wide)
		for _, p := range []*window.Section{&s.Info, &s.Abbrev, &s.Str, &s.StrOffsets, &s.Addr, &s.Rnglists} {
			good := *p
			b := dwarftest.Whole(good)
			for n := range b {
				*p = dwarftest.Section(b[:n])
				dwarf.ReadUnits(s, nil)
				for _, x := range []byte{0x00, 0x7f, 0x80, 0xff} {
					c := bytes.Clone(b)
					c[n] = x
					*p = dwarftest.Section(c)
					if _, w, err := dwarf.ReadUnits(s, nil); err != nil || len(w) > dwarftest.MaxWarnings {
						t.Fatalf("%d warnings, error %v", len(w), err)
					}
				}
			}
			*p = nil
			dwarf.ReadUnits(s, nil)
			*p = good
		}
	}
}

// Many units that share one long string, one long list and one long table cost
// no more than a small multiple of the input.
func TestReadUnitsShared(t *testing.T) {
	var info, abbrev, str, ranges dwarftest.Builder
	for range 5000 {
		abbrev.Uleb(2, 0x2e, 0, 3, 0x08, 0, 0)
	}
	abbrev.Uleb(1, dwarf.TagCompileUnit, 0, dwarf.AttrName, dwarf.FormStrp, dwarf.AttrRanges, dwarf.FormSecOffset, 0, 0)
	str.Str(strings.Repeat("s", 100_000))
	for range 50_000 {
		ranges.U64(0x10, 0x20)
	}
	for i := range 20_000 {
		var b dwarftest.Builder
		b.U16(4)
		b.U32(uint32(i % 5000 * 7))
		b.U8(8)
		b.Uleb(1)
		b.U32(uint32(i), uint32(i*16))
		info.Unit(false, b.Bytes())
	}
	units, warnings, err := dwarf.ReadUnits(dwarf.Sections{Info: dwarftest.Section(info.Bytes()), Abbrev: dwarftest.Section(abbrev.Bytes()), Str: dwarftest.Section(str.Bytes()), Ranges: dwarftest.Section(ranges.Bytes())}, nil)
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
	if len(warnings) != dwarftest.MaxWarnings || !strings.HasSuffix(warnings[dwarftest.MaxWarnings-1], "more warnings") {
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
		var a dwarftest.Builder
		a.U32(size - 4)
		a.Write(simple(4, 0, "a.c", 0x1000, 1))
		c.at[i*size] = a.Bytes()
	}
	if units := read(t, dwarf.Sections{Info: c, Abbrev: dwarftest.Section(abbrev)}, nil); len(units) != n {
		t.Errorf("%d units", len(units))
	}
	if c.read > n*2*window.Small {
		t.Errorf("read %d of %d bytes", c.read, c.size)
	}
}

func TestReadUnitsIOError(t *testing.T) {
	if _, _, err := dwarf.ReadUnits(dwarf.Sections{Info: dwarftest.Broken{}}, nil); err == nil || !strings.Contains(err.Error(), "disk on fire") {
		t.Errorf("error %v", err)
	}
	if units, warnings, err := dwarf.ReadUnits(dwarf.Sections{}, nil); units != nil || warnings != nil || err != nil {
		t.Error(units, warnings, err)
	}
}

func FuzzReadUnits(f *testing.F) {
	for _, wide := range []bool{false, true} {
		s := dwarftest.V5(wide)
		f.Add(dwarftest.Whole(s.Info), dwarftest.Whole(s.Abbrev), dwarftest.Whole(s.Str), dwarftest.Whole(s.Rnglists), dwarftest.Whole(s.Addr), dwarftest.Whole(s.StrOffsets))
	}
	abbrev, address := simpleAbbrev()
	var info dwarftest.Builder
	info.Unit(false, simple(3, address, "a.c", 1, 2))
	f.Add(info.Bytes(), abbrev, []byte(nil), []byte(nil), []byte(nil), []byte(nil))
	f.Fuzz(func(t *testing.T, info, abbrev, str, lists, addr, strOff []byte) {
		// One list section serves as both kinds, the strings as all kinds.
		s := dwarf.Sections{Info: dwarftest.Section(info), Abbrev: dwarftest.Section(abbrev), Str: dwarftest.Section(str), LineStr: dwarftest.Section(str),
			Ranges: dwarftest.Section(lists), Rnglists: dwarftest.Section(lists), Addr: dwarftest.Section(addr), StrOffsets: dwarftest.Section(strOff)}
		units, warnings, err := dwarf.ReadUnits(s, nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(units) > len(info)/4 || len(warnings) > dwarftest.MaxWarnings {
			t.Errorf("%d units, %d warnings of %d bytes", len(units), len(warnings), len(info))
		}
		for _, u := range units {
			if len(u.Name) > window.MaxString {
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

// counting is a section that counts the bytes that are read of it.
type counting struct {
	*bytes.Reader
	read int
}

func (c *counting) ReadAt(p []byte, off int64) (int, error) {
	c.read += len(p)
	return c.Reader.ReadAt(p, off)
}

// TestStringsInOne: the names of very many units, each of which begins elsewhere in one
// string that is very long, are not all read.
func TestStringsInOne(t *testing.T) {
	const size, units = 1 << 20, 100_000
	text := &counting{Reader: bytes.NewReader(bytes.Repeat([]byte{'a'}, size))}
	none := window.New(nil, window.Small)
	r := dwarf.NewReader(dwarf.Windows{Str: window.New(text, window.Small), LineStr: none, StrOffsets: none, Ranges: none, Rnglists: none, Addr: none}, nil, 0)
	names := 0
	for i := range uint64(units) {
		names += len(r.StringOf(&dwarf.Header{Off: i}, &dwarf.Root{}, dwarf.Value{Form: dwarf.FormStrp, Num: (i * 7919) % (size / 2)}))
	}
	if names < size || names > 3*size || text.read > 10*size {
		t.Errorf("%d bytes of names from reading %d of %d", names, text.read, size)
	}
	if w := r.Warnings(); len(w) < 2 || !strings.Contains(w[0], "larger than their sections") {
		t.Errorf("warnings %q", w)
	}
}
