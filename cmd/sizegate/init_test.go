package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// small is a fixture of a few kilobytes.
const small = "../../testdata/elf/c-icf-amd64"

// sizegate runs a command line and wants an exit code.
func sizegate(t *testing.T, want int, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	if code := run(t.Context(), args, &out, &err); code != want {
		t.Fatalf("%q: exit code %d, want %d; stdout %q, stderr %q", args, code, want, &out, &err)
	}
	return out.String(), err.String()
}

// inFolder makes an empty folder the current one and hides UPX. It returns the
// bytes of the small fixture.
func inFolder(t *testing.T) []byte {
	t.Helper()
	binary, err := os.ReadFile(small)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	t.Setenv("SIZEGATE_UPX", filepath.Join(t.TempDir(), "none"))
	return binary
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestInitNames runs init on files whose names mean something in YAML, in a glob
// or in a shell, and holds each file against what was written.
func TestInitNames(t *testing.T) {
	binary := inFolder(t)
	names := []string{
		"app", "a b", " a", "a ", " ", "   ", `"`, `a"b`, "'", "it's", "`", "#", "a #b", "a: b", ":", "a:", "- a", "-", "--", "---", "...", "? a", "?",
		"!", "!a", "!!str", "*", "**", "a*", "[", "]", "a[b", "a[1]", "[!a]", "{", "}", "{a,b}", "{a", `\`, `a\b`, `a\`, `\*`, "&a", "*a", "%", "@", "|", "|-", ">",
		"<<", "=", "~", "null", "true", "no", "yes", "y", "123", "0x1", "1e3", ".5", "2026-12-31", "12:30:45", "..a", "$(a)", "$HOME", "a;b", "a&b",
		"\t", "a\tb", "\n", "a\nb", "a\r\nb", "\x1b[31m", "\x7f", "\u0085", "\u00a0", "\u2028", "\u202e", "\ufeff", "\ufeffa", "é", "日本", "😀", "\U000e0001", "%s%d", "::error::", "##[error]", "a,b",
		strings.Repeat("a", 250), strings.Repeat("a b ", 60), strings.Repeat("[", 120), strings.Repeat("{a,b}", 30), strings.Repeat("é", 120),
	}
	for i, name := range names {
		// A name of a folder, and one of a file that has a namesake.
		for _, path := range []string{name, filepath.Join(name+"x", name), filepath.Join("same"+name, "app")} {
			if len(filepath.Base(filepath.Dir(path))) > 255 {
				continue
			}
			write(t, path, binary)
			files := []string{"./" + path}
			write(t, "other/"+filepath.Base(path), binary)
			if i%2 == 0 {
				files = append(files, "other/"+filepath.Base(path))
			}
			stdout, stderr := sizegate(t, exitOK, append([]string{"init", "-c", "made.yaml", "--force"}, files...)...)
			if strings.Count(stdout, "\n") != 1 || stderr != "" {
				t.Errorf("%q: stdout %q, stderr %q", path, stdout, stderr)
			}
			if _, stderr := sizegate(t, exitOK, "check", "-c", "made.yaml"); stderr != "" {
				t.Errorf("%q: %s", path, stderr)
			}
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			// Nothing but the file meets the pattern.
			sizegate(t, exitUsage, "check", "-c", "made.yaml")
		}
	}
}

// TestInitTooMany names one file more than a configuration can have budgets.
func TestInitTooMany(t *testing.T) {
	inFolder(t)
	args := []string{"init"}
	for i := range 1001 {
		args = append(args, fmt.Sprint("app", i))
	}
	if _, stderr := sizegate(t, exitUsage, args...); stderr != "sizegate: init: 1001 files are too many for one configuration (name at most 1000)\n" {
		t.Error(stderr)
	}
	sizegate(t, exitFailed, args[:1001]...) // there is none of them
}

// TestInitLinks names files from a folder that is a symbolic link, where .. is
// not the folder that the link is in.
func TestInitLinks(t *testing.T) {
	binary := inFolder(t)
	write(t, "dist/app", binary)
	if err := os.MkdirAll("far/away", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("far/away", "near"); err != nil {
		t.Skipf("no symbolic links here: %v (use a file system that has them for TMPDIR)", err)
	}
	sizegate(t, exitOK, "init", "-c", "near/budgets.yaml", "dist/app")
	sizegate(t, exitOK, "check", "-c", "near/budgets.yaml")
	sizegate(t, exitOK, "check", "-c", "far/away/budgets.yaml")
}
