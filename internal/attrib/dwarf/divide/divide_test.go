package divide

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"math"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/attrib/dwarf"
	"github.com/sizegate/sizegate/internal/attrib/dwarf/dwarftest"
	"github.com/sizegate/sizegate/internal/attrib/dwarf/window"
)

// debugSections returns a file's debug sections with their plain content.
func debugSections(t *testing.T, name string) map[string]Section {
	t.Helper()
	f, err := elf.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sections := make(map[string]Section)
	for _, s := range f.Sections {
		if !strings.HasPrefix(s.Name, ".debug_") {
			continue
		}
		data, err := s.Data()
		if err != nil {
			t.Fatal(err)
		}
		sections[s.Name] = Section{dwarftest.Section(data), s.Flags&elf.SHF_COMPRESSED != 0}
	}
	return sections
}

func all(string) bool { return true }

// bytesOf is what each unit has of a section.
func (p *Parts) bytesOf() []float64 {
	sum := 0.0
	for _, w := range p.Weights {
		sum += float64(w)
	}
	out := make([]float64, len(p.Weights))
	for i, w := range p.Weights {
		if sum > 0 {
			out[i] = float64(w) / sum * float64(p.Charged)
		}
	}
	return out
}

// truth is what readelf says of a unit.
type truth struct {
	size, abbrev, lines, start uint64
	types                      bool
	hasLines                   bool
	strings, lineStrings       map[uint64]bool
	loc, ranges                map[uint64]bool
	version                    int
}

var (
	dumpUnit   = regexp.MustCompile(`^  Compilation Unit @ offset (?:0x)?([0-9a-f]+):`)
	dumpHeader = regexp.MustCompile(`^   (Length|Version|Abbrev Offset): +(0x[0-9a-f]+|[0-9]+)(?: \((64)-bit\))?`)
	dumpAttr   = regexp.MustCompile(`^ +<[0-9a-f]+> +(DW_AT_[A-Za-z0-9_]+) *: (.*)$`)
	dumpString = regexp.MustCompile(`^\((indirect string|indirect line string), offset: (?:0x)?([0-9a-f]+)\)`)
)

