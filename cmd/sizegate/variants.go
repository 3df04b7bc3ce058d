package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/pflag"

	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/fileerror"
	"github.com/sizegate/sizegate/internal/progress"
	"github.com/sizegate/sizegate/internal/scratch"
	"github.com/sizegate/sizegate/internal/startup"
	"github.com/sizegate/sizegate/internal/upx"
	"github.com/sizegate/sizegate/internal/usage"
	"github.com/sizegate/sizegate/internal/variant"
)

// toolFlags say how the tools that sizegate uses are found and used.
type toolFlags struct {
	upxPath string
	timeout time.Duration
	noCache bool

	runner func(ctx context.Context) (*upx.Runner, error) // finds UPX when it is first needed
	slots  chan struct{}
}

// startupFlags ask for running the file.
type startupFlags struct {
	runs int
	args string
}

// variantFlags ask for what a file becomes.
type variantFlags struct {
	toolFlags
	startupFlags
	words, levelWords []string

	names  []variant.Name
	levels []upx.Level
}

const (
	defaultRuns  = 10
	startupLimit = 30 * time.Second
)

func (f *variantFlags) declare(flags *pflag.FlagSet) {
	flags.StringSliceVar(&f.words, "variants", []string{"stripped"}, "what the file becomes: stripped, nodebug, upx, zip, gzip, zstd; all or none")
	flags.StringSliceVar(&f.levelWords, "upx-level", nil, "default, fast, best, lzma or brute, or several of them; asks for upx")
	f.toolFlags.declare(flags)
	f.startupFlags.declare(flags)
}

func (f *startupFlags) declare(flags *pflag.FlagSet) {
	flags.IntVar(&f.runs, "startup", 0, "run the file this many times, also stripped and packed, and show what a start costs")
	flags.Lookup("startup").NoOptDefVal = fmt.Sprint(defaultRuns)
	flags.StringVar(&f.args, "startup-args", "", "the `arguments` for these runs, with spaces between them")
}

func (f *toolFlags) declare(flags *pflag.FlagSet) {
	flags.StringVar(&f.upxPath, "upx", "", "the upx `program` (else SIZEGATE_UPX, else upx on PATH)")
	flags.DurationVar(&f.timeout, "timeout", upx.DefaultTimeout, "time limit for packing one file")
	flags.BoolVar(&f.noCache, "no-cache", false, "run upx even where its result is known")
}

func (f *variantFlags) check() error {
	var err error
	if f.names, err = variant.Parse(f.words); err != nil {
		return usage.Errorf("--variants: %v", err)
	}
	if len(f.levelWords) > 0 && !slices.Contains(f.names, variant.UPX) {
		f.names = append(f.names, variant.UPX)
	}
	if len(f.levelWords) == 0 {
		f.levelWords = []string{string(upx.Default)}
	}
	for _, w := range f.levelWords {
		level, err := upx.ParseLevel(w)
		if err != nil {
			return usage.Errorf("--upx-level: %v", err)
		}
		if !slices.Contains(f.levels, level) {
			f.levels = append(f.levels, level)
		}
	}
	switch {
	case f.runs < 0 || f.runs > 10000:
		return usage.Errorf("--startup %d: not a number of runs from 1 to 10000", f.runs)
	case f.runs == 0 && f.args != "":
		return usage.Errorf("--startup-args: needs --startup")
	}
	return f.toolFlags.check()
}

func (f *toolFlags) check() error {
	if f.timeout <= 0 {
		return usage.Errorf("--timeout %v: not a time (for example 5m)", f.timeout)
	}
	f.slots = make(chan struct{}, runtime.GOMAXPROCS(0))
	var once sync.Once
	var runner *upx.Runner
	var missing error
	f.runner = func(ctx context.Context) (*upx.Runner, error) {
		once.Do(func() { runner, missing = f.findUPX(ctx) })
		return runner, missing
	}
	return nil
}

func (f *toolFlags) findUPX(ctx context.Context) (*upx.Runner, error) {
	path := f.upxPath
	if path == "" {
		path = os.Getenv("SIZEGATE_UPX")
	}
	tool, err := upx.Find(ctx, path)
	if err != nil {
		return nil, err
	}
	runner := &upx.Runner{Tool: tool, Timeout: f.timeout}
	if !f.noCache {
		// Without a cache everything works, only more slowly.
		if dir, err := os.UserCacheDir(); err == nil {
			if cache, err := upx.OpenCache(filepath.Join(dir, "sizegate", "upx")); err == nil {
				runner.Cache = cache
			}
		}
	}
	return runner, nil
}

// variants measures the variants of one file, then what they cost to start.
func (m *measurer) variants(ctx context.Context, t *target, b *elfscan.Binary) ([]variant.Variant, *variant.Starts, error) {
	starts := m.startup != nil && m.startup.runs > 0
	if len(t.names) == 0 && !starts {
		return nil, nil, nil
	}
	r := variant.Request{Names: t.names, Levels: t.levels, Slots: m.tools.slots, Entry: filepath.Base(t.path)}
	switch {
	case !slices.Contains(t.names, variant.UPX):
	case t.contents != nil:
		r.NoUPX = errors.New("upx needs a file, and nothing of a package is unpacked to disk (unpack it and name the file)")
	default:
		r.UPX, r.NoUPX = m.tools.runner(ctx)
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
	task := progress.Begin(m.env.stderr, filepath.Base(t.path), r.Count())
	r.Step = task.Step
	list := variant.Measure(ctx, b, r)
	task.End()
	if !starts || ctx.Err() != nil {
		return list, nil, ctx.Err()
	}
	if noStart != "" {
		return list, &variant.Starts{Reason: noStart}, nil
	}
	return list, m.startup.start(ctx, m.env, t.path, b.Reader(), r.Keep, list), nil
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
func (f *startupFlags) start(ctx context.Context, env *environment, path string, file io.Reader, dir string, list []variant.Variant) *variant.Starts {
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
	args := strings.Fields(f.args)
	fmt.Fprintf(env.stderr, "sizegate: %s: --startup runs copies of this file %d times each: %s\n", display.Clean(path), f.runs+1,
		display.Clean(strings.TrimSpace(fmt.Sprintf("as it is and %d variants, with arguments %q and no input", len(paths)-1, args))))
	task := progress.Begin(env.stderr, filepath.Base(path), 1)
	defer task.End()
	defer task.Step(fmt.Sprintf("starting it %d times", len(paths)*(f.runs+1)))()
	costs, err := startup.Measure(ctx, paths, args, f.runs, startupLimit)
	if err != nil {
		return &variant.Starts{Reason: err.Error()}
	}
	starts := &variant.Starts{Plain: costs[0], Variants: make(map[int]startup.Cost)}
	for i, c := range costs[1:] {
		starts.Variants[of[i+1]] = c
	}
	return starts
}
