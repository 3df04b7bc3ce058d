package gate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/interrupt"
	"github.com/sizegate/sizegate/internal/progress"
	"github.com/sizegate/sizegate/internal/worktree"
)

// CanBuild refuses a configuration that does not say how a budget is built, or
// in which two commands make the same file: the one that runs last would be
// measured for both. The error is a BudgetError that names the flag.
func (g *Gate) CanBuild(flag string) error {
	type maker struct{ name, build string }
	makers := make(map[string]maker)
	for i := range g.Config.Budgets {
		b := &g.Config.Budgets[i]
		if b.Build == "" {
			return g.mistake(b, b.Position, "has no build: command, which %s needs", flag)
		}
		for _, path := range b.Paths {
			path = filepath.Clean(path)
			other, ok := makers[path]
			if ok && other.build != b.Build {
				return g.mistake(b, b.PathPosition, "builds %s by another command than %s does (let each build a file of its own)", path, other.name)
			}
			makers[path] = maker{b.Name, b.Build}
		}
	}
	return nil
}

// Build runs the build commands in this checkout, each once, and shows them before, also
// where it is to be quiet: a stranger may have written them.
func (g *Gate) Build(ctx context.Context) error {
	if err := g.build(ctx, g.dir); err != nil {
		return err
	}
	g.built = true
	return nil
}

// build runs the build commands in dir as Build does.
func (g *Gate) build(ctx context.Context, dir string) error {
	var done []string
	for i := range g.Config.Budgets {
		b := &g.Config.Budgets[i]
		if slices.Contains(done, b.Build) {
			continue
		}
		done = append(done, b.Build)
		fmt.Fprintf(g.stderr, "sizegate: %s: building in %s: %s\n", display.Clean(b.Name), display.Clean(dir), display.Clean(b.Build))
		task := progress.Begin(g.stderr, b.Name, 1)
		done := task.Step(b.Build)
		_, err := worktree.Run(ctx, dir, b.Build)
		done()
		task.End()
		if failed, ok := errors.AsType[*worktree.BuildError](err); ok {
			showOutput(g.stderr, failed.Output)
			return g.buildFailed(b, "%w (its output is above)", err)
		}
		if ctx.Err() != nil {
			return interrupt.Err
		}
		if err != nil {
			return g.buildFailed(b, "%w", err)
		}
	}
	return nil
}

// showOutput prints what a build said, which can neither move the cursor nor
// give commands to the CI.
func showOutput(w io.Writer, text string) {
	for line := range strings.Lines(text) {
		fmt.Fprintf(w, "  | %s\n", display.Clean(strings.TrimRight(line, "\r\n")))
	}
}
