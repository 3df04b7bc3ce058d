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
