package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/pflag"

	"github.com/sizegate/sizegate/internal/inputkind"
	"github.com/sizegate/sizegate/internal/interrupt"
	"github.com/sizegate/sizegate/internal/lambda/program"
	"github.com/sizegate/sizegate/internal/measurer"
	"github.com/sizegate/sizegate/internal/output"
	"github.com/sizegate/sizegate/internal/report/serverless"
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
			return kind, usage.Errorf("--%s: is about an ELF file, and %s is a deployment package (unpack it and name the file)", flag, args[0])
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
	m := &measurer.Measurer{Stderr: env.stderr, Tools: f.variants.Tools, Startup: f.variants.Startup, Quiet: f.quiet}
	like := measurer.Target{Path: path, Variants: f.variants.names, Levels: f.variants.levels}
	result, err := program.Measure(ctx, m, like, kind, &f.month)
	switch {
	case ctx.Err() != nil:
		return interrupt.Err
	case err != nil:
		return fmt.Errorf("%s: %w", path, err)
	}
	if !f.quiet {
		warn(env, path, result.Warnings)
	}
	result.Sizegate = version()
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
