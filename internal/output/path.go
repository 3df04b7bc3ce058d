package output

import (
	"os"
	"path/filepath"
)

// SamePath says whether two names mean one file, which need not exist.
func SamePath(a, b string) bool {
	one, err := os.Stat(a)
	if err == nil {
		other, err := os.Stat(b)
		return err == nil && os.SameFile(one, other)
	}
	a, errA := filepath.Abs(a)
	b, errB := filepath.Abs(b)
	return errA == nil && errB == nil && a == b
}

// Contains reports whether a file at path is, or would be, below the directory.
func Contains(directory, path string) bool {
	root, err := os.Stat(directory)
	if err != nil || !root.IsDir() {
		return false
	}
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	folder, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return false
	}
	if real, err := filepath.EvalSymlinks(folder); err == nil {
		folder = real
	}
	for {
		if here, err := os.Stat(folder); err == nil && os.SameFile(here, root) {
			return true
		}
		above := filepath.Dir(folder)
		if above == folder {
			return false
		}
		folder = above
	}
}
