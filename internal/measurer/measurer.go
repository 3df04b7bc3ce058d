// Package measurer turns ELF files, deployment packages and container images into
// snapshots: side by side, handed over in their order, within little memory, and with
// sums that are checked.
package measurer

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
	"slices"
	"sync"

	"github.com/sizegate/sizegate/internal/attrib"
	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/elfscan/debugfile"
	"github.com/sizegate/sizegate/internal/interrupt"
	"github.com/sizegate/sizegate/internal/progress"
	"github.com/sizegate/sizegate/internal/snapshot"
	"github.com/sizegate/sizegate/internal/upx"
	"github.com/sizegate/sizegate/internal/variant"
)

// ErrInternal is a bug of this program, and never the fault of a file.
var ErrInternal = errors.New("internal error")

// Target is one file and what is to be measured of it.
type Target struct {
	Name, Path string
	Contents   *io.SectionReader // of a file inside a package, nil to open Path
	Options    attrib.Options
	DebugFile  string // "" to look for one
	Variants   []variant.Name
	Levels     []upx.Level // of the variant upx
	limits     chan func() // gets what takes back a memory limit, nil unless the target is all that is measured
}

// Result is what came of a target.
type Result struct {
	Binary snapshot.Binary
	Err    error
}

// Measurer turns files into snapshots, several side by side.
type Measurer struct {
	Stderr io.Writer // gets the warnings, and shows what is being done if it is a progress.Line
	Tools
	Startup  Startup
	Demangle func(string) string         // nil: names stay as they are in the file
	Quiet    bool                        // no warnings
	Hash     bool                        // fill in the SHA-256
	NoOwners bool                        // of what is deployed: nothing that is shown says whose code it is
	Generics bool                        // group instances; the targets' options ask for functions
	Accept   func(*elfscan.Binary) error // nil accepts every file
}

// ahead is how many files for each core are measured, or being measured, and not
// handed over: enough that cores seldom wait for a file that takes long, and few
// enough that what is finished behind it does not pile up.
const ahead = 2

// Each measures as many files at once as there are cores, and hands over what came of
// each in the order of the targets, with its position. After an interruption it hands
// over nothing more.
func (m *Measurer) Each(ctx context.Context, targets []Target) iter.Seq2[int, Result] {
	return func(yield func(int, Result) bool) {
		ctx, cancel := context.WithCancel(ctx)
		cores := runtime.GOMAXPROCS(0)
		slots := make(chan struct{}, cores)
		var running sync.WaitGroup
		task := progress.Begin(m.Stderr, "measuring", len(targets))
		// A limit stays until what came of the file is handed over. Without it what is in
		// use, which is little then, was looked through after every megabyte of a report:
		// that took 5% of the time.
		limits := make(chan func(), 1)
		defer func() {
			cancel()
			interrupt.Wait(ctx, &running)
			select {
			case takeBack := <-limits:
				takeBack()
			default:
			}
			task.End()
		}()
		measure := func(t Target) (r Result) {
			slots <- struct{}{}
			defer func() { <-slots }()
			if ctx.Err() == nil {
				defer task.Step(t.Path)()
				if len(targets) == 1 {
					t.limits = limits
				}
				r.Binary, r.Err = m.one(ctx, &t)
			}
			return r
		}
		var window []chan Result // a result each, of the targets from i on
		for i := range targets {
			for next := i + len(window); next < len(targets) && len(window) < ahead*cores; next++ {
				result := make(chan Result, 1)
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

// All is what Each hands over. After an interruption it means nothing.
func (m *Measurer) All(ctx context.Context, targets []Target) []Result {
	results := make([]Result, 0, len(targets))
	for _, r := range m.Each(ctx, targets) {
		results = append(results, r)
	}
	return results
}

// attributed is the profile of a file. limits is that of the target.
func attributed(b *elfscan.Binary, options attrib.Options, limits chan<- func()) (*attrib.Profile, error) {
	switch more := func(s elfscan.Section) bool { return s.Kind != elfscan.Code && options.Section(&s) }; {
	case slices.ContainsFunc(b.Sections, more):
		CollectOften()
		if limits != nil && !options.Functions { // all of those are in use: a limit costs time and saves nothing
			limits <- keepTo(memoryGoal(b))
		}
	case limits != nil:
		defer collect(collectAlone)()
	}
	return attrib.Attribute(b, options)
}

func (t *Target) open() (*elfscan.Binary, error) {
	if t.Contents != nil {
		return elfscan.New(t.Contents, t.Contents.Size())
	}
	return elfscan.Open(t.Path)
}

// one is one file, from opening it to checked sums.
func (m *Measurer) one(ctx context.Context, t *Target) (_ snapshot.Binary, err error) {
	b, err := t.open()
	if err != nil {
		return snapshot.Binary{}, err
	}
	defer b.Close()
	defer func() {
		if ctx.Err() == nil {
			err = b.Cause(err)
		}
	}()
	if m.Accept != nil {
		if err := m.Accept(b); err != nil {
			return snapshot.Binary{}, err
		}
	}
	options := t.Options
	var passedOver []string // debug files
	switch {
	case t.DebugFile != "":
		options.DebugFile, err = debugfile.Open(b, t.DebugFile)
	case t.Contents == nil:
		options.DebugFile, passedOver = debugfile.Find(b, t.Path)
	}
	if err != nil {
		return snapshot.Binary{}, err
	}
	defer options.DebugFile.Close()
	p, err := attributed(b, options, t.limits)
	if err != nil {
		return snapshot.Binary{}, err
	}
	demangle := m.Demangle
	if demangle == nil {
		demangle = func(name string) string { return name }
	}
	s := snapshot.New(t.Name, t.Path, b, p, demangle)
	s.Warnings = append(s.Warnings, passedOver...)
	if m.Generics {
		s.AddGenerics(p)
	}
	if err := s.Check(); err != nil {
		return s, fmt.Errorf("%w: %w (please report this with the file)", ErrInternal, err)
	}
	if m.Hash {
		h := sha256.New()
		if _, err := io.Copy(h, b.Reader()); err != nil {
			return s, fmt.Errorf("cannot be read: %w (check the disk, or copy it again)", err)
		}
		s.SHA256 = hex.EncodeToString(h.Sum(nil))
	}
	list, starts, err := m.Variants(ctx, t, b)
	if err != nil {
		return s, err
	}
	s.AddVariants(list, starts)
	return s, cmp.Or(b.Err(), b.Unchanged(), options.DebugFile.Unchanged())
}

// Warn prints what is to be said of a file besides its sizes.
func (m *Measurer) Warn(b *snapshot.Binary) {
	if m.Quiet {
		return
	}
	for _, w := range b.Warnings {
		fmt.Fprintf(m.Stderr, "sizegate: %s: warning: %s\n", display.Clean(b.Path), display.Clean(w))
	}
}
