package native

import (
	"fmt"
	"slices"
	"strings"
	"testing"

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
	var a asm
	decl := func(code, tag uint64, children byte, specs ...uint64) {
		a.uleb(code, tag)
		a.u8(children)
		a.uleb(append(specs, 0, 0)...)
	}
	decl(aUnit, tagCompileUnit, 1, attrName, formString, attrStmtList, formSecOffset, attrLanguage, formData1)
	decl(aNamespace, tagNamespace, 1, attrName, formString)
	decl(aAbstract, tagSubprogram, 0, attrLinkageName, formString, attrDeclFile, formData1)
	decl(aPlain, tagSubprogram, 0, attrName, formString)
	decl(aComplete, tagSubprogram, 0, attrSpecification, formRefAddr)
	decl(aFunction, tagSubprogram, 1, attrLowPC, formAddr, attrHighPC, formData4)
	decl(aLeaf, tagSubprogram, 0, attrLowPC, formAddr, attrHighPC, formData4)
	decl(aInlined, tagInlinedSubroutine, 1, attrAbstractOrigin, formRefAddr, attrLowPC, formAddr, attrHighPC, formData4)
	decl(aParts, tagInlinedSubroutine, 0, attrAbstractOrigin, formRef4, attrRanges, formSecOffset)
	decl(aBlock, 0x0b, 1)
	decl(aEmpty, tagSubprogram, 0)
	a.uleb(0)
	return a.Bytes()
}

const langC, langOfRust = 0x1d, 0x1c

// inlinedDWARF is DWARF 4 with two units: what the first has inlined is described
// by both.
func inlinedDWARF() Sections {
	var info, one, two asm
	head := func(a *asm, name string, lines uint32, language byte) {
		a.u16(4)
		a.u32(0)
		a.u8(8)
		a.uleb(aUnit)
		a.str(name)
		a.u32(lines)
		a.u8(language)
	}
	const before = 4 // the length of the unit
	code := func(a *asm, lo uint64, size uint32) {
		a.u64(lo)
		a.u32(size)
	}

	head(&one, "a.c", 0, langC)
	near := uint32(one.Len() + before)
	one.uleb(aAbstract)
	one.str("near")
	one.u8(1)
	silent := uint32(one.Len() + before)
	one.uleb(aPlain)
	one.str("silent")
	loop := uint32(one.Len() + before)
	one.uleb(aComplete) // completes itself
	one.u32(loop)
	one.uleb(aEmpty)
	holes := []int{} // where the offset of what the second unit describes goes
	far := func() {
		holes = append(holes, one.Len())
		one.u32(0)
	}

	one.uleb(aFunction)
	code(&one, 0x1000, 0x100)
	one.uleb(aBlock)
	one.uleb(aInlined) // outer
	one.u32(near)
	code(&one, 0x1010, 0x40)
	one.uleb(aInlined) // inner, described by the other unit
	far()
	code(&one, 0x1020, 0x10)
	one.uleb(0, 0)     // inner, outer
	one.uleb(aInlined) // outside of its function
	one.u32(near)
	code(&one, 0x2000, 0x10)
	one.uleb(0)
	one.uleb(aInlined) // across the end of its function
	one.u32(near)
	code(&one, 0x10f8, 0x10)
	one.uleb(0)
	one.uleb(0)      // block
	one.uleb(aParts) // two pieces
	one.u32(near)
	one.u32(0)
	one.uleb(aInlined) // nothing is known of it but its lines
	one.u32(silent)
	code(&one, 0x10a0, 0x20)
	one.uleb(0)
	one.uleb(aInlined)
	one.u32(loop)
	code(&one, 0x10d0, 0x8)
	one.uleb(0)
	one.uleb(aFunction) // a function in a function
	code(&one, 0x1200, 0x20)
	one.uleb(aInlined)
	one.u32(near)
	code(&one, 0x1200, 0x4)
	one.uleb(0)
	one.uleb(0)
	one.uleb(aInlined) // of the outer function again
	one.u32(near)
	code(&one, 0x10f0, 0x4)
	one.uleb(0)
	one.uleb(0)
	one.uleb(aFunction) // dropped by the linker
	code(&one, 0, 0x100)
	one.uleb(aInlined)
	one.u32(near)
	code(&one, 0x1008, 0x8)
	one.uleb(0)
	one.uleb(0)
	one.uleb(aLeaf)
	code(&one, 0x1300, 0x10)
	one.uleb(0)

	start := uint32(before + one.Len())
	head(&two, "src/lib.rs/@/krate.1-cgu.0", 0, langOfRust)
	two.uleb(aNamespace)
	two.str("krate")
	two.uleb(aNamespace)
	two.str("inner")
	decl := start + before + uint32(two.Len())
	two.uleb(aAbstract)
	two.str("far")
	two.u8(1)
	two.uleb(0, 0)
	complete := start + before + uint32(two.Len())
	two.uleb(aComplete)
	two.u32(decl)
	two.uleb(aFunction) // the first unit has that code already, but for the last bytes
	code(&two, 0x1000, 0x108)
	two.uleb(aInlined)
	two.u32(near)
	code(&two, 0x1000, 0x108)
	two.uleb(0)
	two.uleb(0)
	two.uleb(0)

	first := one.Bytes()
	for _, h := range holes {
		copy(first[h:], []byte{byte(complete), byte(complete >> 8), byte(complete >> 16), byte(complete >> 24)})
	}
	info.unit(false, first)
	info.unit(false, two.Bytes())

	var ranges asm // offsets from the unit's low_pc, which is missing: 0
	ranges.u64(0x1060, 0x1068, 0x1070, 0x1078, 0x1080, 0x1080, 0, 0)
	return Sections{Info: section(info.Bytes()), Abbrev: section(inlinedAbbrev()), Ranges: section(ranges.Bytes()), Line: section(inlinedLines())}
}

