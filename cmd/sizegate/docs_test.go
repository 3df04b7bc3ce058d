package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestDocs runs the commands that these pages show, and looks for the output that
// they show in what the program prints. FILE stands for any file, PACKAGE for any
// deployment package.
func TestDocs(t *testing.T) {
	t.Setenv("SIZEGATE_UPX", "no-upx")
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	out := t.TempDir()
	stand := func(args []string) []string {
		for i, arg := range args {
			switch {
			case arg == "FILE", arg == "OLD", arg == "NEW":
				args[i] = "testdata/elf/c-exec-amd64"
			case arg == "DEBUGFILE": // a file is its own debug file
				args[i] = "testdata/elf/c-exec-amd64"
			case arg == "PACKAGE":
				args[i] = "testdata/package/function.zip"
			case strings.HasSuffix(arg, ".json"), strings.HasSuffix(arg, ".html"):
				args[i] = filepath.Join(out, arg)
			}
		}
		return args
	}
	for _, doc := range []struct {
		name   string
		tables int
	}{{"lambda.md", 1}, {"advise.md", 1}, {"packages.md", 0}, {"page.md", 0}} {
		page := "../../docs/" + doc.name
		ran, shown := 0, 0
		for _, block := range codeBlocks(t, page, "sh") {
			for line := range strings.Lines(block) {
				line, _, _ = strings.Cut(line, " #")
				args := strings.Fields(strings.ReplaceAll(line, "'", ""))
				ran++
				t.Run(strings.TrimSpace(line), func(t *testing.T) { inRoot(t, stand(args[1:])...) })
			}
		}
		for _, block := range codeBlocks(t, page, "") {
			command, want, _ := strings.Cut(block, "\n")
			args, ok := strings.CutPrefix(command, "$ sizegate ")
			if !ok {
				t.Errorf("%s: a block without a command: %q", page, command)
				continue
			}
			shown++
			t.Run(args, func(t *testing.T) {
				if got := inRoot(t, strings.Fields(args)...); !strings.Contains(got, want) {
					t.Errorf("%s shows\n%s\nbut the program prints\n%s", page, want, got)
				}
			})
		}
		if ran < 4 || shown != doc.tables {
			t.Errorf("%s: %d commands and %d tables", page, ran, shown)
		}
	}
}
