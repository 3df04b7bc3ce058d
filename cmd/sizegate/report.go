package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/pflag"

	"github.com/sizegate/sizegate/internal/attrib"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/report"
	"github.com/sizegate/sizegate/internal/snapshot"
)

var reportCommand = &command{
	name:    "report",
	summary: "where the bytes of ELF files go",
	usage:   "FILE...",
	help: `Says which Go package or Rust crate every byte of an ELF file's code belongs to.
Several files are shown side by side. Sums are exact: the rows of a table, with
[padding] and [unattributed], add up to the sections asked for, and all sections
with [headers] and [gaps] add up to the file.

Examples:
  sizegate report dist/api
  sizegate report --by module --top 0 dist/api
  sizegate report --by function --filter '^net/http$' dist/api
  sizegate report --view instantiated target/release/app
  sizegate report --variants all --upx-level fast,lzma dist/api
  sizegate report --upx-level lzma --startup --startup-args --version dist/api
  sizegate report -f json -o size.json dist/api dist/worker`,
	setup: setupReport,
}

// reportFlags are the flags of `sizegate report`.
type reportFlags struct {
	format, output, color string
	by, view, section     string
	filter                string
	top                   int
	quiet, hash           bool
	several               bool // more than one file
	options               attrib.Options
	rendering             report.Options
	variants              variantFlags
}

func setupReport(flags *pflag.FlagSet) func(context.Context, *environment, []string) error {
	f := &reportFlags{}
	flags.StringVar(&f.by, "by", "package", "rows: package (a Go package or Rust crate), module, origin, function or section")
	flags.IntVarP(&f.top, "top", "n", 20, "rows of a table, 0 for all (JSON and CSV are always whole)")
	flags.StringVar(&f.filter, "filter", "", "only the rows of a table whose owner (or function) matches this regular `expression`")
	flags.StringVar(&f.section, "section", ".text", "sections to attribute: .text for all code, all, or a `name`")
	flags.StringVar(&f.view, "view", "defined", "charge a Rust function to the crate that has it defined or instantiated")
	f.variants.declare(flags)
	flags.BoolVar(&f.hash, "hash", false, "fill in the SHA-256 of the file")
	flags.StringVarP(&f.format, "format", "f", "table", "table, json or csv")
	flags.StringVarP(&f.output, "output", "o", "", "write to `file`, whole or not at all")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "no warnings")
	flags.StringVar(&f.color, "color", "auto", "auto, always or never")
	return f.execute
}

