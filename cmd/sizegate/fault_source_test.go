package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// callsOf lists "file: pkg.Name" for the calls in the program's source of the
// functions that are named, and how often.
func callsOf(t *testing.T, pkg string, names ...string) map[string]int {
	t.Helper()
	calls := make(map[string]int)
	for _, root := range []string{".", "../../internal"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") ||
				strings.HasSuffix(filepath.Dir(path), "test") { // elftest and the like
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if s, ok := n.(*ast.SelectorExpr); ok && slices.Contains(names, s.Sel.Name) {
					if x, ok := s.X.(*ast.Ident); ok && x.Name == pkg {
						calls[fmt.Sprintf("%s: %s.%s", strings.TrimPrefix(filepath.ToSlash(path), "../../"), pkg, s.Sel.Name)]++
					}
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return calls
}

// TestPrograms holds the list of what may start a program. A shell runs build:
// commands and, with fixed text, waits for their end; nothing else has one.
func TestPrograms(t *testing.T) {
	want := map[string]int{
		"internal/startup/memory_linux.go: os.StartProcess": 1, // the file itself, for --startup
		"internal/startup/startup.go: exec.CommandContext":  1,
		"internal/upx/leader_unix.go: exec.Command":         1, // sh, with a fixed script: for upx
		"internal/upx/run.go: exec.Command":                 1, // upx
		"internal/worktree/git.go: exec.CommandContext":     1, // git
		"internal/worktree/guard.go: exec.Command":          1, // sh, with a fixed script: for git and builds
		"internal/worktree/run.go: exec.CommandContext":     1, // sh, with a build: command
	}
	got := callsOf(t, "exec", "Command", "CommandContext", "Cmd")
	// The type is in signatures, too.
	maps.DeleteFunc(got, func(call string, _ int) bool { return strings.HasSuffix(call, "exec.Cmd") })
	maps.Copy(got, callsOf(t, "os", "StartProcess"))
	maps.Copy(got, callsOf(t, "syscall", "Exec", "ForkExec", "StartProcess"))
	if !maps.Equal(got, want) {
		t.Errorf("programs are started by %v, want %v", got, want)
	}
	if got, want := callsOf(t, "worktree", "Run"), map[string]int{"internal/gate/build.go: worktree.Run": 1}; !maps.Equal(got, want) {
		t.Errorf("build: commands are run by %v, want %v", got, want)
	}
}

// TestClock holds the list of what looks at the clock, which TestClockJumps moves. Today's date decides about
// waivers alone; all else is a difference of two times, which Go takes from a clock
// that does not jump.
func TestClock(t *testing.T) {
	want := map[string]int{
		"check.go: time.Now": 1, "update.go: time.Now": 1, // the day, for waivers
		"internal/progress/progress.go: time.Now": 1, // for how long something has been done
		"internal/startup/startup.go: time.Now":   1, "internal/startup/startup.go: time.Since": 1,
		"internal/upx/pack.go: time.Now": 1, "internal/upx/pack.go: time.Since": 1,
		"internal/variant/variant.go: time.Now": 2, "internal/variant/variant.go: time.Since": 2,
	}
	if got := callsOf(t, "time", "Now", "Since", "Until"); !maps.Equal(got, want) {
		t.Errorf("the clock is looked at by %v, want %v", got, want)
	}
	for _, strips := range []string{"Round", "Truncate", "UnixNano", "UnixMilli"} {
		if got := callsOf(t, "start", strips); len(got) > 0 {
			t.Errorf("%v lose the clock that does not jump", got)
		}
	}
}
