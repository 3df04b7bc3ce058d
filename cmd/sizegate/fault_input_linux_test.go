package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestSpecialFiles: what is no regular file, or one that only the kernel ends, is
// refused wherever a file is read.
func TestSpecialFiles(t *testing.T) {
	s := newSite(t)
	if err := syscall.Mkfifo(s.path("pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("pipe", s.path("link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("loop", s.path("loop")); err != nil {
		t.Fatal(err)
	}
	files := []string{s.path("pipe"), s.path("link"), s.path("loop"), "/dev/zero", "/dev/null", "/dev/full", "/dev/random", "/dev/tty",
		"/dev/stdin", "/proc/self/mem", "/proc/self/maps", "/proc/kmsg", "/proc/self/fd/0"}
	for _, file := range files {
		for _, args := range [][]string{
			{"report", file}, {"report", "--debug-file", file, "dist/app"}, {"report", "dist/app", file, "-o", "out"},
			{"check", "-c", file}, {"check", "--baseline", file}, {"update", "-c", file}, {"init", "-c", "new.yaml", file},
			{"diff", file, "dist/app"}, {"diff", "dist/app", file}, {"lambda", file}, {"advise", file},
		} {
			// A command that waits fails by the time limit of the tests. It has no
			// terminal, and a pipe that nobody writes to for its input.
			cmd := s.command(args...)
			pipe, err := os.OpenFile(s.path("pipe"), os.O_RDWR, 0)
			if err != nil {
				t.Fatal(err)
			}
			cmd.Stdin = pipe
			cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
			code, stdout, stderr := ranTo(t, cmd)
			pipe.Close()
			what := strings.Join(args, " ")
			if code != exitUsage && code != exitFailed || stdout != "" {
				t.Errorf("%s: exit code %d, stdout %q", what, code, stdout)
			}
			oneError(t, what, stderr, file)
		}
	}
	for _, name := range []string{"repo/out", "repo/new.yaml"} {
		if _, err := os.Lstat(s.path(name)); err == nil {
			t.Errorf("%s was written", name)
		}
	}
}

// TestSpecialOutputs: an output is a regular file, also behind links, and is put in
// the place of the old one.
func TestSpecialOutputs(t *testing.T) {
	s := newSite(t)
	if err := syscall.Mkfifo(s.path("pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	links := map[string]string{"loop": "loop", "topipe": "pipe", "one": "two", "two": "folder/three", "folder/three": "../real"}
	s.write("folder/x", "")
	for name, to := range links {
		if err := os.Symlink(to, s.path(name)); err != nil {
			t.Fatal(err)
		}
	}
	for path, text := range map[string]string{
		s.path("pipe"): "not a regular file", s.path("topipe"): "not a regular file", s.path("loop"): "too many levels of symbolic links",
		"/dev/null": "not a regular file", "/dev/full": "not a regular file", s.path("folder"): "not a regular file",
	} {
		for _, args := range [][]string{{"report", "-o", path, "dist/app"}, {"check", "--save-baseline", path}, {"init", "-c", path, "dist/app"}} {
			if path == s.path("loop") && args[0] == "init" {
				text = "" // it exists
			}
			code, stdout, stderr := s.run(args...)
			if code != exitUsage || stdout != "" {
				t.Errorf("%q: exit code %d, stdout %q", args, code, stdout)
			}
			oneError(t, strings.Join(args, " "), stderr, text)
		}
	}
	// A chain of links to a file that is not there, then to one that is.
	for range 2 {
		s.must("report", "-o", s.path("one"), "dist/app")
		for name := range links {
			if info, err := os.Lstat(s.path(name)); err != nil || info.Mode().Type() != os.ModeSymlink {
				t.Errorf("%s is no link any more: %v, %v", name, info, err)
			}
		}
		if text, err := os.ReadFile(s.path("real")); err != nil || len(text) == 0 {
			t.Errorf("%q, %v", text, err)
		}
	}
	// Who has the old file open keeps it whole.
	old, err := os.Open(s.path("real"))
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()
	before, err := old.Stat()
	if err != nil {
		t.Fatal(err)
	}
	s.must("report", "-f", "json", "-o", s.path("real"), "dist/app")
	if after, err := os.Stat(s.path("real")); err != nil || os.SameFile(before, after) {
		t.Errorf("the file was written in its place: %v", err)
	}
}

// TestPrivate: temporary folders are closed to others, and have other names in
// every run.
func TestPrivate(t *testing.T) {
	s := newSite(t)
	look := `ls -ld "$(dirname "$PWD")" "$PWD" >>"` + s.path("seen") + `"`
	s.write("bin/upx", "#!/bin/sh\n"+`[ "$1" = --version ] && echo 'upx 4.2.2' && exit 0
`+look+`
case "$*" in *-t*) exit 0;; esac
cat bootstrap >packed
`)
	s.write("repo/budgets.yaml", "version: 1\nbudgets:\n  - {name: app, path: dist/app, build: sh look.sh, limits: {upx: 1 MB}, max-increase: {file: 10%}}\n")
	s.write("repo/look.sh", look+"\nmkdir -p dist && cp src/app dist/app\n")
	s.git("add", ".")
	s.git("commit", "-q", "-m", "look")
	names := make(map[string]int)
	for range 3 {
		s.must("check", "--no-cache", "--base", "HEAD")
		text, err := os.ReadFile(s.path("seen"))
		if err != nil {
			t.Fatal(err)
		}
		private := 0
		for line := range strings.Lines(string(text)) {
			fields := strings.Fields(line)
			path := fields[len(fields)-1]
			if filepath.Dir(path) != s.tmp {
				continue
			}
			names[path]++
			if private++; !strings.HasPrefix(line, "drwx------") {
				t.Errorf("not private: %s", line)
			}
		}
		if private < 3 {
			t.Errorf("%d private folders in %s", private, text)
		}
		if err := os.Remove(s.path("seen")); err != nil {
			t.Fatal(err)
		}
	}
	if len(names) < 6 {
		t.Errorf("%v", names)
	}
}
