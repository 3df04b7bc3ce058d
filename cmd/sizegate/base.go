package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/budget/configfile"
	"github.com/sizegate/sizegate/internal/budget/pattern"
	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/fileerror"
	"github.com/sizegate/sizegate/internal/interrupt"
	"github.com/sizegate/sizegate/internal/measurer"
	"github.com/sizegate/sizegate/internal/progress"
	"github.com/sizegate/sizegate/internal/snapshot"
	"github.com/sizegate/sizegate/internal/usage"
	"github.com/sizegate/sizegate/internal/worktree"
)

// noBase is why there is no commit to compare with, which is no fault.
type noBase string

func (n noBase) Error() string { return string(n) }

// baseBuild is the commit to compare with.
type baseBuild struct {
	repo   *worktree.Repo
	commit string
}

// prepareBase finds the commit and that every budget says how to build it,
// before anything is measured.
func prepareBase(ctx context.Context, env *environment, g *gate, ref string) (_ *baseBuild, err error) {
	defer func() { err = interrupt.Or(ctx, err) }()
	if err := g.canBuild("--base"); err != nil {
		return nil, err
	}
	if err := g.insideRepository(); err != nil {
		return nil, err
	}
	repo, err := worktree.Find(ctx, g.dir)
	if err != nil {
		return nil, err
	}
	b := &baseBuild{repo: repo}
	why := ref
	if ref == "auto" {
		base, err := repo.Base(ctx, os.Getenv)
		if errors.Is(err, worktree.ErrNoBase) {
			return nil, noBase(err.Error())
		}
		if err != nil {
			return nil, err
		}
		b.commit, why = base.Commit, base.Why
	} else if b.commit, err = repo.Resolve(ctx, ref); err != nil {
		return nil, usage.Errorf("--base: %v", err)
	}
	fmt.Fprintf(env.stderr, "sizegate: base is %.12s, %s\n", b.commit, display.Clean(why))
	return b, nil
}

// measure builds and measures the base in a worktree of its own. Budgets whose
// files the base does not make are not in the report.
func (b *baseBuild) measure(ctx context.Context, env *environment, g *gate, m *measurer.Measurer) (_ *snapshot.Report, err error) {
	task := progress.Begin(env.stderr, fmt.Sprintf("base %.12s", b.commit), 1)
	defer task.End()
	done := task.Step("checking it out")
	tree, err := b.repo.Checkout(ctx, b.commit)
	done()
	if err != nil {
		return nil, interrupt.Or(ctx, err)
	}
	defer func() {
		err = interrupt.Or(ctx, err)
		closed := tree.Close()
		switch {
		case err == nil:
			err = closed
		case closed != nil:
			fmt.Fprintf(env.stderr, "sizegate: %s\n", display.Clean(closed.Error()))
		}
	}()
	dir, err := tree.Path(g.dir)
	if err != nil {
		return nil, err
	}
	r := newReport()
	if _, err := os.Stat(dir); err != nil {
		return r, nil // the base has no such folder yet
	}
	old := g.inBase(dir)
	if err := old.build(ctx, env, dir); err != nil {
		return nil, fmt.Errorf("base %.12s: %w", b.commit, err)
	}
	jobs, _, err := old.jobs(env, dir, true, true)
	if err != nil {
		return nil, err
	}
	binaries, failures := measureJobs(ctx, m, jobs)
	for _, f := range failures {
		return nil, fmt.Errorf("base %.12s: %s: %s", b.commit, f.Path, f.Problem)
	}
	addMeasured(r, binaries)
	return r, nil
}

// inBase is the gate without the budgets that the base does not have yet, whose
// commands would fail there. What the base's own configuration says besides does
// not count: both sides are built and measured alike. Where it has none that can
// be read, all budgets are built.
func (g *gate) inBase(dir string) *gate {
	config, err := configfile.Load(filepath.Join(dir, filepath.Base(g.path)))
	if err != nil {
		return g
	}
	old := *g
	kept := *g.config
	kept.Budgets = slices.DeleteFunc(slices.Clone(kept.Budgets), func(b budget.Budget) bool {
		return !slices.ContainsFunc(config.Budgets, func(o budget.Budget) bool { return o.Name == b.Name })
	})
	old.config = &kept
	return &old
}

// canBuild refuses a configuration that does not say how a budget is built, or
// in which two commands make the same file: the one that runs last would be
// measured for both.
func (g *gate) canBuild(flag string) error {
	type maker struct{ name, build string }
	makers := make(map[string]maker)
	for i := range g.config.Budgets {
		b := &g.config.Budgets[i]
		if b.Build == "" {
			return usage.Errorf("%s:%d: %s: has no build: command, which %s needs", g.path, b.Position.Line, b.Name, flag)
		}
		for _, path := range b.Paths {
			path = filepath.Clean(path)
			other, ok := makers[path]
			if ok && other.build != b.Build {
				return usage.Errorf("%s:%d: %s: builds %s by another command than %s does (let each build a file of its own)", g.path, b.PathPosition.Line, b.Name, path, other.name)
			}
			makers[path] = maker{b.Name, b.Build}
		}
	}
	return nil
}

// insideRepository refuses paths that mean the same file in every checkout: what
// was measured for the base would be the user's file.
func (g *gate) insideRepository() error {
	dir, err := filepath.Abs(g.dir)
	if err != nil {
		return usage.Errorf("the current folder cannot be found: %v (go to one that exists)", fileerror.Cause(err))
	}
	root := repositoryRoot(dir)
	for i := range g.config.Budgets {
		b := &g.config.Budgets[i]
		for _, path := range b.Paths {
			if pattern.InRegistry(path) {
				return usage.Errorf("%s:%d: %s: path %s is the same image for every commit, so --base cannot build another one (let build: save it to a file, or use --baseline)", g.path, b.PathPosition.Line, b.Name, path)
			}
			inside := relative(root, filepath.Join(dir, path))
			if filepath.IsAbs(path) || root != "" && (inside == ".." || strings.HasPrefix(inside, "../")) {
				return usage.Errorf("%s:%d: %s: path %s is outside the checkout, so --base cannot build another one (use a path below the repository, or --baseline)", g.path, b.PathPosition.Line, b.Name, path)
			}
		}
	}
	return nil
}

// build runs the build commands in dir, each once, and says so before.
func (g *gate) build(ctx context.Context, env *environment, dir string) error {
	var done []string
	for i := range g.config.Budgets {
		b := &g.config.Budgets[i]
		if slices.Contains(done, b.Build) {
			continue
		}
		done = append(done, b.Build)
		fmt.Fprintf(env.stderr, "sizegate: %s: building in %s: %s\n", display.Clean(b.Name), display.Clean(dir), display.Clean(b.Build))
		task := progress.Begin(env.stderr, b.Name, 1)
		done := task.Step(b.Build)
		_, err := worktree.Run(ctx, dir, b.Build)
		done()
		task.End()
		if failed, ok := errors.AsType[*worktree.BuildError](err); ok {
			showOutput(env.stderr, failed.Output)
			return fmt.Errorf("%s:%d: %s: the build failed: %w (its output is above)", g.path, b.Position.Line, b.Name, err)
		}
		if ctx.Err() != nil {
			return interrupt.Err
		}
		if err != nil {
			return fmt.Errorf("%s:%d: %s: the build failed: %w", g.path, b.Position.Line, b.Name, err)
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
