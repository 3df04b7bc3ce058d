package measurer

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/sizegate/sizegate/internal/attrib"
	"github.com/sizegate/sizegate/internal/bundle"
	"github.com/sizegate/sizegate/internal/bundle/flaw"
	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/fileerror"
	"github.com/sizegate/sizegate/internal/interrupt"
	"github.com/sizegate/sizegate/internal/progress"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// Package is one package, from opening it to checked sums. like is how its ELF files
// are measured.
func (m *Measurer) Package(ctx context.Context, path string, like Target) (snapshot.Package, error) {
	defer keepTo(contentsMemory)()
	task := progress.Begin(m.Stderr, path, 1)
	defer task.End()
	done := task.Step("reading its entries")
	p, err := bundle.Open(ctx, path)
	if err != nil {
		return snapshot.Package{}, err
	}
	defer p.Close()
	done()
	CollectOften() // unpacked files are much garbage
	s := snapshot.NewPackage(filepath.Base(path), path, p)
	if err := m.Members(ctx, p, &s, like); err != nil {
		return s, err
	}
	if archive := p.Archive(); m.Hash && archive != nil {
		h := sha256.New()
		if _, err := io.Copy(h, archive); err != nil {
			return s, fmt.Errorf("cannot be read: %w (check the disk, or copy it again)", fileerror.Cause(err))
		}
		s.SHA256 = hex.EncodeToString(h.Sum(nil))
	}
	if err := s.Check(); err != nil {
		return s, fmt.Errorf("%w: %w (please report this with the package)", ErrInternal, err)
	}
	return s, p.Unchanged()
}

// PackageAlone is one package without its ELF files, which take longest to measure.
func (m *Measurer) PackageAlone(ctx context.Context, path string) (snapshot.Package, error) {
	task := progress.Begin(m.Stderr, path, 1)
	defer task.End()
	defer task.Step("reading its entries")()
	p, err := bundle.Open(ctx, path)
	if err != nil {
		return snapshot.Package{}, err
	}
	defer p.Close()
	s := snapshot.NewPackage(filepath.Base(path), path, p)
	if err := s.Check(); err != nil {
		return s, fmt.Errorf("%w: %w (please report this with the package)", ErrInternal, err)
	}
	return s, p.Unchanged()
}

// Members measures the ELF files of p, as like says, and adds them to s. One that
// cannot be analysed is a warning: packages carry broken files, object files and those
// of other machines, and are measured all the same.
func (m *Measurer) Members(ctx context.Context, p *bundle.Package, s *snapshot.Package, like Target) error {
	files, first, err := elfFiles(p, &like)
	if err != nil {
		return err
	}
	results := make(map[int]*Result, len(files)) // by the position of the entry
	unread := make(map[int]bool)                 // what has no contents, for a reason that names it
	var unlike []int                             // those that are measured
	for n, i := range files {
		results[i] = new(Result)
		if first[n] == i {
			unlike = append(unlike, i)
		}
	}
	task := progress.Begin(m.Stderr, "ELF files", len(unlike))
	defer task.End()
	var mu sync.Mutex
	visit := func(i int, contents *io.SectionReader, err error) error {
		if err != nil {
			mu.Lock()
			unread[i] = true
			mu.Unlock()
		} else {
			defer task.Step(p.Entries[i].Path)()
			t := like
			t.Path, t.Name, t.Contents = p.Entries[i].Path, path.Base(p.Entries[i].Path), contents
			results[i].Binary, err = m.one(ctx, &t)
		}
		results[i].Err = err
		return ctx.Err()
	}
	if err := visitAll(ctx, p, unlike, visit); err != nil {
		return err
	}
	var again []int // what is equal to a file that was not read
	for n, i := range files {
		switch one := first[n]; {
		case one == i:
		case unread[one]:
			again = append(again, i)
		default:
			*results[i] = results[one].as(p.Entries[i].Path)
		}
	}
	if err := visitAll(ctx, p, again, visit); err != nil {
		return err
	}
	var broken problems
	for _, i := range files {
		r, path := results[i], p.Entries[i].Path
		switch {
		case r.Err == nil:
			s.Binaries = append(s.Binaries, r.Binary)
		// What was readable a moment ago has changed, unless it is too large to be
		// unpacked, which a file in a directory never is.
		case errors.Is(r.Err, ErrInternal), p.Format == bundle.FormatDirectory && errors.As(r.Err, new(*flaw.Error)):
			return r.Err
		default:
			broken.add(path, r.Err)
		}
	}
	if err := p.Unchanged(); err != nil {
		return err
	}
	s.Warnings = append(s.Warnings, broken.warnings()...)
	return nil
}

