// Package candidate is about the files that a first budgets.yaml is made for: how it names
// them, what they measure, and that it finds them again.
package candidate

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/sizegate/sizegate/internal/attrib"
	"github.com/sizegate/sizegate/internal/budget/configfile"
	"github.com/sizegate/sizegate/internal/budget/pattern"
	"github.com/sizegate/sizegate/internal/budget/starter"
	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/fileerror"
	"github.com/sizegate/sizegate/internal/inputkind"
	"github.com/sizegate/sizegate/internal/interrupt"
	"github.com/sizegate/sizegate/internal/measurer"
	"github.com/sizegate/sizegate/internal/snapshot"
	"github.com/sizegate/sizegate/internal/upx"
	"github.com/sizegate/sizegate/internal/usage"
	"github.com/sizegate/sizegate/internal/variant"
)

// Find says where the files are, seen from the folder of the configuration, which need
// not be there yet. What cannot be a budget is a usage.Error.
func Find(config string, files []string) ([]starter.Program, error) {
	switch {
	case len(files) == 0:
		return nil, usage.Errorf("init: name at least one file (for example sizegate init dist/app)")
	case len(files) > starter.MaxPrograms:
		return nil, usage.Errorf("init: %d files are too many for one configuration (name at most %d)", len(files), starter.MaxPrograms)
	}
	dir, err := filepath.Abs(filepath.Dir(config))
	if err != nil {
		return nil, usage.Errorf("the current folder cannot be found: %v (go to one that exists)", fileerror.Cause(err))
	}
	programs := make([]starter.Program, len(files))
	first := make(map[string]bool)
	for i, file := range files {
		if file == "-" {
			return nil, usage.Errorf("-: standard input is not read (name a file)")
		}
		if pattern.InRegistry(file) {
			if first[file] {
				return nil, usage.Errorf("%s: named twice (name each file once)", file)
			}
			first[file] = true
			programs[i] = starter.Program{Path: file, File: file}
			continue
		}
		absolute, err := filepath.Abs(file)
		if err != nil {
			return nil, usage.Errorf("%s: cannot be found from the current folder: %v", file, fileerror.Cause(err))
		}
		if first[absolute] {
			return nil, usage.Errorf("%s: named twice (name each file once)", file)
		}
		first[absolute] = true
		path := filepath.ToSlash(pathFrom(dir, absolute))
		if _, err := pattern.Escape(path); err != nil {
			return nil, usage.Errorf("%s: %v", file, err)
		}
		programs[i] = starter.Program{Path: path, File: filepath.ToSlash(absolute)}
	}
	return programs, nil
}

// pathFrom is the file seen from the folder. Where .. would leave a symbolic link
// to another place than the one it stands in, it is the absolute path.
func pathFrom(dir, file string) string {
	path, err := filepath.Rel(dir, file)
	if err != nil {
		return file
	}
	// Not filepath.Join, which would resolve .. without looking at links.
	there, thereErr := os.Stat(dir + string(filepath.Separator) + path)
	here, hereErr := os.Stat(file)
	if hereErr == nil && (thereErr != nil || !os.SameFile(here, there)) {
		return file
	}
	return path
}

// Measure fills in the programs, which are those that Find made of the files. A limit that
// a variant could not be measured for is left out. What cannot be measured is printed;
// the error is an interruption. platform is that of images, "" for any.
func Measure(ctx context.Context, m *measurer.Measurer, files []string, platform string, programs []starter.Program) (failed bool, err error) {
	targets := make([]measurer.Target, 0, len(files))
	at := make([]int, 0, len(files)) // from the position of a target to that of its file
	for i, file := range files {
		if kind := inputkind.Of(file); kind == inputkind.Package || kind == inputkind.Image {
			if err := measureDeployed(ctx, m, file, platform, kind, &programs[i]); err != nil {
				if ctx.Err() != nil {
					return false, interrupt.Err
				}
				fmt.Fprintf(m.Stderr, "sizegate: %s: %s\n", display.Clean(file), display.Clean(err.Error()))
				failed = true
			}
			continue
		}
		at = append(at, i)
		targets = append(targets, measurer.Target{
			Name: filepath.Base(file), Path: file,
			Options:  attrib.Options{View: attrib.Defined, Section: func(s *elfscan.Section) bool { return s.Kind == elfscan.Code }},
			Variants: []variant.Name{variant.Stripped, variant.Zip, variant.UPX},
			Levels:   []upx.Level{upx.Default},
		})
	}
	results := m.All(ctx, targets)
	if ctx.Err() != nil {
		return false, interrupt.Err
	}
	for n := range results {
		i, b := at[n], &results[n].Binary
		if err := results[n].Err; err != nil {
			fmt.Fprintf(m.Stderr, "sizegate: %s: %s\n", display.Clean(files[i]), display.Clean(err.Error()))
			failed = true
			continue
		}
		m.Warn(b)
		if reason, ok := unmeasured(b, variant.Zip); ok {
			fmt.Fprintf(m.Stderr, "sizegate: %s: zip could not be measured: %s\n", display.Clean(files[i]), display.Clean(reason))
			failed = true
		}
		// GNU strip refuses some files, such as packed ones: with a limit for it no
		// check could pass.
		if reason, ok := unmeasured(b, variant.Stripped); ok && !m.Quiet {
			fmt.Fprintf(m.Stderr, "sizegate: %s: warning: no limit for stripped: %s\n", display.Clean(files[i]), display.Clean(reason))
		}
		programs[i].Binary = b
	}
	return failed, nil
}

// measureDeployed fills in a package or an image. Its ELF files need not be known.
func measureDeployed(ctx context.Context, m *measurer.Measurer, file, platform string, kind inputkind.Kind, p *starter.Program) error {
	if kind == inputkind.Image {
		s, err := m.ImageAlone(ctx, file, platform)
		if err != nil {
			return err
		}
		m.WarnImage(&s)
		p.Image = &s
		return nil
	}
	s, err := m.PackageAlone(ctx, file)
	if err != nil {
		return err
	}
	m.WarnPackage(&s)
	p.Package = &s
	return nil
}

// unmeasured says why a variant has no size.
func unmeasured(b *snapshot.Binary, name variant.Name) (reason string, ok bool) {
	for _, v := range b.Variants {
		if v.Name == string(name) && v.Status != string(variant.OK) {
			return v.Reason, true
		}
	}
	return "", false
}

// Check checks that each budget of the configuration, of which data is the text, means the one
// file that it was made from.
func Check(path string, data []byte, files []string) error {
	config, err := configfile.Parse(path, data)
	if err != nil {
		return fmt.Errorf("internal error: %w (please report this)", err)
	}
	for i := range config.Budgets {
		paths, err := pattern.Files(filepath.Dir(path), config.Budgets[i].Paths, config.Budgets[i].AllowMissing)
		if err == nil && len(paths) == 1 && (sameFile(paths[0], files[i]) || pattern.InRegistry(files[i]) && paths[0] == files[i]) {
			continue
		}
		return fmt.Errorf("internal error: %s: the path %q finds %q, %v (please report this)", files[i], config.Budgets[i].Paths, paths, err)
	}
	return nil
}

func sameFile(x, y string) bool {
	one, err := os.Stat(x)
	if err != nil {
		return false
	}
	other, err := os.Stat(y)
	return err == nil && os.SameFile(one, other)
}
