package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/gate"
)

const (
	fixture        = "../../testdata/elf/rust-v0-amd64"
	packageFixture = "../../testdata/package/function.zip"
)

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := t.TempDir()
	for _, args := range [][]string{
		{"report", fixture},
		{"report", fixture, fixture},
		{"report", "-f", "json", "-o", filepath.Join(dir, "out"), fixture},
		{"report", packageFixture},
		{"lambda", fixture}, {"lambda", packageFixture}, {"advise", fixture, fixture},
		{"report", "-f", "json", "-o", filepath.Join(dir, "out"), packageFixture, filepath.Dir(packageFixture)},
	} {
		var stdout, stderr bytes.Buffer
		if code := run(ctx, args, &stdout, &stderr); code != exitFailed {
			t.Errorf("%q: exit code %d", args, code)
		}
		if stdout.Len() > 0 || stderr.String() != "sizegate: interrupted (nothing was written)\n" {
			t.Errorf("%q: stdout %q, stderr %q", args, &stdout, &stderr)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// brokenWriter takes nothing.
type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestBrokenOutput(t *testing.T) {
	for _, args := range [][]string{
		{"report", fixture}, {"report", "-f", "csv", fixture}, {"report", "-f", "json", fixture, fixture},
		{"report", packageFixture}, {"report", "-f", "json", packageFixture, packageFixture},
		{"lambda", "--upx", "no-upx", fixture}, {"advise", fixture}, {"advise", "-f", "json", fixture},
		{"version"}, {"completion", "bash"}, {"--help"}, {"report", "--help"},
	} {
		var stderr bytes.Buffer
		code := run(t.Context(), args, brokenWriter{}, &stderr)
		if text := stderr.String(); code != exitFailed || !strings.HasPrefix(text, "sizegate: ") ||
			!strings.Contains(text, "broken pipe") || strings.Count(text, "\n") != 1 {
			t.Errorf("%q: exit code %d, stderr %q", args, code, text)
		}
	}
}

// TestHelpExamples runs every example in the help of every command.
func TestHelpExamples(t *testing.T) {
	binary, err := os.ReadFile(fixture)
	if err != nil {
		t.Fatal(err)
	}
	zipped, err := os.ReadFile(packageFixture)
	if err != nil {
		t.Fatal(err)
	}
	image, err := os.ReadFile(imageForDocs(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	write := func(path string, data []byte) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{"dist/api", "dist/worker", "dist/app", "dist/app.debug", "target/release/app", "app-v1.4.0", "app-v1.5.0", "old", "new"} {
		write(path, binary)
	}
	for _, path := range []string{"dist/function.zip", "function-v1.zip", "function-v2.zip"} {
		write(path, zipped)
	}
	for _, path := range []string{"image.tar", "image-v1.tar", "image-v2.tar"} {
		write(path, image)
	}
	saved := func(path, name string) {
		t.Helper()
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), []string{"report", "--by", "function", "-f", "json", "dist/api"}, &stdout, &stderr); code != exitOK {
			t.Fatal(&stderr)
		}
		write(path, bytes.Replace(stdout.Bytes(), []byte(`"name": "api"`), []byte(`"name": "`+name+`"`), 1))
	}
	saved("size-main.json", "api-arm64")
	saved("old.json", "api-arm64")
	saved("new.json", "api-arm64")
	config := "version: 1\nbudgets:\n  - {name: api-arm64, path: dist/api, build: 'true', limits: {file: 14 MB}}\n"
	words := regexp.MustCompile(`'[^']*'|[^ ']+`)
	for _, c := range commands {
		t.Run(c.name, func(t *testing.T) {
			_, examples, ok := strings.Cut(c.help, "Example")
			if !ok {
				t.Fatal("no example")
			}
			if c == initCommand {
				os.Remove(gate.ConfigName) // it does not overwrite
			} else {
				write(gate.ConfigName, []byte(config))
			}
			ran := 0
			for line := range strings.Lines(examples) {
				_, command, ok := strings.Cut(line, "sizegate ")
				if !ok {
					continue
				}
				command, _, _ = strings.Cut(command, " # ")
				if strings.Contains(command, "--base ") {
					continue // needs a repository: testdata/script/story.txtar
				}
				// What a shell does around the command is not part of it.
				if i := strings.IndexAny(command, ")>"); i >= 0 {
					command = command[:i]
				}
				args := words.FindAllString(strings.TrimSpace(command), -1)
				for i := range args {
					args[i] = strings.Trim(args[i], "'")
				}
				var stdout, stderr bytes.Buffer
				code := run(t.Context(), args, &stdout, &stderr)
				quiet := stderr.Len() == 0
				if slices.Contains(args, "--startup") { // which says what it is going to run
					quiet = strings.HasPrefix(stderr.String(), "sizegate: dist/api: --startup runs copies of this file 11 times each: ") && strings.Count(stderr.String(), "\n") == 1
				}
				if code != exitOK || !quiet || stdout.Len() == 0 && !slices.Contains(args, "-o") && !slices.Contains(args, "-q") {
					t.Errorf("%q: exit code %d, %d bytes of output, %s", args, code, stdout.Len(), &stderr)
				}
				ran++
			}
			if ran == 0 {
				t.Error("no example was run")
			}
		})
	}
}
