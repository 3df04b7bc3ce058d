package attrib

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/elftest"
)

const (
	synText      = 0x401000
	synTableAddr = 0x500000
)

// synFunction is a function of a table made by hand.
type synFunction struct {
	name string
	file string // of its source, "" if it has no tables at all
	slot uint64 // bytes to the next function
	size uint64 // bytes of it, as the assembler said
	zero uint64 // of these, zero bytes at the end
}

var synFunctions = []synFunction{
	{"x_cgo_init", "", 64, 60, 0},
	{"x_cgo_munmap.cold", "", 12, 12, 0}, // no package x_cgo_munmap
	{"runtime.mallocgc", "/opt/go/src/runtime/malloc.go", 64, 40, 0},
	{"memhashbody", "/opt/go/src/runtime/asm.s", 32, 32, 8},
	{"internal/bytealg.Count", "/opt/go/src/internal/bytealg/count.s", 16, 16, 4},
	{"net/http.(*Server).Serve", "/opt/go/src/net/http/server.go", 400, 392, 2},
	{"example.com/dep%2ev2.F", "/home/u/mod/example.com/dep.v2@v2.0.1/f.go", 32, 8, 0},
	{"bare", "/home/u/mod/example.com/dep.v2@v2.0.1/asm.s", 16, 4, 0},
	{"main.main", "/home/u/src/log/main.go", 48, 44, 0},
	{"main.init.0", "/home/u/src/log/main.go", 32, 24, 0},
	{"bareMain", "/home/u/src/log/asm.s", 16, 12, 0},
	{"example.com/log.Print", "/home/u/src/example.com/log/log.go", 16, 8, 0},
	{"go:marker", "", 16, 16, 0},
}

// The owners, by hand: where a function without tables ends only the next one
// tells, and the zero words before that on arm64.
var synWant = map[elf.Machine]struct {
	owners  []string
	padding uint64
}{
	elf.EM_X86_64: {[]string{
		"package net/http 1 392",
		"package main 3 80",                     // 44 + 24 + 12
		"library [native, source unknown] 2 76", // 64 + 12
		"package runtime 2 72",                  // 40 + 32
		"package internal/bytealg 1 16",
		"linker linker 1 16",
		"package example.com/dep.v2 2 12", // 8 + 4
		"package example.com/log 1 8",
	}, 24 + 8 + 24 + 12 + 4 + 8 + 4 + 8},
	elf.EM_AARCH64: {[]string{
		"package net/http 1 392", // its last two bytes are no word
		"package main 3 80",
		"library [native, source unknown] 2 72", // 60 + 12
		"package runtime 2 64",                  // 40 + 32 - 8
		"linker linker 1 16",
		"package example.com/dep.v2 2 12",
		"package internal/bytealg 1 12",
		"package example.com/log 1 8",
	}, 4 + 24 + 8 + 4 + 8 + 24 + 12 + 4 + 8 + 4 + 8},
}

// synCode is the code of the functions: nothing in it looks like fill but the
// zero bytes.
func synCode(machine elf.Machine) []byte { return synCodeOf(synFunctions, machine) }

func synCodeOf(functions []synFunction, machine elf.Machine) []byte {
	var code []byte
	for _, f := range functions {
		code = append(code, bytes.Repeat([]byte{0xf4}, int(f.size-f.zero))...)
		fill := byte(0xcc)
		if machine == elf.EM_AARCH64 {
			fill = 0
		}
		code = append(code, make([]byte, f.zero)...)
		code = append(code, bytes.Repeat([]byte{fill}, int(f.slot-f.size))...)
	}
	return code
}

// synTableBytes lays the table out as the version did, for a text that begins
// at synText, and returns the offsets of the words in it that hold addresses.
// The layouts are those that the runtime package of Go 1.15, 1.16, 1.18 and
// 1.20 reads (symtab.go: findfunc, pcHeader, _func).
func synTableBytes(version string, quantum byte) (table []byte, addresses []int) {
	return synTableOf(synFunctions, version, quantum)
}

