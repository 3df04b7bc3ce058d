package ehframe

import (
	"debug/elf"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// entryLine is a line of readelf: offset, length, number, and for a function its
// common entry, its first address and the one behind it.
var entryLine = regexp.MustCompile(`(?m)^([0-9a-f]+) (?:ZERO terminator|([0-9a-f]+) [0-9a-f]+ (?:(CIE)|FDE cie=([0-9a-f]+) pc=([0-9a-f]+)\.\.([0-9a-f]+)))`)

// TestReadelf compares the entries of real files with what readelf says.
func TestReadelf(t *testing.T) {
	readelf, err := exec.LookPath("readelf")
	if err != nil {
		t.Skip("readelf not found (Debian: apt install binutils)")
	}
	paths, err := filepath.Glob("../../../testdata/elf/*64*")
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, path := range paths {
		f, err := elf.Open(path)
		if err != nil {
			continue // a table of truth
		}
		for name, format := range map[string]Format{".eh_frame": EH, ".debug_frame": Debug} {
			s := f.Section(name)
			if s == nil || s.Type == elf.SHT_NOBITS {
				continue
			}
			data, err := s.Data()
			if err != nil {
				t.Fatal(err)
			}
			out, err := exec.Command(readelf, "--wide", "--debug-dump=frames", path).Output()
			if err != nil {
				t.Fatalf("readelf %s: %v", path, err)
			}
			want := parseReadelf(t, string(out), name)
			var got []Entry
			for e := range Entries(data, s.Addr, format) {
				e.LSDA, e.Known = 0, false
				got = append(got, e)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s %s:\ngot  %+v\nwant %+v", path, name, got, want)
			}
			compared += len(want)
		}
		f.Close()
	}
	if compared < 1000 {
		t.Errorf("only %d entries were compared", compared)
	}
}

func parseReadelf(t *testing.T, out, section string) []Entry {
	_, out, ok := strings.Cut(out, "Contents of the "+section+" section:")
	if !ok {
		t.Fatalf("readelf shows no %s", section)
	}
	out, _, _ = strings.Cut(out, "Contents of the ")
	number := func(s string) uint64 {
		n, err := strconv.ParseUint(s, 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	var list []Entry
	for _, m := range entryLine.FindAllStringSubmatch(out, -1) {
		e := Entry{Kind: Terminator, Lo: number(m[1])}
		e.Hi = e.Lo + 4
		switch {
		case m[3] != "":
			e.Kind = CIE
		case m[4] != "":
			e.Kind, e.CIE, e.PC, e.Size = FDE, number(m[4]), number(m[5]), number(m[6])-number(m[5])
		}
		if e.Kind != Terminator {
			e.Hi += number(m[2])
		}
		list = append(list, e)
	}
	return list
}

// TestExceptionTables: rustc names the exception table of each function with a
// local symbol, that of functions that the linker dropped included. Tables are
// aligned to four bytes.
func TestExceptionTables(t *testing.T) {
	tables := 0
	for _, file := range []string{"rust-std-mixed-amd64", "rust-std-mixed-arm64", "rust-std-lto-amd64"} {
		f, err := elf.Open("../../../testdata/elf/" + file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		symbols, err := f.Symbols()
		if err != nil {
			t.Fatal(err)
		}
		section := f.Section(".gcc_except_table")
		starts := []uint64{section.Addr + section.Size}
		for _, sym := range symbols {
			if strings.HasPrefix(sym.Name, "GCC_except_table") {
				starts = append(starts, sym.Value)
			}
		}
		slices.Sort(starts)
		starts = slices.Compact(starts)
		content, err := section.Data()
		if err != nil {
			t.Fatal(err)
		}
		s := f.Section(".eh_frame")
		data, err := s.Data()
		if err != nil {
			t.Fatal(err)
		}
		for e := range Entries(data, s.Addr, EH) {
			if e.LSDA == 0 {
				continue
			}
			tables++
			i, ok := slices.BinarySearch(starts, e.LSDA)
			if !ok {
				t.Errorf("%s: the function at %#x uses a table at %#x that has no name", file, e.PC, e.LSDA)
				continue
			}
			size, ok := TableSize(content[e.LSDA-section.Addr:], e.LSDA)
			if end := (e.LSDA + size + 3) &^ 3; !ok || end != starts[i+1] && end < section.Addr+section.Size {
				t.Errorf("%s: the table at %#x has %d bytes, and the next is at %#x", file, e.LSDA, size, starts[i+1])
			}
		}
		// The search table finds the same functions in the order of their addresses.
		hdr := f.Section(".eh_frame_hdr")
		if data, err = hdr.Data(); err != nil {
			t.Fatal(err)
		}
		h, ok := ReadHeader(data, hdr.Addr)
		if !ok {
			t.Fatalf("%s: .eh_frame_hdr cannot be read", file)
		}
		if pcs := slices.Collect(h.PCs()); h.Size+h.EntrySize*h.Len != hdr.Size || !slices.IsSorted(pcs) || pcs[0] == 0 {
			t.Errorf("%s: %d bytes and %d pairs of %d bytes in a section of %d; from %#x", file, h.Size, h.Len, h.EntrySize, hdr.Size, pcs[0])
		}
	}
	if tables < 100 {
		t.Errorf("only %d tables were looked at", tables)
	}
}

// FuzzEntries: whatever the bytes, entries lie in the section in their order.
func FuzzEntries(f *testing.F) {
	for _, file := range []string{"c-exec-amd64", "rust-v0-amd64", "rust-std-mixed-arm64", "c-shared-arm64.so"} {
		b, err := elf.Open("../../../testdata/elf/" + file)
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range []string{".eh_frame", ".eh_frame_hdr", ".gcc_except_table"} {
			if s := b.Section(name); s != nil {
				data, err := s.Data()
				if err != nil {
					f.Fatal(err)
				}
				f.Add(data, s.Addr)
			}
		}
		b.Close()
	}
	f.Fuzz(func(t *testing.T, data []byte, addr uint64) {
		for _, format := range []Format{EH, Debug} {
			at := uint64(0)
			for e := range Entries(data, addr, format) {
				if e.Lo != at || e.Hi < e.Lo+4 || e.Hi > uint64(len(data)) {
					t.Fatalf("%+v after %d in %d bytes", e, at, len(data))
				}
				at = e.Hi
			}
			eachAsEntries(t, data, format)
		}
		if n, ok := TableSize(data, addr); ok && n > uint64(len(data)) {
			t.Fatalf("a table of %d bytes in %d", n, len(data))
		}
		if h, ok := ReadHeader(data, addr); ok {
			n := uint64(0)
			for range h.PCs() {
				n++
			}
			if n != h.Len || h.Size+h.Len*h.EntrySize > uint64(len(data)) {
				t.Fatalf("%d pairs, %+v in %d bytes", n, h, len(data))
			}
		}
	})
}
