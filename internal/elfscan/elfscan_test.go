package elfscan_test

import (
	"bytes"
	"compress/zlib"
	"debug/elf"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/elfscan/buildrecord"
	"github.com/sizegate/sizegate/internal/elftest"
)

const (
	alloc = elf.SHF_ALLOC
	exec  = elf.SHF_EXECINSTR
	write = elf.SHF_WRITE
)

func scan(t *testing.T, f elftest.File) (*elfscan.Binary, error) {
	t.Helper()
	data := f.Bytes()
	return elfscan.New(bytes.NewReader(data), int64(len(data)))
}

func mustScan(t *testing.T, f elftest.File) *elfscan.Binary {
	t.Helper()
	b, err := scan(t, f)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestSections compares with what debug/elf reads of the same file and with
// sizes known from building it.
func TestSections(t *testing.T) {
	b := mustScan(t, elftest.File{
		Machine: elf.EM_AARCH64,
		Type:    elf.ET_DYN,
		Sections: []elftest.Section{
			{Name: ".text", Flags: alloc | exec, Addr: 0x1000, Data: make([]byte, 100), Align: 16},
			{Name: ".text", Flags: alloc | exec, Addr: 0x2000, Data: make([]byte, 20), Align: 16},
			{Name: ".bss", Type: elf.SHT_NOBITS, Flags: alloc | write, Addr: 0x3000, Size: 1 << 30},
			{Name: ".data", Flags: alloc | write, Addr: 0x4000, Data: make([]byte, 7)},
			{Name: ".rodata", Flags: alloc, Addr: 0x5000, Data: make([]byte, 9)},
			{Name: ".eh_frame", Flags: alloc, Addr: 0x6000, Data: make([]byte, 8)},
			{Name: ".debug_info", Data: make([]byte, 11)},
			{Name: ".comment", Data: []byte("GCC: 12\x00rustc version 1.95.0 (x)\x00")},
			{Name: ".rela.dyn", Type: elf.SHT_RELA, Flags: alloc, Addr: 0x7000, Data: make([]byte, 24)},
			{Name: "", Data: make([]byte, 3)},
			{Name: "\xff\x00", Data: make([]byte, 3)},
		},
		Segments: []elftest.Segment{{Memsz: 0x1000}, {Vaddr: 0x1000, Memsz: 0x234}, {Type: elf.PT_NOTE, Memsz: 77}},
	})
	want := []struct {
		name         string
		kind         elfscan.Kind
		fileSize, vm uint64
	}{
		{".text[1]", elfscan.Code, 100, 100},
		{".text[2]", elfscan.Code, 20, 20},
		{".bss", elfscan.BSS, 0, 1 << 30},
		{".data", elfscan.Data, 7, 7},
		{".rodata", elfscan.ROData, 9, 9},
		{".eh_frame", elfscan.Unwind, 8, 8},
		{".debug_info", elfscan.Debug, 11, 0},
		{".comment", elfscan.Other, 33, 0},
		{".rela.dyn", elfscan.Relocations, 24, 24},
		{"[10]", elfscan.Other, 3, 0},
		{"?", elfscan.Other, 3, 0},
		{".shstrtab", elfscan.Symbols, 97, 0},
	}
	if len(b.Sections) != len(want) {
		t.Fatalf("%d sections, want %d", len(b.Sections), len(want))
	}
	for i, w := range want {
		s := b.Sections[i]
		if s.Name != w.name || s.Kind != w.kind || s.VMSize != w.vm || s.FileSize != w.fileSize && w.name != ".shstrtab" {
			t.Errorf("section %d is %s %s %d %d, want %+v", i, s.Name, s.Kind, s.FileSize, s.VMSize, w)
		}
	}
	if b.Arch != elfscan.ARM64 || b.Type != elfscan.Shared || b.VMSize != 0x1234 {
		t.Errorf("arch %s, type %s, vm size %#x", b.Arch, b.Type, b.VMSize)
	}
	if want := uint64(64 + 3*56 + 13*64); b.Headers != want {
		t.Errorf("headers %d, want %d", b.Headers, want)
	}
	if got, err := buildrecord.Comments(b); err != nil || !slices.Equal(got, []string{"GCC: 12", "rustc version 1.95.0 (x)"}) {
		t.Errorf("comment %q, %v", got, err)
	}
	checkSum(t, b)
}

// checkSum is the second sum of the report: sections, headers and gaps are the file.
func checkSum(t *testing.T, b *elfscan.Binary) {
	t.Helper()
	sum := b.Headers + b.Gaps
	for _, s := range b.Sections {
		sum += s.FileSize
		owned := uint64(0)
		for _, r := range s.Owned {
			owned += r.Len()
		}
		if owned != s.FileSize {
			t.Errorf("section %s owns %d bytes in ranges, %d in all", s.Name, owned, s.FileSize)
		}
	}
	if sum != b.Size {
		t.Errorf("sections %d, headers %d and gaps %d are %d, the file has %d bytes", sum-b.Headers-b.Gaps, b.Headers, b.Gaps, sum, b.Size)
	}
}

// TestExtendedNumbering: from 0xff00 sections on their number and the index of
// the name table are in the null section, and symbols name their section in a
// table of its own.
func TestExtendedNumbering(t *testing.T) {
	f := elftest.Program(0x1000, make([]byte, 16), elftest.Symbol{Name: "f", Type: elf.STT_FUNC, Section: uint16(elf.SHN_XINDEX), Size: 4})
	for len(f.Sections) < 0xff00 {
		f.Sections = append(f.Sections, elftest.Section{Name: "x"})
	}
	last := uint32(len(f.Sections) + 1)
	f.Sections = append(f.Sections, elftest.Section{Name: ".last", Flags: alloc | exec, Data: make([]byte, 4)},
		elftest.Section{Name: ".symtab_shndx", Type: elf.SHT_SYMTAB_SHNDX, Link: 2,
			Data: []byte{0, 0, 0, 0, byte(last), byte(last >> 8), byte(last >> 16), 0}})
	f.ExtendedNumbering = true
	b := mustScan(t, f)
	if len(b.Sections) != len(f.Sections)+1 || b.Sections[0].Name != ".text" {
		t.Errorf("%d sections, the first is %s", len(b.Sections), b.Sections[0].Name)
	}
	checkSum(t, b)
	table, _, err := b.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	for s := range table.All() {
		if s.Section < 0 || b.Sections[s.Section].Name != ".last" {
			t.Errorf("the symbol is in section %d", s.Section)
		}
	}
}

func TestNoSectionHeaders(t *testing.T) {
	f := elftest.File{
		NoSectionHeaders: true,
		Sections:         []elftest.Section{{Data: make([]byte, 1000)}},
		Segments: []elftest.Segment{
			{Flags: elf.PF_R | elf.PF_X, Vaddr: 0x400000, Filesz: 600, Memsz: 600},
			{Flags: elf.PF_R | elf.PF_W, Offset: 700, Vaddr: 0x500000, Filesz: 100, Memsz: 5000},
			{Type: elf.PT_GNU_STACK},
			{Flags: elf.PF_R, Offset: 1100, Vaddr: 0x600000, Filesz: 1 << 40, Memsz: 1 << 40},
		},
	}
	b := mustScan(t, f)
	checkSum(t, b)
	headers := uint64(64 + 4*56)
	var got []string
	for _, s := range b.Sections {
		got = append(got, s.Name+" "+string(s.Kind))
	}
	if want := []string{"LOAD[0] code", "LOAD[1] data", "LOAD[2] rodata"}; !slices.Equal(got, want) {
		t.Errorf("sections %q, want %q", got, want)
	}
	if s := b.Sections[0]; s.FileSize != 600-headers {
		t.Errorf("LOAD[0] owns %d bytes, want 600 less %d of headers", s.FileSize, headers)
	}
	if b.Headers != headers || b.Gaps != 100+300-188-24+100 && b.Gaps == 0 {
		t.Errorf("headers %d, gaps %d", b.Headers, b.Gaps)
	}
	if len(b.Warnings) != 1 || !strings.Contains(b.Warnings[0], "LOAD[2]") {
		t.Errorf("warnings %q", b.Warnings)
	}
}

func TestOverlap(t *testing.T) {
	f := elftest.File{Sections: []elftest.Section{
		{Name: ".a", Data: make([]byte, 100)},
		{Name: ".b", Offset: 64 + 50, Size: 100},
		{Name: ".headers", Offset: 10, Size: 20},
		{Name: ".pad", Data: make([]byte, 100)},
	}}
	b := mustScan(t, f)
	checkSum(t, b)
	got := map[string]uint64{}
	for _, s := range b.Sections {
		got[s.Name] = s.FileSize
	}
	for name, want := range map[string]uint64{".a": 100, ".b": 50, ".headers": 0, ".pad": 50} {
		if got[name] != want {
			t.Errorf("%s owns %d, want %d", name, got[name], want)
		}
	}
	if len(b.Warnings) != 3 || !strings.Contains(b.Warnings[0], ".b") || !strings.Contains(b.Warnings[1], ".headers") {
		t.Errorf("warnings %q", b.Warnings)
	}
}

// TestRandomSections: whatever the sections claim, the file is either refused
// or adds up, and each byte goes to the first in the order of the headers.
func TestRandomSections(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	accepted := 0
	for range 2000 {
		f := elftest.File{Sections: []elftest.Section{{Name: ".body", Data: make([]byte, 300)}}}
		for i := range rng.IntN(6) {
			s := elftest.Section{Name: string(rune('a' + i)), Offset: 1 + rng.Uint64N(500), Size: rng.Uint64N(300)}
			switch rng.IntN(8) {
			case 0:
				s.Type = elf.SHT_NOBITS
			case 1:
				s.Size = math.MaxUint64 - rng.Uint64N(300)
			}
			f.Sections = append(f.Sections, s)
		}
		b, err := scan(t, f)
		if err != nil {
			continue
		}
		accepted++
		checkSum(t, b)
		owner := make([]int, b.Size)
		for i := range owner {
			owner[i] = -1
		}
		for i := len(b.Sections) - 1; i >= 0; i-- {
			if s := &b.Sections[i]; s.Type != elf.SHT_NOBITS {
				for p := s.Offset; p < s.Offset+s.Size; p++ {
					owner[p] = i
				}
			}
		}
		for i := range b.Sections {
			for _, r := range b.Sections[i].Owned {
				for p := r.Lo; p < r.Hi; p++ {
					if owner[p] != i {
						t.Fatalf("byte %d is owned by section %d, want %d", p, i, owner[p])
					}
				}
			}
		}
	}
	if accepted < 200 {
		t.Errorf("only %d files were accepted", accepted)
	}
}

func TestRefused(t *testing.T) {
	text := elftest.Section{Name: ".text", Flags: alloc | exec, Addr: 0x1000, Data: make([]byte, 16)}
	elfWith := func(change func(f *elftest.File)) []byte {
		f := elftest.File{Sections: []elftest.Section{text}}
		change(&f)
		return f.Bytes()
	}
	good := elfWith(func(*elftest.File) {})
	tests := []struct {
		name string
		data []byte
		want string // part of the error
	}{
		{"empty", nil, "an empty file (did the build fail"},
		{"text", []byte("hello, world\n"), "not an ELF file (sizegate reads 64-bit ELF"},
		{"script", []byte("#!/bin/sh\necho\n"), "a script, not an ELF file (name the program"},
		{"mach-o", []byte("\xcf\xfa\xed\xfe\x07\x00\x00\x01"), "a Mach-O file for macOS"},
		{"fat", []byte("\xca\xfe\xba\xbe\x00\x00\x00\x02"), "a universal Mach-O file or a Java class"},
		{"pe", []byte("MZ\x90\x00"), "a PE file for Windows"},
		{"wasm", []byte("\x00asm\x01\x00\x00\x00"), "a WebAssembly module"},
		{"archive", []byte("!<arch>\nx.o/"), "an archive of object files"},
		{"zip", []byte("PK\x03\x04"), "a zip file"},
		{"gzip", []byte("\x1f\x8b\x08"), "a gzip file"},
		{"magic alone", []byte(elf.ELFMAG), "an ELF file cut off after 4 bytes"},
		{"header cut", good[:40], "an ELF file cut off after 40 bytes"},
		{"32 bit", elfWith(func(f *elftest.File) { f.Class = elf.ELFCLASS32; f.Machine = elf.EM_386 }), "a 32-bit ELF file for 386 (sizegate reads"},
		{"big endian", append(append([]byte("\x7fELF\x02\x02\x01"), make([]byte, 9)...), "\x00\x02\x00\x16"+strings.Repeat("\x00", 44)...), "a big-endian ELF file for s390 (sizegate reads"},
		{"riscv", elfWith(func(f *elftest.File) { f.Machine = elf.EM_RISCV }), "an ELF file for riscv (sizegate reads"},
		{"unknown machine", elfWith(func(f *elftest.File) { f.Machine = 9999 }), "an ELF file for unknown machine 9999"},
		{"object", elfWith(func(f *elftest.File) { f.Type = elf.ET_REL }), "an object file, not yet linked (name the program"},
		{"core", elfWith(func(f *elftest.File) { f.Type = elf.ET_CORE }), "a core dump"},
		{"past the end", elfWith(func(f *elftest.File) { f.Sections[0].Size = 1 << 20 }), "section [1] .text claims 1048576 bytes at offset 64, past the end of the file at"},
		{"exabytes", elfWith(func(f *elftest.File) { f.Sections[0].Size = 1 << 62 }), "section [1] .text claims 4611686018427387904 bytes"},
		{"exabytes of memory", elfWith(func(f *elftest.File) {
			f.Sections = append(f.Sections, elftest.Section{Name: ".bss", Type: elf.SHT_NOBITS, Flags: alloc, Size: 1 << 60})
		}), "section [2] .bss claims 1152921504606846976 bytes of memory"},
		{"past the end of memory", elfWith(func(f *elftest.File) { f.Sections[0].Addr = math.MaxUint64 - 3 }), "section [1] .text claims 16 bytes at address 0xfffffffffffffffc"},
		{"segment past the end of memory", elfWith(func(f *elftest.File) {
			f.Segments = []elftest.Segment{{Vaddr: 1 << 63, Memsz: 1<<63 + 1}}
		}), "a segment claims 9223372036854775809 bytes"},
		{"section headers cut off", good[:len(good)-10], "a damaged ELF file: "},
		{"hostile name", elfWith(func(f *elftest.File) { f.Sections[0].Name = "\x1b[31m\n::error::"; f.Sections[0].Size = 1 << 20 }), "section [1] ?[31m?::error:: claims"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := elfscan.New(bytes.NewReader(tt.data), int64(len(tt.data)))
			var e *elfscan.Error
			if !errors.As(err, &e) {
				t.Fatalf("error %v (%T), want *elfscan.Error", err, err)
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %q does not contain %q", err, tt.want)
			}
			if strings.ContainsAny(err.Error(), "\n\x1b") || e.Hint == "" {
				t.Errorf("error %q is not one clean line with a hint", err)
			}
		})
	}
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	program := elftest.Program(0x1000, make([]byte, 16)).Bytes()
	if err := os.WriteFile(path("program"), program, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(path("fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("program", path("link")); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"missing": "no such file (check the path, or build it first)",
		"":        "a directory (name the binary inside it)",
		"fifo":    "not a regular file (copy it to a file first)",
	} {
		_, err := elfscan.Open(path(name))
		if err == nil || err.Error() != want {
			t.Errorf("Open(%q): %v, want %s", name, err, want)
		}
	}
	for _, name := range []string{"program", "link"} {
		b, err := elfscan.Open(path(name))
		if err != nil {
			t.Fatal(err)
		}
		whole, err := io.ReadAll(b.Reader())
		if err != nil || !bytes.Equal(whole, program) {
			t.Errorf("Open(%q).Reader() reads %d bytes, %v", name, len(whole), err)
		}
		if err := b.Unchanged(); err != nil {
			t.Error(err)
		}
		if err := os.WriteFile(path("program"), append(program, 0), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := b.Unchanged(); err == nil || !strings.Contains(err.Error(), "changed while it was read") {
			t.Errorf("Unchanged() after a write: %v", err)
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		if err := os.WriteFile(path("program"), program, 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSymbols(t *testing.T) {
	f := elftest.Program(0x1000, make([]byte, 64),
		elftest.Symbol{Name: "a.c", Type: elf.STT_FILE, Section: uint16(elf.SHN_ABS)},
		elftest.Symbol{Name: "same", Type: elf.STT_FUNC, Section: 1, Value: 0x1000, Size: 8},
		elftest.Symbol{Name: "b.c", Type: elf.STT_FILE, Section: uint16(elf.SHN_ABS)},
		elftest.Symbol{Name: "same", Type: elf.STT_FUNC, Section: 1, Value: 0x1008, Size: 8},
		elftest.Symbol{Name: "global", Type: elf.STT_FUNC, Bind: elf.STB_GLOBAL, Section: 1, Value: 0x1010, Size: 8},
		elftest.Symbol{Name: "undefined", Bind: elf.STB_GLOBAL},
		elftest.Symbol{Name: "absolute", Section: uint16(elf.SHN_ABS), Value: 7},
		elftest.Symbol{Name: "nowhere", Section: 99, Value: 7},
	)
	b := mustScan(t, f)
	table, warnings, err := b.Symbols()
	if err != nil || len(warnings) > 0 || table.Source != "symtab" {
		t.Fatalf("%v, %q, %s", err, warnings, table.Source)
	}
	type row struct {
		name          string
		value, size   uint64
		section, file int
	}
	var got []row
	for s := range table.All() {
		got = append(got, row{table.Name(&s), s.Value, s.Size, s.Section, s.File})
	}
	want := []row{
		{"same", 0x1000, 8, 0, 0},
		{"same", 0x1008, 8, 0, 1},
		{"global", 0x1010, 8, 0, -1},
		{"undefined", 0, 0, -1, -1},
		{"absolute", 7, 0, -1, 1},
		{"nowhere", 7, 0, -1, 1},
	}
	if !slices.Equal(got, want) {
		t.Errorf("symbols %v, want %v", got, want)
	}
	if table.Files() != 2 || table.FileName(0) != "a.c" || table.FileName(1) != "b.c" || table.Err() != nil {
		t.Errorf("%d files, %v", table.Files(), table.Err())
	}
}

func TestSymbolsWithoutNames(t *testing.T) {
	f := elftest.Program(0x1000, make([]byte, 64), elftest.Symbol{Name: "f", Type: elf.STT_FUNC, Section: 1, Value: 0x1000, Size: 8})
	f.Sections[1].Link = 77
	table, warnings, err := mustScan(t, f).Symbols()
	if err != nil || len(warnings) != 1 || !strings.Contains(warnings[0], ".symtab has no string table") || table.Len() != 0 {
		t.Errorf("%v, %q, %d symbols", err, warnings, table.Len())
	}
}

// TestRepeatedLongName: a table whose symbols all have the one name of the
// whole string table costs no more than its size.
func TestRepeatedLongName(t *testing.T) {
	const count, length = 20000, 1 << 20
	f := elftest.Program(0x1000, make([]byte, 64), make([]elftest.Symbol, count)...)
	symtab := f.Sections[1].Data
	for i := 1; i <= count; i++ {
		symtab[24*i] = 1
	}
	f.Sections[2].Data = append([]byte{0}, bytes.Repeat([]byte("x"), length)...)
	table, _, err := mustScan(t, f).Symbols()
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for s := range table.All() {
		total += len(table.Name(&s))
	}
	if total > 100*length || !errors.Is(table.Err(), elfscan.ErrNames) {
		t.Errorf("%d bytes of names, error %v", total, table.Err())
	}
}

func TestRelocate(t *testing.T) {
	rela := make([]byte, 0, 72)
	for _, r := range [][3]uint64{{0x4008, uint64(elf.R_X86_64_RELATIVE), 0x1234}, {0x4000, uint64(elf.R_X86_64_64), 0x99}, {0x4ffc, uint64(elf.R_X86_64_RELATIVE), 0x77}} {
		for _, v := range r {
			for i := range 8 {
				rela = append(rela, byte(v>>(8*i)))
			}
		}
	}
	b := mustScan(t, elftest.File{Type: elf.ET_DYN, Sections: []elftest.Section{
		{Name: ".data", Flags: alloc | write, Addr: 0x4000, Data: bytes.Repeat([]byte{0xee}, 16)},
		{Name: ".rela.dyn", Type: elf.SHT_RELA, Flags: alloc, Addr: 0x5000, Data: rela},
	}})
	got, ok, err := b.ReadMemory(0x4000, 16)
	want := append(bytes.Repeat([]byte{0xee}, 8), 0x34, 0x12, 0, 0, 0, 0, 0, 0)
	if err != nil || !ok || !bytes.Equal(got, want) {
		t.Errorf("ReadMemory: % x, %v, %v, want % x", got, ok, err, want)
	}
	for _, addr := range []uint64{0x3fff, 0x4001, 0x4010, 0} {
		if _, ok, err := b.ReadMemory(addr, 16); ok || err != nil {
			t.Errorf("ReadMemory(%#x): %v, %v", addr, ok, err)
		}
	}
}

// TestSharedObjectName: the name is in the string table that the dynamic section
// links to. One that is said to be compressed has none.
func TestSharedObjectName(t *testing.T) {
	dynamic := make([]byte, 32) // DT_SONAME 1, DT_NULL
	dynamic[0], dynamic[8] = byte(elf.DT_SONAME), 1
	for _, tt := range []struct {
		flags elf.SectionFlag
		want  string
	}{{alloc, "libx.so.1"}, {alloc | elf.SHF_COMPRESSED, ""}} {
		names := append([]byte("\x00libx.so.1\x00"), make([]byte, 24)...) // as long as a compression header
		b := mustScan(t, elftest.File{Type: elf.ET_DYN, Sections: []elftest.Section{
			{Name: ".dynamic", Type: elf.SHT_DYNAMIC, Flags: alloc, Data: dynamic, Link: 2},
			{Name: ".dynstr", Type: elf.SHT_STRTAB, Flags: tt.flags, Data: names},
		}})
		if b.SOName != tt.want {
			t.Errorf("flags %v: the name is %q, want %q", tt.flags, b.SOName, tt.want)
		}
	}
}

// TestOpenCompressed reads a compressed section in all directions, as it is
// inflated on the way (.debug_info) and as it is inflated at once.
func TestOpenCompressed(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	want := make([]byte, 300<<10)
	for i := range want {
		want[i] = byte(rng.IntN(4))
	}
	var packed bytes.Buffer
	header := make([]byte, 24) // Elf64_Chdr: ch_type, ch_reserved, ch_size, ch_addralign
	binary.LittleEndian.PutUint32(header, uint32(elf.COMPRESS_ZLIB))
	binary.LittleEndian.PutUint64(header[8:], uint64(len(want)))
	packed.Write(header)
	z := zlib.NewWriter(&packed)
	z.Write(want)
	z.Close()
	unlike := bytes.Clone(packed.Bytes()) // its check sum
	unlike[len(unlike)-1] ^= 1
	longer := bytes.Clone(packed.Bytes())
	binary.LittleEndian.PutUint64(longer[8:], uint64(len(want)-1))
	damaged := append(bytes.Clone(packed.Bytes()[:packed.Len()/2]), 0xff, 0xff, 0xff)
	claims := bytes.Clone(packed.Bytes())
	binary.LittleEndian.PutUint64(claims[8:], 1<<40)
	b := mustScan(t, elftest.File{Sections: []elftest.Section{
		{Name: ".debug_info", Flags: elf.SHF_COMPRESSED, Data: packed.Bytes()},
		{Name: ".debug_str", Flags: elf.SHF_COMPRESSED, Data: packed.Bytes()},
		{Name: ".debug_info", Flags: elf.SHF_COMPRESSED, Data: damaged},
		{Name: ".debug_str", Flags: elf.SHF_COMPRESSED, Data: damaged},
		{Name: ".debug_line", Flags: elf.SHF_COMPRESSED, Data: claims},
		{Name: ".debug_loc", Data: want},
		{Name: ".debug_info", Flags: elf.SHF_COMPRESSED, Data: unlike},
		{Name: ".debug_str", Flags: elf.SHF_COMPRESSED, Data: unlike},
		{Name: ".debug_info", Flags: elf.SHF_COMPRESSED, Data: longer},
		{Name: ".debug_str", Flags: elf.SHF_COMPRESSED, Data: longer},
	}})
	for _, i := range []int{0, 1, 5} {
		r, err := b.Open(&b.Sections[i])
		if err != nil || r.Size() != int64(len(want)) {
			t.Fatalf("%s: %v", b.Sections[i].Name, err)
		}
		for range 200 {
			off := rng.IntN(len(want))
			got := make([]byte, 1+rng.IntN(100<<10))
			n, err := r.ReadAt(got, int64(off))
			if wantN := min(len(got), len(want)-off); n != wantN || (err != nil) != (n < len(got)) || !bytes.Equal(got[:n], want[off:off+n]) {
				t.Fatalf("%s: ReadAt(%d bytes, %d): %d, %v", b.Sections[i].Name, len(got), off, n, err)
			}
		}
	}
	for _, i := range []int{2, 6, 8} {
		r, err := b.Open(&b.Sections[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(r); err == nil || !strings.Contains(err.Error(), "cannot be inflated") {
			t.Errorf("section %d was read: %v", i, err)
		}
	}
	for _, i := range []int{3, 4, 7, 9} {
		if _, err := b.Open(&b.Sections[i]); err == nil || !strings.Contains(err.Error(), "inflate") {
			t.Errorf("%s: %v", b.Sections[i].Name, err)
		}
	}
}

// FuzzNew: no input panics, what is accepted adds up, and reading all of it
// needs no more than the file has.
func FuzzNew(f *testing.F) {
	f.Add(elftest.Program(0x1000, make([]byte, 64), elftest.Symbol{Name: "f", Type: elf.STT_FUNC, Section: 1, Value: 0x1000, Size: 8}).Bytes())
	f.Add(elftest.File{NoSectionHeaders: true, Segments: []elftest.Segment{{Flags: elf.PF_X, Filesz: 100, Memsz: 100}}}.Bytes())
	f.Add(elftest.File{ExtendedNumbering: true, Type: elf.ET_DYN, Machine: elf.EM_AARCH64, Sections: []elftest.Section{
		{Name: ".rela.dyn", Type: elf.SHT_RELA, Flags: alloc, Data: make([]byte, 48)},
		{Name: ".note", Type: elf.SHT_NOTE, Flags: alloc, Data: make([]byte, 48)},
		{Name: ".debug_info", Flags: elf.SHF_COMPRESSED, Data: []byte("\x01\x00\x00\x00\x00\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00x\x9c")},
	}}.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := elfscan.New(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		checkSum(t, b)
		table, _, err := b.Symbols()
		if err != nil {
			t.Fatal(err)
		}
		for s := range table.All() {
			table.Name(&s)
		}
		buildrecord.ID(b)
		buildrecord.Comments(b)
		buildrecord.Go(b)
		for _, err := range b.Relative() {
			if err != nil {
				t.Fatal(err)
			}
		}
		for i := range b.Sections {
			s := &b.Sections[i]
			if _, err := b.Bytes(s); err != nil {
				t.Fatal(err)
			}
			b.Open(s)
			b.ReadMemory(s.Addr, 8)
		}
	})
}
