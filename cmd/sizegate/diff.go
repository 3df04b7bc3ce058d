package main

import (
	"bytes"
	"context"
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
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/report"
	"github.com/sizegate/sizegate/internal/snapshot"
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
  sizegate diff --exit-code -q old new              # 1 if any size differs`,
	setup: setupDiff,
}

var diffFormats = []string{"table", "json", "markdown"}

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
	f.declare(flags, "table, json or markdown")
	return f.execute
}

func (f *diffFlags) execute(ctx context.Context, env *environment, args []string) error {
	switch {
	case len(args) != 2:
		return usagef("diff: name two files, the old one and the new one")
	case slices.Contains(args, "-"):
		return usagef("-: standard input is not read (name a file)")
	case !slices.Contains(diffFormats, f.format):
		return usagef("--format %s: not one of %s", f.format, strings.Join(diffFormats, ", "))
	case f.section != ".text" && f.section != "all":
		return usagef("--section %s: not .text or all", f.section)
	case f.top < 0:
		return usagef("--top %d: not a number of rows (0 shows all)", f.top)
	}
	out, err := f.open(env, args)
	if err != nil {
		return err
	}
	defer out.discard()
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
			fmt.Fprintf(env.stderr, "sizegate: warning: %s\n", report.Clean(w))
		}
	}
	options, err := f.options(env)
	if err != nil {
		return err
	}
	options.Top = f.top
	switch f.format {
	case "json":
		err = report.DiffJSON(out, d)
	case "markdown":
		err = report.DiffMarkdown(out, d, options)
	default:
		err = report.DiffTable(out, d, options)
	}
	if err == nil {
		err = out.deliver()
	}
	if err == nil && f.exitCode && !d.Identical() {
		return exit(exitExceeded)
	}
	return err
}

// read measures or reads both sides.
func (f *diffFlags) read(ctx context.Context, env *environment, paths []string) (sides [2]*snapshot.Binary, err error) {
	m := &measurer{env: env, tools: &toolFlags{}, quiet: f.quiet, demangle: report.Demangle}
	options := attrib.Options{
		View:      attrib.Defined,
		Section:   func(s *elfscan.Section) bool { return f.section == "all" || s.Kind == elfscan.Code },
		Functions: true,
	}
	reports := [2]*snapshot.Report{}
	var targets []target
	for i, path := range paths {
		saved, err := isReport(path)
		if err != nil {
			return sides, err
		}
		if !saved {
			targets = append(targets, target{name: filepath.Base(path), path: path, options: options})
			continue
		}
		if reports[i], err = snapshot.Read(path); err != nil {
			return sides, err
		}
	}
	results := m.all(ctx, targets)
	if ctx.Err() != nil {
		return sides, errInterrupted
	}
	for i, path := range paths {
		if reports[i] != nil {
			if sides[i], err = f.choose(reports[i], path); err != nil {
				return sides, err
			}
			continue
		}
		if err := results[0].err; err != nil {
			return sides, fmt.Errorf("%s: %w", path, err)
		}
		m.warn(&results[0].binary)
		sides[i], results = &results[0].binary, results[1:]
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
	switch {
	case len(r.Binaries) == 0:
		return nil, fmt.Errorf("%s: a report of no program (save one with sizegate report -f json -o FILE)", path)
	case len(found) == 0:
		return nil, usagef("%s: has no program %q (it has: %s)", path, f.name, strings.Join(names, ", "))
	case len(found) > 1:
		return nil, usagef("%s: a report of several programs (choose one with --name: %s)", path, strings.Join(names, ", "))
	}
	return found[0], nil
}

// isReport says whether a file is a saved report: its first byte that is not
// space is a brace. Everything else is left to the reader of ELF files.
func isReport(path string) (bool, error) {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return false, nil // as the reader of ELF files will say
	}
	file, err := os.Open(path)
	if err != nil {
		return false, nil
	}
	defer file.Close()
	start := make([]byte, 4096)
	n, err := io.ReadFull(file, start)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return false, fmt.Errorf("%s: cannot be read: %w (check the disk, or copy it again)", path, cause(err))
	}
	return bytes.HasPrefix(bytes.TrimLeft(start[:n], " \t\r\n"), []byte("{")), nil
}
