package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"

	"github.com/sizegate/sizegate/internal/attrib"
	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/interrupt"
	"github.com/sizegate/sizegate/internal/progress"
	"github.com/sizegate/sizegate/internal/snapshot"
	"github.com/sizegate/sizegate/internal/upx"
	"github.com/sizegate/sizegate/internal/variant"
)

// errInternal is a bug of this program, and never the fault of a file.
var errInternal = errors.New("internal error")

// target is one file and what is to be measured of it.
type target struct {
	name, path string
	contents   *io.SectionReader // of a file inside a package, nil to open path
	options    attrib.Options
	debugFile  string // "" to look for one
	names      []variant.Name
	levels     []upx.Level
	alone      bool // it is all that is measured
}

// measured is what came of a target.
type measured struct {
	binary snapshot.Binary
	err    error
}

// measurer turns files into snapshots, several side by side.
type measurer struct {
	env         *environment
	tools       *toolFlags
	startup     *startupFlags       // nil: nothing is started
	demangle    func(string) string // nil: names stay as they are in the file
	quiet, hash bool
	noOwners    bool                        // of what is deployed: nothing that is shown says whose code it is
	generics    bool                        // group instances; the targets' options ask for functions
	accept      func(*elfscan.Binary) error // nil accepts every file
}

func newReport() *snapshot.Report {
	return &snapshot.Report{Schema: snapshot.Schema, Sizegate: version(), Binaries: []snapshot.Binary{}}
}

// ahead is how many files for each core are measured, or being measured, and not
// handed over: enough that cores seldom wait for a file that takes long, and few
// enough that what is finished behind it does not pile up.
const ahead = 2

// each measures as many files at once as there are cores, and hands over what came of
// each in the order of the targets, with its position. After an interruption it hands
// over nothing more.
func (m *measurer) each(ctx context.Context, targets []target) iter.Seq2[int, measured] {
	return func(yield func(int, measured) bool) {
		ctx, cancel := context.WithCancel(ctx)
		cores := runtime.GOMAXPROCS(0)
		slots := make(chan struct{}, cores)
		var running sync.WaitGroup
		task := progress.Begin(m.env.stderr, "measuring", len(targets))
		defer func() {
			cancel()
			interrupt.Wait(ctx, &running)
			task.End()
		}()
		measure := func(t target) (r measured) {
			slots <- struct{}{}
			defer func() { <-slots }()
			if ctx.Err() == nil {
				defer task.Step(t.path)()
				t.alone = len(targets) == 1
				r.binary, r.err = m.one(ctx, &t)
			}
			return r
		}
		var window []chan measured // a result each, of the targets from i on
		for i := range targets {
			for next := i + len(window); next < len(targets) && len(window) < ahead*cores; next++ {
				result := make(chan measured, 1)
				running.Go(func() { result <- measure(targets[next]) })
				window = append(window, result)
			}
			select {
			case r := <-window[0]:
				window = window[1:]
				if ctx.Err() != nil || !yield(i, r) {
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}
}

// all is what each hands over. After an interruption it means nothing.
func (m *measurer) all(ctx context.Context, targets []target) []measured {
	results := make([]measured, 0, len(targets))
	for _, r := range m.each(ctx, targets) {
		results = append(results, r)
	}
	return results
}

// attributed is the profile of a file.
func attributed(b *elfscan.Binary, options attrib.Options, alone bool) (*attrib.Profile, error) {
	switch more := func(s elfscan.Section) bool { return s.Kind != elfscan.Code && options.Section(&s) }; {
	case slices.ContainsFunc(b.Sections, more):
		debug.SetGCPercent(collectAt)
		if alone && !options.Functions { // all of those are in use: a limit costs time and saves nothing
			defer keepTo(memoryGoal(b))()
		}
	case alone:
		defer debug.SetGCPercent(debug.SetGCPercent(collectAlone))
	}
	return attrib.Attribute(b, options)
}

func (t *target) open() (*elfscan.Binary, error) {
	if t.contents != nil {
		return elfscan.New(t.contents, t.contents.Size())
	}
	return elfscan.Open(t.path)
}

// one is one file, from opening it to checked sums.
func (m *measurer) one(ctx context.Context, t *target) (_ snapshot.Binary, err error) {
	b, err := t.open()
	if err != nil {
		return snapshot.Binary{}, err
	}
	defer b.Close()
	defer func() {
		// A file that is being written looks damaged: the cause comes first.
		if changed := b.Unchanged(); err != nil && changed != nil && ctx.Err() == nil {
			err = changed
		}
	}()
	if m.accept != nil {
		if err := m.accept(b); err != nil {
			return snapshot.Binary{}, err
		}
	}
	options := t.options
	var passedOver []string // debug files
	switch {
	case t.debugFile != "":
		options.DebugFile, err = b.OpenDebugFile(t.debugFile)
	case t.contents == nil:
		options.DebugFile, passedOver = b.FindDebugFile(t.path)
	}
	if err != nil {
		return snapshot.Binary{}, err
	}
	defer options.DebugFile.Close()
	p, err := attributed(b, options, t.alone)
	if err != nil {
		return snapshot.Binary{}, err
	}
	demangle := m.demangle
	if demangle == nil {
		demangle = func(name string) string { return name }
	}
	s := snapshot.New(t.name, t.path, b, p, demangle)
	s.Warnings = append(s.Warnings, passedOver...)
	if m.generics {
		s.AddGenerics(p)
	}
	if err := s.Check(); err != nil {
		return s, fmt.Errorf("%w: %w (please report this with the file)", errInternal, err)
	}
	if m.hash {
		h := sha256.New()
		if _, err := io.Copy(h, b.Reader()); err != nil {
			return s, fmt.Errorf("cannot be read: %w (check the disk, or copy it again)", err)
		}
		s.SHA256 = hex.EncodeToString(h.Sum(nil))
	}
	list, starts, err := m.variants(ctx, t, b)
	if err != nil {
		return s, err
	}
	s.AddVariants(list, starts)
	return s, cmp.Or(b.Unchanged(), options.DebugFile.Unchanged())
}

// warn prints what is to be said of a file besides its sizes.
func (m *measurer) warn(b *snapshot.Binary) {
	if m.quiet {
		return
	}
	for _, w := range b.Warnings {
		fmt.Fprintf(m.env.stderr, "sizegate: %s: warning: %s\n", display.Clean(b.Path), display.Clean(w))
	}
}
