// Package program measures a program, by itself or in a deployment package, as a function
// on AWS Lambda: what Lambda would refuse, what it takes in each form, what its start
// costs, and what a month does.
package program

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"github.com/sizegate/sizegate/internal/bundle"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/inputkind"
	"github.com/sizegate/sizegate/internal/lambda"
	"github.com/sizegate/sizegate/internal/lambda/month"
	"github.com/sizegate/sizegate/internal/measurer"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// run is one measurement.
type run struct {
	measurer *measurer.Measurer
	like     measurer.Target
	month    *month.Month
}

// Measure measures what is at like.Path, which is of the kind, in the variants of like. The
// result does not say which version of sizegate made it.
func Measure(ctx context.Context, m *measurer.Measurer, like measurer.Target, kind inputkind.Kind, month *month.Month) (*snapshot.Lambda, error) {
	r := &run{m, like, month}
	result := &snapshot.Lambda{Schema: snapshot.LambdaSchema, Path: like.Path, Findings: []snapshot.LambdaFinding{},
		Variants: []snapshot.LambdaVariant{}, Changes: []snapshot.LambdaChange{}, Warnings: []string{}}
	for _, l := range lambda.PresetZip.Limits() {
		result.Limits = append(result.Limits, snapshot.LambdaLimit{Metric: string(l.Metric), Max: l.Max, Source: l.Source, Date: l.Date})
	}
	var err error
	switch kind {
	case inputkind.Image:
		err = errors.New("a container image has other limits (name the program, or a folder with what is in it)")
	case inputkind.Package:
		err = r.measurePackage(ctx, result)
	default:
		err = r.measureFile(ctx, result)
	}
	return result, err
}

func (r *run) measureFile(ctx context.Context, result *snapshot.Lambda) error {
	b, err := elfscan.Open(result.Path)
	if err != nil {
		return err
	}
	defer b.Close()
	p, err := bundle.Single(result.Path, bootstrap)
	if err != nil {
		return err
	}
	defer p.Close()
	if err := addFindings(ctx, result, p); err != nil {
		return err
	}
	for i := range result.Findings {
		result.Findings[i].Subject = "" // the file's name is its own
	}
	return cmp.Or(r.measure(ctx, result, b, &measurer.Target{Path: result.Path}), p.Unchanged())
}

// bootstrap is what Lambda starts: a package's, or a file that is deployed alone.
const bootstrap = "bootstrap"

// addFindings checks a package, which may be of a single file.
func addFindings(ctx context.Context, result *snapshot.Lambda, p *bundle.Package) error {
	findings, err := lambda.Check(ctx, p, lambda.PresetZip, lambda.Options{})
	if err != nil {
		return err
	}
	for _, x := range findings {
		result.Findings = append(result.Findings, snapshot.LambdaFinding{Severity: string(x.Severity), Code: string(x.Code),
			Subject: x.Subject, Message: x.Message, Value: x.Value, Limit: x.Limit})
	}
	return nil
}

// measurePackage measures the file bootstrap of a package, and checks the package.
func (r *run) measurePackage(ctx context.Context, result *snapshot.Lambda) error {
	p, err := bundle.Open(ctx, result.Path)
	if err != nil {
		return err
	}
	defer p.Close()
	if err := addFindings(ctx, result, p); err != nil {
		return err
	}
	at := slices.IndexFunc(p.Entries, func(e bundle.Entry) bool { return e.Path == bootstrap && e.ELF && !e.Replaced })
	if at < 0 {
		return cmp.Or(r.withoutProgram(result, p), p.Unchanged())
	}
	visit := func(_ int, contents *io.SectionReader, err error) error {
		if err != nil {
			return fmt.Errorf("%s: %w", bootstrap, err)
		}
		b, err := elfscan.New(contents, contents.Size())
		if err != nil {
			return r.withoutProgram(result, p) // it is among the findings what is wrong with it
		}
		defer b.Close()
		result.SetPackage(bootstrap, p)
		return r.measure(ctx, result, b, &measurer.Target{Path: bootstrap, Contents: contents})
	}
	if err := p.Visit(ctx, []int{at}, visit); err != nil {
		return err
	}
	return p.Unchanged()
}

// withoutProgram fills in what there is of a package that has no program for
// sizegate to measure: its sizes, the findings, and a month of what the user says.
func (r *run) withoutProgram(result *snapshot.Lambda, p *bundle.Package) error {
	result.SetPackage("", p)
	result.StartupReason = "there is no ELF file bootstrap at the root of the package"
	return r.month.Add(result, "")
}

// measure fills in all that is about the program.
func (r *run) measure(ctx context.Context, result *snapshot.Lambda, b *elfscan.Binary, t *measurer.Target) error {
	t.Name, t.Variants, t.Levels = filepath.Base(t.Path), r.like.Variants, r.like.Levels
	list, starts, err := r.measurer.Variants(ctx, t, b)
	if err != nil {
		return err
	}
	result.Arch = string(b.Arch)
	result.Warnings = append([]string{}, b.Warnings...)
	result.AddVariants(b.Size, list, starts)
	if starts == nil {
		result.StartupReason = "not asked for (--startup)"
		if t.Contents != nil {
			result.StartupReason = "nothing of a package is run (unpack it and name the file with --startup)"
		}
	}
	if err := r.month.Add(result, b.Arch); err != nil {
		return err
	}
	return b.Unchanged()
}
