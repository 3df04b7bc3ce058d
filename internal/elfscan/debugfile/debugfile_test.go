package debugfile

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/elftest"
)

// split is a program in two files, as objcopy and strip make them. The debug
// file has one section more in front, so that section indexes differ.
type split struct {
	id    string // build ID, "" for none
	link  string // name in .gnu_debuglink, "" for none
	wrong uint32 // added to the checksum
}

const (
	splitText = 0x401000
	splitSize = 64
)

func (s split) note() []elftest.Section {
	if s.id == "" {
		return nil
	}
	le := binary.LittleEndian
	note := le.AppendUint32(le.AppendUint32(le.AppendUint32(nil, 4), uint32(len(s.id))), 3)
	note = append(append(note, "GNU\x00"...), s.id...)
	return []elftest.Section{{Name: ".note.gnu.build-id", Type: elf.SHT_NOTE, Flags: elf.SHF_ALLOC, Addr: 0x400200, Data: note}}
}

func (s split) debug(change func(*elftest.File)) []byte {
	symtab, strtab := elftest.SymbolTable(
		elftest.Symbol{Name: "front", Type: elf.STT_FUNC, Section: 2, Value: splitText, Size: 16},
		elftest.Symbol{Name: "hidden", Type: elf.STT_OBJECT, Section: 1, Value: 0, Size: 1})
	f := elftest.File{Sections: []elftest.Section{
		{Name: ".debug_str", Data: []byte("\x00")},
		{Name: ".text", Type: elf.SHT_NOBITS, Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Addr: splitText, Size: splitSize},
		{Name: ".symtab", Type: elf.SHT_SYMTAB, Data: symtab, Link: 4},
		{Name: ".strtab", Type: elf.SHT_STRTAB, Data: strtab},
	}}
	f.Sections = append(f.Sections, s.note()...)
	if change != nil {
		change(&f)
	}
	return f.Bytes()
}

func (s split) stripped(debug []byte) []byte {
	f := elftest.File{Sections: []elftest.Section{
		{Name: ".text", Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Addr: splitText, Data: make([]byte, splitSize)},
	}}
	f.Sections = append(f.Sections, s.note()...)
	if s.link != "" {
		link := append([]byte(s.link), make([]byte, 4-len(s.link)%4)...)
		link = binary.LittleEndian.AppendUint32(link, crc32.ChecksumIEEE(debug)+s.wrong)
		f.Sections = append(f.Sections, elftest.Section{Name: ".gnu_debuglink", Data: link})
	}
	return f.Bytes()
}

