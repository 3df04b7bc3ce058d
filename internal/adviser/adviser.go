// Package adviser gives advice about ELF files, several side by side.
package adviser

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"runtime"
	"sync"

	"github.com/sizegate/sizegate/internal/advise"
	"github.com/sizegate/sizegate/internal/attrib"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/elfscan/debugfile"
	"github.com/sizegate/sizegate/internal/inputkind"
	"github.com/sizegate/sizegate/internal/interrupt"
	"github.com/sizegate/sizegate/internal/measurer"
	"github.com/sizegate/sizegate/internal/progress"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// Result is what came of a file.
type Result struct {
	File snapshot.AdviceFile
	Err  error
}

// Files looks at as many files at once as there are cores. debugFile has the symbols of
// the one file, "" to look for one of each. After an interruption there are no results.
// What is being done is shown if stderr is a progress.Line.
func Files(ctx context.Context, stderr io.Writer, paths []string, debugFile string) []Result {
	results := make([]Result, len(paths))
	var running sync.WaitGroup
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	task := progress.Begin(stderr, "looking at", len(paths))
	defer task.End()
	for i, path := range paths {
		running.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			if ctx.Err() == nil {
				defer task.Step(path)()
				results[i].File, results[i].Err = one(ctx, path, debugFile)
			}
		})
	}
	if !interrupt.Wait(ctx, &running) || ctx.Err() != nil {
		return nil
	}
	return results
}

func one(ctx context.Context, path, debugFile string) (_ snapshot.AdviceFile, err error) {
	if what := inputkind.ShippedIn(path); what != "" {
		return snapshot.AdviceFile{}, fmt.Errorf("%s, and advise is about ELF files (copy the program out of it, and name that)", what)
	}
	b, err := elfscan.Open(path)
	if err != nil {
		return snapshot.AdviceFile{}, err
	}
	defer b.Close()
	defer func() {
		if ctx.Err() == nil {
			err = b.Cause(err)
		}
	}()
	var external *debugfile.File
	var passedOver []string // debug files
	if debugFile != "" {
		external, err = debugfile.Open(b, debugFile)
	} else {
		external, passedOver = debugfile.Find(b, path)
	}
	if err != nil {
		return snapshot.AdviceFile{}, err
	}
	defer external.Close()
	measurer.CollectOften()
	profile, err := attrib.Attribute(b, advise.Attribution(external))
	if err != nil {
		return snapshot.AdviceFile{}, err
	}
	list, err := advise.Advise(ctx, advise.Facts{Binary: b, DebugFile: external, Profile: profile})
	if err != nil {
		return snapshot.AdviceFile{}, err
	}
	result := snapshot.AdviceFile{Path: path, Arch: string(b.Arch), Type: string(b.Type), FileSize: b.Size,
		Advice: snapshot.NewAdvice(list), Warnings: []string{}}
	result.Warnings = append(append(append(result.Warnings, b.Warnings...), profile.Warnings...), passedOver...)
	return result, cmp.Or(b.Unchanged(), external.Unchanged())
}
