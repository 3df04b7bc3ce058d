package gate

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/budget/configfile"
	"github.com/sizegate/sizegate/internal/budget/judge"
	"github.com/sizegate/sizegate/internal/budget/pattern"
	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/fileerror"
	"github.com/sizegate/sizegate/internal/interrupt"
	"github.com/sizegate/sizegate/internal/measurer"
	"github.com/sizegate/sizegate/internal/progress"
	"github.com/sizegate/sizegate/internal/usage"
	"github.com/sizegate/sizegate/internal/worktree"
)

// NoBase is why there is no commit to compare with, which is no fault.
type NoBase string

func (n NoBase) Error() string { return string(n) }

// Base is the commit to compare with.
type Base struct {
	gate   *Gate
	repo   *worktree.Repo
	commit string
}

// Base finds the commit that ref means, "auto" for one that is chosen, and that every
// budget says how to build it, before anything is measured. The error is a NoBase if
// there is none to be chosen.
func (g *Gate) Base(ctx context.Context, ref string) (_ *Base, err error) {
	defer func() { err = interrupt.Or(ctx, err) }()
	if err := g.CanBuild("--base"); err != nil {
		return nil, err
	}
	if err := g.insideRepository(); err != nil {
		return nil, err
	}
	repo, err := worktree.Find(ctx, g.dir)
	if err != nil {
		return nil, err
	}
	b := &Base{gate: g, repo: repo}
	why := ref
	if ref == "auto" {
		base, err := repo.Base(ctx, os.Getenv)
		if errors.Is(err, worktree.ErrNoBase) {
			return nil, NoBase(err.Error())
		}
		if err != nil {
			return nil, err
		}
		b.commit, why = base.Commit, base.Why
	} else if b.commit, err = repo.Resolve(ctx, ref); err != nil {
		return nil, usage.Errorf("--base: %v", err)
	}
	if !g.Quiet {
		fmt.Fprintf(g.stderr, "sizegate: base is %.12s, %s\n", b.commit, display.Clean(why))
	}
	return b, nil
}

// Measure builds and measures the base in a worktree of its own. Budgets whose files the
// base does not make are not in the list.
func (b *Base) Measure(ctx context.Context, m *measurer.Measurer) (_ []judge.Measured, err error) {
	g := b.gate
	task := progress.Begin(g.stderr, fmt.Sprintf("base %.12s", b.commit), 1)
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
			fmt.Fprintf(g.stderr, "sizegate: %s\n", display.Clean(closed.Error()))
		}
	}()
	dir, err := tree.Path(g.dir)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(dir); err != nil {
		return nil, nil // the base has no such folder yet
	}
	old := b.gateAt(dir)
	if err := old.build(ctx, dir); err != nil {
		return nil, err
	}
	jobs, _, err := old.jobs(dir, true, true)
	if err != nil {
		return nil, err
	}
	list, failures := Measure(ctx, m, jobs)
	for _, f := range failures {
		return nil, old.notMeasured(f)
	}
	return list, nil
}

// gateAt is the gate in the checkout dir without the budgets that the base does not have
// yet, whose commands would fail there. What the base's own configuration says besides
// does not count: both sides are built and measured alike. Where it has none that can
// be read, all budgets are built.
func (b *Base) gateAt(dir string) *Gate {
	old := *b.gate
	old.commit = fmt.Sprintf("base %.12s: ", b.commit)
	config, err := configfile.Load(filepath.Join(dir, filepath.Base(old.Path)))
	if err != nil {
		return &old
	}
	kept := *old.Config
	kept.Budgets = slices.DeleteFunc(slices.Clone(kept.Budgets), func(b budget.Budget) bool {
		return !slices.ContainsFunc(config.Budgets, func(o budget.Budget) bool { return o.Name == b.Name })
	})
	old.Config = &kept
	return &old
}

// insideRepository refuses paths that mean the same file in every checkout: what
// was measured for the base would be the user's file.
func (g *Gate) insideRepository() error {
	dir, err := filepath.Abs(g.dir)
	if err != nil {
		return usage.Errorf("the current folder cannot be found: %v (go to one that exists)", fileerror.Cause(err))
	}
	root := repositoryRoot(dir)
	for i := range g.Config.Budgets {
		b := &g.Config.Budgets[i]
		for _, path := range b.Paths {
			if pattern.InRegistry(path) {
				return g.mistake(b, b.PathPosition, "path %s is the same image for every commit, so --base cannot build another one (let build: save it to a file, or use --baseline)", path)
			}
			inside := relative(root, filepath.Join(dir, path))
			if filepath.IsAbs(path) || root != "" && (inside == ".." || strings.HasPrefix(inside, "../")) {
				return g.mistake(b, b.PathPosition, "path %s is outside the checkout, so --base cannot build another one (use a path below the repository, or --baseline)", path)
			}
		}
	}
	return nil
}
