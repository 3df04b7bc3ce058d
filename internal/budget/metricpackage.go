package budget

import "strings"

const (
	Zipped   Metric = "zipped"   // of a package: bytes of the archive
	Unzipped Metric = "unzipped" // of a package: bytes of what it unpacks to
)

// A Metric that begins with one of these is in bytes that are unpacked: all of a
// category of a package, or all files of a package or an image whose paths match
// a glob.
const (
	CategoryPrefix = "category:"
	FilePrefix     = "file:"
)

// Category is the category that a metric is of, "" if it is of none.
func (m Metric) Category() string {
	name, ok := strings.CutPrefix(string(m), CategoryPrefix)
	if !ok {
		return ""
	}
	return name
}

// Glob is the pattern of the files that a metric is of, "" if it is of none.
func (m Metric) Glob() string {
	pattern, ok := strings.CutPrefix(string(m), FilePrefix)
	if !ok {
		return ""
	}
	return pattern
}
