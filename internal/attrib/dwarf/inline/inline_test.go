package inline

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/attrib/dwarf"
	"github.com/sizegate/sizegate/internal/attrib/dwarf/dwarftest"
	"github.com/sizegate/sizegate/internal/attrib/dwarf/window"
	"github.com/sizegate/sizegate/internal/span"
)

// Codes of the declarations that inlinedAbbrev makes.
const (
	aUnit      = iota + 1 // name, stmt_list, language
	aNamespace            // name
	aAbstract             // linkage name, decl_file
	aPlain                // name
	aComplete             // specification, by an offset of the section
	aFunction             // low_pc, high_pc
	aLeaf                 // the same without children
	aInlined              // abstract_origin by an offset of the section, low_pc, high_pc
	aParts                // abstract_origin in the unit, ranges
	aBlock                // a lexical block
	aEmpty                // a function without attributes
)

func inlinedAbbrev() []byte {
	var a dwarftest.Builder
	decl := func(code, tag uint64, children byte, specs ...uint64) {
		a.Uleb(code, tag)
		a.U8(children)
		a.Uleb(append(specs, 0, 0)...)
	}
	decl(aUnit, dwarf.TagCompileUnit, 1, dwarf.AttrName, dwarf.FormString, dwarf.AttrStmtList, dwarf.FormSecOffset, dwarf.AttrLanguage, dwarf.FormData1)
	decl(aNamespace, dwarf.TagNamespace, 1, dwarf.AttrName, dwarf.FormString)
	decl(aAbstract, dwarf.TagSubprogram, 0, dwarf.AttrLinkageName, dwarf.FormString, dwarf.AttrDeclFile, dwarf.FormData1)
	decl(aPlain, dwarf.TagSubprogram, 0, dwarf.AttrName, dwarf.FormString)
	decl(aComplete, dwarf.TagSubprogram, 0, dwarf.AttrSpecification, dwarf.FormRefAddr)
	decl(aFunction, dwarf.TagSubprogram, 1, dwarf.AttrLowPC, dwarf.FormAddr, dwarf.AttrHighPC, dwarf.FormData4)
	decl(aLeaf, dwarf.TagSubprogram, 0, dwarf.AttrLowPC, dwarf.FormAddr, dwarf.AttrHighPC, dwarf.FormData4)
	decl(aInlined, dwarf.TagInlinedSubroutine, 1, dwarf.AttrAbstractOrigin, dwarf.FormRefAddr, dwarf.AttrLowPC, dwarf.FormAddr, dwarf.AttrHighPC, dwarf.FormData4)
	decl(aParts, dwarf.TagInlinedSubroutine, 0, dwarf.AttrAbstractOrigin, dwarf.FormRef4, dwarf.AttrRanges, dwarf.FormSecOffset)
	decl(aBlock, 0x0b, 1)
	decl(aEmpty, dwarf.TagSubprogram, 0)
	a.Uleb(0)
	return a.Bytes()
}

const langC, langOfRust = 0x1d, 0x1c

