package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/spf13/pflag"

	"github.com/sizegate/sizegate/internal/measurer"
	"github.com/sizegate/sizegate/internal/upx"
	"github.com/sizegate/sizegate/internal/usage"
	"github.com/sizegate/sizegate/internal/variant"
)

// toolFlags say how the tools that sizegate uses are found and used.
type toolFlags struct {
	upxPath string
	timeout time.Duration
	noCache bool

	measurer.Tools // what check makes of them
}

// startupFlags ask for running the file.
type startupFlags struct {
	declared *pflag.FlagSet // that they are in
	measurer.Startup
}

// variantFlags ask for what a file becomes.
type variantFlags struct {
	toolFlags
	startupFlags
	words, levelWords []string

	names  []variant.Name
	levels []upx.Level
}

const defaultRuns = 10

func (f *variantFlags) declare(flags *pflag.FlagSet) {
	flags.StringSliceVar(&f.words, "variants", []string{"stripped"}, "what the file becomes: stripped, nodebug, upx, zip, gzip, zstd; all or none")
	flags.StringSliceVar(&f.levelWords, "upx-level", nil, "default, fast, best, lzma or brute, or several of them; asks for upx")
	f.toolFlags.declare(flags)
	f.startupFlags.declare(flags)
}

func (f *startupFlags) declare(flags *pflag.FlagSet) {
	f.declared = flags
	flags.IntVar(&f.Runs, "startup", 0, "run the file this many times, also stripped and packed, and show what a start costs")
	flags.Lookup("startup").NoOptDefVal = fmt.Sprint(defaultRuns)
	flags.StringVar(&f.Args, "startup-args", "", "the `arguments` for these runs, with spaces between them")
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
	case f.Runs < 0 || f.Runs > 10000 || f.Runs == 0 && f.declared.Changed("startup"):
		return usage.Errorf("--startup %d: not a number of runs from 1 to 10000", f.Runs)
	case f.Runs == 0 && f.Args != "":
		return usage.Errorf("--startup-args: needs --startup")
	}
	return f.toolFlags.check()
}

func (f *toolFlags) check() error {
	if f.timeout <= 0 {
		return usage.Errorf("--timeout %v: not a time (for example 5m)", f.timeout)
	}
	f.Slots = make(chan struct{}, runtime.GOMAXPROCS(0))
	var once sync.Once
	var runner *upx.Runner
	var missing error
	f.UPX = func(ctx context.Context) (*upx.Runner, error) {
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
