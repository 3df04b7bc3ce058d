// Package filestamp tells whether a file was written to.
package filestamp

import "os"

// Stamp is what a file had at some time. Whoever writes to it and puts back its time of
// modification, as builds do that are the same on every machine, still leaves the time
// of the last change of any kind.
type Stamp struct {
	size              int64
	modified, changed int64 // nanoseconds
	links             uint64
}

// Of is the stamp of what was asked about.
func Of(info os.FileInfo) Stamp {
	s := Stamp{size: info.Size(), modified: info.ModTime().UnixNano()}
	s.changed, s.links = changeOf(info)
	return s
}

// Fits says whether it is a regular file that has the same stamp now. One that lost its
// name is the same, though that is a change.
func (s Stamp) Fits(now os.FileInfo) bool {
	is := Of(now)
	return now.Mode().IsRegular() && is.size == s.size && is.modified == s.modified && (is.changed == s.changed || is.links != s.links)
}
