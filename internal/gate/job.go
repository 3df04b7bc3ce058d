package gate

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/sizegate/sizegate/internal/attrib"
	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/budget/pattern"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/inputkind"
	"github.com/sizegate/sizegate/internal/measurer"
	"github.com/sizegate/sizegate/internal/upx"
	"github.com/sizegate/sizegate/internal/variant"
)

// Job is one binary, package or image to be measured for a budget.
type Job struct {
	budget *budget.Budget
	kind   inputkind.Kind
	path   string // from the configuration's folder: the same in every checkout
	target measurer.Target
}

// Jobs finds the files of all budgets. functions asks for each function. Budgets
// without a file are missing where that is allowed; otherwise each is one of the
// budget.Errors that the error is.
func (g *Gate) Jobs(functions bool) (jobs []Job, missing []*budget.Budget, err error) {
	return g.jobs(g.dir, functions, false)
}

// jobs finds the files in dir, which is the configuration's folder or stands for it in
// another checkout. With lenient any budget may be without a file.
func (g *Gate) jobs(dir string, functions, lenient bool) (jobs []Job, missing []*budget.Budget, err error) {
	var mistakes budget.Errors
	for i := range g.Config.Budgets {
		b := &g.Config.Budgets[i]
		paths, fault := pattern.Files(dir, b.Paths, b.AllowMissing || lenient) // each pattern for itself
		if fault != nil {
			problem, hint := g.noFile(fault)
			mistakes = append(mistakes, budget.Error{Path: g.Path, Position: b.PathPosition, Problem: b.Name + ": " + problem, Hint: hint})
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
			jobs = append(jobs, Job{b, inputkind.Of(path), shown, t})
		}
	}
	if mistakes != nil {
		return nil, nil, mistakes
	}
	return jobs, missing, nil
}

func (g *Gate) noFile(err error) (problem, hint string) {
	none, ok := errors.AsType[*pattern.Missing](err)
	if !ok {
		return err.Error(), ""
	}
	what := "build it first, or --build"
	if g.built {
		what = "the build: command did not make it"
	}
	return fmt.Sprintf("path %q matches no file", none.Pattern), what + "; allow-missing: true if it may be missing"
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
