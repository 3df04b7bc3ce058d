//go:build unix && !aix && !solaris

package scratch

import (
	"errors"
	"os"
	"syscall"
)

// Hold takes the lock of a folder, which is free again when the file is closed
// or the process has ended. Errors are ErrHeld, and any other where the folder
// is gone, not a folder, not this user's, or on a disk without such locks.
func Hold(path string) (*os.File, error) { return hold(path, syscall.O_DIRECTORY, os.FileInfo.IsDir) }

// holdFile does the same for a regular file. It does not wait for who writes to a
// pipe.
func holdFile(path string) (*os.File, error) {
	return hold(path, syscall.O_NONBLOCK, func(info os.FileInfo) bool { return info.Mode().IsRegular() })
}

// hold follows no link.
func hold(path string, flags int, isKind func(os.FileInfo) bool) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|flags, 0)
	if err != nil {
		return nil, err
	}
	if err := lock(path, f, isKind); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// lock takes the lock of what is open, which must still be at the path.
func lock(path string, f *os.File, isKind func(os.FileInfo) bool) error {
	mine, err := f.Stat()
	if err != nil {
		return err
	}
	if s, ok := mine.Sys().(*syscall.Stat_t); !ok || int(s.Uid) != os.Geteuid() || !isKind(mine) {
		return os.ErrPermission
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); errors.Is(err, syscall.EWOULDBLOCK) {
		return ErrHeld
	} else if err != nil {
		return err
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
