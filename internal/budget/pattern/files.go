package pattern

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/sizegate/sizegate/internal/budget/wording"
	"github.com/sizegate/sizegate/internal/image/stored"
)

// Bounds of what the patterns of one budget may find, and may look at.
const (
	maxFiles   = 10_000
	maxVisited = 1_000_000
)

// Missing is the error of a pattern that matches no file.
type Missing struct {
	Pattern string
}

func (m *Missing) Error() string {
	return "no file matches " + wording.Quote(m.Pattern) + " (build it first, or set allow-missing: true)"
}

// Files finds the files of the paths of a budget: sorted, each once, dir joined with a
// path below it, or a path that is absolute if its pattern is. The patterns are
// relative to dir, the folder of the configuration; one that begins with ! leaves
// files out. The name of an image in a registry is no path and stays as it is.
//
// A path that exists is taken as it is, even if it is a folder, which is a
// package, or holds characters of a glob. Otherwise globs match regular files, through symbolic
// links; * looks into linked folders and ** does not, so that a loop ends. An
// exclude is held against the path as its pattern spells it, without "./".
//
// A pattern that matches nothing, after excludes, is a *Missing, unless
// allowMissing. A folder that cannot be read is an error.
func Files(dir string, paths []string, allowMissing bool) ([]string, error) {
	s := search{dir: dir, found: make(map[string]bool)}
	var patterns []string
	for _, p := range paths {
		if exclude, ok := strings.CutPrefix(p, "!"); ok {
			s.excludes = append(s.excludes, path.Clean(exclude))
		} else {
			patterns = append(patterns, p)
		}
	}
	for _, p := range patterns {
		n, err := s.add(p)
		if err != nil {
			return nil, err
		}
		if n == 0 && !allowMissing {
			return nil, &Missing{Pattern: p}
		}
	}
	found := make([]string, 0, len(s.found))
	for name := range s.found {
		found = append(found, s.join(name))
	}
	slices.Sort(found)
	return found, nil
}

// InRegistry reports whether a path of a budget is the name of an image in a
// registry.
func InRegistry(path string) bool { return strings.HasPrefix(path, stored.Registry) }

// search is one run over the patterns of a budget.
type search struct {
	dir      string
	excludes []string
	found    map[string]bool // relative to dir, or absolute
	visited  int
}

func (s *search) join(name string) string {
	if filepath.IsAbs(name) || InRegistry(name) {
		return name
	}
	return filepath.Join(s.dir, name)
}

// add finds the files of one pattern and says how many there are, those that an
// earlier pattern found included.
func (s *search) add(pattern string) (int, error) {
	if InRegistry(pattern) {
		s.found[pattern] = true
		return 1, nil
	}
	name := path.Clean(pattern)
	switch _, err := os.Stat(s.join(name)); {
	case err == nil:
		return s.take(name, 0)
	case !isMissing(err):
		return 0, err
	case !isGlob(pattern):
		return 0, nil
	}
	base, rest := doublestar.SplitPattern(name)
	w := walk{search: s, base: path.Clean(base), pattern: rest}
	for _, segment := range segments(rest) {
		// Only a segment for itself says which folders are worth a look.
		if strings.Contains(segment, "**") || strings.Contains(segment, "/") {
			w.deep = true
			break
		}
		w.levels = append(w.levels, segment)
	}
	err := w.folder("", 0)
	return w.matches, err
}

// take adds a file to the found ones, if no exclude matches, and returns count
// plus the files added.
func (s *search) take(name string, count int) (int, error) {
	for _, e := range s.excludes {
		if e == name || doublestar.MatchUnvalidated(e, name) {
			return count, nil
		}
	}
	s.found[name] = true
	if len(s.found) > maxFiles {
		return count, fmt.Errorf("%s: the path matches more than %d files (narrow it)", s.dir, maxFiles)
	}
	return count + 1, nil
}

// walk looks for the files of one glob below base, each folder once.
type walk struct {
	*search
	base    string
	pattern string   // below base
	levels  []string // patterns for the names of the first levels
	deep    bool     // there may be more levels than these
	matches int
}

// folder reads the folder at a path below base, which has depth elements.
func (w *walk) folder(below string, depth int) error {
	entries, err := os.ReadDir(w.join(path.Join(w.base, below)))
	if isMissing(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if w.visited += len(entries); w.visited > maxVisited {
		return fmt.Errorf("%s: more than %d files to look at for %s (narrow the path)", w.dir, maxVisited, wording.Quote(w.pattern))
	}
	for _, entry := range entries {
		if err := w.entry(path.Join(below, entry.Name()), entry, depth); err != nil {
			return err
		}
	}
	return nil
}

func (w *walk) entry(below string, entry fs.DirEntry, depth int) error {
	bounded := depth < len(w.levels)
	if bounded && !doublestar.MatchUnvalidated(w.levels[depth], entry.Name()) {
		return nil
	}
	matches := doublestar.MatchUnvalidated(w.pattern, below)
	descends := depth+1 < len(w.levels) || w.deep
	mode := entry.Type()
	if mode&fs.ModeSymlink != 0 && (matches || descends && bounded) {
		info, err := os.Stat(w.join(path.Join(w.base, below)))
		if isMissing(err) {
			return nil // the link leads nowhere
		}
		if err != nil {
			return err
		}
		mode = info.Mode()
		descends = descends && bounded
	}
	switch {
	case mode.IsDir() && descends:
		return w.folder(below, depth+1)
	case mode.IsRegular() && matches:
		var err error
		w.matches, err = w.take(path.Join(w.base, below), w.matches)
		return err
	}
	return nil
}

// isMissing reports whether there is no such file, a file stands where a folder
// is meant, or no file can have the name: that of a long pattern.
func isMissing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.ENAMETOOLONG)
}
