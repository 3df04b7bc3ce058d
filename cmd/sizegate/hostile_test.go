package main

import (
	"bytes"
	"debug/elf"
	"os"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/sizegate/sizegate/internal/badname"
	"github.com/sizegate/sizegate/internal/elftest"
)

// hostileNames are names that a symbol, a section or a file may have.
var hostileNames = badname.All()

// hostile FILE writes an ELF file whose symbols, sections and compiler have
// hostile names.
func writeHostile(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: hostile FILE")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), hostileFile(), 0o644))
}

func hostileFile() []byte {
	const start, each = 0x401000, 16
	ret := bytes.Repeat([]byte{0xc3}, each)
	var symbols []elftest.Symbol
	for i, name := range hostileNames {
		symbols = append(symbols, elftest.Symbol{Name: name, Type: elf.STT_FUNC, Bind: elf.STB_GLOBAL, Section: 1,
			Value: start + uint64(i)*each, Size: each})
	}
	f := elftest.Program(start, bytes.Repeat(ret, len(hostileNames)), symbols...)
	comment := strings.Join(hostileNames, "")
	f.Sections = append(f.Sections, elftest.Section{Name: ".comment", Data: []byte("::error::x\n\x1b[31m##[error]" + comment[:50_000])})
	addr := uint64(0x500000)
	for _, name := range hostileNames {
		f.Sections = append(f.Sections, elftest.Section{Name: name, Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Addr: addr, Data: ret})
		addr += 0x1000
	}
	// What is not asked for is a row as well, if it is large enough.
	for _, name := range hostileNames {
		f.Sections = append(f.Sections, elftest.Section{Name: "data " + name, Data: bytes.Repeat([]byte{1}, 4096)},
			elftest.Section{Name: name, Data: bytes.Repeat([]byte{1}, 4096)})
	}
	// Sections that overlap what comes first, for warnings with names.
	for _, name := range []string{"::error::\n##[error]\x1b[2J", "::error::\n##[error]\x1b[2J"} {
		f.Sections = append(f.Sections, elftest.Section{Name: name, Offset: 64, Size: 8})
	}
	return f.Bytes()
}
