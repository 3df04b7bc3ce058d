package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"github.com/sizegate/sizegate/internal/attrib"
	"github.com/sizegate/sizegate/internal/budget/configfile"
	"github.com/sizegate/sizegate/internal/budget/headroom"
	"github.com/sizegate/sizegate/internal/budget/pattern"
	"github.com/sizegate/sizegate/internal/budget/starter"
	"github.com/sizegate/sizegate/internal/bundle"
	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/fileerror"
	"github.com/sizegate/sizegate/internal/gate"
	"github.com/sizegate/sizegate/internal/inputkind"
	"github.com/sizegate/sizegate/internal/interrupt"
	"github.com/sizegate/sizegate/internal/measurer"
	"github.com/sizegate/sizegate/internal/output"
	"github.com/sizegate/sizegate/internal/snapshot"
	"github.com/sizegate/sizegate/internal/terminal"
	"github.com/sizegate/sizegate/internal/upx"
	"github.com/sizegate/sizegate/internal/usage"
	"github.com/sizegate/sizegate/internal/variant"
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
	programs, err := f.programs(files)
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
	if err := f.measure(ctx, env, files, programs); err != nil {
		return err
	}
	data, limits, err := starter.Text(programs, headroom)
	if err != nil {
		return fmt.Errorf("%s: %w", f.config, err)
	}
	if err := f.finds(data, files); err != nil {
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
		f.config, plural(len(programs), "budget"), plural(limits, "limit"), next)))
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
	return usage.Errorf("--platform is about container images, and %s is %s", files[0], inputkind.Of(files[0]))
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// programs says where the files are, seen from the configuration's folder.
func (f *initFlags) programs(files []string) ([]starter.Program, error) {
	switch {
	case len(files) == 0:
		return nil, usage.Errorf("init: name at least one file (for example sizegate init dist/app)")
	case len(files) > starter.MaxPrograms:
		return nil, usage.Errorf("init: %d files are too many for one configuration (name at most %d)", len(files), starter.MaxPrograms)
	}
	dir, err := filepath.Abs(filepath.Dir(f.config))
	if err != nil {
		return nil, usage.Errorf("the current folder cannot be found: %v (go to one that exists)", fileerror.Cause(err))
	}
	programs := make([]starter.Program, len(files))
	first := make(map[string]bool)
	for i, file := range files {
		if file == "-" {
			return nil, usage.Errorf("-: standard input is not read (name a file)")
		}
		if pattern.InRegistry(file) {
			if first[file] {
				return nil, usage.Errorf("%s: named twice (name each file once)", file)
			}
			first[file] = true
			programs[i] = starter.Program{Path: file, File: file}
			continue
		}
		absolute, err := filepath.Abs(file)
		if err != nil {
			return nil, usage.Errorf("%s: cannot be found from the current folder: %v", file, fileerror.Cause(err))
		}
		if first[absolute] {
			return nil, usage.Errorf("%s: named twice (name each file once)", file)
		}
		first[absolute] = true
		path := filepath.ToSlash(pathFrom(dir, absolute))
		if _, err := pattern.Escape(path); err != nil {
			return nil, usage.Errorf("%s: %v", file, err)
		}
		programs[i] = starter.Program{Path: path, File: filepath.ToSlash(absolute)}
	}
	return programs, nil
}

