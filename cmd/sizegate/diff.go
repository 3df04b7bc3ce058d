package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/sizegate/sizegate/internal/attrib"
	"github.com/sizegate/sizegate/internal/compare"
	"github.com/sizegate/sizegate/internal/compare/contents"
	"github.com/sizegate/sizegate/internal/compare/side"
	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/inputkind"
	"github.com/sizegate/sizegate/internal/measurer"
	"github.com/sizegate/sizegate/internal/page"
	"github.com/sizegate/sizegate/internal/report/difference"
	"github.com/sizegate/sizegate/internal/usage"
)

var diffCommand = &command{
	name:    "diff",
	summary: "what changed between two programs, packages or images, and who caused it",
	usage:   "OLD NEW",
	help: `Compares two builds by section, package or crate, and function. Each side is an ELF
file or a report that was saved as JSON. The differences add up to that of the files.

Two deployment packages (directories, .zip, .tar, .tar.gz, .tar.zst) are compared by
category and by entry, two container images (archives, OCI layouts, registry:NAME) by
layer and by the files in the end. Each side can be a saved report of one, too. Layers
belong together that have the same contents, else were made by the same step, else
have the same number.

Examples:
  sizegate diff app-v1.4.0 app-v1.5.0
  sizegate diff size-main.json dist/api             # a saved report and a file
  sizegate diff --name api-arm64 old.json new.json  # reports of several programs
  sizegate diff -f markdown old new
  sizegate diff -f html -o diff.html old new
  sizegate diff --exit-code -q old new              # 1 if any size differs
  sizegate diff function-v1.zip function-v2.zip
  sizegate diff --platform linux/amd64 image-v1.tar image-v2.tar`,
	setup: setupDiff,
}

var diffFormats = []string{"table", "json", "markdown", "html"}

// diffFlags are the flags of `sizegate diff`.
type diffFlags struct {
	sharedFlags
	flags    *pflag.FlagSet
	top      int
	section  string
	name     string
	platform string
	exitCode bool
}

func setupDiff(flags *pflag.FlagSet) func(context.Context, *environment, []string) error {
	f := &diffFlags{flags: flags}
	flags.IntVarP(&f.top, "top", "n", 20, "rows of each table, 0 for all (JSON is always whole)")
	flags.StringVar(&f.section, "section", ".text", "sections of ELF files to attribute: .text for all code, or all")
	flags.StringVar(&f.name, "name", "", "the `name` of the program, package or image, where a report holds several")
	flags.StringVar(&f.platform, "platform", "", "of container images for several platforms, those for `os/arch[/variant]`")
	flags.BoolVar(&f.exitCode, "exit-code", false, "exit with 1 if any size differs")
	f.declare(flags, "table, json, markdown or html (one page to explore, of ELF files)")
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
	otherwise := inputkind.ELF // whoever reads it says what is wrong
	if f.flags.Changed("platform") {
		otherwise = inputkind.Image
	}
	pair, err := side.Open([2]string(args), f.name, otherwise)
	if err != nil {
		return err
	}
	if err := f.fit(pair.Kind, args); err != nil {
		return err
	}
	m := &measurer.Measurer{Stderr: env.stderr, Quiet: f.quiet, Demangle: display.Demangle}
	c, err := f.compared(ctx, m, pair)
	if err != nil {
		return err
	}
	if err := c.Check(); err != nil {
		return fmt.Errorf("internal error: %w (please report this with the files)", err)
	}
	if !f.quiet {
		for _, w := range c.warnings {
			fmt.Fprintf(env.stderr, "sizegate: warning: %s\n", display.Clean(w))
		}
	}
	medium, err := f.medium(env)
	if err != nil {
		return err
	}
	switch f.format {
	case "json":
		err = c.json(out)
	case "markdown":
		err = c.markdown(out, f.top)
	case "html":
		err = c.html(out)
	default:
		err = c.table(out, f.top, medium)
	}
	if err == nil {
		err = out.Deliver()
	}
	if err == nil && f.exitCode && !c.Identical() {
		return exit(exitExceeded)
	}
	return err
}

// fit refuses flags that are not about what is compared.
func (f *diffFlags) fit(kind inputkind.Kind, args []string) error {
	if f.flags.Changed("platform") {
		if kind != inputkind.Image {
			return usage.Errorf("--platform is about container images, and %s is %s", args[0], kind)
		}
		if err := checkPlatform(f.platform); err != nil {
			return err
		}
	}
	if kind == inputkind.ELF {
		return nil
	}
	const what = "is about ELF files, and %s is %s"
	if f.flags.Changed("section") {
		return usage.Errorf("--section "+what+" (copy the programs out of both sides and name them)", args[0], kind)
	}
	if f.format == "html" {
		return usage.Errorf("--format html "+what+" (choose one of table, json, markdown)", args[0], kind)
	}
	return outside(f.output, args)
}

// compared is a difference, and how it is written.
type compared struct {
	sums
	warnings []string
	json     func(io.Writer) error
	markdown func(w io.Writer, top int) error
	table    func(w io.Writer, top int, m display.Medium) error
	html     func(io.Writer) error // nil of packages and images
}

// sums is what a difference of any kind says of itself.
type sums interface {
	Check() error
	Identical() bool
}

// compared measures what is not saved, and compares both sides.
func (f *diffFlags) compared(ctx context.Context, m *measurer.Measurer, pair *side.Pair) (*compared, error) {
	switch pair.Kind {
	case inputkind.Package:
		sides, err := pair.Packages(ctx, m)
		if err != nil {
			return nil, err
		}
		d := contents.OfPackages(sides[0], sides[1])
		return &compared{sums: d, warnings: d.Warnings,
			json:     func(w io.Writer) error { return difference.PackageJSON(w, d) },
			markdown: func(w io.Writer, top int) error { return difference.PackageMarkdown(w, d, top) },
			table:    func(w io.Writer, top int, m display.Medium) error { return difference.PackageTable(w, d, top, m) },
		}, nil
	case inputkind.Image:
		sides, err := pair.Images(ctx, m, f.platform)
		if err != nil {
			return nil, err
		}
		d := contents.OfImages(sides[0], sides[1])
		return &compared{sums: d, warnings: d.Warnings,
			json:     func(w io.Writer) error { return difference.ImageJSON(w, d) },
			markdown: func(w io.Writer, top int) error { return difference.ImageMarkdown(w, d, top) },
			table:    func(w io.Writer, top int, m display.Medium) error { return difference.ImageTable(w, d, top, m) },
		}, nil
	}
	sides, err := pair.Binaries(ctx, m, f.section == "all")
	if err != nil {
		return nil, err
	}
	d := compare.Binaries(sides[0], sides[1])
	return &compared{sums: d, warnings: d.Warnings,
		json:     func(w io.Writer) error { return difference.JSON(w, d) },
		markdown: func(w io.Writer, top int) error { return difference.Markdown(w, d, top) },
		table:    func(w io.Writer, top int, m display.Medium) error { return difference.Table(w, d, top, m) },
		html:     func(w io.Writer) error { return page.Diff(w, d, f.pageOptions(pair)) },
	}, nil
}

// pageOptions is how both sides were measured. Of a saved report that is not known.
func (f *diffFlags) pageOptions(pair *side.Pair) page.Options {
	switch {
	case pair.Saved():
		return page.Options{Sizegate: version()}
	case f.section == "all":
		return page.Options{View: string(attrib.Defined), Scope: "all sections", Sizegate: version()}
	}
	return page.Options{View: string(attrib.Defined), Scope: "executable sections", Sizegate: version()}
}