func hex(t *testing.T, s string) uint64 {
	t.Helper()
	v, err := strconv.ParseUint(strings.TrimPrefix(s, "0x"), 16, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// readelfUnits reads what readelf prints of .debug_info and .debug_types.
func readelfUnits(t *testing.T, prog string) []*truth {
	t.Helper()
	readelf := dwarftest.Need(t, "readelf", "Debian: apt install binutils")
	var units []*truth
	types := false
	for line := range strings.SplitSeq(string(dwarftest.Run(t, "", readelf, "--debug-dump=info", prog)), "\n") {
		if strings.HasPrefix(line, "Contents of the ") {
			types = strings.Contains(line, "debug_types")
		}
		if m := dumpUnit.FindStringSubmatch(line); m != nil {
			units = append(units, &truth{start: hex(t, m[1]), types: types, strings: map[uint64]bool{}, lineStrings: map[uint64]bool{},
				loc: map[uint64]bool{}, ranges: map[uint64]bool{}})
			continue
		}
		if len(units) == 0 {
			continue
		}
		u := units[len(units)-1]
		if m := dumpHeader.FindStringSubmatch(line); m != nil {
			switch m[1] {
			case "Length":
				u.size = hex(t, m[2]) + 4
				if m[3] != "" {
					u.size += 8
				}
			case "Version":
				u.version, _ = strconv.Atoi(m[2])
			default:
				u.abbrev = hex(t, m[2])
			}
		}
		m := dumpAttr.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		if s := dumpString.FindStringSubmatch(m[2]); s != nil {
			into := u.strings
			if s[1] != "indirect string" {
				into = u.lineStrings
			}
			into[hex(t, s[2])] = true
		}
		first, _, _ := strings.Cut(m[2], " ")
		switch {
		case strings.Contains(m[2], "(location list)") || m[1] == "DW_AT_GNU_locviews":
			u.loc[hex(t, first)] = true
		case m[1] == "DW_AT_ranges":
			u.ranges[hex(t, first)] = true
		case m[1] == "DW_AT_stmt_list":
			u.lines, u.hasLines = hex(t, first), true
		}
	}
	return units
}

// paint gives each byte of a section to the units that hold it, in equal parts. A
// unit that refers to a string and to its end holds the end twice.
type paint struct {
	size  uint64
	units int
	by    []map[int]int // by byte
}

func newPaint(size uint64, units int) *paint {
	return &paint{size, units, make([]map[int]int, size)}
}

func (p *paint) add(lo, hi uint64, unit int) {
	for ; lo < min(hi, p.size); lo++ {
		if p.by[lo] == nil {
			p.by[lo] = map[int]int{}
		}
		p.by[lo][unit]++
	}
}

func (p *paint) sums() (sums []float64, charged uint64) {
	sums = make([]float64, p.units)
	for _, owners := range p.by {
		if len(owners) > 0 {
			charged++
		}
		n := 0
		for _, times := range owners {
			n += times
		}
		for u, times := range owners {
			sums[u] += float64(times) / float64(n)
		}
	}
	return sums, charged
}

func compareParts(t *testing.T, name string, got *Parts, want []float64, charged uint64) {
	t.Helper()
	if got == nil {
		t.Errorf("%s: not divided", name)
		return
	}
	if got.Charged != charged {
		t.Errorf("%s: %d bytes charged of %d, want %d", name, got.Charged, got.Size, charged)
	}
	is := got.bytesOf()
	for u, w := range want {
		g := 0.0
		if u < len(is) {
			g = is[u]
		}
		if math.Abs(g-w) > 0.01+w*1e-6 {
			t.Errorf("%s: unit %d has %.3f bytes, want %.3f", name, u, g, w)
		}
	}
}

// paintLists paints lists: from each reference to the next, in DWARF 5 not past
// the end of the contribution, whose header is of the unit with its first list.
func paintLists(p *paint, data []byte, refs func(unit int) map[uint64]bool, headers bool) {
	at := make([][]int, p.size+1)
	for u := range p.units {
		for off := range refs(u) {
			if off < p.size {
				at[off] = append(at[off], u)
			}
		}
	}
	var starts []uint64
	for off := uint64(0); headers && off+12 <= p.size; {
		starts = append(starts, off)
		length := uint64(binary.LittleEndian.Uint32(data[off:]))
		if length == 0xffffffff {
			length = binary.LittleEndian.Uint64(data[off+4:]) + 8
		}
		off += 4 + length
	}
	for _, s := range starts {
		for off := s; off < p.size; off++ {
			if len(at[off]) > 0 {
				at[s], at[off] = at[off], at[s]
				break
			}
		}
	}
	var now []int
	for off := range p.size {
		if len(at[off]) > 0 {
			now = at[off]
		}
		for _, u := range now {
			p.add(off, off+1, u)
		}
	}
}

// TestDivide compares every section's division with what readelf prints, painted
// byte by byte.
func TestDivide(t *testing.T) {
	gcc := dwarftest.Need(t, "gcc", "Debian: apt install gcc")
	dwarftest.Need(t, "g++", "Debian: apt install g++")
	for _, flags := range []string{
		"-gdwarf-2 -O2", "-gdwarf-4 -O2 -gpubnames -Wl,-O2", "-gdwarf-5 -O2", "-gdwarf-5 -gdwarf64 -O2", "-gdwarf-4 -gdwarf64 -O2",
		"-gdwarf-5 -O2 -ffunction-sections -Wl,--gc-sections", "-gdwarf-4 -O2 -fdebug-types-section", "-gdwarf-5 -O2 -fdebug-types-section",
		"-gdwarf-5 -O2 -gz=zlib",
	} {
		t.Run(flags, func(t *testing.T) {
			dir := t.TempDir()
			dwarftest.WriteFiles(t, dir, dwarftest.CProgram...)
			dwarftest.WriteFiles(t, dir, "e.cc", `#include <string>
#include <vector>
#include <algorithm>
int words(const std::string &s) { std::vector<std::string> v; for (char c : s) v.push_back(std::string(3, c)); std::sort(v.begin(), v.end()); return v.size(); }
`)
			dwarftest.Run(t, dir, gcc, append(strings.Fields(flags), "-o", "prog", "main.c", "sub/b.c", "c.cc", "e.cc", "d.s", "-lstdc++")...)
			compareDivision(t, filepath.Join(dir, "prog"), strings.Contains(flags, "-gz"))
		})
	}
}

func compareDivision(t *testing.T, prog string, compressed bool) {
	t.Helper()
	sections := debugSections(t, prog)
	d, warnings, err := ByUnit(sections, all, nil)
	if err != nil || len(warnings) > 0 {
		t.Fatalf("warnings %q, error %v", warnings, err)
	}
	units := readelfUnits(t, prog)
	if len(d.Units) != len(units) {
		t.Fatalf("%d units, readelf has %d", len(d.Units), len(units))
	}
	size := func(name string) uint64 { return uint64(sections[name].Size()) }
	has := func(name string) bool { _, ok := sections[name]; return ok }
	paintOf := func(name string) *paint { return newPaint(size(name), len(units)) }
	check := func(name string, p *paint) {
		t.Helper()
		want, charged := p.sums()
		compareParts(t, name, d.Sections[name], want, charged)
	}

	byStart := make(map[uint64]int)
	for _, name := range []string{".debug_info", ".debug_types"} {
		if !has(name) {
			continue
		}
		p := paintOf(name)
		for i, u := range units {
			if u.types == (name == ".debug_types") {
				p.add(u.start, u.start+u.size, i)
			}
			if !u.types {
				byStart[u.start] = i
			}
		}
		check(name, p)
	}

	readelf := dwarftest.Need(t, "readelf", "Debian: apt install binutils")
	dump := func(what string) string { return string(dwarftest.Run(t, "", readelf, "--debug-dump="+what, prog)) }

	p := paintOf(".debug_abbrev")
	var tables []uint64
	for _, m := range regexp.MustCompile(`Number TAG \((?:0x)?([0-9a-f]+)\)`).FindAllStringSubmatch(dump("abbrev"), -1) {
		tables = append(tables, hex(t, m[1]))
	}
	for k, off := range tables {
		end := p.size
		if k+1 < len(tables) {
			end = tables[k+1]
		}
		for i, u := range units {
			if u.abbrev == off {
				p.add(off, end, i)
			}
		}
	}
	check(".debug_abbrev", p)

	p = paintOf(".debug_line")
	lines := dump("rawline")
	names := make(map[uint64][]uint64) // strings by line table
	for _, table := range strings.Split(lines, "\n  Offset: ")[1:] {
		m := regexp.MustCompile(`^ *(0x[0-9a-f]+|0)\n  Length: +([0-9]+)`).FindStringSubmatch(table)
		if m == nil {
			t.Fatalf("readelf's line table %.80q", table)
		}
		off := hex(t, m[1])
		length, _ := strconv.ParseUint(m[2], 10, 64)
		length += 4
		if binary.LittleEndian.Uint32(dwarftest.Whole(sections[".debug_line"])[off:]) == 0xffffffff {
			length += 8
		}
		for i, u := range units {
			if u.hasLines && u.lines == off {
				p.add(off, off+length, i)
			}
		}
		for _, s := range regexp.MustCompile(`indirect line string, offset: (?:0x)?([0-9a-f]+)`).FindAllStringSubmatch(table, -1) {
			names[off] = append(names[off], hex(t, s[1]))
		}
	}
	check(".debug_line", p)
	for i, u := range units {
		if d.Units[i].Compile && u.hasLines {
			for _, off := range names[u.lines] {
				u.lineStrings[off] = true
			}
		}
	}

	p = paintOf(".debug_aranges")
	data := dwarftest.Whole(sections[".debug_aranges"])
	pos := uint64(0)
	for _, m := range regexp.MustCompile(`Length: +([0-9]+)\n +Version: +[0-9]+\n +Offset into .debug_info: +(0x[0-9a-f]+|0)\n`).FindAllStringSubmatch(dump("aranges"), -1) {
		length, _ := strconv.ParseUint(m[1], 10, 64)
		length += 4
		if binary.LittleEndian.Uint32(data[pos:]) == 0xffffffff {
			length += 8
		}
		p.add(pos, pos+length, byStart[hex(t, m[2])])
		pos += length
	}
	check(".debug_aranges", p)

	for name, refs := range map[string]func(*truth) map[uint64]bool{
		".debug_str":      func(u *truth) map[uint64]bool { return u.strings },
		".debug_line_str": func(u *truth) map[uint64]bool { return u.lineStrings },
	} {
		if !has(name) {
			continue
		}
		p, data := paintOf(name), dwarftest.Whole(sections[name])
		for i, u := range units {
			for off := range refs(u) {
				p.add(off, off+uint64(bytes.IndexByte(data[off:], 0))+1, i)
			}
		}
		check(name, p)
	}

	for name, v5 := range map[string]bool{".debug_loc": false, ".debug_ranges": false, ".debug_loclists": true, ".debug_rnglists": true} {
		if !has(name) || compressed && v5 { // headers of compressed sections are not read
			continue
		}
		p := paintOf(name)
		paintLists(p, dwarftest.Whole(sections[name]), func(i int) map[uint64]bool {
			u := units[i]
			switch {
			case (u.version == 5) != v5:
				return nil
			case strings.HasPrefix(name, ".debug_loc"):
				return u.loc
			}
			return u.ranges
		}, v5)
		check(name, p)
	}
	for name := range sections {
		if strings.HasPrefix(name, ".debug_pub") && d.Sections[name].Charged != size(name) {
			t.Errorf("%s: %d of %d bytes charged", name, d.Sections[name].Charged, size(name))
		}
	}
}

// What rustc and LLVM write: abbreviations shared by all units of a crate, and
// with DWARF 5 everything by index.
func TestDivideRust(t *testing.T) {
	rustc := dwarftest.Need(t, "rustc", "see rustup.rs")
	dir := t.TempDir()
	dwarftest.WriteFiles(t, dir, "m.rs", `use std::collections::HashMap;
fn main() { let mut m = HashMap::new(); for a in std::env::args() { *m.entry(a).or_insert(0) += 1; } println!("{}", m.len()) }
`)
	dwarftest.Run(t, dir, rustc, "-g", "-O", "--emit=obj", "-Ccodegen-units=2", "-o", "m.o", "m.rs")
	dwarftest.Run(t, dir, rustc, "-g", "-O", "-Ccodegen-units=2", "-o", "m", "m.rs")
	prog := filepath.Join(dir, "m")
	sections := debugSections(t, prog)
	d, warnings, err := ByUnit(sections, all, nil)
	if err != nil || len(warnings) > 0 {
		t.Fatalf("warnings %q, error %v", warnings, err)
	}
	for name, p := range d.Sections {
		if name != ".debug_gdb_scripts" && float64(p.Charged) < 0.98*float64(p.Size) {
			t.Errorf("%s: %d of %d bytes charged", name, p.Charged, p.Size)
		}
	}
	units := readelfUnits(t, prog)
	if len(units) != len(d.Units) {
		t.Fatalf("%d units, readelf has %d", len(d.Units), len(units))
	}
	info := d.Sections[".debug_info"].bytesOf()
	for i, u := range units {
		if math.Abs(info[i]-float64(u.size)) > 0.01 {
			t.Errorf("unit %d has %f bytes, readelf says %d", i, info[i], u.size)
		}
	}
}

// Every form is passed over by its length below the root too: the string behind
// is found.
func TestDivideForms(t *testing.T) {
	four, eight, uleb, block := []byte{1, 0, 0, 0}, make([]byte, 8), []byte{0x80, 0x80, 0x01}, []byte{2, 9, 9}
	forms := map[uint64][]byte{
		dwarf.FormAddr: eight, dwarf.FormBlock2: {2, 0, 9, 9}, dwarf.FormBlock4: {2, 0, 0, 0, 9, 9}, dwarf.FormData2: {1, 2}, dwarf.FormData4: four,
		dwarf.FormData8: eight, dwarf.FormString: []byte("s\x00"), dwarf.FormBlock: block, dwarf.FormBlock1: block, dwarf.FormData1: {1}, dwarf.FormFlag: {1},
		dwarf.FormSdata: uleb, dwarf.FormUdata: uleb, dwarf.FormRefAddr: four, dwarf.FormRef1: {1}, dwarf.FormRef2: {1, 2}, dwarf.FormRef4: four,
		dwarf.FormRef8: eight, dwarf.FormRefUdata: uleb, dwarf.FormIndirect: {dwarf.FormData2, 1, 2}, dwarf.FormSecOffset: four, dwarf.FormExprloc: block,
		dwarf.FormFlagPresent: {}, dwarf.FormStrx: uleb, dwarf.FormAddrx: uleb, dwarf.FormRefSup4: four, dwarf.FormStrpSup: four, dwarf.FormData16: make([]byte, 16),
		dwarf.FormLineStrp: four, dwarf.FormRefSig8: eight, dwarf.FormLoclistx: uleb, dwarf.FormRnglistx: uleb, dwarf.FormRefSup8: eight, dwarf.FormStrx1: {1},
		dwarf.FormStrx2: {1, 2}, dwarf.FormStrx3: {1, 2, 3}, dwarf.FormStrx4: four, dwarf.FormAddrx1: {1}, dwarf.FormAddrx2: {1, 2}, dwarf.FormAddrx3: {1, 2, 3},
		dwarf.FormAddrx4: four, dwarf.FormGNUAddrIndex: uleb, dwarf.FormGNUStrIndex: uleb, dwarf.FormGNURefAlt: four, dwarf.FormGNUStrpAlt: four,
	}
	for form, data := range forms {
		var info, abbrev, str, b dwarftest.Builder
		abbrev.Uleb(1, dwarf.TagCompileUnit, 1, 0, 0)
		abbrev.Uleb(7, 0x2e, 0, 0x2fff, form, dwarf.AttrName, dwarf.FormStrp, 0, 0, 0)
		b.U16(5)
		b.U8(1, 8)
		b.U32(0)
		b.Uleb(1, 7)
		b.Write(data)
		b.U32(3)
		b.Uleb(0)
		info.Unit(false, b.Bytes())
		str.Str("no")
		str.Str("found")
		d, warnings, err := ByUnit(map[string]Section{".debug_info": {Section: dwarftest.Section(info.Bytes())},
			".debug_abbrev": {Section: dwarftest.Section(abbrev.Bytes())}, ".debug_str": {Section: dwarftest.Section(str.Bytes())}}, all, nil)
		if err != nil || len(warnings) > 0 || d.Sections[".debug_str"].Charged != uint64(len("found")+1) {
			t.Errorf("form 0x%x: %+v, %q, %v", form, d.Sections[".debug_str"], warnings, err)
		}
	}
}

// Strings that are the end of another are shared by the units of both.
func TestStringTable(t *testing.T) {
	w := window.New(dwarftest.Section([]byte("foobar\x00x\x00never")), window.Small)
	var s stringCounts
	for unit, offs := range [][]uint64{{0, 7}, {0, 3, 3}, {3}, {9, 1 << 40, 99}} {
		for _, off := range offs {
			s.touch(off, uint32(unit))
		}
	}
	// "foo" is units 0 and 1's, "bar" theirs and those that say "bar", 1 and 2.
	if paid := s.price(w); paid != 9 {
		t.Errorf("%d bytes paid", paid)
	}
	for _, want := range []struct {
		off  uint64
		unit uint32
		pays float32
	}{
		{0, 0, 3.0/2 + 4.0/4}, {7, 0, 2}, {0, 1, 3.0/2 + 4.0/4}, {3, 1, 1}, {3, 1, 0}, {3, 2, 1}, {9, 3, 0}, {99, 3, 0}, {1 << 40, 3, 0},
	} {
		if got := s.pay(want.off, want.unit); got != want.pays {
			t.Errorf("unit %d pays %v for %d, want %v", want.unit, got, want.off, want.pays)
		}
	}
}
