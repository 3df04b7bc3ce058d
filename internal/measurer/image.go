package measurer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/sizegate/sizegate/internal/image"
	"github.com/sizegate/sizegate/internal/image/stored"
	"github.com/sizegate/sizegate/internal/imagestart"
	"github.com/sizegate/sizegate/internal/interrupt"
	"github.com/sizegate/sizegate/internal/progress"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// contentsMemory is the memory, in bytes, that a package or an image is tried to be kept to.
// Below that garbage is collected as Go does: most have small programs alone, and
// collecting at collectAt takes as long as their analysis.
const contentsMemory = 128 << 20

// Image is one image, from opening it to checked sums. like is how its ELF files
// are measured. programs is told of them too, nil if nobody asks.
func (m *Measurer) Image(ctx context.Context, source, platform string, like Target, programs *imagestart.Programs) (snapshot.Image, error) {
	defer keepTo(contentsMemory)()
	task := progress.Begin(m.Stderr, source, 1)
	defer task.End()
	a := imageAnalysis{measurer: m, like: like, task: task, early: make(map[image.Contents]early), equal: newEqualFiles()}
	var opened *image.Image
	var err error
	var running sync.WaitGroup
	done := task.Step("reading its layers")
	running.Go(func() {
		opened, err = image.Open(ctx, source, platform, func(at image.Contents, path string, contents *io.SectionReader) {
			a.meet(ctx, at, path, contents)
			if programs != nil {
				programs.Meet(at, path, contents)
			}
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
	CollectOften() // the limit of memory ends, and what is left of the layers is garbage
	if err := s.Check(); err != nil {
		return s, fmt.Errorf("%w: %w (please report this with the image)", ErrInternal, err)
	}
	if programs != nil {
		if err := programs.Finish(ctx, opened, imagestart.Path(&s)); err != nil {
			return s, err
		}
	}
	return s, opened.Unchanged()
}

// imageAnalysis measures the ELF files of an image: those in layers that are read
// once as they come by, and the others when it is known which files remain.
type imageAnalysis struct {
	measurer *Measurer
	like     Target
	task     *progress.Task
	mu       sync.Mutex
	early    map[image.Contents]early
	met      atomic.Int64 // files in layers that are read once
	equal    *equalFiles
}

// early is what came of a file before it was known whether it remains.
type early struct {
	path string
	Result
}

func (a *imageAnalysis) one(ctx context.Context, name string, contents *io.SectionReader) (r Result) {
	if r.Err = ctx.Err(); r.Err != nil {
		return r
	}
	defer a.task.Step(name)()
	one := func() (r Result) {
		t := a.like
		t.Path, t.Name, t.Contents = name, path.Base(name), contents
		r.Binary, r.Err = a.measurer.one(ctx, &t)
		return r
	}
	if !a.like.costly() {
		return one()
	}
	return a.equal.measure(&a.like, name, contents, one)
}

// meet measures a file of a layer that is read once. Of too many nothing is kept: members
// refuses them.
func (a *imageAnalysis) meet(ctx context.Context, at image.Contents, name string, contents *io.SectionReader) {
	if a.met.Add(1) > maxELF {
		return
	}
	r := early{name, a.one(ctx, name, contents)}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.early[at] = r
}

// members adds the ELF files that remain. One that cannot be analysed is a warning,
// as in a package.
func (a *imageAnalysis) members(ctx context.Context, opened *image.Image, s *snapshot.Image) error {
	var files, late []int
	if a.met.Load() > maxELF {
		return tooManyELF()
	}
	results := make(map[int]*Result) // by the position of the file
	for i := range opened.Len() {
		if !opened.ELF(i) {
			continue
		}
		if files = append(files, i); len(files) > maxELF {
			return tooManyELF()
		}
		// A file that remains under another of its names is measured as that.
		if r, ok := a.early[opened.Contents(i)]; ok && r.path == opened.File(i).Path {
			results[i] = &r.Result
		} else {
			results[i] = new(Result)
			late = append(late, i)
		}
	}
	visit := func(i int, contents *io.SectionReader, problem error) {
		if results[i].Err = problem; problem == nil {
			*results[i] = a.one(ctx, opened.File(i).Path, contents)
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
		case r.Err == nil:
			s.Binaries = append(s.Binaries, r.Binary)
		case errors.Is(r.Err, ErrInternal):
			return r.Err
		default:
			broken.add(opened.File(i).Path, r.Err)
		}
	}
	if err := opened.Unchanged(); err != nil {
		return err
	}
	s.Warnings = append(s.Warnings, broken.warnings()...)
	return nil
}

// ImageAlone is one image without its ELF files, which take longest to measure.
func (m *Measurer) ImageAlone(ctx context.Context, source, platform string) (snapshot.Image, error) {
	return m.ImageLayers(ctx, source, platform, nil)
}

// ImageLayers is one image, of whose ELF files at most headers are read: nil for
// none.
func (m *Measurer) ImageLayers(ctx context.Context, source, platform string, programs *imagestart.Programs) (snapshot.Image, error) {
	var analyse image.Analyse
	if programs != nil {
		analyse = programs.Meet
	}
	var opened *image.Image
	var err error
	var running sync.WaitGroup
	task := progress.Begin(m.Stderr, source, 1)
	defer task.End()
	defer task.Step("reading its layers")()
	running.Go(func() { opened, err = image.Open(ctx, source, platform, analyse) })
	if !interrupt.Wait(ctx, &running) {
		return snapshot.Image{}, ctx.Err()
	}
	if err != nil {
		return snapshot.Image{}, err
	}
	defer opened.Close()
	CollectOften() // unpacked files are much garbage
	s := snapshot.NewImage(filepath.Base(strings.TrimPrefix(source, stored.Registry)), opened)
	if err := s.Check(); err != nil {
		return s, fmt.Errorf("%w: %w (please report this with the image)", ErrInternal, err)
	}
	if programs != nil {
		if err := programs.Finish(ctx, opened, imagestart.Path(&s)); err != nil {
			return s, err
		}
	}
	return s, opened.Unchanged()
}

// WarnImage prints what is to be said of an image and the files in it besides their
// sizes.
func (m *Measurer) WarnImage(s *snapshot.Image) {
	if !m.Quiet {
		m.warnContents(s.Source, s.Warnings, s.Binaries)
	}
}
