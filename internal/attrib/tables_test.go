package attrib

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"maps"
	"slices"
	"testing"

	"github.com/sizegate/sizegate/internal/attrib/ownership"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/elftest"
)

const shtRELR elf.SectionType = 19 // debug/elf has no name for it

func everything(*elfscan.Section) bool { return true }

// words are what a section holds, each in its own size.
func words(parts ...any) []byte {
	var data []byte
	for _, p := range parts {
		data, _ = binary.Append(data, binary.LittleEndian, p)
	}
	return data
}

func rela(place uint64, kind elf.R_X86_64, symbol uint32, addend uint64) []byte {
	return words(place, uint64(symbol)<<32|uint64(kind), addend)
}

const (
	alphaFunc = "_ZN5alpha3foo17h0123456789abcdefE"
	betaFunc  = "_ZN4beta3bar17h0123456789abcdefE"
	alphaData = "_ZN5alpha1A17h0123456789abcdefE"
	betaData  = "_ZN4beta1B17h0123456789abcdefE"
)

// tablesFile is a program with two functions of 16 bytes, of the crates alpha
// and beta, a static of 8 bytes of each, and the tables that describe them.
func tablesFile() elftest.File {
	const text, data = 1, 2 // section header indexes
	symtab, strtab := elftest.SymbolTable(
		elftest.Symbol{Name: alphaFunc, Type: elf.STT_FUNC, Section: text, Value: 0x1000, Size: 16},
		elftest.Symbol{Name: "pre" + betaFunc, Section: text, Value: 0x1004}, // a label in alpha's function
		elftest.Symbol{Name: alphaData, Type: elf.STT_OBJECT, Section: data, Value: 0x2000, Size: 8},
		elftest.Symbol{Name: betaData, Type: elf.STT_OBJECT, Section: data, Value: 0x2008, Size: 8},
		elftest.Symbol{Name: "_end", Bind: elf.STB_GLOBAL, Section: data, Value: 0x2000},
		elftest.Symbol{Name: "import", Bind: elf.STB_GLOBAL},
		elftest.Symbol{Name: "", Type: elf.STT_FUNC, Section: text, Value: 0x1010, Size: 16},
	)
	// Beta's function has the end of the label for its name.
	binary.LittleEndian.PutUint32(symtab[7*24:], uint32(bytes.Index(strtab, []byte("pre"))+len("pre")))
	dynsym, dynstr := elftest.SymbolTable(
		elftest.Symbol{Name: "import", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC},
		elftest.Symbol{Name: betaFunc, Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Section: text, Value: 0x1010, Size: 16},
	)
	dynstr = append(dynstr, "libx.so\x00"...)

	cie := words(uint32(13), uint32(0), [9]byte{1, 'z', 'R', 0, 1, 0x78, 16, 1, 0x03})
	fde := func(at, pc uint32) []byte { return words(uint32(13), at+4, pc, uint32(16), byte(0)) }
	frames := slices.Concat(cie, fde(17, 0x1000), fde(34, 0x1010), fde(51, 0x1010), fde(68, 0x9000), make([]byte, 4))

	const ro, rw = elf.SHF_ALLOC, elf.SHF_ALLOC | elf.SHF_WRITE
	return elftest.File{Type: elf.ET_DYN, Sections: []elftest.Section{
		{Name: ".text", Flags: ro | elf.SHF_EXECINSTR, Addr: 0x1000, Data: bytes.Repeat([]byte{0x55}, 32)},
		{Name: ".data", Flags: rw, Addr: 0x2000, Data: make([]byte, 32)},
		{Name: ".got", Flags: rw, Addr: 0x3000, Data: words(uint64(0), uint64(0), uint64(0x77), uint64(0x1000), uint64(0x9000))},
		{Name: ".rela.dyn", Type: elf.SHT_RELA, Flags: ro, Addr: 0x4000, Data: slices.Concat(
			rela(0x2000, elf.R_X86_64_RELATIVE, 0, 0x1010), // alpha's static
			rela(0x2008, elf.R_X86_64_RELATIVE, 0, 0x1000), // beta's
			rela(0x2010, elf.R_X86_64_RELATIVE, 0, 0x1010), // nobody's, points to beta
			rela(0x2018, elf.R_X86_64_RELATIVE, 0, 0x9000), // nobody's, points to nothing
			rela(0x3008, elf.R_X86_64_RELATIVE, 0, 0x1010), // beta's slot
			rela(0x3010, elf.R_X86_64_GLOB_DAT, 1, 0),      // the import's
		)},
		{Name: ".relr.dyn", Type: shtRELR, Flags: ro, Addr: 0x5000, Data: words(
			uint64(0x2000), // alpha
			uint64(0b11),   // 0x2008: beta
			uint64(0x1ff8), // nobody
			uint64(0b111),  // both
		)},
		{Name: ".dynsym", Type: elf.SHT_DYNSYM, Flags: ro, Addr: 0x6000, Data: dynsym, Link: 7},
		{Name: ".dynstr", Type: elf.SHT_STRTAB, Flags: ro, Addr: 0x7000, Data: dynstr},
		{Name: ".gnu.version", Type: elf.SHT_GNU_VERSYM, Flags: ro, Addr: 0x8000, Data: make([]byte, 6)},
		{Name: ".gnu.hash", Type: elf.SHT_GNU_HASH, Flags: ro, Addr: 0xa000, Data: words(
			uint32(1), uint32(2), uint32(1), uint32(6), uint64(0), uint32(2), uint32(7))},
		{Name: ".hash", Type: elf.SHT_HASH, Flags: ro, Addr: 0xb000, Data: words([6]uint32{1, 3, 2, 0, 0, 1})},
		{Name: ".eh_frame", Flags: ro, Addr: 0xc000, Data: frames},
		{Name: ".eh_frame_hdr", Flags: ro, Addr: 0xd000, Data: words([4]byte{1, 0xff, 0x03, 0x03}, uint32(2),
			uint32(0x1000), uint32(0), uint32(0x1010), uint32(0))},
		{Name: ".symtab", Type: elf.SHT_SYMTAB, Data: symtab, Link: 14},
		{Name: ".strtab", Type: elf.SHT_STRTAB, Data: strtab},
		{Name: ".comment", Data: []byte("GCC\x00")},
		{Name: ".note.stapsdt", Type: elf.SHT_NOTE, Flags: ro, Addr: 0xe000, Data: make([]byte, 12)},
	}}
}

