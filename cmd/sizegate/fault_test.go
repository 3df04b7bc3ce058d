//go:build unix

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// site is a repository with two commits, in which a program is built, and the
// folders that sizegate leaves nothing in. Its upx, git and sh hold the named pipe
// "alive" open for as long as they, and all they start, live.
type site struct {
	t                                   *testing.T
	root, repo, tmp, home, bin, program string
	env                                 []string
}

const siteConfig = `version: 1
defaults: {max-increase: {stripped: 10%%}}
budgets:
  - name: app
    path: dist/app
    build: exec 9>%s; mkdir -p dist && cp src/app dist/app
    limits: {file: 1 MB, stripped: 1 MB, upx: 1 MB}
`

func newSite(t *testing.T) *site {
	t.Helper()
	for _, tool := range []string{"sh", "git"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s not found (Debian: apt install %s)", tool, map[string]string{"sh": "dash", "git": "git"}[tool])
		}
	}
	git, err := exec.LookPath("git")
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, root: t.TempDir()}
	s.repo, s.tmp, s.home, s.bin = s.path("repo"), s.path("tmp"), s.path("home"), s.path("bin")
	for _, dir := range []string{s.repo, s.tmp, s.home, s.bin} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if s.program, err = exec.LookPath("sizegate"); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(s.path("alive"), 0o600); err != nil {
		t.Fatal(err)
	}
	// Pipes with no reader make the writer wait: both ends are opened.
	open := `exec 9<>"` + s.path("alive") + `"`
	s.write("bin/sh", "#!/bin/sh\n"+open+"\nexec /bin/sh \"$@\"\n")
	s.write("bin/git", "#!/bin/sh\n"+open+"\nexec "+git+` "$@"`+"\n")
	s.write("bin/upx", "#!/bin/sh\n"+open+`
[ "$1" = --version ] && echo 'upx 4.2.2' && exit 0
case "$*" in *-t*) exit 0;; esac
cat bootstrap >packed
`)
	s.env = append(os.Environ(), "TMPDIR="+s.tmp, "HOME="+s.home, "XDG_CACHE_HOME="+s.path("cache"), "PATH="+s.bin+":"+os.Getenv("PATH"),
		"GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "GORACE=atexit_sleep_ms=0", "GITHUB_ACTIONS=", "SIZEGATE_UPX=",
		"GIT_AUTHOR_NAME=Ada", "GIT_AUTHOR_EMAIL=ada@example.com", "GIT_COMMITTER_NAME=Ada", "GIT_COMMITTER_EMAIL=ada@example.com")
	s.write("repo/budgets.yaml", strings.Replace(fmt.Sprintf(siteConfig, s.path("alive")), "9>", "9<>", 1))
	s.write("repo/.gitignore", "/dist/\n/out*\n")
	for i, fixture := range []string{"c-basic-amd64", "c-icf-amd64"} {
		data, err := os.ReadFile(filepath.Join("../../testdata/elf", fixture))
		if err != nil {
			t.Fatal(err)
		}
		s.write("repo/src/app", string(data))
		s.write("repo/dist/app", string(data))
		if i == 0 {
			s.git("init", "-q", "-b", "main")
		}
		s.git("add", ".")
		s.git("commit", "-q", "-m", fixture)
	}
	return s
}

func (s *site) path(name string) string { return filepath.Join(s.root, name) }

