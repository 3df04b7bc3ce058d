//go:build unix

package main

import (
	"bytes"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"
)

// writers are commands that write, or that start other programs, with the files
// that they write, and those that the build command does: a build that is killed can
// leave half a file.
var writers = []struct {
	name           string
	args           []string
	outputs, built []string
}{
	{"report", []string{"report", "--no-cache", "--upx-level", "fast,best", "-f", "json", "-o", "out.json", "dist/app"}, []string{"repo/out.json"}, nil},
	{"base", []string{"check", "--no-cache", "--build", "--base", "HEAD~1", "-f", "json", "-o", "out.json"}, []string{"repo/out.json"}, []string{"repo/dist/app"}},
	{"baseline", []string{"check", "--no-cache", "--save-baseline", "out-base.json"}, []string{"repo/out-base.json"}, nil},
	{"update", []string{"update", "--no-cache", "--headroom", "50%"}, []string{"repo/budgets.yaml"}, nil},
	{"init", []string{"init", "--no-cache", "--force", "-c", "out.yaml", "dist/app"}, []string{"repo/out.yaml"}, nil},
}

// TestKilled ends commands at moments from their start to their end. Each output
// is then the old file or the new one, and what is left by a signal that cannot be
// handled is gone after the next run.
func TestKilled(t *testing.T) {
	for _, w := range writers {
		t.Run(w.name, func(t *testing.T) {
			s := newSite(t)
			for _, name := range w.outputs {
				if _, err := os.Stat(s.path(name)); err != nil {
					s.write(name, "the old file\n")
				}
			}
			written := slices.Concat(w.outputs, w.built)
			before := s.files()
			start := time.Now()
			s.must(w.args...)
			took := time.Since(start)
			after := s.files()
			s.same("a whole run", before, written...)

			random := rand.New(rand.NewPCG(1, 2))
			for i := range 30 {
				signal := []os.Signal{syscall.SIGKILL, syscall.SIGTERM, syscall.SIGINT}[i%3]
				s.restore(before, written...)
				cmd := s.command(w.args...)
				var stderr bytes.Buffer
				cmd.Stderr = &stderr
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				// Whatever moment this is, what follows holds.
				timer := time.AfterFunc(time.Duration(random.Int64N(int64(took))), func() { _ = cmd.Process.Signal(signal) })
				err := cmd.Wait()
				timer.Stop()
				s.alone(signal.String())
				code := cmd.ProcessState.ExitCode()
				if code != exitOK && code != exitFailed && code != -1 {
					t.Errorf("%v: exit code %d, %v", signal, code, err)
				}
				if code == exitFailed {
					oneError(t, signal.String(), stderr.String(), "sizegate: interrupted (nothing was written)\n")
				}
				for _, name := range w.outputs {
					text, err := os.ReadFile(s.path(name))
					if err != nil || string(text) != before[name] && string(text) != after[name] {
						t.Errorf("%v: %s is neither the old file nor the new one: %.80q, %v", signal, name, text, err)
					}
				}
				if signal == syscall.SIGKILL {
					s.restore(before, written...)
					s.must(w.args...)
					s.same("the run after "+signal.String(), after)
				} else {
					s.same(signal.String(), before, written...)
				}
			}
		})
	}
}

