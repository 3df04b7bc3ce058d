package gate

import (
	"context"
	"fmt"
	"path"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/budget/judge"
	"github.com/sizegate/sizegate/internal/bundle"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/inputkind"
	"github.com/sizegate/sizegate/internal/lambda"
	"github.com/sizegate/sizegate/internal/measurer"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// Measure measures what the budgets are about, in the order of the jobs: ELF files
// side by side, and packages and images one after the other, each on all cores. What
// could not be measured is in failures. After an interruption both are nil.
func Measure(ctx context.Context, m *measurer.Measurer, jobs []Job) (list []judge.Measured, failures []budget.Failure) {
	var targets []measurer.Target
	for i := range jobs {
		if !jobs[i].deployed() {
			targets = append(targets, jobs[i].target)
		}
	}
	files := m.All(ctx, targets)
	for i := range jobs {
		if ctx.Err() != nil {
			return nil, nil
		}
		j := &jobs[i]
		one := judge.Measured{Budget: j.budget}
		err := j.refused()
		switch {
		case err != nil:
		case j.kind == inputkind.Package:
			one.Package, one.Findings, err = j.measurePackage(ctx, m)
		case j.kind == inputkind.Image:
			one.Image, one.Findings, err = j.measureImage(ctx, m)
		default:
			one.Binary, err = &files[0].Binary, files[0].Err
			if err == nil && j.budget.Preset != "" {
				one.Findings, err = j.findingsOfFile(ctx)
			}
		}
		if !j.deployed() {
			files = files[1:]
		}
		if err != nil {
			failures = append(failures, budget.Failure{Budget: j.budget.Name, Path: j.path, Problem: err.Error(), Position: j.budget.PathPosition})
			continue
		}
		m.NoOwners = len(j.budget.Packages) == 0
		switch {
		case one.Package != nil:
			one.Package.Name, one.Package.Path = j.budget.Name, j.path
			m.WarnPackage(one.Package)
		case one.Image != nil:
			one.Image.Name, one.Image.Source = j.budget.Name, j.path
			m.WarnImage(one.Image)
		default:
			m.Warn(one.Binary)
			one.Binary.Path = j.path
		}
		list = append(list, one)
	}
	return list, failures
}

// deployed reports whether the job is about what a program is shipped in.
func (j *Job) deployed() bool { return j.kind == inputkind.Package || j.kind == inputkind.Image }

// refused says why the preset cannot be about what is at the budget's path. Of what
// is of no known kind its measurement says what is wrong.
func (j *Job) refused() error {
	switch preset := j.budget.Preset; {
	case preset == "" || j.kind == inputkind.Unknown:
	case preset == lambda.PresetImage && j.kind != inputkind.Image:
		return fmt.Errorf("%s, and the preset %s needs %s (use preset: %s)", j.kind, preset, inputkind.Image, lambda.PresetZip)
	case preset != lambda.PresetImage && j.kind == inputkind.Image:
		return fmt.Errorf("%s, and the preset %s needs %s (use preset: %s)", j.kind, preset, inputkind.Package, lambda.PresetImage)
	}
	return nil
}

// measurePackage is one package and, with a preset, what that finds.
func (j *Job) measurePackage(ctx context.Context, m *measurer.Measurer) (*snapshot.Package, []lambda.Finding, error) {
	p, err := bundle.Open(ctx, j.target.Path)
	if err != nil {
		return nil, nil, err
	}
	defer p.Close()
	measurer.CollectOften() // unpacked files are much garbage
	s := snapshot.NewPackage(j.budget.Name, j.path, p)
	if needs := j.budget.Needs(); needs.Members || needs.Archs {
		like := j.target
		like.Variants, like.Levels = nil, nil
		if err := m.Members(ctx, p, &s, like); err != nil {
			return nil, nil, err
		}
	}
	var findings []lambda.Finding
	if j.budget.Preset != "" {
		if findings, err = lambda.Check(ctx, p, j.budget.Preset, j.lambdaOptions()); err != nil {
			return nil, nil, err
		}
	}
	if err := s.Check(); err != nil {
		return nil, nil, fmt.Errorf("%w: %w (please report this with the package)", measurer.ErrInternal, err)
	}
	return &s, findings, p.Unchanged()
}

// findingsOfFile is what the preset finds of an ELF file that is to be the whole
// package. In a function it is called what Lambda starts, whatever the build calls
// it.
func (j *Job) findingsOfFile(ctx context.Context) ([]lambda.Finding, error) {
	name := "bootstrap"
	if j.budget.Preset == lambda.PresetLayer {
		name = path.Base(j.path)
	}
	p, err := bundle.Single(j.target.Path, name)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	list, err := lambda.Check(ctx, p, j.budget.Preset, j.lambdaOptions())
	if err != nil {
		return nil, err
	}
	return list, p.Unchanged()
}

func (j *Job) lambdaOptions() lambda.Options {
	return lambda.Options{Runtime: j.budget.Runtime, Arch: elfscan.Arch(j.budget.Arch)}
}