func synTableOf(functions []synFunction, version string, quantum byte) (table []byte, addresses []int) {
	le := binary.LittleEndian
	magic := map[string]uint32{"1.2": 0xfffffffb, "1.16": 0xfffffffa, "1.18": 0xfffffff0, "1.20": 0xfffffff1}[version]
	relative := version == "1.18" || version == "1.20"
	var names, files, pctab, cutab []byte
	// A pc-value table of one value: zigzag(value+1), the units, and the end.
	constant := func(tables *[]byte, value int64, units uint64) uint32 {
		at := len(*tables)
		*tables = append(binary.AppendUvarint(binary.AppendVarint(*tables, value+1), units), 0)
		return uint32(at)
	}
	str := func(table *[]byte, s string) uint32 {
		at := len(*table)
		*table = append(append(*table, s...), 0)
		return uint32(at)
	}
	type record struct{ name, stack, file, cu uint32 }
	// 1.2 keeps all parts in one table and so one space of offsets; the
	// strings and pc-value tables are behind the functions then.
	var body []byte
	n := len(functions)
	into := func(part *[]byte) *[]byte {
		if version == "1.2" {
			return &body
		}
		return part
	}
	functab, entry := 16, 8
	if version == "1.2" {
		body = make([]byte, functab+n*16+8+4)
	} else {
		pctab = []byte{0}
	}
	if relative {
		entry = 4
	}
	var records []record
	var fileNames []uint32
	for i, f := range functions {
		r := record{name: str(into(&names), f.name), cu: ^uint32(0)}
		if version == "1.2" {
			r.cu = 0 // that word counts function data
		}
		if f.file != "" {
			fileNames = append(fileNames, str(into(&files), f.file))
			r.stack = constant(into(&pctab), 8, f.size/uint64(quantum))
			if version == "1.2" {
				r.file = constant(&body, int64(len(fileNames)), f.size/uint64(quantum)) // word 0 is the count
			} else {
				// Every function is a unit of one file.
				r.cu = uint32(i)
				r.file = constant(&pctab, 0, f.size/uint64(quantum))
			}
		}
		if version != "1.2" {
			last := ^uint32(0)
			if f.file != "" {
				last = fileNames[len(fileNames)-1]
			}
			cutab = le.AppendUint32(cutab, last)
		}
		records = append(records, r)
	}
	address := func(b []byte, v uint64) []byte {
		if relative {
			return le.AppendUint32(b, uint32(v-synText))
		}
		return le.AppendUint64(b, v)
	}
	var tab, recs []byte
	first := (2*n+1)*entry + 4 // of the records, from the function table on
	first += -first & 7
	if version == "1.2" {
		first = len(body)
		first += -first & 7
	}
	pc := uint64(synText)
	var inTab, inRecs []int
	for i, f := range functions {
		inTab = append(inTab, len(tab))
		tab = address(tab, pc)
		off := first + len(recs)
		if relative {
			tab = le.AppendUint32(tab, uint32(off))
		} else {
			tab = le.AppendUint64(tab, uint64(off))
		}
		inRecs = append(inRecs, len(recs))
		recs = address(recs, pc)
		r := records[i]
		for _, v := range []uint32{r.name, 0, 0, r.stack, r.file, 0, 0, r.cu} {
			recs = le.AppendUint32(recs, v)
		}
		recs = append(recs, make([]byte, 8)...) // startLine, funcID and what is behind it
		recs = append(recs, make([]byte, -len(recs)&7)...)
		pc += f.slot
	}
	inTab = append(inTab, len(tab))
	tab = address(tab, pc)

	table = le.AppendUint32(nil, magic)
	table = append(table, 0, 0, quantum, 8)
	table = le.AppendUint64(table, uint64(n))
	if version == "1.2" {
		table = append(table, tab...)
		table = le.AppendUint32(table, uint32(first+len(recs)))
		table = append(table, body[len(table):]...)
		table = append(table, make([]byte, first-len(table))...)
		table = append(table, recs...)
		table = le.AppendUint32(table, uint32(len(fileNames)+1))
		for _, at := range fileNames {
			table = le.AppendUint32(table, at)
		}
	} else {
		table = le.AppendUint64(table, uint64(len(fileNames)))
		if relative {
			addresses = append(addresses, len(table))
			table = le.AppendUint64(table, synText)
		}
		pad := func(b []byte) []byte { return append(b, make([]byte, -len(b)&7)...) }
		tab = append(tab, make([]byte, first-len(tab))...)
		parts := [][]byte{pad(names), pad(cutab), pad(files), pad(pctab), append(tab, recs...)}
		at := len(table) + 8*len(parts)
		for _, p := range parts {
			table = le.AppendUint64(table, uint64(at))
			at += len(p)
		}
		functab = at - len(parts[4])
		for _, p := range parts {
			table = append(table, p...)
		}
	}
	if !relative {
		for _, at := range inTab {
			addresses = append(addresses, functab+at)
		}
		base := first // of the records, from the table's start on
		if version != "1.2" {
			base += functab
		}
		for _, at := range inRecs {
			addresses = append(addresses, base+at)
		}
	}
	return table, addresses
}

