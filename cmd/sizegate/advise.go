package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/pflag"

	"github.com/sizegate/sizegate/internal/adviser"
	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/interrupt"
	"github.com/sizegate/sizegate/internal/report/advice"
	"github.com/sizegate/sizegate/internal/snapshot"
	"github.com/sizegate/sizegate/internal/usage"
)

var adviseCommand = &command{
	name:    "advise",
	summary: "how ELF files could be built smaller, from what they show",
	usage:   "FILE...",
	help: `Says what in how a file was built makes it larger than it need be: what the file
shows, what a change saves, and the setting to paste. A saving is counted in the
file or tried with its contents; where neither can be done there is no number, but
how to find out. Savings are each of one change alone and need not add up.

Examples:
  sizegate advise dist/api
  sizegate advise dist/api dist/worker
  sizegate advise --debug-file dist/app.debug dist/app
  sizegate advise -f markdown dist/api
  sizegate advise -f json -o advice.json dist/api`,
	setup: setupAdvise,
}

// adviseFlags are the flags of `sizegate advise`.
type adviseFlags struct {
	sharedFlags
	flags     *pflag.FlagSet
	debugFile string
}

func setupAdvise(flags *pflag.FlagSet) func(context.Context, *environment, []string) error {
	f := &adviseFlags{flags: flags}
	flags.StringVar(&f.debugFile, "debug-file", "", "symbols and debug information of the stripped file are in `file` (else looked for by build ID and .gnu_debuglink)")
	f.declare(flags, "table, json or markdown")
	return f.execute
}

func (f *adviseFlags) check(args []string) error {
	formats := []string{"table", "json", "markdown"}
	switch {
	case len(args) == 0:
		return usage.Errorf("advise: name at least one file (see sizegate advise --help)")
	case slices.Contains(args, "-"):
		return usage.Errorf("-: standard input is not read (name a file)")
	case f.flags.Changed("debug-file") && len(args) > 1:
		return usage.Errorf("--debug-file %s: belongs to one file, and %d are named (name them one by one)", f.debugFile, len(args))
	case f.flags.Changed("debug-file") && (f.debugFile == "" || f.debugFile == "-"):
		return usage.Errorf("--debug-file: name a file")
	case !slices.Contains(formats, f.format):
		return usage.Errorf("--format %s: not one of table, json, markdown", f.format)
	}
	return nil
}

func (f *adviseFlags) execute(ctx context.Context, env *environment, args []string) error {
	if err := f.check(args); err != nil {
		return err
	}
	inputs := args
	if f.debugFile != "" {
		inputs = []string{args[0], f.debugFile}
	}
	out, err := f.open(env, inputs)
	if err != nil {
		return err
	}
	defer out.Discard()
	advised, failed := f.advise(ctx, env, args)
	switch {
	case ctx.Err() != nil:
		return interrupt.Err
	case failed && (f.output != "" || len(advised.Files) == 0):
		return errReported
	}
	medium, err := f.medium(env)
	if err != nil {
		return err
	}
	switch f.format {
	case "json":
		err = advised.Write(out)
	case "markdown":
		err = advice.Markdown(out, advised)
	default:
		err = advice.Table(out, advised, medium)
	}
	if err == nil {
		err = out.Deliver()
	}
	if err == nil && failed {
		return errReported
	}
	return err
}

// advise looks at the files. One that cannot be analysed is reported, and missing in the
// result.
func (f *adviseFlags) advise(ctx context.Context, env *environment, paths []string) (r *snapshot.AdviceReport, failed bool) {
	r = &snapshot.AdviceReport{Schema: snapshot.AdviceSchema, Sizegate: version(), Files: []snapshot.AdviceFile{}}
	for i, res := range adviser.Files(ctx, env.stderr, paths, f.debugFile) {
		if res.Err != nil {
			failed = true
			fmt.Fprintf(env.stderr, "sizegate: %s: %s\n", display.Clean(paths[i]), display.Clean(res.Err.Error()))
			continue
		}
		if !f.quiet {
			warn(env, paths[i], res.File.Warnings)
		}
		r.Files = append(r.Files, res.File)
	}
	return r, failed
}

// warn prints what is to be said of a file besides the result.
func warn(env *environment, path string, warnings []string) {
	for _, w := range warnings {
		fmt.Fprintf(env.stderr, "sizegate: %s: warning: %s\n", display.Clean(path), display.Clean(w))
	}
}
