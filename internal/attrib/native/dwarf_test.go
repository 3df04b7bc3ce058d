package native

import (
	"bytes"
	"debug/dwarf"
	"debug/elf"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// need skips the test where a program is missing.
func need(t *testing.T, program, hint string) string {
	t.Helper()
	p, err := exec.LookPath(program)
	if err != nil {
		t.Skipf("%s not found (%s)", program, hint)
	}
	return p
}

// run runs a program in dir and returns its standard output.
func run(t *testing.T, dir, program string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "LC_ALL=C", "TMPDIR="+t.TempDir())
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", program, args, err, &stderr)
	}
	return out
}

// writeFiles puts name and content pairs below dir.
func writeFiles(t *testing.T, dir string, pairs ...string) {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		name := filepath.Join(dir, pairs[i])
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(pairs[i+1]), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// openELF returns the file and its DWARF sections.
func openELF(t *testing.T, name string) (*elf.File, Sections) {
	t.Helper()
	f, err := elf.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	section := func(name string) Section {
		s := f.Section(name)
		if s == nil {
			return nil
		}
		if s.Flags&elf.SHF_COMPRESSED == 0 {
			return io.NewSectionReader(s, 0, int64(s.FileSize))
		}
		data, err := s.Data()
		if err != nil {
			t.Fatal(err)
		}
		return bytes.NewReader(data)
	}
	return f, Sections{
		Info: section(".debug_info"), Abbrev: section(".debug_abbrev"),
		Str: section(".debug_str"), LineStr: section(".debug_line_str"),
		Ranges: section(".debug_ranges"), Rnglists: section(".debug_rnglists"),
		Addr: section(".debug_addr"), StrOffsets: section(".debug_str_offsets"),
	}
}

// read is ReadUnits for input that must be in order.
func read(t *testing.T, s Sections, keep func(Range) bool) []Unit {
	t.Helper()
	units, warnings, err := ReadUnits(s, keep)
	if err != nil {
		t.Fatal(err)
	}
	if len(warnings) > 0 {
		t.Errorf("warnings: %q", warnings)
	}
	return units
}

// secondOpinion reads the same with debug/dwarf.
func secondOpinion(t *testing.T, f *elf.File) []Unit {
	t.Helper()
	d, err := f.DWARF()
	if err != nil {
		t.Fatal(err)
	}
	var units []Unit
	r := d.Reader()
	for {
		e, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if e == nil {
			return units
		}
		r.SkipChildren()
		if e.Tag != dwarf.TagCompileUnit && e.Tag != dwarf.TagSkeletonUnit {
			continue
		}
		var u Unit
		u.Name, _ = e.Val(dwarf.AttrName).(string)
		u.CompDir, _ = e.Val(dwarf.AttrCompDir).(string)
		u.Producer, _ = e.Val(dwarf.AttrProducer).(string)
		lang, _ := e.Val(dwarf.AttrLanguage).(int64)
		u.Language = uint16(lang)
		ranges, err := d.Ranges(e)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range ranges {
			if x[0] < x[1] {
				u.Ranges = append(u.Ranges, Range{x[0], x[1]})
			}
		}
		units = append(units, u)
	}
}

func equalUnits(a, b Unit) bool {
	return a.Name == b.Name && a.CompDir == b.CompDir && a.Producer == b.Producer &&
		a.Language == b.Language && slices.Equal(a.Ranges, b.Ranges)
}

func compareUnits(t *testing.T, got, want []Unit) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%d units, want %d", len(got), len(want))
	}
	for i := range min(len(got), len(want)) {
		if !equalUnits(got[i], want[i]) {
			t.Errorf("unit %d:\n got %+v\nwant %+v", i, got[i], want[i])
			return
		}
	}
}
