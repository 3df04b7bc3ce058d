//go:build unix

package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestUPXHangs: UPX is stopped at the time limit with all it started, and what
// could not be measured neither holds nor is exceeded.
func TestUPXHangs(t *testing.T) {
	for _, when := range []string{"packing", "testing"} {
		t.Run(when, func(t *testing.T) {
			s := newSite(t)
			hang := `cat "$0".never & wait`
			test, pack := "exit 0", hang
			if when == "testing" {
				test, pack = hang, "cat bootstrap >packed"
			}
			s.write("bin/upx", "#!/bin/sh\nexec 9<>\""+s.path("alive")+`"
[ "$1" = --version ] && echo 'upx 4.2.2' && exit
[ -p "$0".never ] || mkfifo "$0".never
case "$*" in *-t*) `+test+`;; *) `+pack+`;; esac
`)
			before := s.files()
			code, stdout, stderr := s.run("check", "--timeout", "200ms", "-o", "out.txt")
			if code != exitFailed || stdout != "" {
				t.Errorf("exit code %d, stdout %q", code, stdout)
			}
			oneError(t, when, stderr, "upx (default) could not be measured: stopped at the time limit of 200ms")
			s.alone(when)
			s.same(when, before, "repo/out.txt")
			if text, err := os.ReadFile(s.path("repo/out.txt")); err != nil || strings.Contains(string(text), "exceeded") || !strings.Contains(string(text), "could not be measured") {
				t.Errorf("%q, %v", text, err)
			}
		})
	}
}

// TestCacheDamaged: whatever the cache has in it, the report is the same.
func TestCacheDamaged(t *testing.T) {
	s := newSite(t)
	args := []string{"report", "--upx-level", "fast,best", "-f", "json", "dist/app"}
	want := s.must(args...)
	var entries []string
	err := filepath.WalkDir(s.path("cache"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			entries = append(entries, path)
		}
		return err
	})
	if err != nil || len(entries) != 2 {
		t.Fatalf("%q, %v", entries, err)
	}
	for _, damage := range []func(path string, text []byte) error{
		func(path string, text []byte) error { return os.WriteFile(path, text[:len(text)/2], 0o600) },
		func(path string, text []byte) error { return os.WriteFile(path, nil, 0o600) },
		func(path string, text []byte) error {
			return os.WriteFile(path, []byte(strings.Replace(string(text), `"size":`, `"size":9`, 1)), 0o600)
		},
		func(path string, text []byte) error { return os.Remove(path) },
		func(path string, _ []byte) error { return os.Chmod(filepath.Dir(path), 0) },
	} {
		for _, path := range entries {
			text, err := os.ReadFile(path)
			if err == nil {
				err = damage(path, text)
			}
			if err != nil && !os.IsPermission(err) {
				t.Fatal(err)
			}
		}
		if got := s.must(args...); got != want {
			t.Errorf("it says %s, not %s", got, want)
		}
	}
	if err := os.Chmod(filepath.Dir(entries[0]), 0o700); err != nil {
		t.Fatal(err)
	}
}