func write(t *testing.T, path string, data []byte) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func openAt(t *testing.T, path string) *elfscan.Binary {
	t.Helper()
	b, err := elfscan.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

// TestDebugFileSymbols: the sections of the symbols are the stripped file's.
func TestDebugFileSymbols(t *testing.T) {
	dir := t.TempDir()
	s := split{id: "\x01\x02\x03\x04"}
	debug := s.debug(nil)
	b := openAt(t, write(t, filepath.Join(dir, "prog"), s.stripped(debug)))
	d, err := Open(b, write(t, filepath.Join(dir, "prog.debug"), debug))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	table, warnings, err := d.Symbols()
	if err != nil || len(warnings) > 0 || table.Source != "debug-file" || !table.Full() {
		t.Fatalf("%+v, %q, %v", table, warnings, err)
	}
	var got []string
	for sym := range table.All() {
		section := "-"
		if sym.Section >= 0 {
			section = b.Sections[sym.Section].Name
		}
		got = append(got, table.Name(&sym)+" in "+section)
	}
	if want := []string{"front in .text", "hidden in -"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if err := d.Unchanged(); err != nil {
		t.Error(err)
	}
}

// TestDebugFileRefused: a file that is given is of the same build, or an error.
func TestDebugFileRefused(t *testing.T) {
	one, two, none := split{id: "\x01\x02\x03\x04"}, split{id: "\xaa\xbb\xcc\xdd"}, split{}
	layout := func(change func(s *elftest.Section)) func(*elftest.File) {
		return func(f *elftest.File) { change(&f.Sections[1]) }
	}
	for _, tt := range []struct {
		name        string
		program     split
		debug       []byte
		wantProblem string // "" to be accepted
	}{
		{"same ID", one, one.debug(nil), ""},
		{"no ID", none, none.debug(nil), ""},
		{"other ID", one, two.debug(nil), "of another build: its build ID is aabbccdd, the program's is 01020304"},
		{"ID in the program only", one, none.debug(nil), "of another build: its build ID is missing, the program's is 01020304"},
		{"ID in the debug file only", none, one.debug(nil), "of another build: its build ID is 01020304, the program's is missing"},
		{"other address", none, none.debug(layout(func(s *elftest.Section) { s.Addr += 16 })), "section .text is not the same in both"},
		{"other size", none, none.debug(layout(func(s *elftest.Section) { s.Size += 16 })), "section .text is not the same in both"},
		{"same ID, other code", one, one.debug(layout(func(s *elftest.Section) { s.Addr += 16 })), "it has the program's build ID, but section .text is not the same in both"},
		{"same ID, other data", one, one.debug(func(f *elftest.File) {
			f.Sections = append(f.Sections, elftest.Section{Name: ".data", Type: elf.SHT_NOBITS, Flags: elf.SHF_ALLOC, Addr: 0x500000, Size: 8})
		}), ""},
		{"other name", none, none.debug(layout(func(s *elftest.Section) { s.Name = ".code" })), "is not the same in both"},
		{"a section more", none, none.debug(func(f *elftest.File) {
			f.Sections = append(f.Sections, elftest.Section{Name: ".data", Type: elf.SHT_NOBITS, Flags: elf.SHF_ALLOC, Addr: 0x500000, Size: 8})
		}), "section .data is not the same in both"},
		{"no loaded section", none, elftest.File{Sections: none.debugOnly()}.Bytes(), "section .text is not the same in both"},
		{"other machine", one, one.debug(func(f *elftest.File) { f.Machine = elf.EM_AARCH64 }), "for arm64, and the program is for amd64"},
		{"stripped itself", one, one.stripped(nil), "has neither symbols nor debug information"},
		{"no section headers", none, elftest.File{NoSectionHeaders: true}.Bytes(), "one of the two files has no section headers"},
		{"text", one, []byte("hello"), "not an ELF file"},
		{"empty", one, nil, "an empty file"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			b := openAt(t, write(t, filepath.Join(dir, "prog"), tt.program.stripped(nil)))
			path := write(t, filepath.Join(dir, "prog.debug"), tt.debug)
			d, err := Open(b, path)
			t.Cleanup(func() { d.Close() })
			switch {
			case tt.wantProblem == "" && err != nil:
				t.Error(err)
			case tt.wantProblem != "" && (err == nil || !strings.Contains(err.Error(), tt.wantProblem) || !strings.HasPrefix(err.Error(), "debug file "+path+": ")):
				t.Errorf("%v, want %q", err, tt.wantProblem)
			}
		})
	}
	b := openAt(t, write(t, filepath.Join(t.TempDir(), "prog"), one.stripped(nil)))
	if _, err := Open(b, "/nonexistent/prog.debug"); err == nil || err.Error() != "debug file /nonexistent/prog.debug: no such file (check the path, or build it first)" {
		t.Error(err)
	}
}

// debugOnly is sections of a debug file of nothing.
func (s split) debugOnly() []elftest.Section {
	symtab, strtab := elftest.SymbolTable(elftest.Symbol{Name: "f"})
	return []elftest.Section{{Name: ".symtab", Type: elf.SHT_SYMTAB, Data: symtab, Link: 2}, {Name: ".strtab", Type: elf.SHT_STRTAB, Data: strtab}}
}

// TestFindDebugFile: where debug files are looked for, and which are passed over.
func TestFindDebugFile(t *testing.T) {
	full := split{id: "\x01\x02\x03\x04", link: "prog.debug"}
	noID := split{link: "prog.debug"}
	other := split{id: "\xaa\xbb\xcc\xdd", link: "prog.debug"}
	const byID = "ROOT/.build-id/01/020304.debug"
	for _, tt := range []struct {
		name    string
		program split
		files   map[string]split // in DIR, the program's folder, or ROOT
		want    string
		warning string // part of the only one
	}{
		{"nothing there", full, nil, "", ""},
		{"beside it", full, map[string]split{"DIR/prog.debug": full}, "DIR/prog.debug", ""},
		{"in .debug", full, map[string]split{"DIR/.debug/prog.debug": full}, "DIR/.debug/prog.debug", ""},
		{"below the root", full, map[string]split{"ROOT/DIR/prog.debug": full}, "ROOT/DIR/prog.debug", ""},
		{"by ID", full, map[string]split{byID: full}, byID, ""},
		{"by ID before the link", full, map[string]split{byID: full, "DIR/prog.debug": full}, byID, ""},
		{"by ID without a link", split{id: full.id}, map[string]split{byID: full}, byID, ""},
		{"by link without an ID", noID, map[string]split{"DIR/prog.debug": noID}, "DIR/prog.debug", ""},
		{"no link", split{id: full.id}, map[string]split{"DIR/prog.debug": full}, "", ""},
		{"under the ID of another", full, map[string]split{byID: other}, "", "of another build: its build ID is aabbccdd, the program's is 01020304"},
		{"linked, of another", full, map[string]split{"DIR/prog.debug": other}, "", "of another build"},
		{"the first is of another", full, map[string]split{"DIR/prog.debug": other, "DIR/.debug/prog.debug": full}, "DIR/.debug/prog.debug", "of another build"},
		{"wrong checksum", split{link: "prog.debug", wrong: 1}, map[string]split{"DIR/prog.debug": noID}, "", "its checksum is "},
		{"the link is a path", split{id: full.id, link: "../prog.debug"}, map[string]split{"DIR/../prog.debug": full}, "", ""},
		{"the link is a folder", split{id: full.id, link: ".."}, nil, "", ""},
		{"the link is itself", split{id: full.id, link: "prog"}, nil, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			base := t.TempDir()
			dir, root := filepath.Join(base, "dir"), filepath.Join(base, "root")
			place := func(s string) string {
				s, below := strings.CutPrefix(s, "ROOT/")
				if rest, ok := strings.CutPrefix(s, "DIR/"); ok {
					s = filepath.Join(dir, rest)
				}
				if below {
					s = filepath.Join(root, s)
				}
				return s
			}
			for path, s := range tt.files {
				write(t, place(path), s.debug(nil))
			}
			program := tt.program.stripped(tt.program.debug(nil))
			path := write(t, filepath.Join(dir, "prog"), program)
			check := func(path string) {
				t.Helper()
				d, warnings := find(openAt(t, path), path, root)
				defer d.Close()
				got := ""
				if d != nil {
					got = d.path
				}
				if want := place(tt.want); got != want {
					t.Errorf("found %q, want %q; %q", got, want, warnings)
				}
				if tt.warning == "" && len(warnings) > 0 || tt.warning != "" && (len(warnings) != 1 || !strings.Contains(warnings[0], tt.warning)) {
					t.Errorf("warnings %q, want %q", warnings, tt.warning)
				}
			}
			check(path)
			if len(tt.files) == 1 && tt.warning == "" {
				link := filepath.Join(base, "elsewhere")
				if err := os.Symlink(path, link); err != nil {
					t.Fatal(err)
				}
				check(link)
			}
		})
	}
}

