package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/image"
	"github.com/sizegate/sizegate/internal/image/fault"
	"github.com/sizegate/sizegate/internal/image/stored"
	"github.com/sizegate/sizegate/internal/interrupt"
	"github.com/sizegate/sizegate/internal/lambda"
	"github.com/sizegate/sizegate/internal/progress"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// imageJob is one image and, with a preset, what that finds.
func (m *measurer) imageJob(ctx context.Context, j *job) (*snapshot.Image, []lambda.Finding, error) {
	s, started, err := m.imageFor(ctx, j)
	if err != nil || j.budget.Preset == "" {
		return &s, nil, err
	}
	_, platform, _ := strings.Cut(s.Platform, "/")
	arch, _, _ := strings.Cut(platform, "/")
	list, err := lambda.CheckImage(lambda.Image{Unpacked: s.Unpacked, Arch: elfscan.Arch(arch), Command: s.Command, File: newFinalFiles(&s).mode, Started: started}, elfscan.Arch(j.budget.Arch))
	return &s, list, err
}

// imageFor is the image for the budget's architecture, where there are several. A
// single one is measured whatever it is for: the judgement says what is wrong. With a
// preset started is what the program that the image starts is built for, "" if that
// is not known.
func (m *measurer) imageFor(ctx context.Context, j *job) (s snapshot.Image, started elfscan.Arch, err error) {
	measure := func(platform string) {
		like := j.target
		like.names, like.levels = nil, nil
		switch {
		case j.budget.Needs().Members:
			s, err = m.image(ctx, j.target.path, platform, like)
			started = analysedStart(&s)
		case j.budget.Preset != "":
			headers := &headerReader{archs: make(map[image.Contents]elfscan.Arch)}
			s, err = m.imageLayers(ctx, j.target.path, platform, headers)
			started = headers.started
		default:
			s, err = m.imageAlone(ctx, j.target.path, platform)
		}
	}
	measure("")
	if j.budget.Arch != "" && errors.Is(err, stored.ErrPlatforms) {
		measure("linux/" + j.budget.Arch)
	}
	return s, started, withoutFlag(err)
}

// withoutFlag is the error with what to do in budgets.yaml in place of a flag of
// report.
func withoutFlag(err error) error {
	if several, ok := errors.AsType[*fault.Error](err); ok && errors.Is(err, stored.ErrPlatforms) {
		return &fault.Error{Problem: several.Problem, Hint: "choose one with arch: amd64 or arch: arm64 in a budget", Err: err}
	}
	return err
}

// imageAlone is one image without its ELF files, which take longest to measure.
func (m *measurer) imageAlone(ctx context.Context, source, platform string) (snapshot.Image, error) {
	return m.imageLayers(ctx, source, platform, nil)
}

// imageLayers is one image, of whose ELF files at most headers are read: nil for
// none.
func (m *measurer) imageLayers(ctx context.Context, source, platform string, headers *headerReader) (snapshot.Image, error) {
	var analyse image.Analyse
	if headers != nil {
		analyse = headers.meet
	}
	var opened *image.Image
	var err error
	var running sync.WaitGroup
	task := progress.Begin(m.env.stderr, source, 1)
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
	debug.SetGCPercent(collectAt) // unpacked files are much garbage
	s := snapshot.NewImage(filepath.Base(strings.TrimPrefix(source, stored.Registry)), opened)
	if err := s.Check(); err != nil {
		return s, fmt.Errorf("%w: %w (please report this with the image)", errInternal, err)
	}
	if headers != nil {
		if err := headers.finish(ctx, opened, started(&s)); err != nil {
			return s, err
		}
	}
	return s, opened.Unchanged()
}

// warnImage prints what is to be said of an image and the files in it besides their
// sizes.
func (m *measurer) warnImage(s *snapshot.Image) {
	if !m.quiet {
		m.warnContents(s.Source, s.Warnings, s.Binaries)
	}
}
