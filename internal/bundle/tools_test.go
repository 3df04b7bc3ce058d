package bundle_test

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/bundle"
)

func needTools(t testing.TB, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("%s not found (Debian: apt install %s)", name, name)
		}
	}
}

func run(t testing.TB, dir, name string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "LC_ALL=C", "TZ=UTC")
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %v: %v: %s", name, args, err, complaints.Bytes())
	}
	return out
}

func open(t testing.TB, path string) *bundle.Package {
	t.Helper()
	p, err := bundle.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

// tree writes a folder as functions are deployed from.
func tree(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	elf, err := os.ReadFile("../../testdata/elf/c-exec-amd64")
	if err != nil {
		t.Fatal(err)
	}
	library, err := os.ReadFile("../../testdata/elf/c-shared-amd64.so")
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]string{
		"bootstrap":                       string(elf),
		"lib/libone.so.1":                 string(library),
		"index.mjs":                       strings.Repeat("export const answer = 42;\n", 100),
		"index.mjs.map":                   `{"version":3,"mappings":"AAAA"}`,
		"config.json":                     `{"a": 1}`,
		"with space/ü":                    "text",
		"node_modules/a/index.js":         "module.exports = 1;\n",
		"node_modules/b/index.js":         "module.exports = 1;\n",
		"node_modules/b/build/b.node":     string(library),
		"node_modules/b/package.json":     `{"b": 2}`,
		"node_modules/c/zeros.bin":        strings.Repeat("\x00", 300_000),
		"node_modules/c/LICENSE":          "",
		"node_modules/c/also/LICENSE":     "",
		strings.Repeat("long/", 30) + "f": "deep",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		mode := os.FileMode(0o644)
		if strings.HasPrefix(data, "\x7fELF") {
			mode = 0o755
		}
		if err := os.WriteFile(path, []byte(data), mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "empty"), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// linked adds links to a folder, also one to itself and one out of it.
func linked(t testing.TB, dir string) string {
	t.Helper()
	for link, target := range map[string]string{"libone.so": "lib/libone.so.1", "loop": "loop", "outside": "/etc", "dangling": "nowhere"} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// unzipLine is what unzip -v says of one entry.
type unzipLine struct{ length, size uint64 }

func unzipped(t *testing.T, path string) (entries []unzipLine, names []string, total unzipLine) {
	t.Helper()
	lines := bufio.NewScanner(bytes.NewReader(run(t, "", "unzip", "-v", path)))
	number := func(s string) uint64 {
		n, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	rules := 0
	for lines.Scan() {
		f := strings.Fields(lines.Text())
		switch {
		case strings.HasPrefix(lines.Text(), "--------"):
			rules++
		case rules == 1:
			entries = append(entries, unzipLine{number(f[0]), number(f[2])})
			names = append(names, strings.TrimSuffix(strings.Join(f[7:], " "), "/"))
		case rules == 2:
			total = unzipLine{number(f[0]), number(f[1])}
		}
	}
	return entries, names, total
}

func TestUnzip(t *testing.T) {
	needTools(t, "zip", "unzip")
	for _, tt := range []struct {
		name string
		args []string
	}{
		{"deflated", []string{"-9", "-r"}},
		{"stored", []string{"-0", "-r"}},
		{"links", []string{"-y", "-r"}},
		{"no folders", []string{"-D", "-r"}},
		{"zip64", []string{"-fz", "-r"}},
		{"descriptors", []string{"-fd", "-r"}},
		{"comment", []string{"-r"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "package.zip")
			dir := tree(t)
			if tt.name == "links" {
				linked(t, dir)
			}
			run(t, dir, "zip", append(tt.args, "-q", path, ".")...)
			if tt.name == "comment" {
				cmd := exec.Command("zip", "-q", "-z", path)
				cmd.Stdin = strings.NewReader("a comment\n.\n")
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Fatalf("zip -z: %v: %s", err, out)
				}
			}
			p := open(t, path)
			want, names, total := unzipped(t, path)
			if len(want) != len(p.Entries) || len(want) < 10 {
				t.Fatalf("%d entries, unzip has %d", len(p.Entries), len(want))
			}
			for i, e := range p.Entries {
				if got := (unzipLine{e.Size, e.Stored}); got != want[i] {
					t.Errorf("%s: %d, unzip: %d", e.Path, got, want[i])
				}
				if printable := !strings.Contains(e.Path, "ü"); printable && e.Path != names[i] {
					t.Errorf("%s, unzip: %s", e.Path, names[i])
				}
			}
			if got := (unzipLine{p.Unzipped, p.Zipped}); got != total {
				t.Errorf("in all %d, unzip: %d", got, total)
			}
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			checkSums(t, p, int(info.Size()))
			if len(p.Warnings) > 0 {
				t.Errorf("warnings %q", p.Warnings)
			}
		})
	}
}

func TestEncryptedUnzip(t *testing.T) {
	needTools(t, "zip", "unzip")
	path := filepath.Join(t.TempDir(), "package.zip")
	run(t, tree(t), "zip", "-q", "-P", "secret", path, "index.mjs")
	p := open(t, path)
	want, _, _ := unzipped(t, path)
	// unzip leaves out the header of the encryption.
	if e := p.Entries[0]; !e.Opaque || e.Size != want[0].length || e.Stored != want[0].size+12 || len(p.Warnings) != 1 {
		t.Errorf("%+v, %q, unzip: %d", e, p.Warnings, want[0])
	}
}

func TestTarList(t *testing.T) {
	needTools(t, "tar", "gzip", "zstd")
	dir := linked(t, tree(t))
	if err := os.Link(filepath.Join(dir, "bootstrap"), filepath.Join(dir, "zbootstrap")); err != nil {
		t.Fatal(err)
	}
	holes, err := os.Create(filepath.Join(dir, "holes"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := holes.WriteAt([]byte("end"), 5<<20); err != nil {
		t.Fatal(err)
	}
	if err := holes.Close(); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		format bundle.Format
		args   []string
	}{
		{"gnu", bundle.FormatTar, []string{"--format=gnu"}},
		{"pax", bundle.FormatTar, []string{"--format=pax"}},
		{"ustar", bundle.FormatTar, []string{"--format=ustar"}},
		{"sparse gnu", bundle.FormatTar, []string{"--format=gnu", "--sparse"}},
		{"sparse pax", bundle.FormatTar, []string{"--format=pax", "--sparse"}},
		{"gzip", bundle.FormatTarGzip, []string{"--gzip"}},
		{"zstd", bundle.FormatTarZstd, []string{"--zstd"}},
		{"zstd long", bundle.FormatTarZstd, []string{"-I", "zstd --long=27 -19"}},
		{"sparse gzip", bundle.FormatTarGzip, []string{"--gzip", "--sparse"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "package")
			run(t, dir, "tar", append(tt.args, "--sort=name", "-cf", path, ".")...)
			p := open(t, path)
			if p.Format != tt.format || len(p.Warnings) > 0 {
				t.Errorf("%s, warnings %q", p.Format, p.Warnings)
			}
			lines := strings.Split(strings.TrimSpace(string(run(t, dir, "tar", "--quoting-style=literal", "--numeric-owner", "-tvf", path))), "\n")
			if len(lines) != len(p.Entries) {
				t.Fatalf("%d entries, tar has %d", len(p.Entries), len(lines))
			}
			kinds := map[byte]bundle.Type{'-': bundle.File, 'd': bundle.Directory, 'l': bundle.Symlink, 'h': bundle.HardLink}
			total := uint64(0)
			for i, line := range lines {
				// drwxr-xr-x 0/0 0 2026-11-21 06:15 ./name -> target
				f := strings.Fields(line)
				size, err := strconv.ParseUint(f[2], 10, 64)
				if err != nil {
					t.Fatal(err)
				}
				total += size
				name := line[strings.Index(line, "./"):]
				e := p.Entries[i]
				if kinds[f[0][0]] != e.Type || size != e.Size || f[0][1:] != e.Mode.String()[1:] {
					t.Errorf("%+v, tar: %s", e, line)
				}
				for _, arrow := range []string{" -> ", " link to "} {
					if before, target, ok := strings.Cut(name, arrow); ok {
						name = before
						if target != e.Target {
							t.Errorf("%s leads to %q, tar: %q", e.Path, e.Target, target)
						}
					}
				}
				if filepath.Clean(name) != e.Path {
					t.Errorf("%q, tar: %q", e.Path, name)
				}
			}
			if p.Unzipped != total {
				t.Errorf("%d bytes unzipped, tar: %d", p.Unzipped, total)
			}
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			checkSums(t, p, int(info.Size()))
		})
	}
}
