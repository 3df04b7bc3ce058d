package main

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
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/sizegate/sizegate/internal/attrib"
	"github.com/sizegate/sizegate/internal/bundle"
	"github.com/sizegate/sizegate/internal/bundle/flaw"
	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/fileerror"
	"github.com/sizegate/sizegate/internal/interrupt"
	"github.com/sizegate/sizegate/internal/output"
	"github.com/sizegate/sizegate/internal/progress"
	"github.com/sizegate/sizegate/internal/report/breakdown"
	"github.com/sizegate/sizegate/internal/snapshot"
	"github.com/sizegate/sizegate/internal/usage"
)

// checkPackages refuses flags that are about one ELF file on disk, and chooses the
// rows where --by does not. first is one of the packages.
func (f *reportFlags) checkPackages(first string, paths []string) error {
	const what = "is about an ELF file, and %s is a deployment package (unpack it and name the file)"
	for _, flag := range []string{"debug-file", "startup", "startup-args", "upx-level"} {
		if f.flags.Changed(flag) {
			return usage.Errorf("--%s "+what, flag, first)
		}
	}
	if f.by == string(breakdown.ByGeneric) {
		return usage.Errorf("--by generic "+what, first)
	}
	if f.by == string(breakdown.ByLayer) {
		return usage.Errorf("--by layer: is about container images, which %s is not", first)
	}
	if !f.flags.Changed("by") {
		// A row of a CSV is an entry: what is above can be added up from it.
		f.rendering.By = breakdown.ByCategory
		if f.format == "csv" {
			f.rendering.By = breakdown.ByEntry
		}
	}
	f.options.Functions = f.options.Functions && f.format != "html" // whose page ends at owners
	return f.outside(paths)
}

// outside refuses an output that would be part of what is measured.
func (f *reportFlags) outside(paths []string) error {
	if f.output == "" {
		return nil
	}
	for _, path := range paths {
		if output.Contains(path, f.output) {
			return usage.Errorf("%s: lies in %s, which is to be measured (name a file elsewhere for --output)", f.output, path)
		}
	}
	return nil
}

// reportPackages measures packages and renders what came of it.
func (f *reportFlags) reportPackages(ctx context.Context, env *environment, out *output.Output, paths []string) (failed bool, err error) {
	measured, failed := f.packages(ctx, env, paths)
	if err := f.nothingToWrite(ctx, failed, len(measured.Packages)); err != nil {
		return failed, err
	}
	return failed, findReportFormat(f.format).packages(f, out, measured)
}

// packages measures packages one after the other, each on all cores. A package
// that cannot be measured is reported, and missing in the report.
func (f *reportFlags) packages(ctx context.Context, env *environment, paths []string) (r *snapshot.Packages, failed bool) {
	m := f.measurer(env)
	m.noOwners = f.noOwners()
	// Rows are compared between the files of a package.
	m.demangle = display.Demangle
	m.accept = nil // not every file has the section that is asked for
	r = &snapshot.Packages{Schema: snapshot.PackageSchema, Sizegate: version(), Packages: []snapshot.Package{}}
	for _, path := range paths {
		p, err := m.pack(ctx, path, f.target(path))
		if ctx.Err() != nil {
			break
		}
		if err == nil {
			err = f.hasSectionIn(p.Binaries)
		}
		if err != nil {
			failed = true
			fmt.Fprintf(env.stderr, "sizegate: %s: %s\n", display.Clean(path), display.Clean(err.Error()))
			continue
		}
		m.warnPackage(&p)
		r.Packages = append(r.Packages, p)
	}
	return r, failed
}

// noOwners reports whether what is written of packages and images has no rows of owners. JSON
// and the page have them always.
func (f *reportFlags) noOwners() bool {
	by := f.rendering.By
	return f.format != "json" && f.format != "html" && (by == breakdown.ByCategory || by == breakdown.ByEntry || by == breakdown.ByLayer)
}

// hasSectionIn refuses the name of a section that no file of a package or an image
// has.
func (f *reportFlags) hasSectionIn(files []snapshot.Binary) error {
	if f.section == ".text" || f.section == "all" {
		return nil
	}
	for i := range files {
		for j := range files[i].Sections {
			if f.names(files[i].Sections[j].Name) {
				return nil
			}
		}
	}
	return &elfscan.Error{Problem: fmt.Sprintf("no ELF file in it has a section %q", f.section), Hint: "--by section lists them"}
}