// inlinedLines has file 1 from 0x1000 on, file 2 from 0x10a8 on, no line from
// 0x10b0 on, file 2 from 0x10b8 on, and nothing from 0x10bc on.
func inlinedLines() []byte {
	var head, program, t asm
	head.u8(1, 1, 1, 0xfb, 14, 13)                    // minimum length, operations, is_stmt, line_base −5, line_range, opcode_base
	head.u8(0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1)       // operands
	head.str("/usr/include")                          // directory 1
	head.str("")                                      //
	head.str("a.h")                                   // file 1
	head.uleb(0, 0, 0)                                //
	head.str("stdlib.h")                              // file 2
	head.uleb(1, 0, 0)                                //
	head.str("")                                      //
	program.u8(0, 9, 2)                               // set_address
	program.u64(0x1000)                               //
	program.u8(1)                                     // copy
	program.u8(2)                                     // advance_pc
	program.uleb(0xa8)                                //
	program.u8(4, 2)                                  // set_file
	program.u8(13 + 5 + 1)                            // special: line + 1
	program.u8(13 + 5 - 2 + 8*14)                     // special: line − 2, which is 0, address + 8
	program.u8(3, 4)                                  // advance_line
	program.u8(9)                                     // fixed_advance_pc
	program.u16(8)                                    //
	program.u8(6, 7, 5, 3, 10, 1)                     // negate, basic block, column, prologue, copy
	program.u8(2, 4)                                  // advance_pc
	program.u8(0, 1, 1)                               // end_sequence
	t.u16(4)                                          // version
	t.u32(uint32(head.Len()))                         //
	t.Write(append(head.Bytes(), program.Bytes()...)) //
	var out asm
	out.unit(false, t.Bytes())
	return out.Bytes()
}

// inCode keeps what is in the code of inlinedDWARF.
func inCode(r Range) bool { return r.Lo >= 0x1000 && r.Hi <= 0x2000 }