// TestSyntheticGoPrograms reads tables of the versions that the toolchain at
// hand does not write, at fixed addresses and position-independent, where only
// relocations tell the addresses.
func TestSyntheticGoPrograms(t *testing.T) {
	le := binary.LittleEndian
	for _, version := range []string{"1.2", "1.16", "1.18", "1.20"} {
		for _, machine := range []elf.Machine{elf.EM_X86_64, elf.EM_AARCH64} {
			for _, section := range []string{".gopclntab", ".data.rel.ro.gopclntab", ".data.rel.ro"} {
				for _, pie := range []bool{false, true} {
					name := fmt.Sprintf("%s/%s/%s/pie=%v", version, machine, section, pie)
					t.Run(name, func(t *testing.T) {
						table, addresses := synTableBytes(version, quantumOf(machine))
						if section == ".data.rel.ro" { // other data comes first
							before := make([]byte, 40)
							copy(before, "\xfb\xff\xff\xff\x00\x00\x01\x08, but no table")
							for i := range addresses {
								addresses[i] += len(before)
							}
							table = append(before, table...)
						}
						f := elftest.File{Machine: machine, Sections: []elftest.Section{
							{Name: ".text", Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Addr: synText, Data: synCode(machine), Align: 16},
							{Name: section, Flags: elf.SHF_ALLOC, Addr: synTableAddr, Data: table, Align: 8},
						}}
						if pie {
							f.Type = elf.ET_DYN
							var rela []byte
							for _, at := range addresses {
								rela = appendRelative(rela, machine, synTableAddr+uint64(at), le.Uint64(table[at:]))
								clear(table[at : at+8])
							}
							f.Sections = append(f.Sections, relaSection(rela))
						}
						checkSynthetic(t, f, 0)
					})
				}
			}
		}
	}
}

