package strip_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/strip"
)

var modes = []struct {
	name   string
	mode   strip.Mode
	option string
}{
	{"all", strip.All, "--strip-all"},
	{"debug", strip.Debug, "--strip-debug"},
}

// ours strips in process, and checks that Size says what Write writes.
func ours(t testing.TB, b *elfscan.Binary, mode strip.Mode) []byte {
	t.Helper()
	size, err := strip.Size(b, mode)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := strip.Write(&out, b, mode); err != nil {
		t.Fatal(err)
	}
	if uint64(out.Len()) != size {
		t.Fatalf("Size is %d, Write wrote %d bytes", size, out.Len())
	}
	return out.Bytes()
}

func open(t testing.TB, path string) *elfscan.Binary {
	t.Helper()
	b, err := elfscan.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

// sameAsStrip compares with GNU strip, byte for byte, in both modes.
func sameAsStrip(t *testing.T, path string) {
	t.Helper()
	b := open(t, path)
	for _, m := range modes {
		want := gnuStrip(t, path, b.Arch, m.option)
		got := ours(t, b, m.mode)
		if len(got) != len(want) {
			t.Errorf("%s: %d bytes, GNU strip makes it %d", m.name, len(got), len(want))
			continue
		}
		for i := range got {
			if got[i] != want[i] {
				t.Errorf("%s: byte %#x is %#x, GNU strip makes it %#x", m.name, i, got[i], want[i])
				break
			}
		}
	}
}

func gnuStrip(t *testing.T, path string, arch elfscan.Arch, option string) []byte {
	t.Helper()
	command, err := stripCommand(arch)
	if err != nil {
		t.Skip(err)
	}
	target := filepath.Join(t.TempDir(), "stripped")
	if message, err := exec.Command(command, option, "-o", target, path).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", command, option, err, message)
	}
	data, err := os.ReadFile(target)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestFixtures compares with GNU strip on the repository's own ELF files:
// C and Rust, executables, PIE and libraries, amd64 and arm64, stripped
// already, without section headers, packed.
func TestFixtures(t *testing.T) {
	files, err := filepath.Glob("../../testdata/elf/*")
	if err != nil {
		t.Fatal(err)
	}
	tested := 0
	for _, path := range files {
		if strings.HasSuffix(path, ".tsv") {
			continue
		}
		tested++
		t.Run(filepath.Base(path), func(t *testing.T) {
			b := open(t, path)
			if !b.BySegment {
				sameAsStrip(t, path)
				return
			}
			_, err := strip.Size(b, strip.All)
			var refused *elfscan.Error
			if !errors.As(err, &refused) || !strings.Contains(err.Error(), "no section headers") {
				t.Errorf("a file without section headers: %v", err)
			}
		})
	}
	if tested < 20 {
		t.Errorf("only %d files in testdata/elf", tested)
	}
}

// TestStrippedAgain: what is stripped stays as it is.
func TestStrippedAgain(t *testing.T) {
	for _, name := range []string{"c-basic-amd64", "c-shared-arm64.so", "rust-v0-arm64"} {
		once := ours(t, open(t, "../../testdata/elf/"+name), strip.All)
		b, err := elfscan.New(bytes.NewReader(once), int64(len(once)))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range modes {
			if !bytes.Equal(ours(t, b, m.mode), once) {
				t.Errorf("%s: stripping again (%s) makes another file", name, m.name)
			}
		}
	}
}

// TestReadable lets readelf look at all of the stripped files.
func TestReadable(t *testing.T) {
	readelf := tool(t, "binutils", "readelf")
	files, err := filepath.Glob("../../testdata/elf/*64*")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		if strings.HasSuffix(path, ".tsv") {
			continue
		}
		b := open(t, path)
		if b.BySegment {
			continue
		}
		for _, m := range modes {
			stripped := filepath.Join(t.TempDir(), "stripped")
			if err := os.WriteFile(stripped, ours(t, b, m.mode), 0o644); err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(readelf, "--all", "--wide", stripped)
			var complaints strings.Builder
			cmd.Stderr = &complaints
			if err := cmd.Run(); err != nil || complaints.Len() > 0 {
				t.Errorf("%s, %s: readelf: %v %s", filepath.Base(path), m.name, err, complaints.String())
			}
		}
	}
}