func describeInlined(in *Inlined) []string {
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
	in, warnings, err := ReadInlined(inlinedDWARF(), inCode)
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

func checkClaims(t *testing.T, in *Inlined) {
	t.Helper()
	for _, c := range in.Claims {
		if c.Lo >= c.Hi || int(c.ID) >= len(in.Sources) || !inCode(Range(c.Range)) {
			t.Fatalf("claim %+v of %d sources", c, len(in.Sources))
		}
	}
	for _, s := range in.Sources {
		if len(s.Linkage) > maxString || len(s.Name) > maxString || len(s.Path) > maxString || s.Unit >= len(in.Units) {
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
		s.Info = section(data[:n])
		in, _, err := ReadInlined(s, inCode)
		if err != nil {
			t.Fatal(err)
		}
		checkClaims(t, in)
		changed := slices.Clone(data)
		changed[n] ^= 0xff
		s.Info = section(changed)
		if in, _, err = ReadInlined(s, inCode); err != nil {
			t.Fatal(err)
		}
		checkClaims(t, in)
	}
	s := whole
	s.Info = broken{}
	if _, _, err := ReadInlined(s, inCode); err == nil {
		t.Error("no error of reading")
	}
}

// TestReadInlinedHostile: what is much and has little in it.
func TestReadInlinedHostile(t *testing.T) {
	unit := func(body func(a *asm)) Sections {
		s := inlinedDWARF()
		var a, info asm
		a.u16(4)
		a.u32(0)
		a.u8(8)
		a.uleb(aUnit)
		a.str("a.c")
		a.u32(0)
		a.u8(langC)
		body(&a)
		info.unit(false, a.Bytes())
		s.Info = section(info.Bytes())
		return s
	}
	const many = 200_000
	inlined := func(a *asm, lo uint64, size uint32) {
		a.uleb(aInlined)
		a.u32(0x13)
		a.u64(lo)
		a.u32(size)
	}
	function := func(a *asm) {
		a.uleb(aFunction)
		a.u64(0x1000)
		a.u32(0x100)
	}
	for name, body := range map[string]func(a *asm){
		"deep": func(a *asm) {
			function(a)
			for range many {
				inlined(a, 0x1000, 0x100)
			}
		},
		"deep functions": func(a *asm) {
			for range many {
				function(a)
			}
		},
		"overlapping": func(a *asm) {
			function(a)
			for i := range uint32(many) {
				inlined(a, 0x1000+uint64(i%0x100), 0x100-i%0x100)
				a.uleb(0)
			}
		},
		"one function many times": func(a *asm) {
			for range many {
				function(a)
				inlined(a, 0x1000, 0x100)
				a.uleb(0, 0)
			}
		},
		"a chain of completions": func(a *asm) {
			for i := range uint32(many) {
				a.uleb(aComplete)
				a.u32(0x13 + 5*(i+1))
			}
			function(a)
			inlined(a, 0x1000, 0x100)
		},
		"empty": func(a *asm) { a.Write(make([]byte, 0)); a.Write([]byte(strings.Repeat(string(rune(aEmpty)), many))) },
	} {
		t.Run(name, func(t *testing.T) {
			in, _, err := ReadInlined(unit(body), inCode)
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
	f.Add(whole(s.Info), whole(s.Abbrev), []byte("x\x00y\x00"), whole(s.Ranges), []byte(nil), whole(s.Line))
	five := v5(false)
	f.Add(whole(five.Info), whole(five.Abbrev), whole(five.Str), whole(five.Rnglists), whole(five.Addr), []byte(nil))
	f.Fuzz(func(t *testing.T, info, abbrev, str, lists, addr, line []byte) {
		s := Sections{section(info), section(abbrev), section(str), section(str), section(lists), section(lists), section(addr), section(str), section(line)}
		in, warnings, err := ReadInlined(s, inCode)
		if err != nil {
			t.Fatal(err)
		}
		checkClaims(t, in)
		if len(warnings) > MaxWarnings || len(in.Claims) > 1<<12+len(info)+len(lists)+len(line) {
			t.Errorf("%d claims, %d warnings", len(in.Claims), len(warnings))
		}
	})
}