// inlinedDWARF is DWARF 4 with two units: what the first has inlined is described
// by both.
func inlinedDWARF() dwarf.Sections {
	var info, one, two dwarftest.Builder
	head := func(a *dwarftest.Builder, name string, lines uint32, language byte) {
		a.U16(4)
		a.U32(0)
		a.U8(8)
		a.Uleb(aUnit)
		a.Str(name)
		a.U32(lines)
		a.U8(language)
	}
	const before = 4 // the length of the unit
	code := func(a *dwarftest.Builder, lo uint64, size uint32) {
		a.U64(lo)
		a.U32(size)
	}

	head(&one, "a.c", 0, langC)
	near := uint32(one.Len() + before)
	one.Uleb(aAbstract)
	one.Str("near")
	one.U8(1)
	silent := uint32(one.Len() + before)
	one.Uleb(aPlain)
	one.Str("silent")
	loop := uint32(one.Len() + before)
	one.Uleb(aComplete) // completes itself
	one.U32(loop)
	one.Uleb(aEmpty)
	holes := []int{} // where the offset of what the second unit describes goes
	far := func() {
		holes = append(holes, one.Len())
		one.U32(0)
	}

	one.Uleb(aFunction)
	code(&one, 0x1000, 0x100)
	one.Uleb(aBlock)
	one.Uleb(aInlined) // outer
	one.U32(near)
	code(&one, 0x1010, 0x40)
	one.Uleb(aInlined) // inner, described by the other unit
	far()
	code(&one, 0x1020, 0x10)
	one.Uleb(0, 0)     // inner, outer
	one.Uleb(aInlined) // outside of its function
	one.U32(near)
	code(&one, 0x2000, 0x10)
	one.Uleb(0)
	one.Uleb(aInlined) // across the end of its function
	one.U32(near)
	code(&one, 0x10f8, 0x10)
	one.Uleb(0)
	one.Uleb(0)      // block
	one.Uleb(aParts) // two pieces
	one.U32(near)
	one.U32(0)
	one.Uleb(aInlined) // nothing is known of it but its lines
	one.U32(silent)
	code(&one, 0x10a0, 0x20)
	one.Uleb(0)
	one.Uleb(aInlined)
	one.U32(loop)
	code(&one, 0x10d0, 0x8)
	one.Uleb(0)
	one.Uleb(aFunction) // a function in a function
	code(&one, 0x1200, 0x20)
	one.Uleb(aInlined)
	one.U32(near)
	code(&one, 0x1200, 0x4)
	one.Uleb(0)
	one.Uleb(0)
	one.Uleb(aInlined) // of the outer function again
	one.U32(near)
	code(&one, 0x10f0, 0x4)
	one.Uleb(0)
	one.Uleb(0)
	one.Uleb(aFunction) // dropped by the linker
	code(&one, 0, 0x100)
	one.Uleb(aInlined)
	one.U32(near)
	code(&one, 0x1008, 0x8)
	one.Uleb(0)
	one.Uleb(0)
	one.Uleb(aLeaf)
	code(&one, 0x1300, 0x10)
	one.Uleb(0)

	start := uint32(before + one.Len())
	head(&two, "src/lib.rs/@/krate.1-cgu.0", 0, langOfRust)
	two.Uleb(aNamespace)
	two.Str("krate")
	two.Uleb(aNamespace)
	two.Str("inner")
	decl := start + before + uint32(two.Len())
	two.Uleb(aAbstract)
	two.Str("far")
	two.U8(1)
	two.Uleb(0, 0)
	complete := start + before + uint32(two.Len())
	two.Uleb(aComplete)
	two.U32(decl)
	two.Uleb(aFunction) // the first unit has that code already, but for the last bytes
	code(&two, 0x1000, 0x108)
	two.Uleb(aInlined)
	two.U32(near)
	code(&two, 0x1000, 0x108)
	two.Uleb(0)
	two.Uleb(0)
	two.Uleb(0)

	first := one.Bytes()
	for _, h := range holes {
		copy(first[h:], []byte{byte(complete), byte(complete >> 8), byte(complete >> 16), byte(complete >> 24)})
	}
	info.Unit(false, first)
	info.Unit(false, two.Bytes())

	var ranges dwarftest.Builder // offsets from the unit's low_pc, which is missing: 0
	ranges.U64(0x1060, 0x1068, 0x1070, 0x1078, 0x1080, 0x1080, 0, 0)
	return dwarf.Sections{Info: dwarftest.Section(info.Bytes()), Abbrev: dwarftest.Section(inlinedAbbrev()), Ranges: dwarftest.Section(ranges.Bytes()), Line: dwarftest.Section(inlinedLines())}
}

