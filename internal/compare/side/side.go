// Package side reads what is compared: each side of a difference is an ELF file, which is
// measured, or a saved report.
package side

import (
	"bytes"
	"context"
	"encoding/json"
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

// Options are how both sides are read.
type Options struct {
	AllSections bool   // attribute all sections of an ELF file, not code alone
	Name        string // of the program in a report, "" if there is one
}

// Read measures or reads both sides, the old one and the new one. An argument that
// cannot be meant is a usage.Error; an interruption is interrupt.Err.
func Read(ctx context.Context, m *measurer.Measurer, paths [2]string, o Options) (sides [2]*snapshot.Binary, err error) {
	options := attrib.Options{
		View:      attrib.Defined,
		Section:   func(s *elfscan.Section) bool { return o.AllSections || s.Kind == elfscan.Code },
		Functions: true,
	}
	reports := [2]*snapshot.Report{}
	var targets []measurer.Target
	for i, path := range paths {
		saved, err := IsReport(path)
		if err == nil {
			err = diffable(path, saved)
		}
		if err != nil {
			return sides, err
		}
		if !saved {
			targets = append(targets, measurer.Target{Name: filepath.Base(path), Path: path, Options: options})
			continue
		}
		if reports[i], err = snapshot.Read(path); err != nil {
			return sides, err
		}
	}
	results := m.All(ctx, targets)
	if ctx.Err() != nil {
		return sides, interrupt.Err
	}
	for i, path := range paths {
		if reports[i] != nil {
			if sides[i], err = choose(reports[i], path, o.Name); err != nil {
				return sides, err
			}
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

// choose is the program of that name in a report, the only one if name is "".
func choose(r *snapshot.Report, path, name string) (*snapshot.Binary, error) {
	var names []string
	var found []*snapshot.Binary
	for i := range r.Binaries {
		b := &r.Binaries[i]
		names = append(names, b.Name)
		if name == "" || b.Name == name {
			found = append(found, b)
		}
	}
	shipped := deployedNames(r)
	switch {
	case len(r.Binaries) == 0 && len(shipped) > 0:
		return nil, fmt.Errorf("%s: a baseline of packages or images alone, and diff compares ELF files (%s)", path, insteadOfDiff)
	case len(found) == 0 && slices.Contains(shipped, name):
		return nil, usage.Errorf("%s: %q in it is a package or an image, and diff compares ELF files (%s)", path, name, insteadOfDiff)
	case len(r.Binaries) == 0:
		return nil, fmt.Errorf("%s: a report of no program (save one with sizegate report -f json -o FILE)", path)
	case len(found) == 0:
		return nil, usage.Errorf("%s: has no program %q (it has: %s)", path, name, strings.Join(names, ", "))
	case len(found) > 1:
		return nil, usage.Errorf("%s: a report of several programs (choose one with --name: %s)", path, strings.Join(names, ", "))
	}
	return found[0], nil
}

// insteadOfDiff is what to do with what programs are shipped in.
const insteadOfDiff = "sizegate report OLD NEW shows two of a kind, and sizegate check --baseline FILE says what grew"

// diffable returns an error for a side that is what programs are shipped in, or a
// report of that.
func diffable(path string, saved bool) error {
	what := ""
	if saved {
		start, err := readStart(path)
		if err != nil {
			return err
		}
		switch schemaOf(start) {
		case snapshot.PackageSchema:
			what = "a report of deployment packages"
		case snapshot.ImageSchema:
			what = "a report of container images"
		}
	} else {
		what = inputkind.ShippedIn(path)
	}
	if what == "" {
		return nil
	}
	return fmt.Errorf("%s: %s, and diff compares ELF files (%s)", path, what, insteadOfDiff)
}

// schemaOf is the value of the first key of a JSON object, if that is "schema".
func schemaOf(start []byte) string {
	d := json.NewDecoder(bytes.NewReader(start))
	for _, want := range []json.Token{json.Delim('{'), "schema"} {
		if token, err := d.Token(); err != nil || token != want {
			return ""
		}
	}
	token, _ := d.Token()
	schema, _ := token.(string)
	return schema
}

// deployedNames are the names of the packages and images in a baseline.
func deployedNames(r *snapshot.Report) []string {
	var names []string
	for i := range r.Packages {
		names = append(names, r.Packages[i].Name)
	}
	for i := range r.Images {
		names = append(names, r.Images[i].Name)
	}
	return names
}

// IsReport says whether a file is a saved report: its first byte that is not
// space is a brace. Everything else is left to the reader of ELF files.
func IsReport(path string) (bool, error) {
	start, err := readStart(path)
	return bytes.HasPrefix(bytes.TrimLeft(start, " \t\r\n"), []byte("{")), err
}

// readStart is the first bytes of a file, none of what is no file: the reader of ELF
// files says that.
func readStart(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
		return nil, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, nil
	}
	defer file.Close()
	start := make([]byte, 4096)
	n, err := io.ReadFull(file, start)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: cannot be read: %w (check the disk, or copy it again)", path, fileerror.Cause(err))
	}
	return start[:n], nil
}
