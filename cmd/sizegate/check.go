package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/budget/judge"
	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/gate"
	"github.com/sizegate/sizegate/internal/githubstep"
	"github.com/sizegate/sizegate/internal/interrupt"
	"github.com/sizegate/sizegate/internal/measurer"
	"github.com/sizegate/sizegate/internal/output"
	"github.com/sizegate/sizegate/internal/report/outcome"
	"github.com/sizegate/sizegate/internal/snapshot"
	"github.com/sizegate/sizegate/internal/terminal"
	"github.com/sizegate/sizegate/internal/usage"
)

var checkCommand = &command{
	name:    "check",
	summary: "hold built files against budgets.yaml",
	usage:   "[NAME...]",
	help: `Measures the files of every budget in budgets.yaml, or of the named ones, and fails
if one is larger than it may be. Without -c the nearest budgets.yaml is used, from
this folder upwards to the root of the repository.

Exit codes: 0 every budget holds, 1 one is exceeded, 2 a mistake in the command line
or in budgets.yaml, 3 something could not be measured.

On a terminal what is over a limit is red; a warning, and what holds with less than a
twentieth of its limit to spare, is yellow. Bars show how much of a limit is taken.

On GitHub Actions the default format is github: annotations at the lines of
budgets.yaml, and a report in the summary of the step.

Examples:
  sizegate check
  sizegate check api-arm64
  sizegate check --baseline size-main.json        # and what grew since then
  sizegate check --build --base auto              # build both sides and compare
  sizegate check --save-baseline size-main.json   # on the main branch
  sizegate check -f sarif -o sizegate.sarif`,
	setup: setupCheck,
}

var checkFormats = []string{"table", "json", "markdown", "github", "sarif"}

// checkFlags are the flags of `sizegate check`.
type checkFlags struct {
	sharedFlags
	tools                        toolFlags
	config, baseline, base, save string
	build, warnOnly              bool
	flags                        *pflag.FlagSet
}

func setupCheck(flags *pflag.FlagSet) func(context.Context, *environment, []string) error {
	f := &checkFlags{flags: flags}
	flags.StringVarP(&f.config, "config", "c", "", "the configuration `file` (else the nearest budgets.yaml)")
	flags.StringVar(&f.baseline, "baseline", "", "compare with a JSON report saved in `file`")
	flags.StringVar(&f.base, "base", "", "compare with the commit `ref`, built in a temporary git worktree; auto chooses one")
	flags.BoolVar(&f.build, "build", false, "run the build: command of each budget first")
	flags.StringVar(&f.save, "save-baseline", "", "write what was measured to `file`, for --baseline")
	flags.BoolVar(&f.warnOnly, "warn-only", false, "show what is exceeded as warnings, and exit with 0")
	f.tools.declare(flags)
	f.declare(flags, "table, json, markdown, github or sarif; under GITHUB_ACTIONS=true github unless another is named")
	return f.execute
}

