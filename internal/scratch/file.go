package scratch

import "os"

// File is a file that is written, and then takes the place of another or is
// removed.
type File struct {
	*os.File
	// lock is apart from what is written to, so that it is still there when that
	// has been closed and the file has its old name: nil on a disk without locks.
	lock *os.File
}

// NewFile makes a file in the folder parent whose name begins with the prefix, and
// removes those that killed runs left there. Its mode is what the umask leaves of
// 0666, which os.CreateTemp does not give.
func NewFile(parent, prefix string) (*File, error) {
	for _, path := range named(parent, prefix) {
		if lock, err := holdFile(path); err == nil {
			_ = os.Remove(path)
			lock.Close()
		}
	}
	for {
		f, err := os.OpenFile(newName(parent, prefix), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if err != nil {
			return nil, err
		}
		lock, err := holdFile(f.Name())
		if !isTaken(err) {
			return &File{f, lock}, nil
		}
		f.Close()
	}
}

// Become gives the file, which is about to be moved, the permissions of another, and its
// owner as far as this user may do that: the superuser leaves a user's file to that user.
func (f *File) Become(other os.FileInfo) error {
	mode := other.Mode().Perm()
	if !chown(f.File, other) {
		// What the group was allowed is not for another group.
		mode &^= 0o070
	}
	return f.Chmod(mode)
}

// MoveTo closes the file and puts it in the place of the target. After an error it
// is still there.
func (f *File) MoveTo(target string) error {
	if err := f.File.Close(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), target); err != nil {
		return err
	}
	f.unlock()
	return nil
}

// Discard removes the file, unless it was moved.
func (f *File) Discard() {
	f.File.Close()
	os.Remove(f.Name())
	f.unlock()
}

func (f *File) unlock() {
	if f.lock != nil {
		f.lock.Close()
	}
}
