package worktree

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/sizegate/sizegate/internal/scratch"
)

// removeStaleFolders removes the folders of runs that were killed.
func removeStaleFolders(temp string) { scratch.RemoveStale(temp, prefix, removeAll) }

// removeStaleEntries does the same to git's records. The caller has the
// repository's lock: a new record has no lock of its own at first.
func removeStaleEntries(common string) {
	scratch.RemoveStale(filepath.Join(common, "worktrees"), prefix, removeEntry)
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
