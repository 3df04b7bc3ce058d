package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"

	"github.com/sizegate/sizegate/internal/image"
	"github.com/sizegate/sizegate/internal/report"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// checkImages refuses flags that are about one ELF file on disk, and chooses the
// rows where --by does not. first is one of the images.
func (f *reportFlags) checkImages(first string, paths []string) error {
	const what = "is about an ELF file, and %s is a container image (copy the file out of it and name that)"
	for _, flag := range []string{"debug-file", "startup", "startup-args", "upx-level"} {
		if f.flags.Changed(flag) {
			return usagef("--%s "+what, flag, first)
		}
	}
	switch report.By(f.by) {
	case report.ByGeneric:
		return usagef("--by generic "+what, first)
	case report.ByCategory:
		return usagef("--by category: is about deployment packages (a directory, zip or tar), which %s is not", first)
	}
	if !f.flags.Changed("by") {
		f.rendering.By = report.ByLayer
	}
	if parts := strings.Split(f.platform, "/"); f.flags.Changed("platform") && (len(parts) < 2 || len(parts) > 3 || slices.Contains(parts, "")) {
		return usagef("--platform %s: not OS/ARCH or OS/ARCH/VARIANT (as linux/amd64, linux/arm64 or linux/arm/v7)", f.platform)
	}
	return f.outside(paths)
}

// reportImages measures images and renders what came of it.
func (f *reportFlags) reportImages(ctx context.Context, env *environment, out *output, sources []string) (failed bool, err error) {
	measured, failed := f.images(ctx, env, sources)
	if err := f.nothingToWrite(ctx, failed, len(measured.Images)); err != nil {
		return failed, err
	}
	switch f.format {
	case "json":
		err = measured.Write(out)
	case "csv":
		err = report.ImageCSV(out, measured, f.rendering)
	case "markdown":
		err = report.ImageMarkdown(out, measured, f.rendering)
	case "benchfmt":
		err = report.ImageBenchfmt(out, measured, f.rendering)
	default:
		err = report.ImageTable(out, measured, f.rendering)
	}
	return failed, err
}

// images measures images one after the other, each on all cores. An image that
// cannot be measured is reported, and missing in the report.
func (f *reportFlags) images(ctx context.Context, env *environment, sources []string) (r *snapshot.Images, failed bool) {
	m := f.measurer(env)
	m.demangle = report.Demangle // rows are compared between the files of an image
	m.accept = nil               // not every file has the section that is asked for
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
			fmt.Fprintf(env.stderr, "sizegate: %s: %s\n", report.Clean(source), report.Clean(err.Error()))
			continue
		}
		if !m.quiet {
			m.warnContents(s.Source, s.Warnings, s.Binaries)
		}
		r.Images = append(r.Images, s)
	}
	return r, failed
}

// image is one image, from opening it to checked sums. like is how its ELF files
// are measured.
func (m *measurer) image(ctx context.Context, source, platform string, like target) (snapshot.Image, error) {
	var opened *image.Image
	var err error
	var running sync.WaitGroup
	running.Go(func() { opened, err = image.Open(ctx, source, platform) })
	if !ended(ctx, &running) {
		return snapshot.Image{}, ctx.Err()
	}
	if err != nil {
		return snapshot.Image{}, err
	}
	defer opened.Close()
	debug.SetGCPercent(collectAt) // unpacked files are much garbage
	s := snapshot.NewImage(filepath.Base(strings.TrimPrefix(source, image.Registry)), opened)
	if err := m.imageMembers(ctx, opened, &s, like); err != nil {
		return s, err
	}
	if err := s.Check(); err != nil {
		return s, fmt.Errorf("%w: %w (please report this with the image)", errInternal, err)
	}
	return s, opened.Unchanged()
}

// imageMembers measures the ELF files that remain. One that cannot be analysed is
// a warning, as in a package.
func (m *measurer) imageMembers(ctx context.Context, opened *image.Image, s *snapshot.Image, like target) error {
	var files []int
	for i := range opened.Files {
		if opened.Files[i].ELF {
			files = append(files, i)
		}
	}
	results := make(map[int]*measured, len(files)) // by the position of the file
	for _, i := range files {
		results[i] = new(measured)
	}
	analyse := func(i int, contents *io.SectionReader) {
		if ctx.Err() != nil {
			return
		}
		t := like
		t.path, t.name, t.contents = opened.Files[i].Path, path.Base(opened.Files[i].Path), contents
		results[i].binary, results[i].err = m.one(ctx, &t)
	}
	if err := visitImage(ctx, opened, files, results, analyse); err != nil {
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

// maxCopied is the bytes that files of an image may take that are copied to be
// analysed side by side. A larger one is analysed where it is, which makes the
// ones behind it wait.
const maxCopied = 32 << 20

// visitImage calls analyse for each file, several at once: an image gives its files
// one after the other, and their analysis takes longer than a copy. The error of
// a file that has no contents is in its result.
func visitImage(ctx context.Context, opened *image.Image, files []int, results map[int]*measured, analyse func(i int, contents *io.SectionReader)) error {
	memory := newMemoryBudget(maxCopied)
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	var err error
	var running sync.WaitGroup
	visit := func(i int, contents *io.SectionReader, problem error) error {
		if problem != nil {
			results[i].err = problem
			return ctx.Err()
		}
		size := uint64(contents.Size())
		if size > maxCopied {
			analyse(i, contents)
			return ctx.Err()
		}
		slots <- struct{}{}
		memory.take(size)
		free := func() {
			memory.give(size)
			<-slots
		}
		copied := make([]byte, size)
		if _, err := io.ReadFull(contents, copied); err != nil {
			free()
			return fmt.Errorf("%q: cannot be read: %w (check the disk, or save the image again)", shortened(opened.Files[i].Path), cause(err))
		}
		running.Go(func() {
			defer free()
			analyse(i, io.NewSectionReader(bytes.NewReader(copied), 0, int64(size)))
		})
		return ctx.Err()
	}
	running.Go(func() { err = opened.Visit(ctx, files, visit) })
	if !ended(ctx, &running) {
		return ctx.Err()
	}
	return err
}
