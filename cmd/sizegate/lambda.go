package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"github.com/spf13/pflag"

	"github.com/sizegate/sizegate/internal/bundle"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/inputkind"
	"github.com/sizegate/sizegate/internal/interrupt"
	"github.com/sizegate/sizegate/internal/lambda"
	"github.com/sizegate/sizegate/internal/measurer"
	"github.com/sizegate/sizegate/internal/output"
	"github.com/sizegate/sizegate/internal/report/serverless"
	"github.com/sizegate/sizegate/internal/snapshot"
	"github.com/sizegate/sizegate/internal/usage"
	"github.com/sizegate/sizegate/internal/variant"
)

var lambdaCommand = &command{
	name:    "lambda",
	summary: "a program against the limits of AWS Lambda, and what a month costs",
	usage:   "FILE",
	help: `Shows a program plain, stripped and packed against the limits of AWS Lambda, what
starting each takes here (--startup), and what a month costs. The month is what
you say; what you do not say is the example's, and marked so. Cold starts are never
computed from a size: a change is priced where you say its cold start, or where the
difference to the plain file was measured here.

FILE is an ELF file, or a deployment package: its program is bootstrap at its root.
Either is also checked for what Lambda would refuse or could not start, an ELF file
as if it were deployed alone as bootstrap. Findings do not change the exit code: the
gate is sizegate check with a preset.

Examples:
  sizegate lambda dist/api
  sizegate lambda --invocations 30000000 --memory 512 --cold-share 0.5% --warm-ms 12 --cold-ms 180 dist/api
  sizegate lambda --upx-level lzma --startup dist/api
  sizegate lambda --cold-ms 2500,stripped=2400,upx-lzma=2700 --upx-level lzma dist/api
  sizegate lambda -f json -o lambda.json dist/api
  sizegate lambda dist/function.zip`,
	setup: setupLambda,
}

// lambdaFlags are the flags of `sizegate lambda`.
type lambdaFlags struct {
	sharedFlags
	monthFlags
	flags    *pflag.FlagSet
	variants variantFlags
}

func setupLambda(flags *pflag.FlagSet) func(context.Context, *environment, []string) error {
	f := &lambdaFlags{flags: flags}
	flags.StringSliceVar(&f.variants.levelWords, "upx-level", []string{"default", "lzma"}, "default, fast, best, lzma or brute, or several of them")
	f.variants.toolFlags.declare(flags)
	f.variants.startupFlags.declare(flags)
	f.monthFlags.declare(flags)
	f.sharedFlags.declare(flags, "table, json or markdown")
	return f.execute
}

func (f *lambdaFlags) check(args []string) (inputkind.Kind, error) {
	switch {
	case len(args) != 1:
		return inputkind.Unknown, usage.Errorf("lambda: name one file (see sizegate lambda --help)")
	case args[0] == "-":
		return inputkind.Unknown, usage.Errorf("-: standard input is not read (name a file)")
	case !slices.Contains([]string{"table", "json", "markdown"}, f.format):
		return inputkind.Unknown, usage.Errorf("--format %s: not one of table, json, markdown", f.format)
	}
	f.variants.words = []string{string(variant.Stripped), string(variant.Zip)}
	if err := f.variants.check(); err != nil {
		return inputkind.Unknown, err
	}
	if err := f.monthFlags.check(f.flags, f.variants.levels); err != nil {
		return inputkind.Unknown, err
	}
	kind := inputkind.Of(args[0])
	if kind != inputkind.Package {
		return kind, nil
	}
	for _, flag := range []string{"upx-level", "startup", "startup-args"} {
		if f.flags.Changed(flag) {
			return kind, usage.Errorf("--%s is about an ELF file, and %s is a deployment package (unpack it and name the file)", flag, args[0])
		}
	}
	if f.output != "" && output.Contains(args[0], f.output) {
		return kind, usage.Errorf("%s: lies in %s, which is to be measured (name a file elsewhere for --output)", f.output, args[0])
	}
	return kind, nil
}

func (f *lambdaFlags) execute(ctx context.Context, env *environment, args []string) error {
	kind, err := f.check(args)
	if err != nil {
		return err
	}
	path := args[0]
	out, err := f.open(env, args)
	if err != nil {
		return err
	}
	defer out.Discard()
	result := &snapshot.Lambda{Schema: snapshot.LambdaSchema, Sizegate: version(), Path: path, Findings: []snapshot.LambdaFinding{},
		Variants: []snapshot.LambdaVariant{}, Changes: []snapshot.LambdaChange{}, Warnings: []string{}}
	for _, l := range lambda.PresetZip.Limits() {
		result.Limits = append(result.Limits, snapshot.LambdaLimit{Metric: string(l.Metric), Max: l.Max, Source: l.Source, Date: l.Date})
	}
	switch kind {
	case inputkind.Image:
		err = errors.New("a container image has other limits (name the program, or a folder with what is in it)")
	case inputkind.Package:
		err = f.measurePackage(ctx, env, result)
	default:
		err = f.measureFile(ctx, env, result)
	}
	switch {
	case ctx.Err() != nil:
		return interrupt.Err
	case err != nil:
		return fmt.Errorf("%s: %w", path, err)
	}
	if !f.quiet {
		warn(env, path, result.Warnings)
	}
	medium, err := f.medium(env)
	if err != nil {
		return err
	}
	switch f.format {
	case "json":
		err = result.Write(out)
	case "markdown":
		err = serverless.Markdown(out, result)
	default:
		err = serverless.Table(out, result, medium)
	}
	if err != nil {
		return err
	}
	return out.Deliver()
}

func (f *lambdaFlags) measureFile(ctx context.Context, env *environment, result *snapshot.Lambda) error {
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
	return cmp.Or(f.measure(ctx, env, result, b, &measurer.Target{Path: result.Path}), p.Unchanged())
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
func (f *lambdaFlags) measurePackage(ctx context.Context, env *environment, result *snapshot.Lambda) error {
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
		return cmp.Or(f.withoutProgram(result, p), p.Unchanged())
	}
	visit := func(_ int, contents *io.SectionReader, err error) error {
		if err != nil {
			return fmt.Errorf("%s: %w", bootstrap, err)
		}
		b, err := elfscan.New(contents, contents.Size())
		if err != nil {
			return f.withoutProgram(result, p) // it is among the findings what is wrong with it
		}
		defer b.Close()
		result.SetPackage(bootstrap, p)
		return f.measure(ctx, env, result, b, &measurer.Target{Path: bootstrap, Contents: contents})
	}
	if err := p.Visit(ctx, []int{at}, visit); err != nil {
		return err
	}
	return p.Unchanged()
}

// withoutProgram fills in what there is of a package that has no program for
// sizegate to measure: its sizes, the findings, and a month of what the user says.
func (f *lambdaFlags) withoutProgram(result *snapshot.Lambda, p *bundle.Package) error {
	result.SetPackage("", p)
	result.StartupReason = "there is no ELF file bootstrap at the root of the package"
	return f.addCost(result, "")
}

// measure fills in all that is about the program.
func (f *lambdaFlags) measure(ctx context.Context, env *environment, result *snapshot.Lambda, b *elfscan.Binary, t *measurer.Target) error {
	t.Name, t.Variants, t.Levels = filepath.Base(t.Path), f.variants.names, f.variants.levels
	m := &measurer.Measurer{Stderr: env.stderr, Tools: f.variants.Tools, Startup: f.variants.Startup, Quiet: f.quiet}
	list, starts, err := m.Variants(ctx, t, b)
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
	if err := f.addCost(result, b.Arch); err != nil {
		return err
	}
	return b.Unchanged()
}
