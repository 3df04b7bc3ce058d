package native

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// divideV5 is v5 with the sections that ReadUnits does not read.
func divideV5(wide bool) map[string]DebugSection {
	s := v5(wide)
	sections := make(map[string]DebugSection)
	for name, s := range map[string]Section{".debug_info": s.Info, ".debug_abbrev": s.Abbrev, ".debug_str": s.Str,
		".debug_str_offsets": s.StrOffsets, ".debug_addr": s.Addr, ".debug_rnglists": s.Rnglists} {
		sections[name] = DebugSection{Section: s}
	}
	return sections
}

// Any byte of any section can be wrong: nothing panics, and what is charged stays
// inside the section.
func TestDivideDamaged(t *testing.T) {
	try := func(sections map[string]DebugSection) {
		d, warnings, err := Divide(sections, all, func(int, uint64, []byte) int { return 3 })
		if err != nil || len(warnings) > MaxWarnings {
			t.Fatalf("%d warnings, error %v", len(warnings), err)
		}
		checkParts(t, d)
	}
	for _, wide := range []bool{false, true} {
		sections := divideV5(wide)
		for name, s := range sections {
			b := whole(s)
			for n := range b {
				sections[name] = DebugSection{Section: section(b[:n])}
				try(sections)
				for _, x := range []byte{0x00, 0x7f, 0x80, 0xff} {
					c := bytes.Clone(b)
					c[n] = x
					sections[name] = DebugSection{Section: section(c)}
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
	var info, abbrev, lines, str asm
	for range 100_000 {
		abbrev.uleb(2, 0x2e, 0, 3, formFlagPresent, 0, 0)
	}
	abbrev.uleb(1, tagCompileUnit, 1, attrName, formString, attrStmtList, formSecOffset, 0, 0)
	abbrev.uleb(3, 0x2e, 0)
	for range 100_000 {
		abbrev.uleb(attrName, formFlagPresent)
	}
	abbrev.uleb(0, 0, 0)
	lines.u32(1 << 20)
	lines.u16(5)
	lines.u8(8, 0)
	lines.u32(0)
	lines.Write(make([]byte, 5))
	lines.u8(1, 1)
	lines.uleb(1, formLineStrp)
	lines.uleb(1 << 40)
	lines.Write(make([]byte, 1<<20))
	str.str("x")
	for i := range 5_000 {
		var b asm
		b.u16(4)
		b.u32(uint32(i * 6))
		b.u8(8)
		b.uleb(1)
		b.str(fmt.Sprint(i))
		b.u32(0)
		b.Write(bytes.Repeat([]byte{3}, 100))
		b.uleb(0)
		info.unit(false, b.Bytes())
	}
	d, _, err := Divide(map[string]DebugSection{".debug_info": {Section: section(info.Bytes())}, ".debug_abbrev": {Section: section(abbrev.Bytes())},
		".debug_line": {Section: section(lines.Bytes())}, ".debug_line_str": {Section: section(str.Bytes())}}, all, nil)
	if err != nil {
		t.Fatal(err)
	}
	checkParts(t, d)
}

func TestDivideIOError(t *testing.T) {
	if _, _, err := Divide(map[string]DebugSection{".debug_info": {Section: broken{}}}, all, nil); err == nil || !strings.Contains(err.Error(), "disk on fire") {
		t.Errorf("error %v", err)
	}
}

func FuzzDivide(f *testing.F) {
	for _, wide := range []bool{false, true} {
		s := divideV5(wide)
		f.Add(whole(s[".debug_info"]), whole(s[".debug_abbrev"]), whole(s[".debug_str"]), whole(s[".debug_rnglists"]), whole(s[".debug_addr"]), whole(s[".debug_str_offsets"]))
	}
	f.Fuzz(func(t *testing.T, info, abbrev, str, lists, lines, sets []byte) {
		sections := make(map[string]DebugSection)
		for name, b := range map[string][]byte{".debug_info": info, ".debug_types": sets, ".debug_abbrev": abbrev, ".debug_str": str,
			".debug_line_str": str, ".debug_rnglists": lists, ".debug_loclists": lists, ".debug_loc": lists, ".debug_ranges": lists,
			".debug_line": lines, ".debug_addr": lines, ".debug_str_offsets": sets, ".debug_aranges": sets, ".debug_names": sets} {
			sections[name] = DebugSection{section(b), len(b)%2 == 1}
		}
		d, warnings, err := Divide(sections, all, func(_ int, _ uint64, name []byte) int { return len(name)%5 - 1 })
		if err != nil || len(warnings) > MaxWarnings {
			t.Fatalf("%d warnings, error %v", len(warnings), err)
		}
		checkParts(t, d)
	})
}
