package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"github.com/sizegate/sizegate/internal/budget/headroom"
	"github.com/sizegate/sizegate/internal/budget/starter"
	"github.com/sizegate/sizegate/internal/candidate"
	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/gate"
	"github.com/sizegate/sizegate/internal/inputkind"
	"github.com/sizegate/sizegate/internal/measurer"
	"github.com/sizegate/sizegate/internal/output"
	"github.com/sizegate/sizegate/internal/terminal"
	"github.com/sizegate/sizegate/internal/usage"
)

var initCommand = &command{
	name:    "init",
	summary: "write a starter budgets.yaml with limits a little above today's sizes",
	usage:   "FILE...",
	help: `Measures the files and writes a budgets.yaml that they meet: a budget for each, with
limits for the file, stripped, .text, zip, and code without an owner; of a
deployment package (a directory, zip or tar) for what it takes and unpacks to; of a
container image for what is pulled and unpacked, its layers and what is wasted.
Comments show what else a budget can have, such as a limit for upx where it is
installed and packs the file.

Examples:
  sizegate init dist/api
  sizegate init --force dist/api dist/worker
  sizegate init -c dist/budgets.yaml --headroom 10% target/release/app
  sizegate init -c image.yaml --platform linux/amd64 image.tar`,
	setup: setupInit,
}

// initFlags are the flags of `sizegate init`.
type initFlags struct {
	tools                   toolFlags
	config, output          string
	headroom, format, color string
	platform                string
	force, quiet            bool
	flags                   *pflag.FlagSet
}

const defaultHeadroom = "5%"

func setupInit(flags *pflag.FlagSet) func(context.Context, *environment, []string) error {
	f := &initFlags{flags: flags}
	flags.StringVarP(&f.config, "config", "c", gate.ConfigName, "the configuration `file` to write")
	flags.StringVarP(&f.output, "output", "o", "", "the same as --config")
	flags.BoolVar(&f.force, "force", false, "overwrite the configuration")
	flags.StringVar(&f.headroom, "headroom", defaultHeadroom, "how far above today's sizes the limits are (`percent`)")
	flags.StringVar(&f.platform, "platform", "", "of a container image for several platforms, the one for `os/arch`; the budget gets its arch")
	f.tools.declare(flags)
	flags.StringVarP(&f.format, "format", "f", "table", "table, the only one")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "no warnings, and do not say what was written")
	flags.StringVar(&f.color, "color", "auto", "auto, always or never")
	return f.execute
}

func (f *initFlags) execute(ctx context.Context, env *environment, files []string) error {
	if f.format != "table" {
		return usage.Errorf("--format %s: not table", f.format)
	}
	if _, err := terminal.UseColor(f.color, env.stdout); err != nil {
		return err
	}
	if f.output == "-" {
		return usage.Errorf("--output -: not a name that is understood (name a file)")
	}
	if f.output != "" {
		if f.flags.Changed("config") && f.config != f.output {
			return usage.Errorf("--config %s --output %s: name one file to write", f.config, f.output)
		}
		f.config = f.output
	}
	headroom, err := headroom.Parse(f.headroom)
	if err != nil {
		return usage.Errorf("--headroom: %v", err)
	}
	if err := f.tools.check(); err != nil {
		return err
	}
	programs, err := candidate.Find(f.config, files)
	if err != nil {
		return err
	}
	if err := f.checkPlatform(files); err != nil {
		return err
	}
	if err := f.free(files); err != nil {
		return err
	}
	out, err := env.output(f.config, files)
	if err != nil {
		return err
	}
	defer out.Discard()
	m := &measurer.Measurer{Stderr: env.stderr, Tools: f.tools.Tools, Quiet: f.quiet}
	if failed, err := candidate.Measure(ctx, m, files, f.platform, programs); err != nil {
		return err
	} else if failed {
		return errReported
	}
	data, limits, err := starter.Text(programs, headroom)
	if err != nil {
		return fmt.Errorf("%s: %w", f.config, err)
	}
	if err := candidate.Check(f.config, data, files); err != nil {
		return err
	}
	out.Write(data)
	if err := out.Deliver(); err != nil {
		return err
	}
	if f.quiet {
		return nil
	}
	told, err := env.output("", nil)
	if err != nil {
		return err
	}
	next := "sizegate check"
	if f.config != gate.ConfigName {
		next += " -c " + f.config
	}
	fmt.Fprintf(told, "wrote %s\n", display.Clean(fmt.Sprintf("%s: %s, %s (%s holds the files against it)",
		f.config, display.Counted(len(programs), "budget"), display.Counted(limits, "limit"), next)))
	return told.Deliver()
}

// checkPlatform refuses a platform that a budget cannot choose, or that nothing is
// to be chosen for.
func (f *initFlags) checkPlatform(files []string) error {
	if !f.flags.Changed("platform") {
		return nil
	}
	switch strings.ToLower(f.platform) {
	case "linux/amd64", "linux/x86_64", "linux/arm64", "linux/arm64/v8", "linux/aarch64":
	default:
		return usage.Errorf("--platform %s: a budget can choose linux/amd64 or linux/arm64 alone (name one of them)", f.platform)
	}
	for _, file := range files {
		if kind := inputkind.Of(file); kind == inputkind.Image || kind == inputkind.Unknown {
			return nil
		}
	}
	return usage.Errorf("--platform: is about container images, and %s is %s", files[0], inputkind.Of(files[0]))
}

// free refuses a configuration that is there already, or cannot be one.
func (f *initFlags) free(files []string) error {
	if f.config == "" || f.config == "-" {
		return usage.Errorf("--config %s: not a name that is understood (name a file)", f.config)
	}
	for _, file := range files {
		if output.Contains(file, f.config) {
			return usage.Errorf("%s: lies in %s, which is to be measured (name another with -c)", f.config, file)
		}
	}
	if _, err := os.Lstat(f.config); err != nil {
		return nil // output.New says what is wrong, if it is not just missing
	}
	info, err := os.Stat(f.config)
	switch {
	case err == nil && !info.Mode().IsRegular():
		return usage.Errorf("%s: not a regular file (name another with -c)", f.config)
	case !f.force:
		return usage.Errorf("%s: exists already (--force overwrites it, sizegate update moves its limits)", f.config)
	case err != nil:
		return nil // a link that leads nowhere
	}
	for _, file := range files {
		if other, err := os.Stat(file); err == nil && os.SameFile(info, other) {
			return usage.Errorf("%s: would be overwritten, and is to be measured (name another with -c)", f.config)
		}
	}
	return nil
}
