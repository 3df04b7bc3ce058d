package main

import (
	"context"
	"fmt"

	"github.com/sizegate/sizegate/internal/attrib"
	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/measurer"
	"github.com/sizegate/sizegate/internal/output"
	"github.com/sizegate/sizegate/internal/report/breakdown"
	"github.com/sizegate/sizegate/internal/usage"
)

// checkFiles refuses rows that only packages and images have.
func (f *reportFlags) checkFiles(paths []string) error {
	switch by := breakdown.By(f.by); by {
	case breakdown.ByCategory:
		return usage.Errorf("--by %s: is about deployment packages (a directory, zip or tar), which %s is not", by, paths[0])
	case breakdown.ByEntry:
		return usage.Errorf("--by %s: is about deployment packages (a directory, zip or tar) and container images, which %s is not", by, paths[0])
	case breakdown.ByLayer:
		return usage.Errorf("--by %s: is about container images, which %s is not", by, paths[0])
	}
	return nil
}

// reportFiles measures ELF files and renders what came of them. A file that cannot be
// measured is reported, and missing in the report.
func (f *reportFlags) reportFiles(ctx context.Context, env *environment, out *output.Output, paths []string) (failed bool, err error) {
	m := f.measurer(env)
	// A table demangles what it shows, unless names are compared: with a filter,
	// or with another file, whose mangled names hold other hashes, or marked, as
	// those of inlined functions are. By generic only JSON has names of functions.
	if f.format == "json" || f.format == "html" || f.by != "generic" && (f.format != "table" || f.rendering.Filter != nil || len(paths) > 1 ||
		f.options.View == attrib.Source) {
		m.Demangle = display.Demangle
	}
	targets := make([]measurer.Target, len(paths))
	for i, path := range paths {
		targets[i] = f.target(path)
	}
	add, end, err := findReportFormat(f.format).files(f, out)
	if err != nil {
		return false, err
	}
	count := 0
	for i, res := range m.Each(ctx, targets) {
		if res.Err != nil {
			failed = true
			fmt.Fprintf(env.stderr, "sizegate: %s: %s\n", display.Clean(paths[i]), display.Clean(res.Err.Error()))
			continue
		}
		m.Warn(&res.Binary)
		if err := add(&res.Binary); err != nil {
			return failed, err
		}
		count++
	}
	if err := f.nothingToWrite(ctx, failed, count); err != nil {
		return failed, err
	}
	return failed, end()
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
