package measurer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/fileerror"
	"github.com/sizegate/sizegate/internal/progress"
	"github.com/sizegate/sizegate/internal/scratch"
	"github.com/sizegate/sizegate/internal/startup"
	"github.com/sizegate/sizegate/internal/upx"
	"github.com/sizegate/sizegate/internal/variant"
)

// Tools are the programs that measuring uses.
type Tools struct {
	// UPX finds it when it is first needed. It may be nil where no target has the
	// variant upx.
	UPX   func(context.Context) (*upx.Runner, error)
	Slots chan struct{} // as many variants are made at once
}

// Startup asks for running each file, and what it becomes.
type Startup struct {
	Runs int    // 0 for none
	Args string // with spaces between them
}

// startupLimit is the time that one run may take.
const startupLimit = 30 * time.Second

// Variants measures the variants of one file, then what they cost to start.
func (m *Measurer) Variants(ctx context.Context, t *Target, b *elfscan.Binary) ([]variant.Variant, *variant.Starts, error) {
	starts := m.Startup.Runs > 0
	if len(t.Variants) == 0 && !starts {
		return nil, nil, nil
	}
	r := variant.Request{Names: t.Variants, Levels: t.Levels, Slots: m.Slots, Entry: filepath.Base(t.Path)}
	switch {
	case !slices.Contains(t.Variants, variant.UPX):
	case t.Contents != nil:
		r.NoUPX = errors.New("upx needs a file, and nothing of a package is unpacked to disk (unpack it and name the file)")
	default:
		r.UPX, r.NoUPX = m.UPX(ctx)
	}
	noStart := ""
	if starts {
		if noStart = cannotStart(b); noStart == "" {
			dir, err := scratch.New("sizegate-startup-")
			if err != nil {
				return nil, nil, fmt.Errorf("no folder for the files to run: %w (set TMPDIR to one that can be written)", err)
			}
			defer dir.Close()
			r.Keep = dir.Path()
		}
	}
	task := progress.Begin(m.Stderr, filepath.Base(t.Path), r.Count())
	r.Step = task.Step
	list := variant.Measure(ctx, b, r)
	task.End()
	if !starts || ctx.Err() != nil {
		return list, nil, ctx.Err()
	}
	if noStart != "" {
		return list, &variant.Starts{Reason: noStart}, nil
	}
	return list, m.start(ctx, t.Path, b.Reader(), r.Keep, list), nil
}

// cannotStart says why the file cannot be run here, "" if it can.
func cannotStart(b *elfscan.Binary) string {
	switch {
	case runtime.GOOS != "linux" || runtime.GOARCH != string(b.Arch):
		return fmt.Sprintf("this machine is %s/%s, the file is for linux/%s", runtime.GOOS, runtime.GOARCH, b.Arch)
	case b.Type == elfscan.Shared:
		return "a shared object is no program"
	}
	return ""
}

// start runs the file and its variants in dir. The file is what was measured, even
// if there is another at its path by now.
func (m *Measurer) start(ctx context.Context, path string, file io.Reader, dir string, list []variant.Variant) *variant.Starts {
	plain := filepath.Join(dir, "plain")
	if err := variant.Copy(plain, file); err != nil {
		return &variant.Starts{Reason: fmt.Sprintf("the file cannot be copied: %v", fileerror.Cause(err))}
	}
	paths, of := []string{plain}, []int{-1} // the position in list
	for i, v := range list {
		if v.Status == variant.OK {
			if kept := variant.Kept(&v); kept != "" {
				paths, of = append(paths, filepath.Join(dir, kept)), append(of, i)
			}
		}
	}
	args := strings.Fields(m.Startup.Args)
	fmt.Fprintf(m.Stderr, "sizegate: %s: --startup runs copies of this file %d times each: %s\n", display.Clean(path), m.Startup.Runs+1,
		display.Clean(strings.TrimSpace(fmt.Sprintf("as it is and %s, with arguments %q and no input", display.Counted(len(paths)-1, "variant"), args))))
	task := progress.Begin(m.Stderr, filepath.Base(path), 1)
	defer task.End()
	defer task.Step(fmt.Sprintf("starting it %d times", len(paths)*(m.Startup.Runs+1)))()
	costs, err := startup.Measure(ctx, paths, args, m.Startup.Runs, startupLimit)
	if err != nil {
		return &variant.Starts{Reason: err.Error()}
	}
	starts := &variant.Starts{Plain: costs[0], Variants: make(map[int]startup.Cost)}
	for i, c := range costs[1:] {
		starts.Variants[of[i+1]] = c
	}
	return starts
}
