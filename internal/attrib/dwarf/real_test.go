package dwarf_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/attrib/dwarf"
	"github.com/sizegate/sizegate/internal/attrib/dwarf/dwarftest"
)

// TestCompiled compares the units of C, C++ and assembly with what debug/dwarf
// and readelf read.
func TestCompiled(t *testing.T) {
	gcc := dwarftest.Need(t, "gcc", "Debian: apt install gcc")
	dwarftest.Need(t, "g++", "Debian: apt install g++")
	for _, flags := range []string{
		"-gdwarf-2", "-gdwarf-3", "-gdwarf-4", "-gdwarf-5", "-gdwarf-5 -gdwarf64", "-gdwarf-4 -gdwarf64",
		"-gdwarf-4 -ffunction-sections -Wl,--gc-sections", "-gdwarf-5 -ffunction-sections -Wl,--gc-sections",
		"-gdwarf-4 -O2 -freorder-blocks-and-partition", "-gdwarf-5 -O2 -freorder-blocks-and-partition",
		"-gdwarf-5 -gsplit-dwarf", "-gdwarf-4 -gsplit-dwarf", "-gdwarf-5 -gz=zlib -pie", "-gdwarf-5 -flto -O1",
	} {
		t.Run(flags, func(t *testing.T) {
			dir := t.TempDir()
			dwarftest.WriteFiles(t, dir, dwarftest.CProgram...)
			args := append(strings.Fields(flags), "-o", "prog", "main.c", "sub/b.c", "c.cc", "d.s", "-lstdc++")
			dwarftest.Run(t, dir, gcc, args...)
			prog := filepath.Join(dir, "prog")
			f, s := dwarftest.OpenELF(t, prog)
			got := read(t, s, nil)
			compareUnits(t, got, secondOpinion(t, f))
			// readelf would show the split units too.
			split, _ := filepath.Glob(filepath.Join(dir, "*.dwo"))
			for _, dwo := range split {
				os.Remove(dwo)
			}
			compareReadelf(t, prog, got)
		})
	}
}

func TestCompiledArm64(t *testing.T) {
	gcc := dwarftest.Need(t, "aarch64-linux-gnu-gcc", "Debian: apt install gcc-aarch64-linux-gnu libc6-dev-arm64-cross")
	dir := t.TempDir()
	dwarftest.WriteFiles(t, dir, dwarftest.CProgram...)
	dwarftest.Run(t, dir, gcc, "-g", "-O2", "-o", "prog", "main.c", "sub/b.c")
	f, s := dwarftest.OpenELF(t, filepath.Join(dir, "prog"))
	got := read(t, s, nil)
	compareUnits(t, got, secondOpinion(t, f))
	if len(got) != 2 || got[0].Name != "main.c" || got[1].Name != "sub/b.c" {
		t.Errorf("units %+v", got)
	}
}

// compareReadelf compares the names and directories of the units.
func compareReadelf(t *testing.T, prog string, units []dwarf.Unit) {
	t.Helper()
	readelf := dwarftest.Need(t, "readelf", "Debian: apt install binutils")
	out := string(dwarftest.Run(t, "", readelf, "--wide", "--debug-dump=info", "--dwarf-depth=1", prog))
	field := regexp.MustCompile(`(?m)^ +<[0-9a-f]+> +(Compilation Unit|DW_AT_name|DW_AT_comp_dir) *:? *(?:\([^)]*\):? )*(.*?) *$`)
	var names, dirs []string
	for _, m := range field.FindAllStringSubmatch(out, -1) {
		switch m[1] {
		case "DW_AT_name":
			names = append(names, m[2])
		case "DW_AT_comp_dir":
			dirs = append(dirs, m[2])
		}
	}
	var gotNames, gotDirs []string
	for _, u := range units {
		if u.Name != "" {
			gotNames = append(gotNames, u.Name)
		}
		if u.CompDir != "" {
			gotDirs = append(gotDirs, u.CompDir)
		}
	}
	if a, b := strings.Join(gotNames, "\n"), strings.Join(names, "\n"); a != b {
		t.Errorf("names:\n%s\nreadelf:\n%s", a, b)
	}
	if a, b := strings.Join(gotDirs, "\n"), strings.Join(dirs, "\n"); a != b {
		t.Errorf("directories:\n%s\nreadelf:\n%s", a, b)
	}
}

// TestRustc compares the units of a crate and a program of several codegen units.
func TestRustc(t *testing.T) {
	f, s := dwarftest.OpenELF(t, dwarftest.RustProgram(t))
	compareUnits(t, read(t, s, nil), secondOpinion(t, f))
}
