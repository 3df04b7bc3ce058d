package inline

import (
	godwarf "debug/dwarf"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/attrib/dwarf"
	"github.com/sizegate/sizegate/internal/attrib/dwarf/dwarftest"
	"github.com/sizegate/sizegate/internal/attrib/dwarf/linetable"
)

// TestLineTable compares the lines of compiled programs with what debug/dwarf
// reads.
func TestLineTable(t *testing.T) {
	const hint = "Debian: apt install gcc gcc-aarch64-linux-gnu libc6-dev-arm64-cross"
	for _, flags := range []string{"-gdwarf-2", "-gdwarf-3", "-gdwarf-4", "-gdwarf-5", "-gdwarf-5 -gdwarf64", "-O2 -gdwarf-5", "-gdwarf-5 -gno-as-loc-support"} {
		for _, cc := range []string{"gcc", "aarch64-linux-gnu-gcc"} {
			t.Run(cc+" "+flags, func(t *testing.T) {
				gcc := dwarftest.Need(t, cc, hint)
				dir := t.TempDir()
				dwarftest.WriteFiles(t, dir, dwarftest.CProgram...)
				dwarftest.Run(t, dir, gcc, append(strings.Fields(flags), "-o", "prog", "main.c", "sub/b.c")...)
				f, s := dwarftest.OpenELF(t, filepath.Join(dir, "prog"))
				line := f.Section(".debug_line")
				s.Line = io.NewSectionReader(line, 0, int64(line.FileSize))
				d, err := f.DWARF()
				if err != nil {
					t.Fatal(err)
				}
				got, want := make(map[uint64]string), make(map[uint64]string)
				paintLines(t, d, want)
				in := newInliner(s, func(dwarf.Range) bool { return true })
				index := uint32(0)
				in.reader.EachUnit(in.info, ".debug_info", &index, in.unit)
				for unit := range in.units {
					lines := lineReader{in: in}
					lines.open(uint32(unit))
					if lines.table == nil {
						continue
					}
					lines.table.Runs(func(r linetable.Run) bool {
						for pc := r.Lo; pc < r.Hi; pc++ {
							got[pc] = filepath.Clean(lines.path(r.File))
						}
						return true
					})
				}
				if len(got) == 0 || len(got) != len(want) {
					t.Errorf("%d bytes, want %d", len(got), len(want))
				}
				for pc, name := range want {
					if got[pc] != name {
						t.Fatalf("%x is of %s, want %s", pc, got[pc], name)
					}
				}
			})
		}
	}
}

func paintLines(t *testing.T, d *godwarf.Data, into map[uint64]string) {
	r := d.Reader()
	for {
		e, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if e == nil {
			return
		}
		r.SkipChildren()
		dir, _ := e.Val(godwarf.AttrCompDir).(string)
		lr, err := d.LineReader(e)
		if err != nil {
			t.Fatal(err)
		}
		if lr == nil {
			continue
		}
		var last godwarf.LineEntry
		started := false
		for {
			var l godwarf.LineEntry
			if err := lr.Next(&l); err == io.EOF {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			if started {
				name := last.File.Name
				if !filepath.IsAbs(name) {
					name = filepath.Join(dir, name)
				}
				for pc := last.Address; pc < l.Address; pc++ {
					into[pc] = filepath.Clean(name)
				}
			}
			last, started = l, !l.EndSequence
		}
	}
}
