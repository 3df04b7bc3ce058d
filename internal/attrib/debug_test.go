package attrib

import (
	"bytes"
	"compress/zlib"
	"debug/dwarf"
	"debug/elf"
	"encoding/binary"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/elftest"
)

func debugOnly(s *elfscan.Section) bool { return s.Kind == elfscan.Debug }

// sectionSizes is what the owners have of a section, by name.
func sectionSizes(b *elfscan.Binary, p *Profile, section string) map[string]uint64 {
	sizes := make(map[string]uint64)
	for _, o := range p.Owners {
		for _, s := range o.Sections {
			if b.Sections[s.Section].Name == section {
				sizes[o.Name] += s.Size
			}
		}
	}
	return sizes
}

// checkShare checks that nearly all of the debug information has an owner.
func checkShare(t *testing.T, b *elfscan.Binary, p *Profile, but ...string) {
	t.Helper()
	for i, tally := range p.Sections {
		s := &b.Sections[i]
		if s.Kind != elfscan.Debug || len(but) > 0 && s.Base == but[0] {
			continue
		}
		if size := float64(s.FileSize); float64(tally.Attributed) < 0.98*size {
			t.Errorf("%s: %d of %d bytes have an owner", s.Name, tally.Attributed, s.FileSize)
		}
	}
}

func compile(t *testing.T, dir, hint, program string, args ...string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skipf("%s not found (%s)", program, hint)
	}
	cmd := exec.Command(program, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "TMPDIR="+t.TempDir())
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// TestDebugRust compares the crates' parts of .debug_info with the sizes of the
// units as readelf has them.
func TestDebugRust(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "dep.rs"), "#[inline(never)] pub fn f(x: u32) -> Vec<String> { (0..x).map(|i| format!(\"{i}\")).collect() }\n")
	writeFile(t, filepath.Join(dir, "prog.rs"), "fn main() { println!(\"{:?}\", dep::f(std::env::args().count() as u32)) }\n")
	const hint = "Debian: apt install rustc, or rustup"
	compile(t, dir, hint, "rustc", "--edition=2021", "--crate-type=rlib", "-g", "dep.rs")
	compile(t, dir, hint, "rustc", "--edition=2021", "-g", "-Ccodegen-units=3", "--extern", "dep=libdep.rlib", "prog.rs")
	path := filepath.Join(dir, "prog")
	b, p := profileOf(t, path, Options{Section: debugOnly})
	checkShare(t, b, p)

	if _, err := exec.LookPath("readelf"); err != nil {
		t.Skip("readelf not found (Debian: apt install binutils)")
	}
	out, err := exec.Command("readelf", "--debug-dump=info", "--dwarf-depth=1", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	want := make(map[string]uint64)
	unit := regexp.MustCompile(`(?s)   Length: +(0x[0-9a-f]+).*?DW_AT_name +: [^\n]*/@/([a-z_0-9]+)\.`)
	for _, m := range unit.FindAllStringSubmatch(string(out), -1) {
		length, err := strconv.ParseUint(m[1], 0, 64)
		if err != nil {
			t.Fatal(err)
		}
		want[m[2]] += length + 4
	}
	got := sectionSizes(b, p, ".debug_info")
	for _, crate := range []string{"dep", "prog", "std", "core", "alloc"} {
		if got[crate] != want[crate] || want[crate] == 0 {
			t.Errorf("%s has %d bytes, want %d", crate, got[crate], want[crate])
		}
	}
}

// TestDebugC compares a program whose debug information is compressed with the
// same without: each source file has the same proportion.
func TestDebugC(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "main.c"), "#include <stdio.h>\nint big(int);\nint main(int n, char **v) { printf(\"%d\", big(n)); return 0; }\n")
	writeFile(t, filepath.Join(dir, "big.c"), "struct s { int a, b, c; char name[9]; struct s *next; };\n"+
		"int big(int n) { struct s x = {n, n, n}; for (int i = 0; i < n; i++) { struct s y = x; y.next = &x; x.a += y.next->b; } return x.a; }\n")
	const hint = "Debian: apt install gcc libc6-dev"
	for _, version := range []string{"-gdwarf-4", "-gdwarf-5"} {
		t.Run(version, func(t *testing.T) {
			compile(t, dir, hint, "gcc", version, "-O1", "-o", "plain", "main.c", "big.c")
			compile(t, dir, hint, "gcc", version, "-O1", "-gz=zlib", "-o", "small", "main.c", "big.c")
			plain, pp := profileOf(t, filepath.Join(dir, "plain"), Options{Section: debugOnly})
			small, ps := profileOf(t, filepath.Join(dir, "small"), Options{Section: debugOnly})
			checkShare(t, plain, pp)
			checkShare(t, small, ps)
			for i := range plain.Sections {
				s := &plain.Sections[i]
				if s.Kind != elfscan.Debug {
					continue
				}
				a, b := sectionSizes(plain, pp, s.Name), sectionSizes(small, ps, s.Name)
				// Headers of lists in DWARF 5 are not looked for in compressed sections.
				const header = 12
				compressed := uint64(0)
				for _, n := range b {
					compressed += n
				}
				for _, file := range []string{"main.c", "big.c"} {
					if want := float64(a[file]) / float64(s.Size) * float64(compressed); math.Abs(float64(b[file])-want) > header {
						t.Errorf("%s: %s has %d of %d bytes, want %.1f as %d of %d", s.Name, file, b[file], compressed, want, a[file], s.Size)
					}
				}
			}
		})
	}
}

