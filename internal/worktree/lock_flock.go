//go:build unix && !aix && !solaris

package worktree

import (
	"errors"
	"os"
	"syscall"
)

// hold takes the lock of a folder, which is free again when the file is closed
// or the process has ended. Errors are errHeld, and any other where the folder
// is gone, not a folder, not this user's, or on a disk without such locks.
func hold(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_DIRECTORY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return nil, err
	}
	if err := lockFile(path, f); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func lockFile(path string, f *os.File) error {
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); errors.Is(err, syscall.EWOULDBLOCK) {
		return errHeld
	} else if err != nil {
		return err
	}
	mine, err := f.Stat()
	if err != nil {
		return err
	}
	if s, ok := mine.Sys().(*syscall.Stat_t); !ok || int(s.Uid) != os.Geteuid() {
		return os.ErrPermission
	}
	// Whoever held it may have removed it meanwhile.
	now, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if !os.SameFile(mine, now) {
		return os.ErrNotExist
	}
	return nil
}