// TestFindDebugFileNotNeeded: a file with symbols of its own is left as it is.
func TestFindDebugFileNotNeeded(t *testing.T) {
	dir := t.TempDir()
	s := split{id: "\x01\x02\x03\x04"}
	write(t, filepath.Join(dir, ".build-id/01/020304.debug"), s.debug(nil))
	path := write(t, filepath.Join(dir, "prog"), s.debug(nil))
	if d, warnings := find(openAt(t, path), path, dir); d != nil || warnings != nil {
		t.Errorf("%+v, %q", d, warnings)
	}
}

// FuzzDebugFile: no debug file makes a panic.
func FuzzDebugFile(f *testing.F) {
	s := split{id: "\x01\x02\x03\x04", link: "prog.debug"}
	debug := s.debug(nil)
	f.Add(debug, s.stripped(debug))
	f.Add(split{}.debug(nil), split{link: "x"}.stripped(nil))
	f.Fuzz(func(t *testing.T, debug, program []byte) {
		b, err := elfscan.New(bytes.NewReader(program), int64(len(program)))
		if err != nil {
			return
		}
		other, err := elfscan.New(bytes.NewReader(debug), int64(len(debug)))
		if err != nil {
			return
		}
		candidatesOf(b, "prog", "root", linkOf(b).name)
		d := &File{Binary: other, path: "prog.debug"}
		if d.match(b) != nil {
			return
		}
		table, _, err := d.Symbols()
		if err != nil {
			return
		}
		for sym := range table.All() {
			table.Name(&sym)
			if sym.Section >= len(b.Sections) {
				t.Fatalf("section %d of %d", sym.Section, len(b.Sections))
			}
		}
	})
}