// pathFrom is the file seen from the folder. Where .. would leave a symbolic link
// to another place than the one it stands in, it is the absolute path.
func pathFrom(dir, file string) string {
	path, err := filepath.Rel(dir, file)
	if err != nil {
		return file
	}
	// Not filepath.Join, which would resolve .. without looking at links.
	there, thereErr := os.Stat(dir + string(filepath.Separator) + path)
	here, hereErr := os.Stat(file)
	if hereErr == nil && (thereErr != nil || !os.SameFile(here, there)) {
		return file
	}
	return path
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

// measure fills in the binaries. A limit that a variant could not be measured
// for is left out.
func (f *initFlags) measure(ctx context.Context, env *environment, files []string, programs []starter.Program) error {
	targets := make([]measurer.Target, 0, len(files))
	at := make([]int, 0, len(files)) // from the position of a target to that of its file
	m := &measurer.Measurer{Stderr: env.stderr, Tools: f.tools.Tools, Quiet: f.quiet}
	var failed error
	for i, file := range files {
		if kind := inputkind.Of(file); kind == inputkind.Package || kind == inputkind.Image {
			if err := measureDeployed(ctx, m, file, f.platform, kind, &programs[i]); err != nil {
				if ctx.Err() != nil {
					return interrupt.Err
				}
				fmt.Fprintf(env.stderr, "sizegate: %s: %s\n", display.Clean(file), display.Clean(err.Error()))
				failed = errReported
			}
			continue
		}
		at = append(at, i)
		targets = append(targets, measurer.Target{
			Name: filepath.Base(file), Path: file,
			Options:  attrib.Options{View: attrib.Defined, Section: func(s *elfscan.Section) bool { return s.Kind == elfscan.Code }},
			Variants: []variant.Name{variant.Stripped, variant.Zip, variant.UPX},
			Levels:   []upx.Level{upx.Default},
		})
	}
	results := m.All(ctx, targets)
	if ctx.Err() != nil {
		return interrupt.Err
	}
	for n := range results {
		i, b := at[n], &results[n].Binary
		if err := results[n].Err; err != nil {
			fmt.Fprintf(env.stderr, "sizegate: %s: %s\n", display.Clean(files[i]), display.Clean(err.Error()))
			failed = errReported
			continue
		}
		m.Warn(b)
		if reason, ok := unmeasured(b, variant.Zip); ok {
			fmt.Fprintf(env.stderr, "sizegate: %s: zip could not be measured: %s\n", display.Clean(files[i]), display.Clean(reason))
			failed = errReported
		}
		// GNU strip refuses some files, such as packed ones: with a limit for it no
		// check could pass.
		if reason, ok := unmeasured(b, variant.Stripped); ok && !f.quiet {
			fmt.Fprintf(env.stderr, "sizegate: %s: warning: no limit for stripped: %s\n", display.Clean(files[i]), display.Clean(reason))
		}
		programs[i].Binary = b
	}
	return failed
}

// measureDeployed fills in a package or an image. Its ELF files need not be known.
func measureDeployed(ctx context.Context, m *measurer.Measurer, file, platform string, kind inputkind.Kind, p *starter.Program) error {
	if kind == inputkind.Image {
		s, err := m.ImageAlone(ctx, file, platform)
		if err != nil {
			return err
		}
		m.WarnImage(&s)
		p.Image = &s
		return nil
	}
	opened, err := bundle.Open(ctx, file)
	if err != nil {
		return err
	}
	defer opened.Close()
	s := snapshot.NewPackage(filepath.Base(file), file, opened)
	m.WarnPackage(&s)
	p.Package = &s
	return opened.Unchanged()
}

// unmeasured says why a variant has no size.
func unmeasured(b *snapshot.Binary, name variant.Name) (reason string, ok bool) {
	for _, v := range b.Variants {
		if v.Name == string(name) && v.Status != string(variant.OK) {
			return v.Reason, true
		}
	}
	return "", false
}

// finds checks that each budget means the one file that it was made from.
func (f *initFlags) finds(data []byte, files []string) error {
	config, err := configfile.Parse(f.config, data)
	if err != nil {
		return fmt.Errorf("internal error: %w (please report this)", err)
	}
	for i := range config.Budgets {
		paths, err := pattern.Files(filepath.Dir(f.config), config.Budgets[i].Paths, config.Budgets[i].AllowMissing)
		if err == nil && len(paths) == 1 && (sameFile(paths[0], files[i]) || pattern.InRegistry(files[i]) && paths[0] == files[i]) {
			continue
		}
		return fmt.Errorf("internal error: %s: the path %q finds %q, %v (please report this)", files[i], config.Budgets[i].Paths, paths, err)
	}
	return nil
}

func sameFile(x, y string) bool {
	one, err := os.Stat(x)
	if err != nil {
		return false
	}
	other, err := os.Stat(y)
	return err == nil && os.SameFile(one, other)
}
