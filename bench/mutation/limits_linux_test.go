package main

import (
	"bytes"
	"compress/zlib"
	"context"
	"debug/elf"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sizegate/sizegate/internal/elftest"
)

// What SECURITY.md promises of one ELF file: so many bytes of memory, and so many
// more for each byte of the file.
const (
	fixed        = 64 << 20
	perByte      = 128 // of tables and advice
	perByteNamed = 384 // of every function as JSON or HTML, where the text is part of it
)

// patience is far more than the command takes: what is not done then does not
// end.
const patience = 90 * time.Second

const base = 0x400000

// hungry are files that ask for as much memory or time as their bytes can, with
// what standard error says of them, "" for those that are measured.
var hungry = []struct {
	name, want string
	file       func() []byte
}{
	{"sections of one long name", "its section names are together many times longer than the file", func() []byte {
		f := elftest.File{Sections: []elftest.Section{{Name: strings.Repeat("x", 1<<20)}}}
		for range 1000 {
			f.Sections = append(f.Sections, elftest.Section{Data: []byte{1}})
		}
		data := f.Bytes()
		headers := data[binary.LittleEndian.Uint64(data[40:]):]
		for i := range f.Sections { // behind the null section
			copy(headers[64*(i+1):][:4], headers[64:68])
		}
		return data
	}},
	{"a crate for each function", "", func() []byte {
		const n = 60_000
		symbols := make([]elftest.Symbol, n)
		for i := range symbols {
			symbols[i] = function(fmt.Sprintf("_RNvC6c%05d1f", i), uint64(i), 1)
		}
		return elftest.Program(base, bytes.Repeat([]byte{0xf4}, n), symbols...).Bytes()
	}},
	{"functions inside functions", "", func() []byte {
		const n = 60_000
		symbols := make([]elftest.Symbol, n)
		for i := range symbols {
			symbols[i] = function(fmt.Sprintf("f%x", i), uint64(i), uint64(2*n-2*i))
		}
		return elftest.Program(base, bytes.Repeat([]byte{0xf4}, 2*n), symbols...).Bytes()
	}},
	{"functions of one long name", "", func() []byte {
		const n = 30_000
		symbols := make([]elftest.Symbol, n)
		for i := range symbols {
			symbols[i] = function("", uint64(i), 1)
		}
		symbols[0].Name = strings.Repeat("x", 1<<20)
		symtab, strtab := elftest.SymbolTable(symbols...)
		for i := range symbols { // behind the null symbol
			binary.LittleEndian.PutUint32(symtab[24*(i+1):], 1)
		}
		return elftest.File{Sections: []elftest.Section{
			{Name: ".text", Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Addr: base, Data: bytes.Repeat([]byte{0xf4}, n)},
			{Name: ".symtab", Type: elf.SHT_SYMTAB, Data: symtab, Link: 3, Info: 1},
			{Name: ".strtab", Type: elf.SHT_STRTAB, Data: strtab},
		}}.Bytes()
	}},
	{"crates that share one object, and relocations of it", "", func() []byte {
		// What each relocation costs is charged to the owners of what it patches.
		const n = 40_000
		symbols := make([]elftest.Symbol, n)
		for i := range symbols {
			symbols[i] = elftest.Symbol{Name: fmt.Sprintf("_RNvC6c%05d1f", i), Type: elf.STT_OBJECT, Bind: elf.STB_GLOBAL, Section: 2, Value: 2 * base, Size: 64}
		}
		symtab, strtab := elftest.SymbolTable(symbols...)
		var rela []byte
		for range n {
			for _, word := range []uint64{2 * base, uint64(elf.R_X86_64_RELATIVE), base} {
				rela = binary.LittleEndian.AppendUint64(rela, word)
			}
		}
		return elftest.File{Type: elf.ET_DYN, Sections: []elftest.Section{
			{Name: ".text", Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Addr: base, Data: []byte{0xf4}},
			{Name: ".data", Flags: elf.SHF_ALLOC | elf.SHF_WRITE, Addr: 2 * base, Data: make([]byte, 64)},
			{Name: ".rela.dyn", Type: elf.SHT_RELA, Flags: elf.SHF_ALLOC, Addr: 3 * base, Data: rela},
			{Name: ".symtab", Type: elf.SHT_SYMTAB, Data: symtab, Link: 5, Info: 1},
			{Name: ".strtab", Type: elf.SHT_STRTAB, Data: strtab},
		}}.Bytes()
	}},
	{"sections of one byte", "", func() []byte {
		f := elftest.File{ExtendedNumbering: true}
		for i := range 70_000 {
			f.Sections = append(f.Sections, elftest.Section{Name: ".t", Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Addr: base + uint64(i)*16, Data: []byte{0xf4}})
		}
		return f.Bytes()
	}},
	{"symbols that each are all data", "", func() []byte { // to mark the bytes of each took minutes
		const size, n = 64 << 20, 150_000
		symbols := make([]elftest.Symbol, n)
		for i := range symbols {
			symbols[i] = elftest.Symbol{Name: "f", Type: elf.STT_OBJECT, Bind: elf.STB_GLOBAL, Section: 4, Value: base + 0x10000, Size: uint64(size - i)}
		}
		f := elftest.Program(base, []byte{0xf4}, symbols...)
		f.Sections = append(f.Sections, elftest.Section{Name: ".data", Flags: elf.SHF_ALLOC | elf.SHF_WRITE, Addr: base + 0x10000, Data: make([]byte, size)})
		return f.Bytes()
	}},
	{"debug information of zeros", "", func() []byte {
		var packed bytes.Buffer
		z := zlib.NewWriter(&packed)
		z.Write(make([]byte, 8<<20)) // memory does not fail
		z.Close()
		header := make([]byte, 24) // Elf64_Chdr
		binary.LittleEndian.PutUint32(header, uint32(elf.COMPRESS_ZLIB))
		binary.LittleEndian.PutUint64(header[8:], 8<<20)
		f := elftest.Program(base, bytes.Repeat([]byte{0xf4}, 1<<20), function("f", 0, 16))
		for _, name := range []string{"info", "abbrev", "str", "line_str", "line", "ranges", "rnglists", "loc", "loclists", "addr", "str_offsets", "aranges"} {
			f.Sections = append(f.Sections, elftest.Section{Name: ".debug_" + name, Flags: elf.SHF_COMPRESSED, Data: append(header, packed.Bytes()...)})
		}
		return f.Bytes()
	}},
}

