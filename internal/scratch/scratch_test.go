//go:build unix

package scratch

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestTwo: what is in use stays, and what was let go without being removed goes.
func TestTwo(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	live, err := New("test-")
	if err != nil {
		t.Fatal(err)
	}
	stale, err := New("test-")
	if err != nil {
		t.Fatal(err)
	}
	stale.lock.Close() // as the end of a process does
	file, err := NewFile(temp, ".test-")
	if err != nil {
		t.Fatal(err)
	}
	staleFile, err := NewFile(temp, ".test-")
	if err != nil {
		t.Fatal(err)
	}
	staleFile.lock.Close()
	staleFile.Close()

	// What has been closed and is not moved yet is in use too.
	closed, err := NewFile(temp, ".test-")
	if err != nil {
		t.Fatal(err)
	}
	closed.File.Close()
	// Names as people give them.
	named := filepath.Join(temp, "test-2026")
	if err := os.Mkdir(named, 0o700); err != nil {
		t.Fatal(err)
	}

	if _, err := Hold(live.Path()); !errors.Is(err, ErrHeld) {
		t.Errorf("the lock of %s: %v", live.Path(), err)
	}
	next, err := New("test-")
	if err != nil {
		t.Fatal(err)
	}
	nextFile, err := NewFile(temp, ".test-")
	if err != nil {
		t.Fatal(err)
	}
	defer nextFile.Discard()
	for path, stays := range map[string]bool{live.Path(): true, next.Path(): true, file.Name(): true, nextFile.Name(): true, closed.Name(): true, named: true, stale.Path(): false, staleFile.Name(): false} {
		if _, err := os.Lstat(path); (err == nil) != stays || err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", filepath.Base(path), err)
		}
	}
	if info, err := os.Stat(next.Path()); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info, err)
	}
	file.Discard()
	closed.Discard()
	if err := os.Remove(named); err != nil {
		t.Error(err)
	}
	for _, d := range []*Dir{live, next, next} {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
	if left, err := filepath.Glob(filepath.Join(temp, "test-*")); err != nil || len(left) > 0 {
		t.Errorf("%q, %v", left, err)
	}
}

// TestNewInPipe: what should be a folder and is a pipe without a writer is an error, and
// not waited for.
func TestNewInPipe(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", pipe)
	if _, err := New("test-"); !errors.Is(err, syscall.ENOTDIR) {
		t.Errorf("a folder: %v", err)
	}
	if _, err := NewFile(pipe, ".test-"); !errors.Is(err, syscall.ENOTDIR) {
		t.Errorf("a file: %v", err)
	}
}

// TestMoveTo: the file is at the target, or still where it was made.
func TestMoveTo(t *testing.T) {
	dir := t.TempDir()
	target := filepath.Join(dir, "target")
	for _, text := range []string{"first", "second"} {
		f, err := NewFile(dir, ".test-")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteString(text); err != nil {
			t.Fatal(err)
		}
		if err := f.MoveTo(target); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(target); err != nil || string(got) != text {
			t.Errorf("%q, %v", got, err)
		}
	}
	f, err := NewFile(dir, ".test-")
	if err != nil {
		t.Fatal(err)
	}
	if err := f.MoveTo(filepath.Join(dir, "none", "target")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("moved into a folder that is not there: %v", err)
	}
	if _, err := os.Lstat(f.Name()); err != nil {
		t.Error(err)
	}
	f.Discard()
	if names, err := filepath.Glob(filepath.Join(dir, ".*")); err != nil || len(names) > 0 {
		t.Errorf("%q, %v", names, err)
	}
}
