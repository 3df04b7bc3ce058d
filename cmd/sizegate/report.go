package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/sizegate/sizegate/internal/attrib"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/inputkind"
	"github.com/sizegate/sizegate/internal/interrupt"
	"github.com/sizegate/sizegate/internal/measurer"
	"github.com/sizegate/sizegate/internal/report"
	"github.com/sizegate/sizegate/internal/report/breakdown"
	"github.com/sizegate/sizegate/internal/snapshot"
	"github.com/sizegate/sizegate/internal/terminal"
	"github.com/sizegate/sizegate/internal/usage"
)

var reportCommand = &command{
	name:    "report",
	summary: "where the bytes of ELF files, deployment packages and container images go",
	usage:   "PATH...",
	help: `Says which Go package or Rust crate every byte of an ELF file's code belongs to.
Several files are shown side by side. Sums are exact: the rows of a table, with
[padding] and [unattributed], add up to the sections asked for, and all sections
with [headers] and [gaps] add up to the file.

A directory, .zip, .tar, .tar.gz or .tar.zst is a deployment package: what is in it
by category, its largest entries, duplicates, debug files, and the ELF files in it.

An archive of docker save, an OCI layout (a directory or a tar of one), and an image
in a registry, named registry:NAME, are container images: what each layer takes, adds
and hides, what is wasted, and the files and ELF files that are in the end in it.

On a terminal tables fit its width, columns give way where it is narrow, and bars
show how large rows are beside each other. Through a pipe they are plain and whole.
What takes long says on standard error what it does, if that is a terminal.

Examples:
  sizegate report dist/api
  sizegate report --by module --top 0 dist/api
  sizegate report --by function --filter '^net/http$' dist/api
  sizegate report --by generic target/release/app
  sizegate report --view instantiated target/release/app
  sizegate report --debug-file dist/app.debug dist/app
  sizegate report --variants all --upx-level fast,lzma dist/api
  sizegate report --upx-level lzma --startup --startup-args --version dist/api
  sizegate report -f json -o size.json dist/api dist/worker
  sizegate report -f html --section all -o size.html dist/api
  sizegate report dist/function.zip
  sizegate report --by entry --filter node_modules/ dist/function.zip
  sizegate report --by module dist/function.zip
  sizegate report image.tar
  sizegate report --platform linux/amd64 --by entry image.tar`,
	setup: setupReport,
}

// reportFlags are the flags of `sizegate report`.
type reportFlags struct {
	flags                 *pflag.FlagSet
	format, output, color string
	by, view, section     string
	filter, debugFile     string
	platform              string
	top                   int
	quiet, hash           bool
	options               attrib.Options
	rendering             report.Options
	variants              variantFlags
}

func setupReport(flags *pflag.FlagSet) func(context.Context, *environment, []string) error {
	f := &reportFlags{flags: flags}
	flags.StringVar(&f.by, "by", "package", "rows: package (a Go package or Rust crate), module, origin, function, generic or section; of a deployment package category (its default) or entry; of a container image layer (its default) or entry")
	flags.IntVarP(&f.top, "top", "n", 20, "rows of a table, 0 for all (JSON, CSV and benchfmt are always whole)")
	flags.StringVar(&f.filter, "filter", "", "only the rows of a table whose owner (or function, or path in a deployment package or an image) matches this regular `expression`")
	flags.StringVar(&f.section, "section", ".text", "sections to attribute: .text for all code, all, or a `name`")
	flags.StringVar(&f.view, "view", "auto", "charge code to the package or crate that wrote the function (defined), compiled this copy of it (instantiated, of Rust), or wrote what was inlined (source); auto is defined, of stripped Rust instantiated")
	flags.StringVar(&f.debugFile, "debug-file", "", "symbols and debug information of the stripped file are in `file` (else looked for by build ID and .gnu_debuglink)")
	flags.StringVar(&f.platform, "platform", "", "of a container image for several platforms, the one for `os/arch[/variant]`")
	f.variants.declare(flags)
	flags.BoolVar(&f.hash, "hash", false, "fill in the SHA-256 of files")
	flags.StringVarP(&f.format, "format", "f", reportFormats[0].name, reportFormatHelp())
	flags.StringVarP(&f.output, "output", "o", "", "write to `file`, whole or not at all")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "no warnings and no progress")
	flags.StringVar(&f.color, "color", "auto", "auto (on a terminal, unless NO_COLOR is set), always or never")
	return f.execute
}