// TestTables checks each table against what its format says, byte by byte: the
// numbers were found by hand.
func TestTables(t *testing.T) {
	alphaName, betaName := uint64(len(alphaFunc)+1), uint64(len(betaFunc)+1)
	want := map[string]map[string]uint64{
		".data": {"alpha": 8, "beta": 8},
		// Zero, beta's by relocation, the import, alpha's by its own value; nothing is at 0x9000.
		".got":         {"linker": 16, "beta": 8, "alpha": 8},
		".rela.dyn":    {"alpha": 24, "beta": 48, "beta, inferred": 24, "linker": 24},
		".relr.dyn":    {"alpha": 8 + 4, "beta": 8 + 4},
		".dynsym":      {"linker": 48, "beta": 24},
		".dynstr":      {"linker": uint64(len("\x00import\x00libx.so\x00")), "beta": betaName},
		".gnu.version": {"linker": 4, "beta": 2},
		".gnu.hash":    {"linker": 28, "beta": 4},
		".hash":        {"linker": 12 + 8, "beta": 4},
		// The common entry of 17 bytes is shared, the end is the linker's; nothing is at 0x9000.
		".eh_frame":     {"alpha": 9 + 17, "beta": 8 + 2*17, "linker": 4},
		".eh_frame_hdr": {"linker": 8, "alpha": 8, "beta": 8},
		// The null symbol, _end and the import are the linker's.
		".symtab":   {"linker": 72, "alpha": 72, "beta": 48},
		".strtab":   {"linker": uint64(len("\x00_end\x00import\x00\x00")), "alpha": alphaName + 3 + (betaName+1)/2 + uint64(len(alphaData)) + 1, "beta": betaName/2 + uint64(len(betaData)) + 1},
		".comment":  {"linker": 4},
		".shstrtab": {"linker": 0},
	}
	file := tablesFile().Bytes()
	b, err := elfscan.New(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	p, err := Attribute(b, Options{Section: everything})
	if err != nil {
		t.Fatal(err)
	}
	checkSums(t, b, p)
	got := make(map[string]map[string]uint64)
	for _, o := range p.Owners {
		name := o.Name
		if o.Confidence == ownership.Inferred {
			name += ", inferred"
		}
		for _, s := range o.Sections {
			section := b.Sections[s.Section].Name
			if got[section] == nil {
				got[section] = make(map[string]uint64)
			}
			got[section][name] += s.Size
		}
	}
	want[".shstrtab"]["linker"] = b.Sections[len(b.Sections)-1].Size
	delete(got, ".text")
	for name := range got {
		if want[name] == nil {
			t.Errorf("%s is attributed: %v", name, got[name])
		}
	}
	for name := range want {
		if !maps.Equal(got[name], want[name]) {
			t.Errorf("%s: got %v, want %v", name, got[name], want[name])
		}
	}
}

// TestTablesNotAsked: without the code there is no telling whose the entries
// are, and what is not asked for stays unattributed.
func TestTablesNotAsked(t *testing.T) {
	file := tablesFile().Bytes()
	b, err := elfscan.New(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	p, err := Attribute(b, Options{Section: codeOnly})
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range b.Sections {
		if s.Kind != elfscan.Code && p.Sections[i].Attributed != 0 {
			t.Errorf("%s: %+v", s.Name, p.Sections[i])
		}
	}
}

// TestDamagedTables cuts and overwrites each table in turn: the sums hold all the
// same.
func TestDamagedTables(t *testing.T) {
	for i, s := range tablesFile().Sections[1:] {
		for _, value := range []byte{0, 0x7f, 0xff} {
			for at := range s.Data {
				f := tablesFile()
				damaged := bytes.Clone(s.Data)
				for n := at; n < min(at+8, len(damaged)); n++ {
					damaged[n] = value
				}
				if value == 0x7f {
					damaged = damaged[:at]
				}
				f.Sections[i+1].Data = damaged
				file := f.Bytes()
				b, err := elfscan.New(bytes.NewReader(file), int64(len(file)))
				if err != nil {
					continue
				}
				p, err := Attribute(b, Options{Section: everything})
				if err != nil {
					t.Fatalf("%s, %#x at %d: %v", s.Name, value, at, err)
				}
				checkSums(t, b, p)
			}
		}
	}
}