func function(name string, offset, size uint64) elftest.Symbol {
	return elftest.Symbol{Name: name, Type: elf.STT_FUNC, Bind: elf.STB_GLOBAL, Section: 1, Value: base + offset, Size: size}
}

// regressions are the files in testdata/damaged that broke something once, with what
// standard error says of them, "" for those that are measured.
var regressions = []struct{ file, want string }{
	{"names-bomb", "its section names are compressed"},
	{"dynamic-bomb", ""},
	{"wide-headers", "its section headers have 128 bytes each"},
	{"huge-memory", "a segment claims 9223372036854775809 bytes of memory"},
	{"end-of-memory", ""},
	{"zstd-damaged", ""},
}

// commands are what is done with each file.
var commands = []struct {
	args    []string
	perByte uint64
}{
	{[]string{"report"}, perByte},
	{[]string{"report", "--section", "all", "--view", "source"}, perByte},
	{[]string{"report", "--section", "all", "--by", "function", "-f", "json"}, perByteNamed},
	{[]string{"report", "-f", "html"}, perByteNamed},
	{[]string{"advise"}, perByte},
}

// TestMemory holds the command to SECURITY.md on files that are made to take
// much, and on those that did.
func TestMemory(t *testing.T) {
	sizegate := buildCommand(t)
	for _, r := range regressions {
		t.Run(r.file, func(t *testing.T) { bounded(t, sizegate, filepath.Join("../../testdata/damaged", r.file), r.want) })
	}
	dir := t.TempDir()
	for _, h := range hungry {
		t.Run(h.name, func(t *testing.T) {
			path := filepath.Join(dir, "file")
			if err := os.WriteFile(path, h.file(), 0o644); err != nil {
				t.Fatal(err)
			}
			bounded(t, sizegate, path, h.want)
		})
	}
}

// bounded runs the commands on a file. Each has to end, with a result or with
// one line that has want in it, and within the limit of memory.
func bounded(t *testing.T, sizegate, path, want string) {
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range commands {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		out, err := worker(t, "command", append(append([]string{sizegate}, c.args...), path)...)(ctx).Output()
		cancel()
		var u use
		if err == nil {
			err = json.Unmarshal(out, &u)
		}
		if err != nil {
			t.Fatalf("%s: %v", c.args, err)
		}
		lines := strings.SplitAfter(strings.TrimSuffix(u.Said, "\n"), "\n")
		switch {
		case want == "" && u.Code != 0:
			t.Errorf("%s: exit code %d\n%.2000s", c.args, u.Code, u.Said)
		case want != "" && (u.Code != 3 || len(lines) != 1 || !strings.Contains(u.Said, want)):
			t.Errorf("%s: exit code %d, %.2000q", c.args, u.Code, u.Said)
		}
		for _, line := range lines {
			if line != "" && !strings.HasPrefix(line, "sizegate: ") || strings.ContainsAny(line, "\r\x1b") {
				t.Errorf("%s: said %.200q", c.args, line)
			}
		}
		if limit := fixed + c.perByte*uint64(info.Size()); u.Peak > limit {
			t.Errorf("%s: took %d MiB for a file of %d bytes, the limit is %d MiB", c.args, u.Peak>>20, info.Size(), limit>>20)
		}
		t.Logf("%s: %d MiB", c.args, u.Peak>>20)
	}
}

// use is what came of a command.
type use struct {
	Code int
	Said string // on standard error
	Peak uint64 // bytes of memory
}

// usage runs a command. Its peak of memory is at least what the process that
// starts it has in use, so that is not the one with the tests.
func usage(argv []string) use {
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // it ends with this process
	var stderr strings.Builder
	cmd.Stderr = &stderr
	if err := cmd.Run(); cmd.ProcessState == nil {
		return use{Code: -1, Said: err.Error()}
	}
	peak := uint64(cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss) << 10
	return use{cmd.ProcessState.ExitCode(), stderr.String(), peak}
}

// buildCommand builds the command.
func buildCommand(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sizegate")
	if out, err := exec.Command("go", "build", "-o", path, "../../cmd/sizegate").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return path
}