// inlinedLines has file 1 from 0x1000 on, file 2 from 0x10a8 on, no line from
// 0x10b0 on, file 2 from 0x10b8 on, and nothing from 0x10bc on.
func inlinedLines() []byte {
	var head, program, t dwarftest.Builder
	head.U8(1, 1, 1, 0xfb, 14, 13)                    // minimum length, operations, is_stmt, line_base −5, line_range, opcode_base
	head.U8(0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1)       // operands
	head.Str("/usr/include")                          // directory 1
	head.Str("")                                      //
	head.Str("a.h")                                   // file 1
	head.Uleb(0, 0, 0)                                //
	head.Str("stdlib.h")                              // file 2
	head.Uleb(1, 0, 0)                                //
	head.Str("")                                      //
	program.U8(0, 9, 2)                               // set_address
	program.U64(0x1000)                               //
	program.U8(1)                                     // copy
	program.U8(2)                                     // advance_pc
	program.Uleb(0xa8)                                //
	program.U8(4, 2)                                  // set_file
	program.U8(13 + 5 + 1)                            // special: line + 1
	program.U8(13 + 5 - 2 + 8*14)                     // special: line − 2, which is 0, address + 8
	program.U8(3, 4)                                  // advance_line
	program.U8(9)                                     // fixed_advance_pc
	program.U16(8)                                    //
	program.U8(6, 7, 5, 3, 10, 1)                     // negate, basic block, column, prologue, copy
	program.U8(2, 4)                                  // advance_pc
	program.U8(0, 1, 1)                               // end_sequence
	t.U16(4)                                          // version
	t.U32(uint32(head.Len()))                         //
	t.Write(append(head.Bytes(), program.Bytes()...)) //
	var out dwarftest.Builder
	out.Unit(false, t.Bytes())
	return out.Bytes()
}

// inCode keeps what is in the code of inlinedDWARF.
func inCode(r dwarf.Range) bool { return r.Lo >= 0x1000 && r.Hi <= 0x2000 }

func describeInlined(in *Code) []string {
	claims := slices.Clone(in.Claims)
	span.Sort(claims)
	var lines []string
	for _, c := range claims {
		s := in.Sources[c.ID]
		lines = append(lines, fmt.Sprintf("%x-%x %s%s %s %s %d", c.Lo, c.Hi, s.Linkage, s.Name, s.Crate, s.Path, s.Unit))
	}
	return lines
}

func TestReadInlined(t *testing.T) {
	in, warnings, err := Read(inlinedDWARF(), inCode)
	if err != nil || len(warnings) > 0 {
		t.Errorf("%v, %q", err, warnings)
	}
	want := []string{
		"1010-1020 near  a.h 0",
		"1020-1030 far krate a.h 1",
		"1030-1050 near  a.h 0",
		"1060-1068 near  a.h 0",
		"1070-1078 near  a.h 0",
		"10a0-10a8 silent  a.h 0",
		"10a8-10b0 silent  /usr/include/stdlib.h 0",
		"10b8-10bc silent  /usr/include/stdlib.h 0",
		"10f0-10f4 near  a.h 0",
		"1100-1108 near  a.h 0",
		"1200-1204 near  a.h 0",
	}
	if got := describeInlined(in); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if in.Functions != 4 || len(in.Units) != 2 || in.Units[1].Name != "src/lib.rs/@/krate.1-cgu.0" || in.Units[1].Language != langOfRust {
		t.Errorf("%d functions, %+v", in.Functions, in.Units)
	}
}

func checkClaims(t *testing.T, in *Code) {
	t.Helper()
	for _, c := range in.Claims {
		if c.Lo >= c.Hi || int(c.ID) >= len(in.Sources) || !inCode(dwarf.Range(c.Range)) {
			t.Fatalf("claim %+v of %d sources", c, len(in.Sources))
		}
	}
	for _, s := range in.Sources {
		if len(s.Linkage) > window.MaxString || len(s.Name) > window.MaxString || len(s.Path) > window.MaxString || s.Unit >= len(in.Units) {
			t.Fatalf("source %.100q", fmt.Sprint(s))
		}
	}
}

func TestReadInlinedDamaged(t *testing.T) {
	whole := inlinedDWARF()
	data := make([]byte, whole.Info.Size())
	whole.Info.ReadAt(data, 0)
	for n := range data {
		s := whole
		s.Info = dwarftest.Section(data[:n])
		in, _, err := Read(s, inCode)
		if err != nil {
			t.Fatal(err)
		}
		checkClaims(t, in)
		changed := slices.Clone(data)
		changed[n] ^= 0xff
		s.Info = dwarftest.Section(changed)
		if in, _, err = Read(s, inCode); err != nil {
			t.Fatal(err)
		}
		checkClaims(t, in)
	}
	s := whole
	s.Info = dwarftest.Broken{}
	if _, _, err := Read(s, inCode); err == nil {
		t.Error("no error of reading")
	}
}

