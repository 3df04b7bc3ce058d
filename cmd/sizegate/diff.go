package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/sizegate/sizegate/internal/attrib"
	"github.com/sizegate/sizegate/internal/compare"
	"github.com/sizegate/sizegate/internal/compare/side"
	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/measurer"
	"github.com/sizegate/sizegate/internal/page"
	"github.com/sizegate/sizegate/internal/report/difference"
	"github.com/sizegate/sizegate/internal/usage"
)

var diffCommand = &command{
	name:    "diff",
	summary: "what changed between two files, and who caused it",
	usage:   "OLD NEW",
	help: `Compares two builds by section, package or crate, and function. Each side is an ELF
file or a report that was saved as JSON. The differences add up to that of the files.

Examples:
  sizegate diff app-v1.4.0 app-v1.5.0
  sizegate diff size-main.json dist/api             # a saved report and a file
  sizegate diff --name api-arm64 old.json new.json  # reports of several programs
  sizegate diff -f markdown old new
  sizegate diff -f html -o diff.html old new
  sizegate diff --exit-code -q old new              # 1 if any size differs`,
	setup: setupDiff,
}

var diffFormats = []string{"table", "json", "markdown", "html"}

// diffFlags are the flags of `sizegate diff`.
type diffFlags struct {
	sharedFlags
	top      int
	section  string
	name     string
	exitCode bool
}

func setupDiff(flags *pflag.FlagSet) func(context.Context, *environment, []string) error {
	f := &diffFlags{}
	flags.IntVarP(&f.top, "top", "n", 20, "rows of each table, 0 for all (JSON is always whole)")
	flags.StringVar(&f.section, "section", ".text", "sections to attribute: .text for all code, or all")
	flags.StringVar(&f.name, "name", "", "the `name` of the program, where a report holds several")
	flags.BoolVar(&f.exitCode, "exit-code", false, "exit with 1 if any size differs")
	f.declare(flags, "table, json, markdown or html (one page to explore)")
	return f.execute
}

func (f *diffFlags) execute(ctx context.Context, env *environment, args []string) error {
	switch {
	case len(args) != 2:
		return usage.Errorf("diff: name two files, the old one and the new one")
	case slices.Contains(args, "-"):
		return usage.Errorf("-: standard input is not read (name a file)")
	case !slices.Contains(diffFormats, f.format):
		return usage.Errorf("--format %s: not one of %s", f.format, strings.Join(diffFormats, ", "))
	case f.section != ".text" && f.section != "all":
		return usage.Errorf("--section %s: not .text or all", f.section)
	case f.top < 0:
		return usage.Errorf("--top %d: not a number of rows (0 shows all)", f.top)
	}
	out, err := f.open(env, args)
	if err != nil {
		return err
	}
	defer out.Discard()
	m := &measurer.Measurer{Stderr: env.stderr, Quiet: f.quiet, Demangle: display.Demangle}
	sides, err := side.Read(ctx, m, [2]string(args), side.Options{AllSections: f.section == "all", Name: f.name})
	if err != nil {
		return err
	}
	d := compare.Binaries(sides[0], sides[1])
	if err := d.Check(); err != nil {
		return fmt.Errorf("internal error: %w (please report this with the files)", err)
	}
	if !f.quiet {
		for _, w := range d.Warnings {
			fmt.Fprintf(env.stderr, "sizegate: warning: %s\n", display.Clean(w))
		}
	}
	medium, err := f.medium(env)
	if err != nil {
		return err
	}
	switch f.format {
	case "json":
		err = difference.JSON(out, d)
	case "markdown":
		err = difference.Markdown(out, d, f.top)
	case "html":
		err = page.Diff(out, d, f.pageOptions(args))
	default:
		err = difference.Table(out, d, f.top, medium)
	}
	if err == nil {
		err = out.Deliver()
	}
	if err == nil && f.exitCode && !d.Identical() {
		return exit(exitExceeded)
	}
	return err
}

// pageOptions is how both sides were measured. Of a saved report that is not known.
func (f *diffFlags) pageOptions(paths []string) page.Options {
	o := page.Options{View: string(attrib.Defined), Scope: "executable sections", Sizegate: version()}
	if f.section == "all" {
		o.Scope = "all sections"
	}
	for _, path := range paths {
		if saved, err := side.IsReport(path); saved || err != nil {
			o.View, o.Scope = "", ""
		}
	}
	return o
}
