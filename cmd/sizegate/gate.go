package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/attrib"
	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/budget/configfile"
	"github.com/sizegate/sizegate/internal/budget/pattern"
	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/fileerror"
	"github.com/sizegate/sizegate/internal/inputkind"
	"github.com/sizegate/sizegate/internal/measurer"
	"github.com/sizegate/sizegate/internal/report/outcome"
	"github.com/sizegate/sizegate/internal/upx"
	"github.com/sizegate/sizegate/internal/usage"
	"github.com/sizegate/sizegate/internal/variant"
)

const configName = "budgets.yaml"

// gate is a configuration, and those of its budgets that were asked for.
type gate struct {
	config *budget.Config
	path   string   // of the configuration, as it was named or found
	dir    string   // its folder, which the paths of budgets start from
	known  []string // the names of all its budgets
	built  bool     // the build: commands have been run in dir
}

// openGate reads the configuration. Its mistakes are printed, all of them; with
// annotate also as annotations of GitHub.
func openGate(env *environment, path string, names []string, annotate bool) (*gate, error) {
	if path == "" {
		found, err := findConfig()
		if err != nil {
			return nil, err
		}
		path = found
	}
	config, err := configfile.Load(path)
	if mistakes, ok := errors.AsType[budget.Errors](err); ok {
		for _, m := range mistakes {
			fmt.Fprintf(env.stderr, "sizegate: %s\n", display.Clean(m.Error()))
		}
		if annotate {
			if err := outcome.MistakesGitHub(env.stdout, fromRoot(path), mistakes); err != nil {
				return nil, err
			}
		}
		return nil, exit(exitUsage)
	}
	if err != nil {
		return nil, usage.Errorf("%v", err)
	}
	g := &gate{config: config, path: path, dir: filepath.Dir(path)}
	for i := range config.Budgets {
		g.known = append(g.known, config.Budgets[i].Name)
	}
	return g, g.choose(names)
}

// choose keeps the named budgets, or all if there are no names.
func (g *gate) choose(names []string) error {
	if len(names) == 0 {
		return nil
	}
	for _, name := range names {
		if !slices.ContainsFunc(g.config.Budgets, func(b budget.Budget) bool { return b.Name == name }) {
			return usage.Errorf("%s: has no budget %q (it has: %s)", g.path, name, strings.Join(g.known, ", "))
		}
	}
	chosen := *g.config
	chosen.Budgets = slices.DeleteFunc(slices.Clone(chosen.Budgets), func(b budget.Budget) bool { return !slices.Contains(names, b.Name) })
	chosen.Waivers = slices.DeleteFunc(slices.Clone(chosen.Waivers), func(w budget.Waiver) bool { return !slices.Contains(names, w.Budget) })
	g.config = &chosen
	return nil
}

// findConfig looks for budgets.yaml in this folder, and upwards to the root of
// the repository if this is one.
func findConfig() (string, error) {
	here, err := os.Getwd()
	if err != nil {
		return "", usage.Errorf("the current folder cannot be found: %v (name the configuration with -c)", fileerror.Cause(err))
	}
	if root := repositoryRoot(here); root != "" {
		for dir := here; ; dir = filepath.Dir(dir) {
			path := filepath.Join(dir, configName)
			if _, err := os.Lstat(path); err == nil {
				return relative(here, path), nil
			}
			if dir == root {
				return "", usage.Errorf("no %s here or above, up to %s (sizegate init writes one; -c names another file)", configName, root)
			}
		}
	}
	if _, err := os.Lstat(configName); err != nil {
		return "", usage.Errorf("no %s here (sizegate init writes one; -c names another file)", configName)
	}
	return configName, nil
}

// repositoryRoot is the nearest folder upwards that has a .git, "" without one.
func repositoryRoot(dir string) string {
	for {
		if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			return ""
		}
		dir = up
	}
}

// relative is the path seen from a folder, or as it is where that cannot be said.
func relative(from, path string) string {
	if rel, err := filepath.Rel(from, path); err == nil {
		return rel
	}
	return path
}

// fromRoot is the configuration's path as annotations need it: from the root of
// the repository, with forward slashes.
func fromRoot(config string) string {
	path, err := filepath.Abs(config)
	if err != nil {
		return config
	}
	if root := repositoryRoot(filepath.Dir(path)); root != "" {
		return filepath.ToSlash(relative(root, path))
	}
	return filepath.ToSlash(config)
}

// inputs are the files that no output may overwrite: the configuration, and what
// is there of what is measured.
func (g *gate) inputs() []string {
	paths := []string{g.path}
	for i := range g.config.Budgets {
		b := &g.config.Budgets[i]
		found, err := pattern.Files(g.dir, b.Paths, b.AllowMissing)
		if err == nil { // else measuring will tell
			paths = append(paths, slices.DeleteFunc(found, pattern.InRegistry)...)
		}
	}
	return paths
}

// job is one binary, package or image to be measured for a budget.
type job struct {
	budget *budget.Budget
	kind   inputkind.Kind
	path   string // from the configuration's folder: the same in every checkout
	target measurer.Target
}

// jobs finds the files of all budgets in dir, which is the configuration's folder
// or stands for it in another checkout. functions asks for each function.
// Budgets without a file are missing where that is allowed, or where lenient says
// so; otherwise each is printed, and the error is exit code 2.
func (g *gate) jobs(env *environment, dir string, functions, lenient bool) (jobs []job, missing []*budget.Budget, err error) {
	for i := range g.config.Budgets {
		b := &g.config.Budgets[i]
		paths, fault := pattern.Files(dir, b.Paths, b.AllowMissing || lenient) // each pattern for itself
		if fault != nil {
			fmt.Fprintf(env.stderr, "sizegate: %s:%d:%d: %s: %s\n", display.Clean(g.path), b.PathPosition.Line, b.PathPosition.Column, display.Clean(b.Name), display.Clean(g.noFile(fault)))
			err = exit(exitUsage)
		}
		if len(paths) == 0 {
			missing = append(missing, b)
		}
		needs := b.Needs()
		for _, path := range paths {
			t := measurer.Target{Name: b.Name, Path: path}
			t.Variants, t.Levels = variantsFor(needs)
			t.Options = attrib.Options{
				View:      attrib.Defined,
				Section:   func(s *elfscan.Section) bool { return needs.Total || s.Kind == elfscan.Code },
				Functions: functions,
			}
			shown := path
			if !pattern.InRegistry(path) {
				shown = filepath.ToSlash(relative(dir, path))
			}
			jobs = append(jobs, job{b, inputkind.Of(path), shown, t})
		}
	}
	return jobs, missing, err
}

func (g *gate) noFile(err error) string {
	none, ok := errors.AsType[*pattern.Missing](err)
	if !ok {
		return err.Error()
	}
	what := "build it first, or --build"
	if g.built {
		what = "the build: command did not make it"
	}
	return fmt.Sprintf("path %q matches no file (%s; allow-missing: true if it may be missing)", none.Pattern, what)
}

// variantsFor are the variants that a budget needs. stripped costs nothing, and
// makes a report that is saved useful to others.
func variantsFor(needs budget.Needs) (names []variant.Name, levels []upx.Level) {
	names = []variant.Name{variant.Stripped}
	for _, v := range []struct {
		needed bool
		name   variant.Name
	}{{needs.UPX, variant.UPX}, {needs.Zip, variant.Zip}, {needs.Gzip, variant.Gzip}, {needs.Zstd, variant.Zstd}} {
		if v.needed {
			names = append(names, v.name)
		}
	}
	for _, level := range needs.Levels {
		levels = append(levels, upx.Level(level))
	}
	return names, levels
}