func (f *checkFlags) execute(ctx context.Context, env *environment, names []string) error {
	if os.Getenv("GITHUB_ACTIONS") == "true" && !f.flags.Changed("format") {
		f.format = "github"
	}
	if !slices.Contains(checkFormats, f.format) {
		return usage.Errorf("--format %s: not one of %s", f.format, strings.Join(checkFormats, ", "))
	}
	if f.flags.Changed("baseline") && f.flags.Changed("base") {
		return usage.Errorf("--baseline and --base: name one of them, the saved report or the commit")
	}
	for _, name := range []string{"config", "baseline", "base", "save-baseline"} {
		if value, _ := f.flags.GetString(name); f.flags.Changed(name) && (value == "" || value == "-") {
			return usage.Errorf("--%s %s: not a name that is understood (see sizegate check --help)", name, value)
		}
	}
	if err := f.tools.check(); err != nil {
		return err
	}
	g, err := openGate(env, f.config, names, f.format == "github")
	if err != nil {
		return err
	}
	g.Quiet = f.quiet
	// Whether they can be written shows before anything is measured. They do not
	// stay open: with a new file in the checkout the Go command would write into
	// what it builds that the tree is modified.
	if f.output != "" && f.save != "" && output.SamePath(f.output, f.save) {
		return usage.Errorf("--output %s --save-baseline %s: two files of one name (name another)", f.output, f.save)
	}
	inputs := g.Inputs()
	for _, probe := range []struct {
		path   string
		inputs []string
	}{{f.output, append(inputs, f.baseline)}, {f.save, inputs}} {
		for _, in := range probe.inputs {
			if probe.path != "" && output.Contains(in, probe.path) {
				return usage.Errorf("%s: lies in %s, which is to be measured (name a file elsewhere)", probe.path, in)
			}
		}
		out, err := env.output(probe.path, probe.inputs)
		if err != nil {
			return err
		}
		out.Discard()
	}
	if _, err := terminal.UseColor(f.color, env.stdout); err != nil {
		return err
	}
	verdict, measured, err := f.judge(ctx, env, g)
	if err != nil {
		return f.annotated(env, g, err)
	}
	inputs = g.Inputs() // with what a build has made
	out, err := f.open(env, append(inputs, f.baseline))
	if err != nil {
		return err
	}
	defer out.Discard()
	if err := f.render(env, out, verdict); err != nil {
		return err
	}
	switch {
	case f.save == "" || len(verdict.Failures) > 0:
	case f.baseline != "" && verdict.Exit() != budget.ExitPassed && output.SamePath(f.save, f.baseline):
		// The next run would find nothing that grew.
		fmt.Fprintf(env.stderr, "sizegate: %s: kept as it was, since a limit is exceeded (save to another file than --baseline)\n", display.Clean(f.save))
	default:
		if err := save(f.save, inputs, measured); err != nil {
			return err
		}
	}
	if err := out.Deliver(); err != nil {
		return err
	}
	if f.format == "github" || os.Getenv("GITHUB_ACTIONS") == "true" {
		githubstep.Tell(env.stderr, verdict, f.format == "github")
	}
	return exit(verdict.Exit()).orNil()
}

// judge measures and judges. An error means that there is nothing to show.
func (f *checkFlags) judge(ctx context.Context, env *environment, g *gate.Gate) (*budget.Verdict, *snapshot.Report, error) {
	in := judge.Input{Config: g.Config, Known: g.Known, Today: time.Now(), WarnOnly: f.warnOnly, Sizegate: version()}
	// Functions are compared with those of the baseline.
	functions := f.baseline != "" || f.base != "" || f.save != ""
	var jobs []gate.Job
	var err error
	if f.build {
		err = g.CanBuild("--build")
	} else {
		// A mistake in the configuration comes before a file that cannot be read.
		jobs, in.Missing, err = g.Jobs(functions)
	}
	if err != nil {
		return nil, nil, err
	}
	if f.baseline != "" {
		if _, missing := os.Stat(f.baseline); errors.Is(missing, fs.ErrNotExist) {
			in.NoBaseline = fmt.Sprintf("%s is missing (--save-baseline writes it on the main branch)", f.baseline)
		} else if in.Baseline, err = snapshot.Read(f.baseline); err != nil {
			return nil, nil, err
		}
	}
	var base *gate.Base
	if f.base != "" {
		base, err = g.Base(ctx, f.base)
		if reason, ok := errors.AsType[gate.NoBase](err); ok {
			in.NoBaseline = string(reason)
		} else if err != nil {
			return nil, nil, err
		}
	}
	if f.build {
		if err := g.Build(ctx); err != nil {
			return nil, nil, err
		}
		if jobs, in.Missing, err = g.Jobs(functions); err != nil {
			return nil, nil, err
		}
	}
	m := &measurer.Measurer{Stderr: env.stderr, Tools: f.tools.Tools, Quiet: f.quiet}
	if functions {
		m.Demangle = display.Demangle
	}
	in.Binaries, in.Failures = gate.Measure(ctx, m, jobs)
	if base != nil && ctx.Err() == nil {
		old, err := base.Measure(ctx, m)
		if err != nil {
			return nil, nil, err
		}
		in.Baseline, in.FromBase = reportOf(old), true
	}
	if ctx.Err() != nil {
		return nil, nil, interrupt.Err
	}
	measured := reportOf(in.Binaries)
	verdict := judge.Budgets(in)
	verdict.Config = g.Path
	if f.format == "github" || f.format == "sarif" {
		verdict.Config = gate.FromRoot(g.Path)
	}
	return verdict, measured, nil
}

