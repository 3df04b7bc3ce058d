package strip_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/elftest"
	"github.com/sizegate/sizegate/internal/strip"
)

const (
	alloc     = elf.SHF_ALLOC
	execinstr = elf.SHF_EXECINSTR
	write     = elf.SHF_WRITE
)

func scan(t testing.TB, data []byte) *elfscan.Binary {
	t.Helper()
	b, err := elfscan.New(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// program is an executable with one segment, which begins with the headers,
// and with .text behind them, at offset 128.
func program(more ...elftest.Section) elftest.File {
	return elftest.File{
		Segments: []elftest.Segment{{Flags: elf.PF_R | elf.PF_X, Vaddr: 0x400000, Filesz: 144, Memsz: 144}},
		Sections: append([]elftest.Section{
			{Name: ".text", Flags: alloc | execinstr, Addr: 0x400080, Data: []byte("sixteen bytes...")[:16], Align: 16}}, more...),
	}
}

// TestByHand: sizes added up by hand.
func TestByHand(t *testing.T) {
	symtab, strtab := elftest.SymbolTable(
		elftest.Symbol{Name: "a.c", Type: elf.STT_FILE, Section: uint16(elf.SHN_ABS)},
		elftest.Symbol{Type: elf.STT_SECTION, Section: 1},
		elftest.Symbol{Name: "local", Type: elf.STT_FUNC, Section: 1, Value: 0x400080},
		elftest.Symbol{Name: "in_debug", Section: 3},
		elftest.Symbol{Name: "a_local", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Section: 1, Value: 0x400084})
	f := program(
		elftest.Section{Name: ".comment", Data: []byte("GCC: 12.2\x00")},
		elftest.Section{Name: ".debug_info", Data: make([]byte, 1000)},
		elftest.Section{Name: ".symtab", Type: elf.SHT_SYMTAB, Data: symtab, Link: 5, Info: 5, Align: 8},
		elftest.Section{Name: ".strtab", Type: elf.SHT_STRTAB, Data: strtab})
	data := f.Bytes()
	// elftest writes no size of an entry.
	le := binary.LittleEndian
	le.PutUint64(data[le.Uint64(data[40:])+4*64+56:], 24)
	b := scan(t, data)
	tests := []struct {
		mode  strip.Mode
		parts []uint64
	}{
		{strip.All, []uint64{
			144, // to the end of .text
			10,  // .comment
			uint64(len("?.shstrtab?.text?.comment?")), // 26, to 180
			4,        // to a multiple of 8
			4 * 64}}, // null, .text, .comment, .shstrtab
		{strip.Debug, []uint64{
			144, 10,
			6,      // to a multiple of 8
			3 * 24, // null, local, a_local
			uint64(len("?a_local?")),
			uint64(len("?.symtab?.strtab?.shstrtab?.text?.comment?")), // 42, to 283
			5,
			6 * 64}},
	}
	for _, tt := range tests {
		want := uint64(0)
		for _, n := range tt.parts {
			want += n
		}
		got := ours(t, b, tt.mode)
		if uint64(len(got)) != want {
			t.Errorf("mode %d: %d bytes, want %d", tt.mode, len(got), want)
		}
		f, err := elf.NewFile(bytes.NewReader(got))
		if err != nil {
			t.Fatal(err)
		}
		symbols, err := f.Symbols()
		if tt.mode == strip.All {
			if !errors.Is(err, elf.ErrNoSymbols) {
				t.Errorf("symbols are left: %v %v", symbols, err)
			}
			continue
		}
		var names []string
		for _, s := range symbols {
			names = append(names, s.Name)
		}
		if want := []string{"local", "a_local"}; err != nil || !slices.Equal(names, want) {
			t.Errorf("symbols %q (%v), want %q", names, err, want)
		}
		if info := f.SectionByType(elf.SHT_SYMTAB).Info; info != 2 {
			t.Errorf("%d local symbols, want 2 with the null symbol", info)
		}
	}
}

// TestKept: which sections stay, by hand after binutils' manual and sources.
func TestKept(t *testing.T) {
	kept := []string{".text", ".comment", ".note.gnu.build-id", ".note.stapsdt", ".gnu_debuglink", ".gnu_debugaltlink", ".dep-v0",
		".rustc", "debug_without_dot", ".gnu.lto_main", ".gnu_object_only", ".llvmbc", ".ctf", ".gopclntab", ".go.buildinfo", ""}
	dropped := []string{".debug_info", ".debug", ".debug_gdb_scripts", ".zdebug_line", ".stab", ".stab.index", ".line", ".gdb_index",
		".gnu.debuglto_.debug_info", ".gnu.linkonce.wi.x"}
	f := program()
	for _, name := range append(slices.Clone(kept[1:]), dropped...) {
		f.Sections = append(f.Sections, elftest.Section{Name: name, Data: []byte{1}})
	}
	// What is loaded stays, whatever its name.
	f.Sections = append(f.Sections, elftest.Section{Name: ".debug_loaded", Flags: alloc | write, Type: elf.SHT_NOBITS, Addr: 0x500000, Size: 8})
	got, err := elf.NewFile(bytes.NewReader(ours(t, scan(t, f.Bytes()), strip.All)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range got.Sections[1:] {
		names = append(names, s.Name)
	}
	if want := append(slices.Clone(kept), ".debug_loaded", ".shstrtab"); !slices.Equal(names, want) {
		t.Errorf("kept %q\nwant %q", names, want)
	}
}

// TestLinks: section numbers in headers are those of the output.
func TestLinks(t *testing.T) {
	f := program(
		elftest.Section{Name: ".debug_first", Data: []byte{1}},
		elftest.Section{Name: ".dynsym", Type: elf.SHT_DYNSYM, Flags: alloc, Data: make([]byte, 24), Link: 4, Info: 1, Addr: 0x401000, Align: 8},
		elftest.Section{Name: ".dynstr", Type: elf.SHT_STRTAB, Flags: alloc, Data: make([]byte, 1), Addr: 0x402000},
		elftest.Section{Name: ".gnu.version", Type: elf.SHT_GNU_VERSYM, Flags: alloc, Data: make([]byte, 2), Link: 3, Addr: 0x403000},
		elftest.Section{Name: ".rela.plt", Type: elf.SHT_RELA, Flags: alloc, Data: make([]byte, 24), Link: 3, Info: 7, Addr: 0x404000},
		elftest.Section{Name: ".got", Flags: alloc | write, Data: make([]byte, 8), Addr: 0x405000})
	got, err := elf.NewFile(bytes.NewReader(ours(t, scan(t, f.Bytes()), strip.All)))
	if err != nil {
		t.Fatal(err)
	}
	want := []struct {
		name       string
		link, info uint32
	}{{".text", 0, 0}, {".dynsym", 3, 1}, {".dynstr", 0, 0}, {".gnu.version", 2, 0}, {".rela.plt", 2, 6}, {".got", 0, 0}, {".shstrtab", 0, 0}}
	for i, s := range got.Sections[1:] {
		if w := want[i]; s.Name != w.name || s.Link != w.link || s.Info != w.info {
			t.Errorf("section %d is %s with link %d and info %d, want %+v", i+1, s.Name, s.Link, s.Info, w)
		}
	}
}

func TestRefused(t *testing.T) {
	many := program()
	for range 0xff00 {
		many.Sections = append(many.Sections, elftest.Section{Name: ".comment"})
	}
	many.ExtendedNumbering = true
	tests := []struct {
		name  string
		file  elftest.File
		align uint64 // of section 2, if not 0; elftest would lay it out so
		want  string
	}{
		{"no section headers", elftest.File{NoSectionHeaders: true, Segments: program().Segments}, 0, "no section headers"},
		{"too many sections", many, 0, "GNU strip takes fewer than"},
		{"alignment", program(elftest.Section{Name: ".x"}), 1 << 63, "an alignment of"},
		{"link", program(elftest.Section{Name: ".x", Link: 99}), 0, "is linked to section 99"},
		{"type", program(elftest.Section{Name: ".x", Type: 0x7fffff00}), 0, "has a type that GNU strip refuses"},
		{"far away", program(elftest.Section{Name: ".x", Data: []byte{1}}), 1 << 40, "more than"},
		{"loop", program(elftest.Section{Name: ".x", Type: elf.SHT_STRTAB, Link: 3}, elftest.Section{Name: ".y", Type: elf.SHT_STRTAB, Link: 2}), 0, "in a loop"},
		{"overlap", elftest.File{
			Segments: []elftest.Segment{{Vaddr: 0x1000, Filesz: 4096, Memsz: 4096}},
			Sections: []elftest.Section{{Name: ".a", Flags: alloc, Addr: 0x1100, Size: 64, Offset: 256},
				{Name: ".b", Flags: alloc, Addr: 0x1120, Size: 64, Offset: 288}, {Name: ".pad", Data: make([]byte, 4096)}}}, 0, "overlaps the one before it"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			data := tt.file.Bytes()
			if tt.align != 0 {
				le := binary.LittleEndian
				le.PutUint64(data[le.Uint64(data[40:])+2*64+48:], tt.align)
			}
			b := scan(t, data)
			_, err := strip.Size(b, strip.All)
			var refused *elfscan.Error
			if !errors.As(err, &refused) || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("Size: %v, want an elfscan.Error with %q", err, tt.want)
			}
			var out bytes.Buffer
			if err := strip.Write(&out, b, strip.All); err == nil || out.Len() > 0 {
				t.Errorf("Write: %v and %d bytes", err, out.Len())
			}
		})
	}
}

// TestBroken: a file arranged as BOLT does it, the program headers in the
// second segment, with .text a page behind them. GNU strip takes it and makes
// a file that does not run; its size is told, but it is not made.
func TestBroken(t *testing.T) {
	f := elftest.File{
		Segments: []elftest.Segment{
			{Flags: elf.PF_R, Vaddr: 0x400000, Filesz: 192, Memsz: 192},
			{Flags: elf.PF_R | elf.PF_X, Offset: 0x1000, Vaddr: 0x600000, Filesz: 0x1020, Memsz: 0x1020},
		},
		Sections: []elftest.Section{
			{Name: ".rodata", Flags: alloc, Addr: 0x4000b0, Data: make([]byte, 16), Align: 16}, // at 176, behind the headers
			{Name: ".table", Data: make([]byte, 112), Align: 0x1000},
			{Name: ".text", Flags: alloc | execinstr, Addr: 0x601000, Data: make([]byte, 32), Align: 0x1000},
		},
	}
	data := f.Bytes()
	copy(data[0x1000:], data[64:176])
	le := binary.LittleEndian
	le.PutUint64(data[32:], 0x1000)           // e_phoff
	le.PutUint64(data[0x1000+56+48:], 0x1000) // p_align
	b := scan(t, data)
	size, err := strip.Size(b, strip.All)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := strip.Write(&out, b, strip.All); err == nil || !strings.Contains(err.Error(), "it does not run") || out.Len() > 0 {
		t.Errorf("Write: %v and %d bytes", err, out.Len())
	}
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	if want := gnuStrip(t, path, b.Arch, "--strip-all"); size != uint64(len(want)) {
		t.Errorf("Size is %d, GNU strip makes %d", size, len(want))
	}
}
