// Package side reads what is compared: each side of a difference is an ELF file, a
// deployment package or a container image, which is measured, or one in a saved report.
package side

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/attrib"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/fileerror"
	"github.com/sizegate/sizegate/internal/inputkind"
	"github.com/sizegate/sizegate/internal/interrupt"
	"github.com/sizegate/sizegate/internal/measurer"
	"github.com/sizegate/sizegate/internal/snapshot"
	"github.com/sizegate/sizegate/internal/usage"
)

// Pair is both sides of a difference, the old one and the new one, before anything is
// measured.
type Pair struct {
	Kind  inputkind.Kind // of both
	paths [2]string
	// reports are nil for what is to be measured; chosen is the position in one, among
	// those of the kind.
	reports [2]*snapshot.Report
	chosen  [2]int
}

// Open finds out what both sides are, and reads those that are saved reports. name
// chooses one where a report holds several, "" if there is one. otherwise is what is
// taken for the kind of two files of which nothing can be told. An argument that cannot
// be meant is a usage.Error.
func Open(paths [2]string, name string, otherwise inputkind.Kind) (*Pair, error) {
	p := &Pair{paths: paths}
	var can [2][]inputkind.Kind // be on each side, nil for anything
	for i, path := range paths {
		saved, err := isReport(path)
		if err != nil {
			return nil, err
		}
		if !saved {
			if kind := inputkind.Of(path); kind != inputkind.Unknown {
				can[i] = []inputkind.Kind{kind}
			}
			continue
		}
		if p.reports[i], err = snapshot.ReadAny(path); err != nil {
			return nil, err
		}
		if can[i], err = kindsIn(p.reports[i], path, name); err != nil {
			return nil, err
		}
	}
	common := slices.DeleteFunc([]inputkind.Kind{inputkind.ELF, inputkind.Package, inputkind.Image}, func(k inputkind.Kind) bool {
		return can[0] != nil && !slices.Contains(can[0], k) || can[1] != nil && !slices.Contains(can[1], k)
	})
	switch {
	case can[0] == nil && can[1] == nil:
		p.Kind = otherwise
	case len(common) == 0:
		return nil, usage.Errorf("%s is %s, and %s is %s: two of a kind can be compared (a program in a package or an image has to be copied out of it first)",
			paths[0], p.what(0, can[0]), paths[1], p.what(1, can[1]))
	case len(common) > 1 && common[0] != inputkind.ELF:
		return nil, usage.Errorf("%s and %s have packages and images (choose one with --name)", paths[0], paths[1])
	default:
		p.Kind = common[0]
	}
	for i, r := range p.reports {
		if r == nil {
			continue
		}
		var err error
		if p.chosen[i], err = choose(r, p.Kind, paths[i], name); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// what is a side in words, after "is".
func (p *Pair) what(i int, kinds []inputkind.Kind) string {
	if p.reports[i] == nil {
		if shipped := inputkind.ShippedIn(p.paths[i]); shipped != "" {
			return shipped
		}
		return string(kinds[0])
	}
	words := make([]string, len(kinds))
	for i, k := range kinds {
		words[i] = strings.TrimPrefix(strings.TrimPrefix(string(k), "an "), "a ") + "s"
	}
	return "a report of " + strings.Join(words, " and ")
}

// Saved says whether a side is a saved report, of which it is not known how it was
// measured.
func (p *Pair) Saved() bool { return p.reports != [2]*snapshot.Report{} }

// Binaries measures or reads both sides of a pair of ELF files: all their sections, or
// code alone. An interruption is interrupt.Err.
func (p *Pair) Binaries(ctx context.Context, m *measurer.Measurer, allSections bool) (sides [2]*snapshot.Binary, err error) {
	options := attrib.Options{
		View:      attrib.Defined,
		Section:   func(s *elfscan.Section) bool { return allSections || s.Kind == elfscan.Code },
		Functions: true,
	}
	var targets []measurer.Target
	for i, path := range p.paths {
		if p.reports[i] == nil {
			targets = append(targets, measurer.Target{Name: filepath.Base(path), Path: path, Options: options})
		}
	}
	results := m.All(ctx, targets)
	if ctx.Err() != nil {
		return sides, interrupt.Err
	}
	for i, path := range p.paths {
		if r := p.reports[i]; r != nil {
			sides[i] = &r.Binaries[p.chosen[i]]
			continue
		}
		if err := results[0].Err; err != nil {
			return sides, fmt.Errorf("%s: %w", path, err)
		}
		m.Warn(&results[0].Binary)
		sides[i], results = &results[0].Binary, results[1:]
	}
	return sides, nil
}

// Packages measures or reads both sides of a pair of packages, without the ELF files in
// those that are measured. An interruption is interrupt.Err.
func (p *Pair) Packages(ctx context.Context, m *measurer.Measurer) (sides [2]*snapshot.Package, err error) {
	err = p.each(ctx, func(i int, r *snapshot.Report) error {
		if r != nil {
			sides[i] = &r.Packages[p.chosen[i]]
			return nil
		}
		s, err := m.PackageAlone(ctx, p.paths[i])
		if err != nil {
			return err
		}
		m.WarnPackage(&s)
		sides[i] = &s
		return nil
	})
	return sides, err
}

// Images measures or reads both sides of a pair of images, without the ELF files in
// those that are measured. platform is "" where there is only one. An interruption is
// interrupt.Err.
func (p *Pair) Images(ctx context.Context, m *measurer.Measurer, platform string) (sides [2]*snapshot.Image, err error) {
	err = p.each(ctx, func(i int, r *snapshot.Report) error {
		if r != nil {
			sides[i] = &r.Images[p.chosen[i]]
			return nil
		}
		s, err := m.ImageAlone(ctx, p.paths[i], platform)
		if err != nil {
			return err
		}
		m.WarnImage(&s)
		sides[i] = &s
		return nil
	})
	return sides, err
}

// each calls read for one side after the other, which has all cores.
func (p *Pair) each(ctx context.Context, read func(i int, r *snapshot.Report) error) error {
	for i, r := range p.reports {
		err := read(i, r)
		if ctx.Err() != nil {
			return interrupt.Err
		}
		if err != nil {
			return fmt.Errorf("%s: %w", p.paths[i], err)
		}
	}
	return nil
}

// nouns is what one of a kind is called in messages about reports.
var nouns = map[inputkind.Kind]string{inputkind.ELF: "program", inputkind.Package: "package", inputkind.Image: "image"}

// namesIn are the names of all of a kind in a report.
func namesIn(r *snapshot.Report, kind inputkind.Kind) []string {
	var names []string
	switch kind {
	case inputkind.ELF:
		for i := range r.Binaries {
			names = append(names, r.Binaries[i].Name)
		}
	case inputkind.Package:
		for i := range r.Packages {
			names = append(names, r.Packages[i].Name)
		}
	case inputkind.Image:
		for i := range r.Images {
			names = append(names, r.Images[i].Name)
		}
	}
	return names
}

// kindsIn are the kinds of what a report has of that name, or has at all if name is "".
func kindsIn(r *snapshot.Report, path, name string) (kinds []inputkind.Kind, err error) {
	var all, of []string
	for _, k := range []inputkind.Kind{inputkind.ELF, inputkind.Package, inputkind.Image} {
		names := namesIn(r, k)
		if len(names) == 0 {
			continue
		}
		all, of = append(all, names...), append(of, nouns[k])
		if name == "" || slices.Contains(names, name) {
			kinds = append(kinds, k)
		}
	}
	switch {
	case len(all) == 0:
		noun := map[string]string{snapshot.PackageSchema: "package", snapshot.ImageSchema: "image"}[r.Schema]
		if noun == "" {
			noun = "program"
		}
		return nil, fmt.Errorf("%s: a report of no %s (save one with sizegate report -f json -o FILE)", path, noun)
	case len(kinds) == 0:
		return nil, usage.Errorf("%s: has no %s %q (it has: %s)", path, strings.Join(of, " or "), name, strings.Join(all, ", "))
	}
	return kinds, nil
}

// choose is the position of the one of that kind and name in a report, of the only one
// if name is "".
func choose(r *snapshot.Report, kind inputkind.Kind, path, name string) (int, error) {
	names := namesIn(r, kind)
	found := -1
	for i := range names {
		if name != "" && names[i] != name {
			continue
		}
		if found >= 0 {
			return 0, usage.Errorf("%s: a report of several %ss (choose one with --name: %s)", path, nouns[kind], strings.Join(names, ", "))
		}
		found = i
	}
	return found, nil
}

// isReport says whether a file is a saved report: its first byte that is not
// space is a brace. Everything else is left to those who read other files.
func isReport(path string) (bool, error) {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
		return false, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return false, nil
	}
	defer file.Close()
	start := make([]byte, 4096)
	n, err := io.ReadFull(file, start)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return false, fmt.Errorf("%s: cannot be read: %w (check the disk, or copy it again)", path, fileerror.Cause(err))
	}
	return bytes.HasPrefix(bytes.TrimLeft(start[:n], " \t\r\n"), []byte("{")), nil
}