// render writes the verdict, and repeats on standard error what failed, so that
// who looks at a log sees it whatever the format.
func (f *checkFlags) render(env *environment, out *output.Output, v *budget.Verdict) error {
	for _, failure := range v.Failures {
		fmt.Fprintf(env.stderr, "sizegate: %s: %s\n", display.Clean(failure.Path), display.Clean(failure.Problem))
	}
	medium, err := f.medium(env)
	if err != nil {
		return err
	}
	switch f.format {
	case "json":
		return outcome.JSON(out, v, version())
	case "markdown":
		return outcome.Markdown(out, v)
	case "github":
		return outcome.GitHub(out, v)
	case "sarif":
		return outcome.SARIF(out, v, version())
	default:
		return outcome.Table(out, v, medium)
	}
}

// annotated shows an error as an annotation too, where that is the format.
func (f *checkFlags) annotated(env *environment, g *gate.Gate, err error) error {
	err = told(env, g.Path, err, f.format == "github")
	if f.format != "github" || errors.As(err, new(exit)) || errors.Is(err, usage.ErrPrinted) {
		return err
	}
	failure := budget.Failure{Problem: err.Error()}
	if of, ok := errors.AsType[*gate.BudgetError](err); ok {
		failure = of.Failure
	}
	failed := &budget.Verdict{Config: gate.FromRoot(g.Path), Failures: []budget.Failure{failure}}
	if written := outcome.GitHub(env.stdout, failed); written != nil {
		return written
	}
	return err
}

// reportOf is a report of what was measured.
func reportOf(list []judge.Measured) *snapshot.Report {
	r := newReport()
	for i := range list {
		switch one := &list[i]; {
		case one.Package != nil:
			r.Packages = append(r.Packages, *one.Package)
		case one.Image != nil:
			r.Images = append(r.Images, *one.Image)
		default:
			r.Binaries = append(r.Binaries, *one.Binary)
		}
	}
	return r
}

// save writes a report for --baseline.
func save(path string, inputs []string, r *snapshot.Report) error {
	out, err := output.New(nil, path, inputs, nil)
	if err != nil {
		return err
	}
	defer out.Discard()
	if err := r.Write(out); err != nil {
		return err
	}
	return out.Deliver()
}

// openGate opens the configuration at path, or the nearest one if that is "". Its
// mistakes are printed, all of them; with annotate also as annotations of GitHub.
func openGate(env *environment, path string, names []string, annotate bool) (*gate.Gate, error) {
	if path == "" {
		found, err := gate.Find()
		if err != nil {
			return nil, err
		}
		path = found
	}
	g, err := gate.Open(env.stderr, path, names)
	return g, told(env, path, err, annotate)
}

// told prints the mistakes in the configuration at path, where err is these, with
// annotate also as annotations of GitHub. Other errors are returned.
func told(env *environment, path string, err error, annotate bool) error {
	mistakes, ok := errors.AsType[budget.Errors](err)
	if !ok {
		return err
	}
	for _, m := range mistakes {
		fmt.Fprintf(env.stderr, "sizegate: %s\n", display.Clean(m.Error()))
	}
	if annotate {
		if err := outcome.MistakesGitHub(env.stdout, gate.FromRoot(path), mistakes); err != nil {
			return err
		}
	}
	return usage.ErrPrinted
}