// TestKilledChildren kills sizegate while a program that it started hangs, with a
// child of its own, and no other signal reaches them.
func TestKilledChildren(t *testing.T) {
	// Both are killed by their open pipe: "ready" says that they are there.
	hang := func(s *site) string {
		return `exec 9<>"` + s.path("alive") + `"; cat "` + s.path("never") + `" & echo ready >"` + s.path("ready") + `"; cat "` + s.path("never") + `"`
	}
	tests := []struct {
		name    string
		prepare func(s *site)
		args    []string
	}{
		{"build", func(s *site) { s.write("repo/hang.sh", hang(s)) }, []string{"check", "--build", "-c", "hang.yaml"}},
		{"base", func(s *site) { s.write("repo/hang.sh", hang(s)) }, []string{"check", "--base", "HEAD", "-c", "hang.yaml"}},
		{"git", func(s *site) { s.write("bin/git", "#!/bin/sh\n"+hang(s)+"\n") }, []string{"check", "--base", "HEAD"}},
		{"upx, a wrapper", func(s *site) {
			s.write("bin/upx", "#!/bin/sh\n[ \"$1\" = --version ] && echo 'upx 4.2.2' && exit\n"+hang(s)+"\n")
		}, []string{"report", "--no-cache", "--variants", "upx", "dist/app"}},
		{"upx, a wrapper of a program that ignores signals", func(s *site) {
			s.write("bin/upx", "#!/bin/sh\ntrap '' HUP INT TERM\n[ \"$1\" = --version ] && echo 'upx 4.2.2' && exit\n"+hang(s)+"\n")
		}, []string{"report", "--no-cache", "--variants", "upx", "dist/app"}},
		{"upx --version, a wrapper", func(s *site) {
			s.write("bin/upx", "#!/bin/sh\n"+hang(s)+"\n")
		}, []string{"report", "--no-cache", "--variants", "upx", "dist/app"}},
		{"upx", func(s *site) {
			s.write("bin/upx", "#!/bin/sh\n[ \"$1\" = --version ] && echo 'upx 4.2.2' && exit\nexec 9<>\""+s.path("alive")+"\"; echo ready >\""+s.path("ready")+"\"; exec cat \""+s.path("never")+"\"\n")
		}, []string{"report", "--no-cache", "--variants", "upx", "dist/app"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t)
			s.write("repo/hang.yaml", "version: 1\nbudgets:\n  - {name: app, path: dist/app, build: sh ../hang.sh || sh hang.sh, limits: {file: 1 MB}}\n")
			for _, name := range []string{"ready", "never"} {
				if err := syscall.Mkfifo(s.path(name), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			tt.prepare(s)
			if tt.name == "base" {
				s.git("add", ".")
				s.git("commit", "-q", "-m", "hang")
			}
			cmd := s.command(tt.args...)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(s.path("ready")) // waits for the writer
			if err != nil || string(text) != "ready\n" {
				t.Errorf("%q, %v", text, err)
			}
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			if err := cmd.Wait(); !errors.As(err, new(*exec.ExitError)) {
				t.Errorf("it ended with %v", err)
			}
			s.alone("SIGKILL")
		})
	}
}

// TestStale puts what killed runs leave beside what is not sizegate's.
func TestStale(t *testing.T) {
	s := newSite(t)
	stale := []string{
		"tmp/sizegate-upx-ABCDEFGHIJKLMNOPQRSTUVWXYZ/bootstrap", "tmp/sizegate-base-ABCDEFGHIJKLMNOPQRSTUVWXYZ/sizegate-base-ABCDEFGHIJKLMNOPQRSTUVWXYZ/file",
		"repo/.sizegate-ABCDEFGHIJKLMNOPQRSTUVWXYZ",
	}
	kept := []string{"tmp/sizegate-upx-mine/file", "tmp/sizegate-upx-123/file", "tmp/sizegate-base-123/file", "tmp/sizegate-upx-", "tmp/sizegate-other-1/file", "repo/.sizegate-mine", "repo/.sizegate-abcdefghijklmnopqrstuvwxyz"}
	for _, name := range slices.Concat(stale, kept) {
		s.write(name, "x")
	}
	if err := os.Symlink("budgets.yaml", s.path("repo/.sizegate-LINKLINKLINKLINKLINKLINKLI")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(s.path("repo/.sizegate-PIPEPIPEPIPEPIPEPIPEPIPEPI"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.must("check", "--no-cache", "--base", "HEAD~1", "-o", "out.txt")
	for _, name := range stale {
		if _, err := os.Stat(s.path(name)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range kept {
		if _, err := os.Stat(s.path(name)); err != nil {
			t.Error(err)
		}
	}
	if _, err := os.Lstat(s.path("repo/.sizegate-LINKLINKLINKLINKLINKLINKLI")); err != nil {
		t.Error(err)
	}
	left, err := filepath.Glob(s.path("tmp/sizegate-*"))
	if err != nil || len(left) != 5 {
		t.Errorf("%q, %v", left, err)
	}
}
