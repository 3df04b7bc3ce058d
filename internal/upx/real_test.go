//go:build unix

package upx

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// realUPX is the UPX of this machine.
func realUPX(t *testing.T) *Tool {
	t.Helper()
	tool, err := Find(t.Context(), "")
	if errors.Is(err, errNotFound) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return tool
}

// flags of the levels, as users of upx give them.
var flags = map[Level][]string{
	Default: nil,
	Fast:    {"-1"},
	Best:    {"--best"},
	LZMA:    {"--best", "--lzma"},
	Brute:   {"--brute"},
}

// byHand is what upx does when it is called on the command line: the packed
// size, or what it says instead.
func byHand(t *testing.T, tool *Tool, file string, level Level) (size int64, said string) {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	program := filepath.Join(dir, "program")
	if err := os.WriteFile(program, content, 0o755); err != nil {
		t.Fatal(err)
	}
	upx := func(args ...string) ([]byte, error) {
		cmd := exec.CommandContext(t.Context(), tool.Path, args...)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		err := cmd.Run()
		return stderr.Bytes(), err
	}
	out := filepath.Join(dir, "out")
	if stderr, err := upx(append(slices.Clone(flags[level]), "-o", out, program)...); err != nil {
		return 0, string(stderr)
	}
	if stderr, err := upx("-t", out); err != nil {
		return 0, "upx -t: " + string(stderr)
	}
	info, err := os.Stat(out)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size(), ""
}

func fromFile(path string) *Input {
	return NewInput(func(w io.Writer) error {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = io.Copy(w, f)
		return err
	})
}

// same compares a Runner with upx by hand, and gives back its result.
func same(t *testing.T, tool *Tool, file string, level Level) Result {
	t.Helper()
	size, said := byHand(t, tool, file, level)
	r := &Runner{Tool: tool, Cache: openCache(t)}
	got, err := r.Pack(t.Context(), fromFile(file), level, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	said = strings.Join(strings.Fields(said), " ")
	want := OK
	switch {
	case strings.HasPrefix(said, "upx -t: "):
		want = Failed
	case said != "":
		want = Skipped
	}
	reason := got.Reason[strings.LastIndex(got.Reason, "exit status 1: ")+1:]
	reason = strings.TrimPrefix(reason, "xit status 1: ")
	if got.Status != want || got.Size != uint64(size) || !strings.HasSuffix(said, reason) || (said == "") != (reason == "") {
		t.Errorf("%s at level %s: %+v; by hand %d bytes, %q", filepath.Base(file), level, got, size, said)
	}
	again, err := r.Pack(t.Context(), fromFile(file), level, nil, nil)
	if err != nil || again.Cached != (got.Status != Failed) || again.Size != got.Size || again.Status != got.Status || again.Reason != got.Reason {
		t.Errorf("%s again: %+v, %v; first %+v", filepath.Base(file), again, err, got)
	}
	return got
}

func TestRealFixtures(t *testing.T) {
	tool := realUPX(t)
	emptyTemp(t)
	files, err := filepath.Glob("../../testdata/elf/*")
	if err != nil {
		t.Fatal(err)
	}
	ended := map[Status]int{}
	for _, file := range files {
		if !strings.HasSuffix(file, ".tsv") {
			ended[same(t, tool, file, Fast).Status]++
		}
	}
	if ended[OK] < 20 || ended[Skipped] < 5 {
		t.Errorf("%v", ended)
	}
	t.Logf("UPX %s: %v", tool.Version, ended)
}

func TestRealLevels(t *testing.T) {
	tool := realUPX(t)
	emptyTemp(t)
	for level := range flags {
		for _, file := range []string{"c-exec-amd64", "c-basic-arm64"} {
			if got := same(t, tool, filepath.Join("../../testdata/elf", file), level); got.Status != OK {
				t.Errorf("%s at level %s: %+v", file, level, got)
			}
		}
	}
}

// TestRealDeclined are files that no UPX packs.
func TestRealDeclined(t *testing.T) {
	tool := realUPX(t)
	emptyTemp(t)
	elf, err := os.ReadFile("../../testdata/elf/rust-std-mixed-amd64")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name    string
		content string
	}{
		{"empty", ""},
		{"short", "\x7fELF"},
		{"header only", string(elf[:64])},
		{"truncated", string(elf[:100_000])},
		{"text", strings.Repeat("not a program\n", 10_000)},
		{"zeros", strings.Repeat("\x00", 100_000)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "file")
			if err := os.WriteFile(file, []byte(tt.content), 0o600); err != nil {
				t.Fatal(err)
			}
			if got := same(t, tool, file, Default); got.Status != Skipped {
				t.Errorf("%+v", got)
			}
		})
	}
	t.Run("packed before", func(t *testing.T) {
		for _, file := range []string{"c-upx-amd64", "c-upx-arm64"} {
			if got := same(t, tool, filepath.Join("../../testdata/elf", file), LZMA); got.Status != Skipped || !strings.Contains(got.Reason, "AlreadyPacked") {
				t.Errorf("%s: %+v", file, got)
			}
		}
	})
}

func TestRealGo(t *testing.T) {
	tool := realUPX(t)
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("go not found (https://go.dev/dl)")
	}
	dir := t.TempDir()
	source := "package main\n\nfunc main() { println(\"unpacked\") }\n"
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	build := func(arch, mode string) string {
		file := filepath.Join(dir, arch+"-"+mode)
		cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-buildmode="+mode, "-ldflags=-s -w", "-o", file, "main.go")
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+arch, "CGO_ENABLED=0", "GOWORK=off", "GOPROXY=off", "GOTOOLCHAIN=local")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return file
	}
	tests := []struct {
		arch, mode string
		levels     []Level
	}{
		{"amd64", "exe", []Level{Fast, Default, LZMA}},
		{"arm64", "exe", []Level{Fast, LZMA}},
		{"amd64", "pie", []Level{Fast}},
		{"arm64", "pie", []Level{Fast}},
	}
	for _, tt := range tests {
		file := build(tt.arch, tt.mode)
		t.Run(tt.arch+" "+tt.mode, func(t *testing.T) {
			emptyTemp(t)
			for _, level := range tt.levels {
				if got := same(t, tool, file, level); tt.mode == "exe" && got.Status != OK {
					t.Errorf("%s: %+v", level, got)
				}
			}
			if tt.mode != "exe" || runtime.GOOS != "linux" || runtime.GOARCH != tt.arch {
				return
			}
			said := ""
			_, err := (&Runner{Tool: tool}).Pack(t.Context(), fromFile(file), Fast, nil, func(packed string) error {
				out, err := exec.CommandContext(t.Context(), packed).CombinedOutput()
				said = string(out)
				return err
			})
			if err != nil || said != "unpacked\n" {
				t.Errorf("the packed program says %q, %v", said, err)
			}
		})
	}
}
