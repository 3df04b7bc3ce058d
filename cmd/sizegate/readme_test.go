package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// codeBlocks returns the text of the fenced blocks of a Markdown file whose
// fence names the language.
func codeBlocks(t *testing.T, path, language string) []string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var blocks []string
	inside, wanted := false, false
	for line := range strings.Lines(string(data)) {
		if fence, ok := strings.CutPrefix(line, "```"); ok {
			inside = !inside
			wanted = inside && strings.TrimSpace(fence) == language
			if wanted {
				blocks = append(blocks, "")
			}
			continue
		}
		if wanted {
			blocks[len(blocks)-1] += line
		}
	}
	return blocks
}

// inRoot runs a sizegate command line in the repository's root.
func inRoot(t *testing.T, args ...string) string {
	t.Helper()
	t.Chdir(filepath.Join("..", ".."))
	t.Setenv("COLUMNS", "80")
	var stdout, stderr bytes.Buffer
	if code := run(context.Background(), args, &stdout, &stderr); code != exitOK && (args[0] != "check" || code != exitExceeded) {
		t.Fatalf("sizegate %s: exit %d, %s", strings.Join(args, " "), code, &stderr)
	}
	return stdout.String()
}

// TestReadmeTable: what the README shows is what the program prints, all of it or up to
// a line with an ellipsis.
func TestReadmeTable(t *testing.T) {
	shown := 0
	for _, block := range codeBlocks(t, "../../README.md", "") {
		command, want, _ := strings.Cut(block, "\n")
		args, ok := strings.CutPrefix(command, "$ sizegate ")
		if !ok {
			continue
		}
		shown++
		t.Run(args, func(t *testing.T) {
			start, cut := strings.CutSuffix(want, "…\n")
			if got := inRoot(t, strings.Fields(args)...); !strings.HasPrefix(got, start) || !cut && got != want {
				t.Errorf("README.md shows\n%s\nbut the program prints\n%s", want, got)
			}
		})
	}
	if shown == 0 {
		t.Error("README.md shows no table")
	}
}

// TestReadmeCommands runs every command line of the README; FILE, OLD and NEW
// stand for any file, PACKAGE for any deployment package, IMAGE for any container
// image.
func TestReadmeCommands(t *testing.T) {
	blocks := codeBlocks(t, "../../README.md", "sh")
	if len(blocks) < 2 || !strings.HasPrefix(blocks[0], "go run ./cmd/sizegate report testdata/elf/") || blocks[1] != "go test ./...\n" {
		t.Fatalf("the README does not begin with its two commands: %q", blocks)
	}
	const file, deployed = "testdata/elf/rust-v0-amd64", "testdata/package/function.zip"
	dir := t.TempDir()
	image := imageForDocs(t)
	for _, block := range blocks {
		for line := range strings.Lines(block) {
			line, _, _ = strings.Cut(line, " #")
			args := strings.Fields(strings.Replace(line, "go run ./cmd/sizegate", "sizegate", 1))
			if len(args) == 0 || args[0] != "sizegate" {
				continue
			}
			for i := range args {
				args[i] = strings.Trim(args[i], "'")
				switch args[i] {
				case "FILE", "FILE...", "OLD", "NEW":
					args[i] = file
				case "IMAGE":
					args[i] = image
				case "PACKAGE":
					args[i] = deployed
				case "size.json", "size.html":
					args[i] = filepath.Join(dir, args[i])
				}
			}
			t.Run(strings.TrimSpace(line), func(t *testing.T) { inRoot(t, args[1:]...) })
		}
	}
}
