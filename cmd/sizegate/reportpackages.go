package main

import (
	"context"
	"fmt"

	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/output"
	"github.com/sizegate/sizegate/internal/report/breakdown"
	"github.com/sizegate/sizegate/internal/snapshot"
	"github.com/sizegate/sizegate/internal/usage"
)

// checkPackages refuses flags that are about one ELF file on disk, and chooses the
// rows where --by does not. first is one of the packages.
func (f *reportFlags) checkPackages(first string, paths []string) error {
	const what = "is about an ELF file, and %s is a deployment package (unpack it and name the file)"
	for _, flag := range []string{"debug-file", "startup", "startup-args", "upx-level"} {
		if f.flags.Changed(flag) {
			return usage.Errorf("--%s: "+what, flag, first)
		}
	}
	if f.by == string(breakdown.ByGeneric) {
		return usage.Errorf("--by generic: "+what, first)
	}
	if f.by == string(breakdown.ByLayer) {
		return usage.Errorf("--by layer: is about container images, which %s is not", first)
	}
	if !f.flags.Changed("by") {
		// A row of a CSV is an entry: what is above can be added up from it.
		f.rendering.By = breakdown.ByCategory
		if f.format == "csv" {
			f.rendering.By = breakdown.ByEntry
		}
	}
	f.options.Functions = f.options.Functions && f.format != "html" // whose page ends at owners
	return outside(f.output, paths)
}

// outside refuses an output, "" for none, that would be part of what is measured.
func outside(to string, paths []string) error {
	if to == "" {
		return nil
	}
	for _, path := range paths {
		if output.Contains(path, to) {
			return usage.Errorf("%s: lies in %s, which is to be measured (name a file elsewhere for --output)", to, path)
		}
	}
	return nil
}

// reportPackages measures packages and renders what came of it.
func (f *reportFlags) reportPackages(ctx context.Context, env *environment, out *output.Output, paths []string) (failed bool, err error) {
	measured, failed := f.packages(ctx, env, paths)
	if err := f.nothingToWrite(ctx, failed, len(measured.Packages)); err != nil {
		return failed, err
	}
	return failed, findReportFormat(f.format).packages(f, out, measured)
}

// packages measures packages one after the other, each on all cores. A package
// that cannot be measured is reported, and missing in the report.
func (f *reportFlags) packages(ctx context.Context, env *environment, paths []string) (r *snapshot.Packages, failed bool) {
	m := f.measurer(env)
	m.NoOwners = f.noOwners()
	// Rows are compared between the files of a package.
	m.Demangle = display.Demangle
	m.Accept = nil // not every file has the section that is asked for
	r = &snapshot.Packages{Schema: snapshot.PackageSchema, Sizegate: version(), Packages: []snapshot.Package{}}
	for _, path := range paths {
		p, err := m.Package(ctx, path, f.target(path))
		if ctx.Err() != nil {
			break
		}
		if err == nil {
			err = f.hasSectionIn(p.Binaries)
		}
		if err != nil {
			failed = true
			fmt.Fprintf(env.stderr, "sizegate: %s: %s\n", display.Clean(path), display.Clean(err.Error()))
			continue
		}
		m.WarnPackage(&p)
		r.Packages = append(r.Packages, p)
	}
	return r, failed
}

// noOwners reports whether what is written of packages and images has no rows of owners. JSON
// and the page have them always.
func (f *reportFlags) noOwners() bool {
	by := f.rendering.By
	return f.format != "json" && f.format != "html" && (by == breakdown.ByCategory || by == breakdown.ByEntry || by == breakdown.ByLayer)
}

// hasSectionIn refuses the name of a section that no file of a package or an image
// has.
func (f *reportFlags) hasSectionIn(files []snapshot.Binary) error {
	if f.section == ".text" || f.section == "all" {
		return nil
	}
	for i := range files {
		for j := range files[i].Sections {
			if f.names(files[i].Sections[j].Name) {
				return nil
			}
		}
	}
	return &elfscan.Error{Problem: fmt.Sprintf("no ELF file in it has a section %q", f.section), Hint: "--by section lists them"}
}