// check turns the flags' text into options.
func (f *reportFlags) check(env *environment, args []string) error {
	if len(args) == 0 {
		return usage.Errorf("report: name at least one file (see sizegate report --help)")
	}
	if slices.Contains(args, "-") {
		return usage.Errorf("-: standard input is not read (name a file)")
	}
	if f.flags.Changed("debug-file") {
		switch {
		case len(args) > 1:
			return usage.Errorf("--debug-file %s: belongs to one file, and %d are named (report them one by one)", f.debugFile, len(args))
		case f.debugFile == "", f.debugFile == "-":
			return usage.Errorf("--debug-file: name a file")
		}
	}
	oneOf := func(flag, value string, allowed ...string) error {
		if slices.Contains(allowed, value) {
			return nil
		}
		return usage.Errorf("--%s %s: not one of %s", flag, value, strings.Join(allowed, ", "))
	}
	if err := errors.Join(
		oneOf("by", f.by, "package", "module", "origin", "function", "generic", "section", "category", "entry", "layer"),
		oneOf("view", f.view, "auto", "defined", "instantiated", "source"),
		oneOf("format", f.format, reportFormatNames(anyFormat)...),
	); err != nil {
		return usage.Errorf("%s", strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	if f.top < 0 {
		return usage.Errorf("--top %d: not a number of rows (0 shows all)", f.top)
	}
	if f.section == "" {
		return usage.Errorf("--section: name a section, or .text, or all")
	}
	if err := f.variants.check(); err != nil {
		return err
	}
	var err error
	if f.rendering.Medium, err = terminal.Medium(f.color, f.output, env.stdout); err != nil {
		return err
	}
	f.rendering.By, f.rendering.Top = breakdown.By(f.by), f.top
	if f.filter != "" {
		if f.rendering.Filter, err = regexp.Compile(f.filter); err != nil {
			return usage.Errorf("--filter %s: %v", f.filter, err)
		}
	}
	asked := func(_ bool, name string) bool { return f.names(name) }
	f.rendering.Scope = "section " + f.section
	switch f.section {
	case ".text":
		asked = func(code bool, _ string) bool { return code }
		f.rendering.Scope = "executable sections"
	case "all":
		asked = func(bool, string) bool { return true }
		f.rendering.Scope = "all sections"
	}
	f.rendering.Asked = func(s *snapshot.Section) bool { return asked(s.Kind == string(elfscan.Code), s.Name) }
	f.options = attrib.Options{
		View:      attrib.View(f.view),
		Section:   func(s *elfscan.Section) bool { return asked(s.Kind == elfscan.Code, s.Name) },
		Functions: f.by == "function" || f.by == "generic" || f.format == "html",
	}
	return nil
}

// names says whether --section names a section: all of one name, or the one
// with that index.
func (f *reportFlags) names(section string) bool {
	return section == f.section || snapshot.BaseName(section) == f.section
}

func (f *reportFlags) execute(ctx context.Context, env *environment, args []string) error {
	if err := f.check(env, args); err != nil {
		return err
	}
	first, err := findInputs(args)
	if err != nil {
		return err
	}
	if f.flags.Changed("platform") {
		switch first.kind {
		case inputkind.Image:
		case inputkind.Unknown: // whatever is wrong with it, an image is meant
			first = input{args[0], inputkind.Image}
		default:
			return usage.Errorf("--platform: is about container images, and %s is %s", first.path, first.kind)
		}
	}
	if err := f.checkFormat(first); err != nil {
		return err
	}
	switch first.kind {
	case inputkind.Image:
		err = f.checkImages(first.path, args)
	case inputkind.Package:
		err = f.checkPackages(first.path, args)
	default:
		err = f.checkFiles(args)
	}
	if err != nil {
		return err
	}
	if f.filter != "" && f.format != "table" && f.format != "markdown" && !f.quiet {
		fmt.Fprintf(env.stderr, "sizegate: warning: --filter has no effect on --format %s, which has every row\n", f.format)
	}
	inputs := args
	if f.debugFile != "" {
		inputs = []string{args[0], f.debugFile}
	}
	out, err := env.output(f.output, inputs)
	if err != nil {
		return err
	}
	defer out.Discard()
	var failed bool
	switch first.kind {
	case inputkind.Image:
		failed, err = f.reportImages(ctx, env, out, args)
	case inputkind.Package:
		failed, err = f.reportPackages(ctx, env, out, args)
	default:
		failed, err = f.reportFiles(ctx, env, out, args)
	}
	if err == nil {
		err = out.Deliver()
	}
	if err == nil && failed {
		return errReported
	}
	return err
}

// nothingToWrite is the error with which a report ends before it is written, nil
// if it is to be written: a file is written whole or not at all.
func (f *reportFlags) nothingToWrite(ctx context.Context, failed bool, measured int) error {
	if ctx.Err() != nil {
		return interrupt.Err
	}
	if failed && (f.output != "" || measured == 0) {
		return errReported
	}
	return nil
}

func (f *reportFlags) measurer(env *environment) *measurer.Measurer {
	return &measurer.Measurer{Stderr: env.stderr, Tools: f.variants.Tools, Startup: f.variants.Startup, Quiet: f.quiet, Hash: f.hash,
		Accept: f.hasSection, Generics: f.by == "generic"}
}

func (f *reportFlags) target(path string) measurer.Target {
	return measurer.Target{Name: filepath.Base(path), Path: path, Options: f.options, DebugFile: f.debugFile, Variants: f.variants.names, Levels: f.variants.levels}
}

// input is an argument and what it is.
type input struct {
	path string
	kind inputkind.Kind
}

// findInputs says what the arguments are: a report is about ELF files, or about
// packages, or about images, as each has a schema of its own. The result is the
// first that is of a known kind.
func findInputs(paths []string) (first input, err error) {
	for _, path := range paths {
		in := input{path, inputkind.Of(path)}
		switch {
		case in.kind == inputkind.Unknown:
		case first.kind == inputkind.Unknown:
			first = in
		case first.kind != in.kind:
			return first, usage.Errorf("%s is %s, and %s is %s: a report is about one kind (report them one by one)",
				first.path, first.kind, in.path, in.kind)
		}
	}
	return first, nil
}
