package main

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/budget/configfile"
	"github.com/sizegate/sizegate/internal/budget/headroom"
	"github.com/sizegate/sizegate/internal/budget/judge"
	"github.com/sizegate/sizegate/internal/budget/refit"
	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/gate"
	"github.com/sizegate/sizegate/internal/interrupt"
	"github.com/sizegate/sizegate/internal/measurer"
	"github.com/sizegate/sizegate/internal/report/moved"
	"github.com/sizegate/sizegate/internal/usage"
)

var updateCommand = &command{
	name:    "update",
	summary: "move the limits in budgets.yaml to measured + headroom",
	usage:   "[NAME...]",
	help: `Measures the files of every budget, or of the named ones, as check does, and moves
each limit that is a size, or a number of layers, to what was measured and a
headroom, rounded up to three digits or more. Only these numbers change, each of
which is listed, and the comments "# 1,234 B now" that init wrote behind them.
Percentages, max-increase, deny, limits of 0 and waivers stay as they are.

Examples:
  sizegate update --dry-run
  sizegate update api-arm64
  sizegate update --headroom 3%`,
	setup: setupUpdate,
}

// updateFlags are the flags of `sizegate update`.
type updateFlags struct {
	sharedFlags
	tools            toolFlags
	config, headroom string
	dryRun           bool
	flags            *pflag.FlagSet
}

func setupUpdate(flags *pflag.FlagSet) func(context.Context, *environment, []string) error {
	f := &updateFlags{flags: flags}
	flags.StringVarP(&f.config, "config", "c", "", "the configuration `file` (else the nearest budgets.yaml)")
	flags.StringVar(&f.headroom, "headroom", defaultHeadroom, "how far above what was measured the limits go (`percent`)")
	flags.BoolVar(&f.dryRun, "dry-run", false, "say what would change, and write nothing")
	f.tools.declare(flags)
	f.declare(flags, "table or json")
	return f.execute
}

func (f *updateFlags) execute(ctx context.Context, env *environment, names []string) error {
	if f.format != "table" && f.format != "json" {
		return usage.Errorf("--format %s: not one of table, json", f.format)
	}
	if f.flags.Changed("config") && (f.config == "" || f.config == "-") {
		return usage.Errorf("--config %s: not a name that is understood (see sizegate update --help)", f.config)
	}
	headroom, err := headroom.Parse(f.headroom)
	if err != nil {
		return usage.Errorf("--headroom: %v", err)
	}
	if err := f.tools.check(); err != nil {
		return err
	}
	g, err := openGate(env, f.config, names, false)
	if err != nil {
		return err
	}
	// Whether they can be written shows before anything is measured. They do not
	// stay open: a path with a glob could match them.
	probe, err := f.open(env, g.Inputs())
	if err != nil {
		return err
	}
	probe.Discard()
	if !f.dryRun {
		if probe, err = env.output(g.Path, nil); err != nil {
			return err
		}
		probe.Discard()
	}
	in, verdict, err := f.measure(ctx, env, g)
	if err != nil {
		return err
	}
	list, err := f.open(env, g.Inputs())
	if err != nil {
		return err
	}
	defer list.Discard()
	u := &moved.Update{Refit: refit.New(g.Config, verdict.Results, headroom), Path: g.Path, Headroom: strings.TrimSpace(f.headroom)}
	data, err := configfile.ReadFile(g.Path)
	if err != nil {
		return err
	}
	if !bytes.Equal(data, g.Config.Text) {
		return fmt.Errorf("%s: changed while its files were measured (run again)", g.Path)
	}
	text, config, err := u.Rewrite(g.Path, data)
	if err != nil {
		return err
	}
	if !bytes.Equal(text, data) {
		if in.Config, err = gate.Choose(config, g.Path, names); err != nil {
			return err
		}
		verdict = judge.Budgets(in)
		if !f.dryRun {
			file, err := env.output(g.Path, nil)
			if err != nil {
				return err
			}
			defer file.Discard()
			file.Write(text)
			if err := file.Deliver(); err != nil {
				return err
			}
			u.Written = true
		}
	}
	f.tellExceeded(env, g, u, verdict)
	if f.format == "json" {
		err = u.JSON(list)
	} else {
		u.Table(list, f.dryRun)
	}
	if err != nil {
		return err
	}
	return list.Deliver()
}

// measure measures as check does. What fails is printed, and is an error.
func (f *updateFlags) measure(ctx context.Context, env *environment, g *gate.Gate) (judge.Input, *budget.Verdict, error) {
	in := judge.Input{Config: g.Config, Known: g.Known, Today: time.Now(), Sizegate: version()}
	jobs, missing, err := g.Jobs(false)
	if err != nil {
		return in, nil, told(env, g.Path, err, false)
	}
	m := &measurer.Measurer{Stderr: env.stderr, Tools: f.tools.Tools, Quiet: f.quiet}
	in.Missing = missing
	in.Binaries, in.Failures = gate.Measure(ctx, m, jobs)
	if ctx.Err() != nil {
		return in, nil, interrupt.Err
	}
	verdict := judge.Budgets(in)
	for _, failure := range verdict.Failures {
		fmt.Fprintf(env.stderr, "sizegate: %s: %s\n", display.Clean(failure.Path), display.Clean(failure.Problem))
	}
	if len(verdict.Failures) > 0 {
		return in, nil, errReported
	}
	return in, verdict, nil
}

// tellExceeded says what an update does not mend.
func (f *updateFlags) tellExceeded(env *environment, g *gate.Gate, u *moved.Update, v *budget.Verdict) {
	if f.quiet {
		return
	}
	for i := range v.Results {
		r := &v.Results[i]
		ban := u.IsBan(r)
		if r.Status != budget.Fail && !(ban && r.Status == budget.Warn) {
			continue
		}
		message := r.Message
		if ban {
			message += " (a limit of 0 is a ban, which update leaves: take out what it is about, or write another limit)"
		}
		fmt.Fprintf(env.stderr, "sizegate: %s:%d: %s: warning: still exceeded: %s\n", display.Clean(g.Path), r.Position.Line, display.Clean(r.Budget), display.Clean(message))
	}
}
