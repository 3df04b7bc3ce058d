//go:build unix

package scratch

import (
	"os"
	"syscall"
)

// chown gives a file the owner and the group of another, and says whether it has its
// group.
func chown(f *os.File, other os.FileInfo) bool {
	mine, err := f.Stat()
	if err != nil {
		return false
	}
	is, ok := mine.Sys().(*syscall.Stat_t)
	want, wantOK := other.Sys().(*syscall.Stat_t)
	if !ok || !wantOK {
		return false
	}
	if is.Gid != want.Gid && f.Chown(-1, int(want.Gid)) != nil {
		return false
	}
	if is.Uid != want.Uid {
		_ = f.Chown(int(want.Uid), -1)
	}
	return true
}