// checkSynthetic compares the file's code, that of synFunctions behind so many
// bytes of nobody's, with synWant.
func checkSynthetic(t *testing.T, f elftest.File, startup uint64) {
	t.Helper()
	_, p := attribute(t, f, Options{})
	var got []string
	for _, o := range p.Owners {
		got = append(got, fmt.Sprintf("%s %s %d %d", o.Kind, o.Name, o.Functions, o.Size))
	}
	want := synWant[f.Machine]
	if !slices.Equal(got, want.owners) {
		t.Errorf("owners:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want.owners, "\n"))
	}
	if text := p.Sections[0]; text.Padding != want.padding || text.Unattributed != startup {
		t.Errorf(".text: %+v, want padding %d", text, want.padding)
	}
	if len(p.Warnings) > 0 {
		t.Errorf("warnings: %q", p.Warnings)
	}
}

// TestTextStartOfModuledata reads tables that do not say where the text
// starts, as from Go 1.26 on, in files whose .text begins with other code. Of
// the moduledata position-independent files have nothing but relocations.
func TestTextStartOfModuledata(t *testing.T) {
	const (
		startup    = 64 // bytes of other code
		dataAddr   = 0x600000
		moduledata = 24 // offset in .data
	)
	le := binary.LittleEndian
	for _, section := range []string{".go.module", ".data"} {
		for _, machine := range []elf.Machine{elf.EM_X86_64, elf.EM_AARCH64} {
			for _, pie := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/%s/pie=%v", section, machine, pie), func(t *testing.T) {
					table, addresses := synTableBytes("1.20", quantumOf(machine))
					clear(table[addresses[0]:][:8])
					at := moduledata
					if section == ".go.module" {
						at = 0
					}
					data := make([]byte, at+600)
					words := []struct{ offset, value uint64 }{{uint64(at), synTableAddr}, {uint64(at) + 22*8, synText}}
					if at > 0 { // a pointer to the table that is no moduledata
						words = append(words, struct{ offset, value uint64 }{8, synTableAddr})
					}
					var rela []byte
					for _, w := range words {
						if pie {
							rela = appendRelative(rela, machine, dataAddr+w.offset, w.value)
						} else {
							le.PutUint64(data[w.offset:], w.value)
						}
					}
					code := append(bytes.Repeat([]byte{0xf4}, startup), synCode(machine)...)
					f := elftest.File{Machine: machine, Sections: []elftest.Section{
						{Name: ".text", Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Addr: synText - startup, Data: code, Align: 16},
						{Name: ".gopclntab", Flags: elf.SHF_ALLOC, Addr: synTableAddr, Data: table, Align: 8},
						{Name: section, Flags: elf.SHF_ALLOC | elf.SHF_WRITE, Addr: dataAddr, Data: data, Align: 8},
					}}
					if pie {
						f.Type = elf.ET_DYN
						f.Sections = append(f.Sections, relaSection(rela))
					}
					checkSynthetic(t, f, startup)
				})
			}
		}
	}
}

// TestGoCodeWithoutBytes has a function table whose code is not in the file: the
// section's size says nothing then of how much work its functions can be.
func TestGoCodeWithoutBytes(t *testing.T) {
	table, _ := synTableBytes("1.20", 1)
	_, p := attribute(t, elftest.File{Machine: elf.EM_X86_64, Sections: []elftest.Section{
		{Name: ".text", Type: elf.SHT_NOBITS, Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Addr: synText, Size: 1 << 40},
		{Name: ".gopclntab", Flags: elf.SHF_ALLOC, Addr: 1 << 48, Data: table, Align: 8},
	}}, Options{})
	if len(p.Warnings) != 1 || !strings.Contains(p.Warnings[0], "not one executable section with bytes in the file") {
		t.Errorf("warnings: %q", p.Warnings)
	}
}

func quantumOf(machine elf.Machine) byte {
	if machine == elf.EM_AARCH64 {
		return 4
	}
	return 1
}

func appendRelative(rela []byte, machine elf.Machine, place, addend uint64) []byte {
	le := binary.LittleEndian
	typ := uint64(elf.R_X86_64_RELATIVE)
	if machine == elf.EM_AARCH64 {
		typ = uint64(elf.R_AARCH64_RELATIVE)
	}
	return le.AppendUint64(le.AppendUint64(le.AppendUint64(rela, place), typ), addend)
}

func relaSection(rela []byte) elftest.Section {
	return elftest.Section{Name: ".rela.dyn", Type: elf.SHT_RELA, Flags: elf.SHF_ALLOC, Addr: 0x700000, Data: rela, Align: 8}
}
