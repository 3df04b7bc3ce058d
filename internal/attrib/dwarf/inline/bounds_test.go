package inline

import (
	"slices"
	"testing"

	"github.com/sizegate/sizegate/internal/attrib/dwarf"
	"github.com/sizegate/sizegate/internal/attrib/dwarf/dwarftest"
	"github.com/sizegate/sizegate/internal/attrib/dwarf/window"
)

// TestReadInlinedLongHeader has many units that ask for one line table, whose
// header is nearly all of the section: it is not read for each.
func TestReadInlinedLongHeader(t *testing.T) {
	const units = 1 << 12
	var head, table, lines dwarftest.Builder
	head.U8(1, 1, 1, 0xfb, 14, 1)
	head.Str("")
	for range 1 << 18 {
		head.Str("a.h")
		head.Uleb(0, 0, 0)
	}
	head.Str("")
	table.U16(4)
	table.U32(uint32(head.Len()))
	table.Write(head.Bytes())
	lines.Unit(false, table.Bytes())

	var info dwarftest.Builder
	for i := range uint64(units) {
		var a dwarftest.Builder
		a.U16(4)
		a.U32(0)
		a.U8(8)
		a.Uleb(aUnit)
		a.Str("a.c")
		a.U32(0)
		a.U8(langC)
		near := uint32(info.Len() + 4 + a.Len())
		a.Uleb(aAbstract)
		a.Str("near")
		a.U8(1)
		a.Uleb(aFunction)
		a.U64(0x10000 + 16*i)
		a.U32(16)
		a.Uleb(aInlined)
		a.U32(near)
		a.U64(0x10000 + 16*i)
		a.U32(16)
		a.Uleb(0, 0, 0)
		info.Unit(false, a.Bytes())
	}
	counted := &countedSection{Section: dwarftest.Section(lines.Bytes())}
	s := dwarf.Sections{Info: dwarftest.Section(info.Bytes()), Abbrev: dwarftest.Section(inlinedAbbrev()), Line: counted}
	in, _, err := Read(s, func(dwarf.Range) bool { return true })
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
	window.Section
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
	var head, table, lines dwarftest.Builder
	head.U8(1, 1, 1, 0xfb, 14, 1)
	head.U8(1)
	head.Uleb(1, dwarf.FormAddr, 1<<62)
	table.U16(5)
	table.U8(0, 0) // size of an address, of a segment selector
	table.U32(uint32(head.Len()))
	table.Write(head.Bytes())
	lines.Unit(false, table.Bytes())
	s.Line = dwarftest.Section(lines.Bytes())
	in, warnings, err := Read(s, inCode)
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
	var abbrev, one, info dwarftest.Builder
	abbrev.Uleb(1, dwarf.TagCompileUnit)
	abbrev.U8(1)
	abbrev.Uleb(dwarf.AttrStmtList, dwarf.FormSecOffset, dwarf.AttrLanguage, dwarf.FormData1, 0, 0)
	abbrev.Uleb(2, dwarf.TagSubprogram)
	abbrev.U8(1)
	abbrev.Uleb(dwarf.AttrLowPC, dwarf.FormAddr, dwarf.AttrHighPC, dwarf.FormData4, 0, 0)
	abbrev.Uleb(3, dwarf.TagInlinedSubroutine)
	abbrev.U8(0)
	abbrev.Uleb(dwarf.AttrAbstractOrigin, dwarf.FormGNURefAlt, dwarf.AttrLowPC, dwarf.FormAddr, dwarf.AttrHighPC, dwarf.FormData4, 0, 0, 0)
	one.U16(4)
	one.U32(0)
	one.U8(8)
	one.Uleb(1)
	one.U32(0)
	one.U8(langC)
	one.Uleb(2)
	one.U64(0x1000)
	one.U32(0x100)
	one.Uleb(3)
	one.U32(0x20)
	one.U64(0x10a0)
	one.U32(0x10)
	one.Uleb(0, 0)
	info.Unit(false, one.Bytes())
	in, warnings, err := Read(dwarf.Sections{Info: dwarftest.Section(info.Bytes()), Abbrev: dwarftest.Section(abbrev.Bytes()), Line: dwarftest.Section(inlinedLines())}, inCode)
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
	var abbrev, info, strs, offsets dwarftest.Builder
	abbrev.Uleb(1, dwarf.TagCompileUnit)
	abbrev.U8(1)
	abbrev.Uleb(dwarf.AttrLanguage, dwarf.FormData1, dwarf.AttrStrOffsetsBase, dwarf.FormSecOffset, 0, 0)
	abbrev.Uleb(2, dwarf.TagNamespace)
	abbrev.U8(1)
	abbrev.Uleb(dwarf.AttrName, dwarf.FormStrx1, 0, 0)
	abbrev.Uleb(3, dwarf.TagSubprogram)
	abbrev.U8(0)
	abbrev.Uleb(dwarf.AttrLinkageName, dwarf.FormString, 0, 0)
	abbrev.Uleb(4, dwarf.TagSubprogram)
	abbrev.U8(1)
	abbrev.Uleb(dwarf.AttrLowPC, dwarf.FormAddr, dwarf.AttrHighPC, dwarf.FormData4, 0, 0)
	abbrev.Uleb(5, dwarf.TagInlinedSubroutine)
	abbrev.U8(0)
	abbrev.Uleb(dwarf.AttrAbstractOrigin, dwarf.FormRefAddr, dwarf.AttrLowPC, dwarf.FormAddr, dwarf.AttrHighPC, dwarf.FormData4, 0, 0, 0)
	for i, crate := range []string{"first", "second"} {
		at := uint32(strs.Len())
		strs.Str(crate)
		var part, unit dwarftest.Builder
		part.U16(5)
		part.U16(0)
		base := uint32(offsets.Len() + 8)
		part.U32(at)
		offsets.Unit(false, part.Bytes())

		unit.U16(5)
		unit.U8(1, 8) // DW_UT_compile, size of an address
		unit.U32(0)
		unit.Uleb(1)
		unit.U8(langOfRust)
		unit.U32(base)
		unit.Uleb(2)
		unit.U8(0)
		near := uint32(info.Len() + 4 + unit.Len())
		unit.Uleb(3)
		unit.Str("near")
		unit.Uleb(0, 4)
		lo := 0x1000 + 0x10*uint64(i)
		unit.U64(lo)
		unit.U32(16)
		unit.Uleb(5)
		unit.U32(near)
		unit.U64(lo)
		unit.U32(16)
		unit.Uleb(0, 0)
		info.Unit(false, unit.Bytes())
	}
	in, warnings, err := Read(dwarf.Sections{Info: dwarftest.Section(info.Bytes()), Abbrev: dwarftest.Section(abbrev.Bytes()), Str: dwarftest.Section(strs.Bytes()),
		StrOffsets: dwarftest.Section(offsets.Bytes())}, inCode)
	if err != nil || len(warnings) > 0 {
		t.Errorf("%q, %v", warnings, err)
	}
	want := []string{"1000-1010 near first  0", "1010-1020 near second  1"}
	if got := describeInlined(in); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