// write writes a file, which programs may be.
func (s *site) write(name, text string) {
	s.t.Helper()
	if err := os.MkdirAll(filepath.Dir(s.path(name)), 0o755); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(s.path(name), []byte(text), 0o755); err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) pipe(name string) {
	s.t.Helper()
	if err := syscall.Mkfifo(s.path(name), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) git(args ...string) string {
	s.t.Helper()
	cmd := exec.CommandContext(s.t.Context(), "git", args...)
	cmd.Dir, cmd.Env = s.repo, s.env
	out, err := cmd.CombinedOutput()
	if err != nil {
		s.t.Fatalf("git %q: %v\n%s", args, err, out)
	}
	return string(out)
}

// command is sizegate in the repository.
func (s *site) command(args ...string) *exec.Cmd {
	cmd := exec.CommandContext(s.t.Context(), s.program, args...)
	cmd.Dir, cmd.Env = s.repo, s.env
	return cmd
}

// run is a command to its end.
func (s *site) run(args ...string) (code int, stdout, stderr string) {
	s.t.Helper()
	return ranTo(s.t, s.command(args...))
}

func ranTo(t *testing.T, cmd *exec.Cmd) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &err
	if failed := cmd.Run(); failed != nil && !errors.As(failed, new(*exec.ExitError)) {
		t.Fatal(failed)
	}
	return cmd.ProcessState.ExitCode(), out.String(), err.String()
}

// must is a command that ends with 0.
func (s *site) must(args ...string) (stdout string) {
	s.t.Helper()
	code, stdout, stderr := s.run(args...)
	if code != exitOK {
		s.t.Fatalf("%q: exit code %d\n%s%s", args, code, stdout, stderr)
	}
	return stdout
}

// files is what is in the site besides git's objects and the cache, by path.
func (s *site) files() map[string]string {
	s.t.Helper()
	files := make(map[string]string)
	err := filepath.WalkDir(s.root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(s.root, path)
		switch {
		case name == "cache", name == "repo/.git/objects", name == "repo/.git/index":
			if d.IsDir() {
				return filepath.SkipDir
			}
		case d.IsDir():
			files[name] = "folder"
		case d.Type().IsRegular():
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			files[name] = string(data)
		}
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return files
}

// same reports differences, but of the files that may differ.
func (s *site) same(what string, want map[string]string, but ...string) {
	s.t.Helper()
	got := s.files()
	for name := range maps.Keys(want) {
		if _, ok := got[name]; !ok && !slices.Contains(but, name) {
			s.t.Errorf("%s: %s is gone", what, name)
		}
	}
	for name, text := range got {
		if slices.Contains(but, name) {
			continue
		}
		if before, ok := want[name]; !ok {
			s.t.Errorf("%s: %s was left behind", what, name)
		} else if before != text {
			s.t.Errorf("%s: %s has changed", what, name)
		}
	}
}

// restore puts back the files that the names are of.
func (s *site) restore(want map[string]string, names ...string) {
	s.t.Helper()
	for _, name := range names {
		if text, ok := want[name]; ok {
			s.write(name, text)
		} else if err := os.Remove(s.path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			s.t.Fatal(err)
		}
	}
}

// alone waits until no process has the pipe "alive" open but this.
func (s *site) alone(what string) {
	s.t.Helper()
	f, err := os.OpenFile(s.path("alive"), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		s.t.Fatal(err)
	}
	defer f.Close()
	// Only so that a process which lives on fails the test before its time limit does.
	if err := f.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		s.t.Fatal(err)
	}
	if _, err := io.ReadAll(f); err != nil {
		s.t.Fatalf("%s: a process lives on: %v", what, err)
	}
}

// oneError checks what stands on standard error besides what is announced before
// the work begins: one line, with the text in it.
func oneError(t *testing.T, what, stderr, text string) {
	t.Helper()
	var lines []string
	for line := range strings.Lines(stderr) {
		if !strings.Contains(line, ": building in ") && !strings.Contains(line, "sizegate: base is ") && !strings.Contains(line, ": warning: ") && !strings.HasPrefix(line, "  | ") {
			lines = append(lines, line)
		}
	}
	if len(lines) != 1 || !strings.HasPrefix(lines[0], "sizegate: ") || !strings.Contains(lines[0], text) || !strings.HasSuffix(lines[0], "\n") {
		t.Errorf("%s: stderr %q, want a line with %q", what, stderr, text)
	}
}