// elfFiles are the positions of the ELF files of p, and of each the first one with the
// same contents.
func elfFiles(p *bundle.Package, like *Target) (files, first []int, err error) {
	equal := make(map[int]int) // the first of those that are not
	for n, group := range p.Duplicates {
		if !p.Entries[group[0]].ELF {
			continue
		}
		known := make(map[contentsKey]int)
		for _, i := range group {
			key := like.keyOf(p.Sums[n], p.Entries[i].Path)
			if before, ok := known[key]; ok {
				equal[i] = before
			} else {
				known[key] = i
			}
		}
	}
	for i := range p.Entries {
		e := &p.Entries[i]
		if !e.ELF || e.Replaced {
			continue
		}
		if len(files) == maxELF {
			return nil, nil, tooManyELF()
		}
		one := i
		if before, ok := equal[i]; ok {
			one = before
		}
		files, first = append(files, i), append(first, one)
	}
	return files, first, nil
}

// problems are the files that cannot be analysed, by what is wrong with them.
type problems struct {
	texts []string // in the order of the first
	paths map[string][]string
}

func (p *problems) add(path string, err error) {
	text := err.Error()
	if p.paths == nil {
		p.paths = make(map[string][]string)
	}
	if p.paths[text] == nil {
		p.texts = append(p.texts, text)
	}
	p.paths[text] = append(p.paths[text], path)
}

// warnings has one for each problem.
func (p *problems) warnings() []string {
	var list []string
	for _, text := range p.texts {
		more := ""
		if n := len(p.paths[text]) - 1; n > 0 {
			more = fmt.Sprintf(" and %d more", n)
		}
		list = append(list, fmt.Sprintf("%q%s: not analysed: %s", shortened(p.paths[text][0]), more, text))
	}
	return list
}

// shortened keeps a hostile path from filling a screen.
func shortened(path string) string {
	const longest = 200
	if len(path) > longest {
		return path[:longest] + "…"
	}
	return path
}

// visitAll visits files of a package, as many at once as there are cores. An archive
// that is compressed as a whole is read once, and so one file at a time: that
// takes longer than the analysis.
func visitAll(ctx context.Context, p *bundle.Package, files []int, visit bundle.Visitor) error {
	if p.Format == bundle.FormatTarGzip || p.Format == bundle.FormatTarZstd {
		var err error
		var running sync.WaitGroup
		running.Go(func() { err = p.Visit(ctx, files, visit) })
		if !interrupt.Wait(ctx, &running) {
			return ctx.Err()
		}
		return err
	}
	errs := make([]error, len(files))
	memory := newMemoryBudget(maxUnpacked)
	visitOne := func(n int) error {
		if p.Format == bundle.FormatZip { // others are read where they are
			size := p.Entries[files[n]].Size
			memory.take(size)
			defer memory.give(size)
		}
		return p.Visit(ctx, files[n:n+1], visit)
	}
	var next atomic.Int64
	var running sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(files)) {
		running.Go(func() {
			for n := int(next.Add(1)) - 1; n < len(files) && ctx.Err() == nil; n = int(next.Add(1)) - 1 {
				errs[n] = visitOne(n)
			}
		})
	}
	if !interrupt.Wait(ctx, &running) {
		return ctx.Err()
	}
	// The first in the order of the package, so that it is the same in every run.
	return cmp.Or(append(errs, ctx.Err())...)
}

// WarnPackage prints what is to be said of a package and the files in it besides
// their sizes.
func (m *Measurer) WarnPackage(p *snapshot.Package) {
	if m.Quiet {
		return
	}
	m.warnContents(p.Path, p.Warnings, p.Binaries)
}

// warnContents prints the warnings about a package or an image and its files.
func (m *Measurer) warnContents(path string, warnings []string, files []snapshot.Binary) {
	for _, w := range warnings {
		fmt.Fprintf(m.Stderr, "sizegate: %s: warning: %s\n", display.Clean(path), display.Clean(w))
	}
	for i := range files {
		for _, w := range files[i].Warnings {
			if m.NoOwners && strings.HasPrefix(w, attrib.RustInferred) {
				continue
			}
			fmt.Fprintf(m.Stderr, "sizegate: %s: %s: warning: %s\n", display.Clean(path), display.Clean(files[i].Path), display.Clean(w))
		}
	}
}
