//go:build unix

package output

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestReplaced: what takes the place of a file has its permissions, its owner and its
// group, and is as private before.
func TestReplaced(t *testing.T) {
	for _, mode := range []os.FileMode{0o600, 0o640, 0o644, 0o666, 0o755, 0o444, 0o200} {
		dir := t.TempDir()
		path := filepath.Join(dir, "file")
		if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
			t.Fatal(err)
		}
		uid, gid := os.Geteuid(), os.Getegid()
		if uid == 0 { // nobody else may give files away
			uid, gid = 12345, 23456
		}
		if err := os.Chown(path, uid, gid); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		o, err := New(nil, path, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		drafts, err := filepath.Glob(filepath.Join(dir, ".sizegate-*"))
		if err != nil || len(drafts) != 1 {
			t.Fatalf("%q, %v", drafts, err)
		}
		if info, err := os.Stat(drafts[0]); err != nil || info.Mode().Perm()&^mode&^0o600 != 0 {
			t.Errorf("mode %v: meanwhile %v, %v", mode, info.Mode(), err)
		}
		if _, err := o.Write([]byte("new")); err != nil {
			t.Fatal(err)
		}
		if err := o.Deliver(); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		is := info.Sys().(*syscall.Stat_t)
		if info.Mode() != mode || int(is.Uid) != uid || int(is.Gid) != gid || info.Size() != 3 {
			t.Errorf("mode %v: %v, owner %d:%d, want %d:%d", mode, info.Mode(), is.Uid, is.Gid, uid, gid)
		}
	}
}
