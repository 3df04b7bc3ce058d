package budget

import (
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

const (
	Zipped   Metric = "zipped"   // of a package: bytes of the archive
	Unzipped Metric = "unzipped" // of a package: bytes of what it unpacks to
)

// A Metric that begins with one of these is in bytes that are unpacked: all of a
// category of a package, or all files of a package or an image whose paths match
// a glob.
const (
	categoryPrefix = "category:"
	filePrefix     = "file:"
)

// category is the category that a metric is of, "" if it is of none.
func (m Metric) category() string {
	name, ok := strings.CutPrefix(string(m), categoryPrefix)
	if !ok {
		return ""
	}
	return name
}

// glob is the pattern of the files that a metric is of, "" if it is of none.
func (m Metric) glob() string {
	pattern, ok := strings.CutPrefix(string(m), filePrefix)
	if !ok {
		return ""
	}
	return pattern
}

// matchesFile reports whether the path is the glob of the metric, letter by
// letter, or matches it.
func (m Metric) matchesFile(path string) bool {
	glob := m.glob()
	return glob != "" && (path == glob || doublestar.MatchUnvalidated(glob, path))
}
