package native

import (
	"slices"
	"testing"
)

// TestReadInlinedLongHeader has many units that ask for one line table, whose
// header is nearly all of the section: it is not read for each.
func TestReadInlinedLongHeader(t *testing.T) {
	const units = 1 << 12
	var head, table, lines asm
	head.u8(1, 1, 1, 0xfb, 14, 1)
	head.str("")
	for range 1 << 18 {
		head.str("a.h")
		head.uleb(0, 0, 0)
	}
	head.str("")
	table.u16(4)
	table.u32(uint32(head.Len()))
	table.Write(head.Bytes())
	lines.unit(false, table.Bytes())

	var info asm
	for i := range uint64(units) {
		var a asm
		a.u16(4)
		a.u32(0)
		a.u8(8)
		a.uleb(aUnit)
		a.str("a.c")
		a.u32(0)
		a.u8(langC)
		near := uint32(info.Len() + 4 + a.Len())
		a.uleb(aAbstract)
		a.str("near")
		a.u8(1)
		a.uleb(aFunction)
		a.u64(0x10000 + 16*i)
		a.u32(16)
		a.uleb(aInlined)
		a.u32(near)
		a.u64(0x10000 + 16*i)
		a.u32(16)
		a.uleb(0, 0, 0)
		info.unit(false, a.Bytes())
	}
	counted := &countedSection{Section: section(lines.Bytes())}
	s := Sections{Info: section(info.Bytes()), Abbrev: section(inlinedAbbrev()), Line: counted}
	in, _, err := ReadInlined(s, func(Range) bool { return true })
	if err != nil {
		t.Fatal(err)
	}
	if in.Sources[0].Path != "a.h" || len(in.Sources) != units {
		t.Errorf("%d sources, the first of %q", len(in.Sources), in.Sources[0].Path)
	}
	if counted.read > 8*counted.Size() {
		t.Errorf("%d bytes of line tables were read, there are %d", counted.read, counted.Size())
	}
}

// countedSection counts the bytes that are read.
type countedSection struct {
	Section
	read int64
}

func (s *countedSection) ReadAt(b []byte, off int64) (int, error) {
	n, err := s.Section.ReadAt(b, off)
	s.read += int64(n)
	return n, err
}

// TestReadInlinedNoBytes has a line table whose files are addresses of no bytes, as
// many as a number can say.
func TestReadInlinedNoBytes(t *testing.T) {
	s := inlinedDWARF()
	var head, table, lines asm
	head.u8(1, 1, 1, 0xfb, 14, 1)
	head.u8(1)
	head.uleb(1, formAddr, 1<<62)
	table.u16(5)
	table.u8(0, 0) // size of an address, of a segment selector
	table.u32(uint32(head.Len()))
	table.Write(head.Bytes())
	lines.unit(false, table.Bytes())
	s.Line = section(lines.Bytes())
	in, warnings, err := ReadInlined(s, inCode)
	if err != nil || len(warnings) == 0 {
		t.Errorf("%q, %v", warnings, err)
	}
	for _, source := range in.Sources {
		if source.Path != "" {
			t.Errorf("a path %q", source.Path)
		}
	}
}

// TestReadInlinedElsewhere has a function that another file describes (dwz -m): the
// line table tells where its code is from.
func TestReadInlinedElsewhere(t *testing.T) {
	var abbrev, one, info asm
	abbrev.uleb(1, tagCompileUnit)
	abbrev.u8(1)
	abbrev.uleb(attrStmtList, formSecOffset, attrLanguage, formData1, 0, 0)
	abbrev.uleb(2, tagSubprogram)
	abbrev.u8(1)
	abbrev.uleb(attrLowPC, formAddr, attrHighPC, formData4, 0, 0)
	abbrev.uleb(3, tagInlinedSubroutine)
	abbrev.u8(0)
	abbrev.uleb(attrAbstractOrigin, formGNURefAlt, attrLowPC, formAddr, attrHighPC, formData4, 0, 0, 0)
	one.u16(4)
	one.u32(0)
	one.u8(8)
	one.uleb(1)
	one.u32(0)
	one.u8(langC)
	one.uleb(2)
	one.u64(0x1000)
	one.u32(0x100)
	one.uleb(3)
	one.u32(0x20)
	one.u64(0x10a0)
	one.u32(0x10)
	one.uleb(0, 0)
	info.unit(false, one.Bytes())
	in, warnings, err := ReadInlined(Sections{Info: section(info.Bytes()), Abbrev: section(abbrev.Bytes()), Line: section(inlinedLines())}, inCode)
	if err != nil || len(warnings) > 0 {
		t.Errorf("%q, %v", warnings, err)
	}
	want := []string{"10a0-10a8   a.h 0", "10a8-10b0   /usr/include/stdlib.h 0"}
	if got := describeInlined(in); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestReadInlinedNamespaceIndex has two units of Rust whose outermost namespaces
// have the same number in string tables of their own.
func TestReadInlinedNamespaceIndex(t *testing.T) {
	var abbrev, info, strs, offsets asm
	abbrev.uleb(1, tagCompileUnit)
	abbrev.u8(1)
	abbrev.uleb(attrLanguage, formData1, attrStrOffsetsBase, formSecOffset, 0, 0)
	abbrev.uleb(2, tagNamespace)
	abbrev.u8(1)
	abbrev.uleb(attrName, formStrx1, 0, 0)
	abbrev.uleb(3, tagSubprogram)
	abbrev.u8(0)
	abbrev.uleb(attrLinkageName, formString, 0, 0)
	abbrev.uleb(4, tagSubprogram)
	abbrev.u8(1)
	abbrev.uleb(attrLowPC, formAddr, attrHighPC, formData4, 0, 0)
	abbrev.uleb(5, tagInlinedSubroutine)
	abbrev.u8(0)
	abbrev.uleb(attrAbstractOrigin, formRefAddr, attrLowPC, formAddr, attrHighPC, formData4, 0, 0, 0)
	for i, crate := range []string{"first", "second"} {
		at := uint32(strs.Len())
		strs.str(crate)
		var part, unit asm
		part.u16(5)
		part.u16(0)
		base := uint32(offsets.Len() + 8)
		part.u32(at)
		offsets.unit(false, part.Bytes())

		unit.u16(5)
		unit.u8(1, 8) // DW_UT_compile, size of an address
		unit.u32(0)
		unit.uleb(1)
		unit.u8(langOfRust)
		unit.u32(base)
		unit.uleb(2)
		unit.u8(0)
		near := uint32(info.Len() + 4 + unit.Len())
		unit.uleb(3)
		unit.str("near")
		unit.uleb(0, 4)
		lo := 0x1000 + 0x10*uint64(i)
		unit.u64(lo)
		unit.u32(16)
		unit.uleb(5)
		unit.u32(near)
		unit.u64(lo)
		unit.u32(16)
		unit.uleb(0, 0)
		info.unit(false, unit.Bytes())
	}
	in, warnings, err := ReadInlined(Sections{Info: section(info.Bytes()), Abbrev: section(abbrev.Bytes()), Str: section(strs.Bytes()),
		StrOffsets: section(offsets.Bytes())}, inCode)
	if err != nil || len(warnings) > 0 {
		t.Errorf("%q, %v", warnings, err)
	}
	want := []string{"1000-1010 near first  0", "1010-1020 near second  1"}
	if got := describeInlined(in); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
