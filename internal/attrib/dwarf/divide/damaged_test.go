package divide

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/attrib/dwarf"
	"github.com/sizegate/sizegate/internal/attrib/dwarf/dwarftest"
	"github.com/sizegate/sizegate/internal/attrib/dwarf/window"
)

// divideV5 is [dwarftest.V5] with the sections that ReadUnits does not read.
func divideV5(wide bool) map[string]Section {
	s := dwarftest.V5(wide)
	sections := make(map[string]Section)
	for name, s := range map[string]window.Section{".debug_info": s.Info, ".debug_abbrev": s.Abbrev, ".debug_str": s.Str,
		".debug_str_offsets": s.StrOffsets, ".debug_addr": s.Addr, ".debug_rnglists": s.Rnglists} {
		sections[name] = Section{Section: s}
	}
	return sections
}

// Any byte of any section can be wrong: nothing panics, and what is charged stays
// inside the section.
func TestDivideDamaged(t *testing.T) {
	try := func(sections map[string]Section) {
		d, warnings, err := ByUnit(sections, all, func(int, uint64, []byte) int { return 3 })
		if err != nil || len(warnings) > dwarftest.MaxWarnings {
			t.Fatalf("%d warnings, error %v", len(warnings), err)
		}
		checkParts(t, d)
	}
	for _, wide := range []bool{false, true} {
		sections := divideV5(wide)
		for name, s := range sections {
			b := dwarftest.Whole(s)
			for n := range b {
				sections[name] = Section{Section: dwarftest.Section(b[:n])}
				try(sections)
				for _, x := range []byte{0x00, 0x7f, 0x80, 0xff} {
					c := bytes.Clone(b)
					c[n] = x
					sections[name] = Section{Section: dwarftest.Section(c)}
					try(sections)
				}
			}
			sections[name] = s
		}
	}
}

func checkParts(t *testing.T, d *Division) {
	t.Helper()
	for name, p := range d.Sections {
		sum := uint64(0)
		for _, w := range append(p.Weights, p.Named...) {
			if w > p.Size<<fractions {
				t.Fatalf("%s: a weight of %d for %d bytes", name, w, p.Size)
			}
			sum += w
		}
		if p.Charged > p.Size || len(p.Weights) > len(d.Units) || sum > p.Size<<fractions+uint64(len(d.Units))<<fractions {
			t.Fatalf("%s: %+v of %d units", name, p, len(d.Units))
		}
	}
}

// The time for entries of no size, for units that share long tables, and for
// chains of indirect forms is bounded by the size of the input.
func TestDivideHostile(t *testing.T) {
	var info, abbrev, lines, str dwarftest.Builder
	for range 100_000 {
		abbrev.Uleb(2, 0x2e, 0, 3, dwarf.FormFlagPresent, 0, 0)
	}
	abbrev.Uleb(1, dwarf.TagCompileUnit, 1, dwarf.AttrName, dwarf.FormString, dwarf.AttrStmtList, dwarf.FormSecOffset, 0, 0)
	abbrev.Uleb(3, 0x2e, 0)
	for range 100_000 {
		abbrev.Uleb(dwarf.AttrName, dwarf.FormFlagPresent)
	}
	abbrev.Uleb(0, 0, 0)
	lines.U32(1 << 20)
	lines.U16(5)
	lines.U8(8, 0)
	lines.U32(0)
	lines.Write(make([]byte, 5))
	lines.U8(1, 1)
	lines.Uleb(1, dwarf.FormLineStrp)
	lines.Uleb(1 << 40)
	lines.Write(make([]byte, 1<<20))
	str.Str("x")
	for i := range 5_000 {
		var b dwarftest.Builder
		b.U16(4)
		b.U32(uint32(i * 6))
		b.U8(8)
		b.Uleb(1)
		b.Str(fmt.Sprint(i))
		b.U32(0)
		b.Write(bytes.Repeat([]byte{3}, 100))
		b.Uleb(0)
		info.Unit(false, b.Bytes())
	}
	d, _, err := ByUnit(map[string]Section{".debug_info": {Section: dwarftest.Section(info.Bytes())}, ".debug_abbrev": {Section: dwarftest.Section(abbrev.Bytes())},
		".debug_line": {Section: dwarftest.Section(lines.Bytes())}, ".debug_line_str": {Section: dwarftest.Section(str.Bytes())}}, all, nil)
	if err != nil {
		t.Fatal(err)
	}
	checkParts(t, d)
}

func TestDivideIOError(t *testing.T) {
	if _, _, err := ByUnit(map[string]Section{".debug_info": {Section: dwarftest.Broken{}}}, all, nil); err == nil || !strings.Contains(err.Error(), "disk on fire") {
		t.Errorf("error %v", err)
	}
}

func FuzzDivide(f *testing.F) {
	for _, wide := range []bool{false, true} {
		s := divideV5(wide)
		f.Add(dwarftest.Whole(s[".debug_info"]), dwarftest.Whole(s[".debug_abbrev"]), dwarftest.Whole(s[".debug_str"]), dwarftest.Whole(s[".debug_rnglists"]), dwarftest.Whole(s[".debug_addr"]), dwarftest.Whole(s[".debug_str_offsets"]))
	}
	f.Fuzz(func(t *testing.T, info, abbrev, str, lists, lines, sets []byte) {
		sections := make(map[string]Section)
		for name, b := range map[string][]byte{".debug_info": info, ".debug_types": sets, ".debug_abbrev": abbrev, ".debug_str": str,
			".debug_line_str": str, ".debug_rnglists": lists, ".debug_loclists": lists, ".debug_loc": lists, ".debug_ranges": lists,
			".debug_line": lines, ".debug_addr": lines, ".debug_str_offsets": sets, ".debug_aranges": sets, ".debug_names": sets} {
			sections[name] = Section{dwarftest.Section(b), len(b)%2 == 1}
		}
		d, warnings, err := ByUnit(sections, all, func(_ int, _ uint64, name []byte) int { return len(name)%5 - 1 })
		if err != nil || len(warnings) > dwarftest.MaxWarnings {
			t.Fatalf("%d warnings, error %v", len(warnings), err)
		}
		checkParts(t, d)
	})
}