// TestReadInlinedHostile: what is much and has little in it.
func TestReadInlinedHostile(t *testing.T) {
	unit := func(body func(a *dwarftest.Builder)) dwarf.Sections {
		s := inlinedDWARF()
		var a, info dwarftest.Builder
		a.U16(4)
		a.U32(0)
		a.U8(8)
		a.Uleb(aUnit)
		a.Str("a.c")
		a.U32(0)
		a.U8(langC)
		body(&a)
		info.Unit(false, a.Bytes())
		s.Info = dwarftest.Section(info.Bytes())
		return s
	}
	const many = 200_000
	inlined := func(a *dwarftest.Builder, lo uint64, size uint32) {
		a.Uleb(aInlined)
		a.U32(0x13)
		a.U64(lo)
		a.U32(size)
	}
	function := func(a *dwarftest.Builder) {
		a.Uleb(aFunction)
		a.U64(0x1000)
		a.U32(0x100)
	}
	for name, body := range map[string]func(a *dwarftest.Builder){
		"deep": func(a *dwarftest.Builder) {
			function(a)
			for range many {
				inlined(a, 0x1000, 0x100)
			}
		},
		"deep functions": func(a *dwarftest.Builder) {
			for range many {
				function(a)
			}
		},
		"overlapping": func(a *dwarftest.Builder) {
			function(a)
			for i := range uint32(many) {
				inlined(a, 0x1000+uint64(i%0x100), 0x100-i%0x100)
				a.Uleb(0)
			}
		},
		"one function many times": func(a *dwarftest.Builder) {
			for range many {
				function(a)
				inlined(a, 0x1000, 0x100)
				a.Uleb(0, 0)
			}
		},
		"a chain of completions": func(a *dwarftest.Builder) {
			for i := range uint32(many) {
				a.Uleb(aComplete)
				a.U32(0x13 + 5*(i+1))
			}
			function(a)
			inlined(a, 0x1000, 0x100)
		},
		"empty": func(a *dwarftest.Builder) {
			a.Write(make([]byte, 0))
			a.Write([]byte(strings.Repeat(string(rune(aEmpty)), many)))
		},
	} {
		t.Run(name, func(t *testing.T) {
			in, _, err := Read(unit(body), inCode)
			if err != nil {
				t.Fatal(err)
			}
			checkClaims(t, in)
			covered := uint64(0)
			for r := range span.Sweep(in.Claims) {
				covered += r.Len()
			}
			if covered > 0x1000 || len(in.Claims) > 2*many {
				t.Errorf("%d bytes in %d claims", covered, len(in.Claims))
			}
		})
	}
}

func FuzzReadInlined(f *testing.F) {
	s := inlinedDWARF()
	f.Add(dwarftest.Whole(s.Info), dwarftest.Whole(s.Abbrev), []byte("x\x00y\x00"), dwarftest.Whole(s.Ranges), []byte(nil), dwarftest.Whole(s.Line))
	five := dwarftest.V5(false)
	f.Add(dwarftest.Whole(five.Info), dwarftest.Whole(five.Abbrev), dwarftest.Whole(five.Str), dwarftest.Whole(five.Rnglists), dwarftest.Whole(five.Addr), []byte(nil))
	f.Fuzz(func(t *testing.T, info, abbrev, str, lists, addr, line []byte) {
		s := dwarf.Sections{Info: dwarftest.Section(info), Abbrev: dwarftest.Section(abbrev), Str: dwarftest.Section(str), LineStr: dwarftest.Section(str),
			Ranges: dwarftest.Section(lists), Rnglists: dwarftest.Section(lists), Addr: dwarftest.Section(addr), StrOffsets: dwarftest.Section(str), Line: dwarftest.Section(line)}
		in, warnings, err := Read(s, inCode)
		if err != nil {
			t.Fatal(err)
		}
		checkClaims(t, in)
		if len(warnings) > dwarftest.MaxWarnings || len(in.Claims) > 1<<12+len(info)+len(lists)+len(line) {
			t.Errorf("%d claims, %d warnings", len(in.Claims), len(warnings))
		}
	})
}
