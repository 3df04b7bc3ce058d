package scratch

import (
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
)

// ErrHeld says that another run, or another part of this one, has the lock.
var ErrHeld = errors.New("held by another run")

// Dir is a private folder (0700) with a name that nobody can know before.
type Dir struct {
	path   string
	lock   *os.File // nil on a disk without locks
	remove func() error
}

// New makes a folder in os.TempDir whose name begins with the prefix, and removes
// those of the same prefix that killed runs left there.
func New(prefix string) (*Dir, error) {
	temp := os.TempDir()
	RemoveStale(temp, prefix, os.RemoveAll)
	path, lock, err := Make(temp, prefix)
	if err != nil {
		return nil, err
	}
	d := &Dir{path: path, lock: lock}
	d.remove = sync.OnceValue(func() error {
		err := os.RemoveAll(path)
		if d.lock != nil {
			d.lock.Close()
		}
		return err
	})
	return d, nil
}

// Path is where the folder is.
func (d *Dir) Path() string { return d.path }

// Close removes the folder and all in it. Only the first call does something.
func (d *Dir) Close() error { return d.remove() }

// Make makes a private folder in parent, for those who remove it themselves. Its
// lock is nil on a disk without locks; it ends when it is closed.
func Make(parent, prefix string) (path string, lock *os.File, err error) {
	for {
		path = newName(parent, prefix)
		if err := os.Mkdir(path, 0o700); err != nil {
			return "", nil, err
		}
		lock, err := Hold(path)
		if !isTaken(err) {
			return path, lock, nil
		}
	}
}

// isTaken says that another run found something before it had its lock, and
// removes it.
func isTaken(err error) bool { return errors.Is(err, ErrHeld) || errors.Is(err, os.ErrNotExist) }

// RemoveStale removes, with remove, the folders in parent that have a name which
// this package made of the prefix, and nobody's lock. One that cannot be removed is
// no concern of this run.
func RemoveStale(parent, prefix string, remove func(path string) error) {
	for _, path := range named(parent, prefix) {
		if lock, err := Hold(path); err == nil {
			_ = remove(path)
			lock.Close()
		}
	}
}

// newName is a path that is not there yet. No person gives such a name: what has
// one may be removed.
func newName(parent, prefix string) string { return filepath.Join(parent, prefix+rand.Text()) }

// named are the paths in a folder that newName could have made.
func named(parent, prefix string) []string {
	// O_NONBLOCK: what is at the path may be a pipe, for whose writer os.Open waits.
	f, err := os.OpenFile(parent, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil
	}
	defer f.Close()
	names, _ := f.Readdirnames(-1)
	var paths []string
	for _, name := range names {
		// The form of rand.Text.
		rest, ok := strings.CutPrefix(name, prefix)
		if ok && len(rest) == 26 && strings.Trim(rest, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") == "" {
			paths = append(paths, filepath.Join(parent, name))
		}
	}
	return paths
}
