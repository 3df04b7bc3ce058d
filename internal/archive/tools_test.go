package archive

import (
	"bytes"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/archive/synthetic"
)

func needTools(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("%s not found (Debian: apt install %s)", name, name)
		}
	}
}

// counter is a writer that keeps nothing but the number of bytes.
type counter uint64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// piped is how many bytes a command writes when it reads the file.
func piped(t *testing.T, file, name string, args ...string) uint64 {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out counter
	cmd := exec.Command(name, args...)
	cmd.Stdin, cmd.Stdout = f, &out
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return uint64(out)
}

// zipped is the size of the archive zip makes of a file under the name given.
func zipped(t *testing.T, file, name string) uint64 {
	t.Helper()
	dir := t.TempDir()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o755); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "out.zip")
	cmd := exec.Command("zip", "-9", "-q", out, "./"+name)
	cmd.Dir = dir
	if msg, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("zip: %v: %s", err, msg)
	}
	info, err := os.Stat(out)
	if err != nil {
		t.Fatal(err)
	}
	return uint64(info.Size())
}

func ourGzip(t *testing.T, data []byte) uint64 {
	t.Helper()
	n, err := Gzip(t.Context(), bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func ourZip(t *testing.T, data []byte, name string) uint64 {
	t.Helper()
	n, err := Zip(t.Context(), bytes.NewReader(data), uint64(len(data)), name)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func ourZstd(t *testing.T, data []byte) uint64 {
	t.Helper()
	n, err := Zstd(t.Context(), bytes.NewReader(data), uint64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// programs are ELF files that every checkout and every Go installation has.
func programs(t *testing.T) []string {
	t.Helper()
	fixtures, err := filepath.Glob("../../testdata/elf/*")
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, file := range fixtures {
		if f, err := os.Open(file); err == nil {
			magic := make([]byte, 4)
			if _, err := io.ReadFull(f, magic); err == nil && string(magic) == "\x7fELF" {
				files = append(files, file)
			}
			f.Close()
		}
	}
	if len(files) == 0 {
		t.Fatal("no ELF files in testdata/elf")
	}
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Logf("go not found: %v", err)
		return files
	}
	return append(files, filepath.Join(strings.TrimSpace(string(out)), "bin", "gofmt"))
}

func TestGzipOfPrograms(t *testing.T) {
	needTools(t, "gzip")
	for _, file := range programs(t) {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := ourGzip(t, data), piped(t, file, "gzip", "-9"); got != want {
			t.Errorf("%s: %d bytes, gzip makes %d", file, got, want)
		}
	}
}

func TestZipOfPrograms(t *testing.T) {
	needTools(t, "zip")
	for _, file := range programs(t) {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(file)
		if got, want := ourZip(t, data, name), zipped(t, file, name); got != want {
			t.Errorf("%s: %d bytes, zip makes %d", file, got, want)
		}
	}
}

// zstdTolerance is what the documentation promises, in percent.
const zstdTolerance = 2

func TestZstdOfPrograms(t *testing.T) {
	needTools(t, "zstd")
	for _, file := range programs(t) {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		got, want := ourZstd(t, data), piped(t, file, "zstd", "-19", "-q", "-c", "--", file)
		if off := percent(got, want); math.Abs(off) > zstdTolerance {
			t.Errorf("%s: %d bytes, zstd makes %d (%+.2f%%)", file, got, want, off)
		}
	}
}

func TestZipOfNames(t *testing.T) {
	needTools(t, "zip")
	data := []byte(strings.Repeat("the same again; ", 20))
	file := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(file, data, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"bootstrap", "with space", "new\nline", "ü", "日本語", "not\xffutf8", `back\slash`, "old.zip", strings.Repeat("n", 200)} {
		if got, want := ourZip(t, data, name), zipped(t, file, name); got != want {
			t.Errorf("%q: %d bytes, zip makes %d", name, got, want)
		}
	}
}

func TestToolsOnSynthetic(t *testing.T) {
	needTools(t, "gzip", "zip")
	file := filepath.Join(t.TempDir(), "f")
	for _, g := range synthetic.Golden {
		data := g.Bytes()
		if err := os.WriteFile(file, data, 0o755); err != nil {
			t.Fatal(err)
		}
		if got, want := ourGzip(t, data), piped(t, file, "gzip", "-9"); got != want {
			t.Errorf("%v: %d bytes, gzip makes %d", g, got, want)
		}
		if got, want := ourZip(t, data, "f"), zipped(t, file, "f"); got != want {
			t.Errorf("%v: %d bytes, zip makes %d", g, got, want)
		}
	}
}

func percent(got, want uint64) float64 { return (float64(got)/float64(want) - 1) * 100 }
