package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"

	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/image"
	"github.com/sizegate/sizegate/internal/image/stored"
	"github.com/sizegate/sizegate/internal/interrupt"
	"github.com/sizegate/sizegate/internal/output"
	"github.com/sizegate/sizegate/internal/progress"
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
			return usage.Errorf("--%s "+what, flag, first)
		}
	}
	switch breakdown.By(f.by) {
	case breakdown.ByGeneric:
		return usage.Errorf("--by generic "+what, first)
	case breakdown.ByCategory:
		return usage.Errorf("--by category: is about deployment packages (a directory, zip or tar), which %s is not", first)
	}
	if !f.flags.Changed("by") {
		f.rendering.By = breakdown.ByLayer
	}
	if parts := strings.Split(f.platform, "/"); f.flags.Changed("platform") && (len(parts) < 2 || len(parts) > 3 || slices.Contains(parts, "")) {
		return usage.Errorf("--platform %s: not OS/ARCH or OS/ARCH/VARIANT (as linux/amd64, linux/arm64 or linux/arm/v7)", f.platform)
	}
	f.options.Functions = f.options.Functions && f.format != "html" // whose page ends at owners
	return f.outside(paths)
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
	m.noOwners = f.noOwners()
	m.demangle = display.Demangle // rows are compared between the files of an image
	m.accept = nil                // not every file has the section that is asked for
	r = &snapshot.Images{Schema: snapshot.ImageSchema, Sizegate: version(), Images: []snapshot.Image{}}
	for _, source := range sources {
		s, err := m.image(ctx, source, f.platform, f.target(source))
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
		if !m.quiet {
			m.warnContents(s.Source, s.Warnings, s.Binaries)
		}
		s.Archive = 0 // of budgets alone
		r.Images = append(r.Images, s)
	}
	return r, failed
}

// imageMemory is the memory, in bytes, from which garbage is collected as soon as
// there is some. Below that it is collected as Go does: most images have small
// programs alone, and collecting at collectAt takes as long as their analysis.
const imageMemory = 128 << 20

// image is one image, from opening it to checked sums. like is how its ELF files
// are measured.
func (m *measurer) image(ctx context.Context, source, platform string, like target) (snapshot.Image, error) {
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(imageMemory))
	task := progress.Begin(m.env.stderr, source, 1)
	defer task.End()
	a := imageAnalysis{measurer: m, like: like, task: task, early: make(map[image.Contents]early)}
	var opened *image.Image
	var err error
	var running sync.WaitGroup
	done := task.Step("reading its layers")
	running.Go(func() {
		opened, err = image.Open(ctx, source, platform, func(at image.Contents, path string, contents *io.SectionReader) {
			a.meet(ctx, at, path, contents)
		})
	})
	if !interrupt.Wait(ctx, &running) {
		return snapshot.Image{}, ctx.Err()
	}
	if err != nil {
		return snapshot.Image{}, err
	}
	defer opened.Close()
	done()
	s := snapshot.NewImage(filepath.Base(strings.TrimPrefix(source, stored.Registry)), opened)
	if err := a.members(ctx, opened, &s); err != nil {
		return s, err
	}
	if err := s.Check(); err != nil {
		return s, fmt.Errorf("%w: %w (please report this with the image)", errInternal, err)
	}
	return s, opened.Unchanged()
}

// imageAnalysis measures the ELF files of an image: those in layers that are read
// once as they come by, and the others when it is known which files remain.
type imageAnalysis struct {
	measurer *measurer
	like     target
	task     *progress.Task
	mu       sync.Mutex
	early    map[image.Contents]early
}

// early is what came of a file before it was known whether it remains.
type early struct {
	path string
	measured
}

func (a *imageAnalysis) one(ctx context.Context, name string, contents *io.SectionReader) (r measured) {
	if r.err = ctx.Err(); r.err != nil {
		return r
	}
	defer a.task.Step(name)()
	t := a.like
	t.path, t.name, t.contents = name, path.Base(name), contents
	r.binary, r.err = a.measurer.one(ctx, &t)
	return r
}

func (a *imageAnalysis) meet(ctx context.Context, at image.Contents, name string, contents *io.SectionReader) {
	r := early{name, a.one(ctx, name, contents)}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.early[at] = r
}

// members adds the ELF files that remain. One that cannot be analysed is a warning,
// as in a package.
func (a *imageAnalysis) members(ctx context.Context, opened *image.Image, s *snapshot.Image) error {
	var files, late []int
	results := make(map[int]*measured) // by the position of the file
	for i := range opened.Files {
		f := &opened.Files[i]
		if !f.ELF {
			continue
		}
		files = append(files, i)
		// A file that remains under another of its names is measured as that.
		if r, ok := a.early[opened.Contents(i)]; ok && r.path == f.Path {
			results[i] = &r.measured
		} else {
			results[i] = new(measured)
			late = append(late, i)
		}
	}
	visit := func(i int, contents *io.SectionReader, problem error) {
		if results[i].err = problem; problem == nil {
			*results[i] = a.one(ctx, opened.Files[i].Path, contents)
		}
	}
	var err error
	var running sync.WaitGroup
	running.Go(func() { err = opened.Visit(ctx, late, visit) })
	if !interrupt.Wait(ctx, &running) {
		return ctx.Err()
	}
	if err != nil {
		return err
	}
	var broken problems
	for _, i := range files {
		switch r := results[i]; {
		case r.err == nil:
			s.Binaries = append(s.Binaries, r.binary)
		case errors.Is(r.err, errInternal):
			return r.err
		default:
			broken.add(opened.Files[i].Path, r.err)
		}
	}
	if err := opened.Unchanged(); err != nil {
		return err
	}
	s.Warnings = append(s.Warnings, broken.warnings()...)
	return nil
}
