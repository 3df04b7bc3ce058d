// Package gate finds, builds and measures the files that the budgets of a
// budgets.yaml are about: those of this checkout, and those of the commit that they are
// compared with.
package gate

import (
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/budget/configfile"
	"github.com/sizegate/sizegate/internal/budget/pattern"
	"github.com/sizegate/sizegate/internal/usage"
)

// ConfigName is what a configuration is called where none is named.
const ConfigName = "budgets.yaml"

// Gate is a configuration, and those of its budgets that were asked for.
type Gate struct {
	Config *budget.Config
	Path   string   // of the configuration, as it was named or found
	Known  []string // the names of all its budgets
	Quiet  bool     // do not say which commit is the base
	dir    string   // the configuration's folder, which the paths of budgets start from
	built  bool     // the build: commands have been run in dir
	commit string   // "base 0123456789ab: " where the gate is about the base, for its errors
	stderr io.Writer
}

// Open reads the configuration, and keeps the named budgets, or all if there are no
// names. Mistakes in the file are budget.Errors, others a usage.Error. What the gate says
// before the end goes to stderr, and so does what is being done if that is a
// progress.Line.
func Open(stderr io.Writer, path string, names []string) (*Gate, error) {
	config, err := configfile.Load(path)
	if _, ok := errors.AsType[budget.Errors](err); ok {
		return nil, err
	}
	if err != nil {
		return nil, usage.Errorf("%v", err)
	}
	g := &Gate{stderr: stderr, Path: path, dir: filepath.Dir(path), Known: budgetNames(config)}
	g.Config, err = Choose(config, path, names)
	return g, err
}

func budgetNames(config *budget.Config) []string {
	var names []string
	for i := range config.Budgets {
		names = append(names, config.Budgets[i].Name)
	}
	return names
}

// Choose is the configuration at path with the named budgets and their waivers alone,
// or with all if there are no names. A name that it does not have is a usage.Error.
func Choose(config *budget.Config, path string, names []string) (*budget.Config, error) {
	if len(names) == 0 {
		return config, nil
	}
	for _, name := range names {
		if !slices.ContainsFunc(config.Budgets, func(b budget.Budget) bool { return b.Name == name }) {
			return nil, usage.Errorf("%s: has no budget %q (it has: %s)", path, name, strings.Join(budgetNames(config), ", "))
		}
	}
	chosen := *config
	chosen.Budgets = slices.DeleteFunc(slices.Clone(chosen.Budgets), func(b budget.Budget) bool { return !slices.Contains(names, b.Name) })
	chosen.Waivers = slices.DeleteFunc(slices.Clone(chosen.Waivers), func(w budget.Waiver) bool { return !slices.Contains(names, w.Budget) })
	return &chosen, nil
}

// Inputs are the files that no output may overwrite: the configuration, and what
// is there of what is measured.
func (g *Gate) Inputs() []string {
	paths := []string{g.Path}
	for i := range g.Config.Budgets {
		b := &g.Config.Budgets[i]
		found, err := pattern.Files(g.dir, b.Paths, b.AllowMissing)
		if err == nil { // else measuring will tell
			paths = append(paths, slices.DeleteFunc(found, pattern.InRegistry)...)
		}
	}
	return paths
}