// TestDebugGo compares a package's part of .debug_info with its entries as
// debug/dwarf finds them, in whatever unit.
func TestDebugGo(t *testing.T) {
	w := newGoWorkspace(t)
	for _, arch := range []string{"amd64", "arm64"} {
		t.Run(arch, func(t *testing.T) {
			path := w.build(t, goBuild{arch: arch})
			b, p := profileOf(t, path, Options{Section: debugOnly})
			checkShare(t, b, p, ".debug_frame")
			for _, name := range []string{".debug_info", ".debug_loclists", ".debug_line"} {
				only := func(s *elfscan.Section) bool { return s.Name == name }
				alone, q := profileOf(t, path, Options{Section: only})
				if got, want := sectionSizes(alone, q, name), sectionSizes(b, p, name); len(want) == 0 || !maps.Equal(got, want) {
					t.Errorf("%s alone: %v, want %v", name, got, want)
				}
			}
			info := sectionSizes(b, p, ".debug_info")
			total, size := uint64(0), uint64(0)
			for _, n := range info {
				size += n
			}

			f, err := elf.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			d, err := f.DWARF()
			if err != nil {
				t.Fatal(err)
			}
			type entry struct {
				offset     dwarf.Offset
				unit, name string
			}
			var entries []entry
			units := make(map[string]bool)
			unit := ""
			r := d.Reader()
			for {
				e, err := r.Next()
				if err != nil {
					t.Fatal(err)
				}
				if e == nil {
					break
				}
				name, _ := e.Val(dwarf.AttrName).(string)
				switch e.Tag {
				case 0: // the end of a unit
				case dwarf.TagCompileUnit: // whose children follow
					unit = name
					units[unit] = true
					entries = append(entries, entry{e.Offset, unit, ""})
				default:
					entries = append(entries, entry{e.Offset, unit, name})
					r.SkipChildren()
				}
			}
			want := make(map[string]uint64)
			escapes := strings.NewReplacer("dep%2ev2", "dep.v2", "odd%2ename", "odd.name")
			for i, e := range entries[:len(entries)-1] {
				owner := ""
				for pkg := range units {
					if strings.HasPrefix(strings.TrimLeft(escapes.Replace(e.name), "*[]"), pkg+".") && len(pkg) > len(owner) {
						owner = pkg
					}
				}
				if owner == "" {
					owner = e.unit
				}
				want[owner] += uint64(entries[i+1].offset - e.offset)
				total += uint64(entries[i+1].offset - e.offset)
			}
			// Types like map[string]dep.T also count, which are not looked for here.
			for _, pkg := range []string{"example.com/dep.v2", "example.com/app/odd.name", "main", "os", "fmt"} {
				got, want := float64(info[pkg])/float64(size), float64(want[pkg])/float64(total)
				if want == 0 || got < want*0.99 || got > want*1.25+0.0005 {
					t.Errorf("%s has %.4f%% of .debug_info, want %.4f%%", pkg, 100*got, 100*want)
				}
			}
		})
	}
}

// TestFramesThatEnd: a compressed section that holds less than it claims is named, and
// nothing of it is charged.
func TestFramesThatEnd(t *testing.T) {
	var content bytes.Buffer
	content.Write(make([]byte, 24))
	binary.LittleEndian.PutUint32(content.Bytes(), uint32(elf.COMPRESS_ZLIB))
	binary.LittleEndian.PutUint64(content.Bytes()[8:], 1_000_000)
	z := zlib.NewWriter(&content)
	z.Write(make([]byte, 100))
	z.Close()
	f := elftest.Program(base, bytes.Repeat([]byte{0xf4}, 100), function("f", 0, 100))
	f.Sections = append(f.Sections, elftest.Section{Name: ".debug_frame", Flags: elf.SHF_COMPRESSED, Data: content.Bytes()})
	_, p := attribute(t, f, Options{Section: func(*elfscan.Section) bool { return true }})
	const want = "section .debug_frame cannot be inflated: it ends after 100 of 1000000 bytes"
	if len(p.Warnings) != 1 || p.Warnings[0] != want {
		t.Errorf("%q, want %q", p.Warnings, want)
	}
	if tally := p.Sections[3]; tally.Attributed != 0 || tally.Unattributed != uint64(content.Len()) {
		t.Errorf("%+v", tally)
	}
}
