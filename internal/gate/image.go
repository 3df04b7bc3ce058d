package gate

import (
	"context"
	"errors"
	"strings"

	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/image/fault"
	"github.com/sizegate/sizegate/internal/image/stored"
	"github.com/sizegate/sizegate/internal/imagestart"
	"github.com/sizegate/sizegate/internal/lambda"
	"github.com/sizegate/sizegate/internal/measurer"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// measureImage is one image and, with a preset, what that finds.
func (j *Job) measureImage(ctx context.Context, m *measurer.Measurer) (*snapshot.Image, []lambda.Finding, error) {
	s, programs, err := j.image(ctx, m)
	if err != nil || j.budget.Preset == "" {
		return &s, nil, err
	}
	_, platform, _ := strings.Cut(s.Platform, "/")
	arch, _, _ := strings.Cut(platform, "/")
	list, err := lambda.CheckImage(lambda.Image{Unpacked: s.Unpacked, Arch: elfscan.Arch(arch), Command: s.Command, File: imagestart.NewFiles(&s).Mode,
		Programs: programs.Entries(), Script: programs.Script()}, elfscan.Arch(j.budget.Arch))
	return &s, list, err
}

// image is the image for the budget's architecture, where there are several. A
// single one is measured whatever it is for: the judgement says what is wrong. With a
// preset programs are what it can start, else nil.
func (j *Job) image(ctx context.Context, m *measurer.Measurer) (s snapshot.Image, programs *imagestart.Programs, err error) {
	measure := func(platform string) {
		like := j.target
		like.Variants, like.Levels = nil, nil
		if j.budget.Preset != "" {
			programs = imagestart.NewPrograms()
		}
		switch {
		case j.budget.Needs().Members:
			s, err = m.Image(ctx, j.target.Path, platform, like, programs)
		case programs != nil:
			s, err = m.ImageLayers(ctx, j.target.Path, platform, programs)
		default:
			s, err = m.ImageAlone(ctx, j.target.Path, platform)
		}
	}
	measure("")
	if j.budget.Arch != "" && errors.Is(err, stored.ErrPlatforms) {
		measure("linux/" + j.budget.Arch)
	}
	return s, programs, withoutFlag(err)
}

// withoutFlag is the error with what to do in budgets.yaml in place of a flag of
// report.
func withoutFlag(err error) error {
	if several, ok := errors.AsType[*fault.Error](err); ok && errors.Is(err, stored.ErrPlatforms) {
		return &fault.Error{Problem: several.Problem, Hint: "choose one with arch: amd64 or arch: arm64 in a budget", Err: err}
	}
	return err
}
