package configfile

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	path := write("budgets.yaml", []byte(example))
	if c, err := Load(path); err != nil || c.Path != path || len(c.Budgets) != 1 {
		t.Errorf("%+v, %v", c, err)
	}

	gone := filepath.Join(dir, "gone")
	if _, err := Load(gone); !errors.Is(err, fs.ErrNotExist) || err.Error() != gone+": no such file or directory (sizegate init FILE writes a first one)" {
		t.Error(err)
	}
	if _, err := Load(dir); err == nil || err.Error() != dir+": not a regular file (name a budgets.yaml)" {
		t.Error(err)
	}
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(pipe); err == nil || err.Error() != pipe+": not a regular file (name a budgets.yaml)" {
		t.Error(err)
	}
	// The largest file that is read, and one byte more.
	fill := append([]byte(example), bytes.Repeat([]byte("#"), MaxSize-len(example))...)
	if _, err := Load(write("large", fill)); err != nil {
		t.Error(err)
	}
	if _, err := Load(write("larger", append(fill, '#'))); err == nil || !strings.HasSuffix(err.Error(), ": larger than 1 MiB (is it a budgets.yaml?)") {
		t.Error(err)
	}
	bad := write("bad.yaml", []byte("version: 1\nbudgets: [{name: a, path: a, limts: 1}]\n"))
	if _, err := Load(bad); err == nil || err.Error() != bad+`:2:18: the budget checks nothing (add limits, max-increase, packages, preset or arch)`+"\n"+bad+`:2:30: unknown key "limts" (did you mean "limits"?)` {
		t.Error(err)
	}
}