// pack is one package, from opening it to checked sums. like is how its ELF files
// are measured.
func (m *measurer) pack(ctx context.Context, path string, like target) (snapshot.Package, error) {
	task := progress.Begin(m.env.stderr, path, 1)
	defer task.End()
	done := task.Step("reading its entries")
	p, err := bundle.Open(ctx, path)
	if err != nil {
		return snapshot.Package{}, err
	}
	defer p.Close()
	done()
	debug.SetGCPercent(collectAt) // unpacked files are much garbage
	s := snapshot.NewPackage(filepath.Base(path), path, p)
	if err := m.members(ctx, p, &s, like); err != nil {
		return s, err
	}
	if archive := p.Archive(); m.hash && archive != nil {
		h := sha256.New()
		if _, err := io.Copy(h, archive); err != nil {
			return s, fmt.Errorf("cannot be read: %w (check the disk, or copy it again)", fileerror.Cause(err))
		}
		s.SHA256 = hex.EncodeToString(h.Sum(nil))
	}
	if err := s.Check(); err != nil {
		return s, fmt.Errorf("%w: %w (please report this with the package)", errInternal, err)
	}
	return s, p.Unchanged()
}

// members measures the ELF files of p. One that cannot be analysed is a warning:
// packages carry broken files, object files and those of other machines, and are
// measured all the same.
func (m *measurer) members(ctx context.Context, p *bundle.Package, s *snapshot.Package, like target) error {
	var files []int
	for i := range p.Entries {
		if e := &p.Entries[i]; e.ELF && !e.Replaced {
			files = append(files, i)
		}
	}
	results := make([]measured, len(files))
	at := make(map[int]int, len(files)) // from the position of an entry
	for n, i := range files {
		at[i] = n
	}
	task := progress.Begin(m.env.stderr, "ELF files", len(files))
	defer task.End()
	visit := func(i int, contents *io.SectionReader, err error) error {
		if err == nil {
			defer task.Step(p.Entries[i].Path)()
			t := like
			t.path, t.name, t.contents = p.Entries[i].Path, path.Base(p.Entries[i].Path), contents
			results[at[i]].binary, err = m.one(ctx, &t)
		}
		results[at[i]].err = err
		return ctx.Err()
	}
	if err := visitAll(ctx, p, files, visit); err != nil {
		return err
	}
	var broken problems
	for n := range results {
		r, path := &results[n], p.Entries[files[n]].Path
		switch {
		case r.err == nil:
			s.Binaries = append(s.Binaries, r.binary)
		// What was readable a moment ago has changed, unless it is too large to be
		// unpacked, which a file in a directory never is.
		case errors.Is(r.err, errInternal), p.Format == bundle.FormatDirectory && errors.As(r.err, new(*flaw.Error)):
			return r.err
		default:
			broken.add(path, r.err)
		}
	}
	if err := p.Unchanged(); err != nil {
		return err
	}
	s.Warnings = append(s.Warnings, broken.warnings()...)
	return nil
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

// memoryBudget keeps what is unpacked at once small, however many cores there are.
type memoryBudget struct {
	mu          sync.Mutex
	more        sync.Cond
	whole, left uint64
}

// maxUnpacked is the bytes that files may take that are unpacked side by side. A
// larger one is unpacked alone.
const maxUnpacked = 128 << 20

func newMemoryBudget(whole uint64) *memoryBudget {
	m := &memoryBudget{whole: whole, left: whole}
	m.more.L = &m.mu
	return m
}

func (m *memoryBudget) take(size uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for size = min(size, m.whole); m.left < size; {
		m.more.Wait()
	}
	m.left -= size
}

func (m *memoryBudget) give(size uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.left += min(size, m.whole)
	m.more.Broadcast()
}

// warnPackage prints what is to be said of a package and the files in it besides
// their sizes.
func (m *measurer) warnPackage(p *snapshot.Package) {
	if m.quiet {
		return
	}
	m.warnContents(p.Path, p.Warnings, p.Binaries)
}

// warnContents prints the warnings about a package or an image and its files.
func (m *measurer) warnContents(path string, warnings []string, files []snapshot.Binary) {
	for _, w := range warnings {
		fmt.Fprintf(m.env.stderr, "sizegate: %s: warning: %s\n", display.Clean(path), display.Clean(w))
	}
	for i := range files {
		for _, w := range files[i].Warnings {
			if m.noOwners && strings.HasPrefix(w, attrib.RustInferred) {
				continue
			}
			fmt.Fprintf(m.env.stderr, "sizegate: %s: %s: warning: %s\n", display.Clean(path), display.Clean(files[i].Path), display.Clean(w))
		}
	}
}
