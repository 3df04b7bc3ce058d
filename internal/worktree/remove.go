package worktree

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// removeStaleFolders removes the folders of runs that were killed: those that
// have our name and nobody's lock. One that cannot be removed is no concern of
// this run.
func removeStaleFolders(temp string) {
	for _, path := range ours(temp) {
		if lock, err := hold(path); err == nil {
			_ = removeAll(path)
			lock.Close()
		}
	}
}

// removeStaleEntries does the same to git's records. The caller has the
// repository's lock: a new record has no lock of its own at first.
func removeStaleEntries(common string) {
	for _, path := range ours(filepath.Join(common, "worktrees")) {
		if lock, err := hold(path); err == nil {
			_ = removeEntry(path)
			lock.Close()
		}
	}
}

// ours are the paths in a folder that have a name which os.MkdirTemp made of our
// prefix.
func ours(dir string) []string {
	f, err := os.Open(dir)
	if err != nil {
		return nil
	}
	defer f.Close()
	names, _ := f.Readdirnames(-1)
	var paths []string
	for _, name := range names {
		if number, ok := strings.CutPrefix(name, prefix); ok && number != "" && strings.Trim(number, "0123456789") == "" {
			paths = append(paths, filepath.Join(dir, name))
		}
	}
	return paths
}

// removeEntry removes git's record of a worktree, and as git does the folder of
// all such records if this was the last.
func removeEntry(path string) error {
	err := removeAll(path)
	// It fails if there are others, or there was none.
	_ = os.Remove(filepath.Dir(path))
	return err
}

// removeAll is os.RemoveAll for folders that are read-only too, as those of Go's
// module cache are.
func removeAll(path string) error {
	if os.RemoveAll(path) == nil {
		return nil
	}
	// What cannot be made writable is named by the second attempt.
	_ = filepath.WalkDir(path, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			_ = os.Chmod(path, 0o700)
		}
		return nil
	})
	if err := os.RemoveAll(path); err != nil {
		return fmt.Errorf("removing %s: %w", path, err)
	}
	return nil
}