// check turns the flags' text into options.
func (f *reportFlags) check(env *environment, args []string) error {
	if len(args) == 0 {
		return usagef("report: name at least one file (see sizegate report --help)")
	}
	f.several = len(args) > 1
	if slices.Contains(args, "-") {
		return usagef("-: standard input is not read (name a file)")
	}
	oneOf := func(flag, value string, allowed ...string) error {
		if slices.Contains(allowed, value) {
			return nil
		}
		return usagef("--%s %s: not one of %s", flag, value, strings.Join(allowed, ", "))
	}
	if err := errors.Join(
		oneOf("by", f.by, "package", "module", "origin", "function", "section"),
		oneOf("view", f.view, "defined", "instantiated"),
		oneOf("format", f.format, "table", "json", "csv"),
	); err != nil {
		return usagef("%s", strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	if f.top < 0 {
		return usagef("--top %d: not a number of rows (0 shows all)", f.top)
	}
	if f.section == "" {
		return usagef("--section: name a section, or .text, or all")
	}
	if err := f.variants.check(); err != nil {
		return err
	}
	color, err := useColor(f.color, env.stdout)
	if err != nil {
		return err
	}
	f.rendering = report.Options{By: report.By(f.by), Top: f.top, Width: width(env.stdout), Color: color && f.output == ""}
	if f.filter != "" {
		if f.rendering.Filter, err = regexp.Compile(f.filter); err != nil {
			return usagef("--filter %s: %v", f.filter, err)
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
		Functions: f.by == "function",
	}
	return nil
}

// names says whether --section names a section: all of one name, or the one
// with that index.
func (f *reportFlags) names(section string) bool {
	return section == f.section || baseName(section) == f.section
}

// baseName is a section's name without the index that tells sections of one
// name apart.
func baseName(name string) string {
	if i := strings.LastIndexByte(name, '['); i > 0 && strings.HasSuffix(name, "]") && !strings.HasPrefix(name, "LOAD[") {
		return name[:i]
	}
	return name
}

func (f *reportFlags) execute(ctx context.Context, env *environment, args []string) error {
	if err := f.check(env, args); err != nil {
		return err
	}
	out, err := newOutput(env.stdout, f.output, args)
	if err != nil {
		return err
	}
	defer out.discard()
	measured, failed := f.measureAll(ctx, env, args)
	if ctx.Err() != nil {
		return errors.New("interrupted (nothing was written)")
	}
	if failed && (f.output != "" || len(measured.Binaries) == 0) {
		return errReported // a file is written whole or not at all
	}
	switch f.format {
	case "json":
		err = measured.Write(out)
	case "csv":
		err = report.CSV(out, measured, f.rendering)
	default:
		err = report.Table(out, measured, f.rendering)
	}
	if err == nil {
		err = out.deliver()
	}
	if err == nil && failed {
		return errReported
	}
	return err
}

// measureAll measures the files side by side, as many at once as there are
// cores, and prints errors and warnings in the order of the files.
func (f *reportFlags) measureAll(ctx context.Context, env *environment, paths []string) (r *snapshot.Report, failed bool) {
	type result struct {
		binary snapshot.Binary
		err    error
	}
	results := make([]result, len(paths))
	var running sync.WaitGroup
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i, path := range paths {
		running.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			if ctx.Err() == nil {
				results[i].binary, results[i].err = f.measure(ctx, env, path)
			}
		})
	}
	if !ended(ctx, &running) {
		return &snapshot.Report{}, true
	}
	r = &snapshot.Report{Schema: snapshot.Schema, Sizegate: version(), Binaries: []snapshot.Binary{}}
	for i, res := range results {
		if res.err != nil {
			failed = true
			fmt.Fprintf(env.stderr, "sizegate: %s: %s\n", report.Clean(paths[i]), report.Clean(res.err.Error()))
			continue
		}
		if !f.quiet {
			for _, w := range res.binary.Warnings {
				fmt.Fprintf(env.stderr, "sizegate: %s: warning: %s\n", report.Clean(paths[i]), report.Clean(w))
			}
		}
		r.Binaries = append(r.Binaries, res.binary)
	}
	return r, failed
}

// ended waits for the measurements. After an interruption they have a moment to
// clean up behind themselves; a parser that is in the middle of a file does not
// look at the context, and is not waited for.
func ended(ctx context.Context, running *sync.WaitGroup) bool {
	const moment = 2 * time.Second
	done := make(chan struct{})
	go func() {
		running.Wait()
		close(done)
	}()
	select {
	case <-done:
		return true
	case <-ctx.Done():
	}
	select {
	case <-done:
		return true
	case <-time.After(moment):
		return false
	}
}

// measure is one file, from opening it to checked sums.
func (f *reportFlags) measure(ctx context.Context, env *environment, path string) (snapshot.Binary, error) {
	b, err := elfscan.Open(path)
	if err != nil {
		return snapshot.Binary{}, err
	}
	defer b.Close()
	if err := f.hasSection(b); err != nil {
		return snapshot.Binary{}, err
	}
	p, err := attrib.Attribute(b, f.options)
	if err != nil {
		return snapshot.Binary{}, err
	}
	// A table demangles what it shows, unless names are compared: with a filter,
	// or with another file, whose mangled names hold other hashes.
	names := func(name string) string { return name }
	if f.format != "table" || f.rendering.Filter != nil || f.several {
		names = report.Demangle
	}
	s := snapshot.New(filepath.Base(path), path, b, p, names)
	if err := s.Check(); err != nil {
		return s, fmt.Errorf("internal error: %w (please report this with the file)", err)
	}
	if f.hash {
		h := sha256.New()
		if _, err := io.Copy(h, b.Reader()); err != nil {
			return s, fmt.Errorf("cannot be read: %w (check the disk, or copy it again)", err)
		}
		s.SHA256 = hex.EncodeToString(h.Sum(nil))
	}
	list, starts, err := f.variants.measure(ctx, env, path, b, f.quiet)
	if err != nil {
		return s, err
	}
	s.AddVariants(list, starts)
	return s, b.Unchanged()
}

// hasSection refuses a section name that the file does not have: a report of
// nothing would look like a section of no bytes.
func (f *reportFlags) hasSection(b *elfscan.Binary) error {
	if f.section == ".text" || f.section == "all" {
		return nil
	}
	for i := range b.Sections {
		if f.names(b.Sections[i].Name) {
			return nil
		}
	}
	return &elfscan.Error{Problem: fmt.Sprintf("has no section %q", f.section), Hint: "--by section lists them"}
}
