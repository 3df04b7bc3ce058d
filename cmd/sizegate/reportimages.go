package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/output"
	"github.com/sizegate/sizegate/internal/report/breakdown"
	"github.com/sizegate/sizegate/internal/snapshot"
	"github.com/sizegate/sizegate/internal/usage"
)

// checkImages refuses flags that are about one ELF file on disk, and chooses the
// rows where --by does not. first is one of the images.
func (f *reportFlags) checkImages(first string, paths []string) error {
	const what = "is about an ELF file, and %s is a container image (copy the file out of it and name that)"
	for _, flag := range []string{"debug-file", "startup", "startup-args", "upx-level"} {
		if f.flags.Changed(flag) {
			return usage.Errorf("--%s: "+what, flag, first)
		}
	}
	switch breakdown.By(f.by) {
	case breakdown.ByGeneric:
		return usage.Errorf("--by generic: "+what, first)
	case breakdown.ByCategory:
		return usage.Errorf("--by category: is about deployment packages (a directory, zip or tar), which %s is not", first)
	}
	if !f.flags.Changed("by") {
		f.rendering.By = breakdown.ByLayer
	}
	if f.flags.Changed("platform") {
		if err := checkPlatform(f.platform); err != nil {
			return err
		}
	}
	f.options.Functions = f.options.Functions && f.format != "html" // whose page ends at owners
	return outside(f.output, paths)
}

// checkPlatform refuses what cannot be the platform of an image.
func checkPlatform(platform string) error {
	if parts := strings.Split(platform, "/"); len(parts) < 2 || len(parts) > 3 || slices.Contains(parts, "") {
		return usage.Errorf("--platform %s: not OS/ARCH or OS/ARCH/VARIANT (as linux/amd64, linux/arm64 or linux/arm/v7)", platform)
	}
	return nil
}

// reportImages measures images and renders what came of it.
func (f *reportFlags) reportImages(ctx context.Context, env *environment, out *output.Output, sources []string) (failed bool, err error) {
	measured, failed := f.images(ctx, env, sources)
	if err := f.nothingToWrite(ctx, failed, len(measured.Images)); err != nil {
		return failed, err
	}
	return failed, findReportFormat(f.format).images(f, out, measured)
}

// images measures images one after the other, each on all cores. An image that
// cannot be measured is reported, and missing in the report.
func (f *reportFlags) images(ctx context.Context, env *environment, sources []string) (r *snapshot.Images, failed bool) {
	m := f.measurer(env)
	m.NoOwners = f.noOwners()
	m.Demangle = display.Demangle // rows are compared between the files of an image
	m.Accept = nil                // not every file has the section that is asked for
	r = &snapshot.Images{Schema: snapshot.ImageSchema, Sizegate: version(), Images: []snapshot.Image{}}
	for _, source := range sources {
		s, err := m.Image(ctx, source, f.platform, f.target(source), nil)
		if ctx.Err() != nil {
			break
		}
		if err == nil {
			err = f.hasSectionIn(s.Binaries)
		}
		if err != nil {
			failed = true
			fmt.Fprintf(env.stderr, "sizegate: %s: %s\n", display.Clean(source), display.Clean(err.Error()))
			continue
		}
		m.WarnImage(&s)
		s.Archive = 0 // of budgets alone
		r.Images = append(r.Images, s)
	}
	return r, failed
}
