package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/sizegate/sizegate/internal/attrib"
	"github.com/sizegate/sizegate/internal/compare"
	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/fileerror"
	"github.com/sizegate/sizegate/internal/inputkind"
	"github.com/sizegate/sizegate/internal/interrupt"
	"github.com/sizegate/sizegate/internal/measurer"
	"github.com/sizegate/sizegate/internal/page"
	"github.com/sizegate/sizegate/internal/report/difference"
	"github.com/sizegate/sizegate/internal/snapshot"
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
	sides, err := f.read(ctx, env, args)
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
		if saved, err := isReport(path); saved || err != nil {
			o.View, o.Scope = "", ""
		}
	}
	return o
}

// read measures or reads both sides.
func (f *diffFlags) read(ctx context.Context, env *environment, paths []string) (sides [2]*snapshot.Binary, err error) {
	m := &measurer.Measurer{Stderr: env.stderr, Quiet: f.quiet, Demangle: display.Demangle}
	options := attrib.Options{
		View:      attrib.Defined,
		Section:   func(s *elfscan.Section) bool { return f.section == "all" || s.Kind == elfscan.Code },
		Functions: true,
	}
	reports := [2]*snapshot.Report{}
	var targets []measurer.Target
	for i, path := range paths {
		saved, err := isReport(path)
		if err == nil {
			err = diffable(path, saved)
		}
		if err != nil {
			return sides, err
		}
		if !saved {
			targets = append(targets, measurer.Target{Name: filepath.Base(path), Path: path, Options: options})
			continue
		}
		if reports[i], err = snapshot.Read(path); err != nil {
			return sides, err
		}
	}
	results := m.All(ctx, targets)
	if ctx.Err() != nil {
		return sides, interrupt.Err
	}
	for i, path := range paths {
		if reports[i] != nil {
			if sides[i], err = f.choose(reports[i], path); err != nil {
				return sides, err
			}
			continue
		}
		if err := results[0].Err; err != nil {
			return sides, fmt.Errorf("%s: %w", path, err)
		}
		m.Warn(&results[0].Binary)
		sides[i], results = &results[0].Binary, results[1:]
	}
	return sides, nil
}

// choose is the program that is meant in a report.
func (f *diffFlags) choose(r *snapshot.Report, path string) (*snapshot.Binary, error) {
	var names []string
	var found []*snapshot.Binary
	for i := range r.Binaries {
		b := &r.Binaries[i]
		names = append(names, b.Name)
		if f.name == "" || b.Name == f.name {
			found = append(found, b)
		}
	}
	shipped := deployedNames(r)
	switch {
	case len(r.Binaries) == 0 && len(shipped) > 0:
		return nil, fmt.Errorf("%s: a baseline of packages or images alone, and diff compares ELF files (%s)", path, insteadOfDiff)
	case len(found) == 0 && slices.Contains(shipped, f.name):
		return nil, usage.Errorf("%s: %q in it is a package or an image, and diff compares ELF files (%s)", path, f.name, insteadOfDiff)
	case len(r.Binaries) == 0:
		return nil, fmt.Errorf("%s: a report of no program (save one with sizegate report -f json -o FILE)", path)
	case len(found) == 0:
		return nil, usage.Errorf("%s: has no program %q (it has: %s)", path, f.name, strings.Join(names, ", "))
	case len(found) > 1:
		return nil, usage.Errorf("%s: a report of several programs (choose one with --name: %s)", path, strings.Join(names, ", "))
	}
	return found[0], nil
}

// insteadOfDiff is what to do with what programs are shipped in.
const insteadOfDiff = "sizegate report OLD NEW shows two of a kind, and sizegate check --baseline FILE says what grew"

// diffable returns an error for a side that is what programs are shipped in, or a
// report of that.
func diffable(path string, saved bool) error {
	what := ""
	if saved {
		start, err := readStart(path)
		if err != nil {
			return err
		}
		switch schemaOf(start) {
		case snapshot.PackageSchema:
			what = "a report of deployment packages"
		case snapshot.ImageSchema:
			what = "a report of container images"
		}
	} else {
		what = inputkind.ShippedIn(path)
	}
	if what == "" {
		return nil
	}
	return fmt.Errorf("%s: %s, and diff compares ELF files (%s)", path, what, insteadOfDiff)
}

// schemaOf is the value of the first key of a JSON object, if that is "schema".
func schemaOf(start []byte) string {
	d := json.NewDecoder(bytes.NewReader(start))
	for _, want := range []json.Token{json.Delim('{'), "schema"} {
		if token, err := d.Token(); err != nil || token != want {
			return ""
		}
	}
	token, _ := d.Token()
	schema, _ := token.(string)
	return schema
}

// deployedNames are the names of the packages and images in a baseline.
func deployedNames(r *snapshot.Report) []string {
	var names []string
	for i := range r.Packages {
		names = append(names, r.Packages[i].Name)
	}
	for i := range r.Images {
		names = append(names, r.Images[i].Name)
	}
	return names
}

// isReport says whether a file is a saved report: its first byte that is not
// space is a brace. Everything else is left to the reader of ELF files.
func isReport(path string) (bool, error) {
	start, err := readStart(path)
	return bytes.HasPrefix(bytes.TrimLeft(start, " \t\r\n"), []byte("{")), err
}

// readStart is the first bytes of a file, none of what is no file: the reader of ELF
// files says that.
func readStart(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
		return nil, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, nil
	}
	defer file.Close()
	start := make([]byte, 4096)
	n, err := io.ReadFull(file, start)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: cannot be read: %w (check the disk, or copy it again)", path, fileerror.Cause(err))
	}
	return start[:n], nil
}
