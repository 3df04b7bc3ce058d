//go:build unix

package worktree

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestMain is also another run of the program: see otherRun.
func TestMain(m *testing.M) {
	if dir := os.Getenv("SIZEGATE_WORKTREE_TEST"); dir != "" {
		os.Exit(other(dir))
	}
	os.Exit(m.Run())
}

// setup gives a test a git that knows no configuration but the repository's, and
// a folder for temporary files, which is returned.
func setup(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git not found (Debian: apt install git)")
	}
	for _, v := range os.Environ() {
		// Also the variables of a hook that runs these tests.
		if name, value, _ := strings.Cut(v, "="); strings.HasPrefix(name, "GIT_") {
			t.Setenv(name, value) // restores it
			os.Unsetenv(name)
		}
	}
	temp := filepath.Join(t.TempDir(), "temp")
	if err := os.Mkdir(temp, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"GIT_CONFIG_GLOBAL": os.DevNull, "GIT_CONFIG_NOSYSTEM": "1",
		"GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.com", "GIT_AUTHOR_DATE": "2026-01-02T03:04:05Z",
		"GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.com", "GIT_COMMITTER_DATE": "2026-01-02T03:04:05Z",
		"TMPDIR": temp,
	} {
		t.Setenv(name, value)
	}
	return temp
}

// allowFiles lets git clone submodules from folders.
func allowFiles(t *testing.T) {
	t.Setenv("GIT_CONFIG_COUNT", "1")
	t.Setenv("GIT_CONFIG_KEY_0", "protocol.file.allow")
	t.Setenv("GIT_CONFIG_VALUE_0", "always")
}

// git runs the real git and returns what it says.
func git(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %q in %s: %v\n%s", args, dir, err, out)
	}
	return strings.TrimSuffix(string(out), "\n")
}

func write(t *testing.T, dir, name, content string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o755); err != nil {
		t.Fatal(err)
	}
}

// commit makes a commit of a file and returns its id.
func commit(t *testing.T, dir, name, content string) string {
	t.Helper()
	write(t, dir, name, content)
	git(t, dir, "add", "--", name)
	git(t, dir, "commit", "--quiet", "-m", name+" "+content)
	return git(t, dir, "rev-parse", "HEAD")
}

// newRepo has two commits on main: file and sub/file say "old", then "new". The
// id is the first one's.
func newRepo(t *testing.T, dir string) (base string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	git(t, dir, "init", "--quiet", "--initial-branch=main")
	commit(t, dir, "file", "old")
	base = commit(t, dir, "sub/file", "old")
	write(t, dir, "file", "new")
	commit(t, dir, "sub/file", "new")
	git(t, dir, "commit", "--quiet", "-a", "-m", "file new")
	return base
}

// files are the contents of the files in a folder by their paths, but for the
// .git that is a folder or a file at any level. Folders that are empty count.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.Name() == ".git" && d.IsDir():
			return filepath.SkipDir
		case d.Name() == ".git" || path == dir:
			return nil
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil || d.IsDir() {
			all[rel+"/"] = ""
			return err
		}
		content, err := os.ReadFile(path)
		all[rel] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// state is all of a user's tree and repository that must stay as it is: every
// file's content and time of change, the index and the configuration among them.
// Objects are not: git may add some.
func state(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, root := range []string{git(t, dir, "rev-parse", "--show-toplevel"), gitFolder(t, dir)} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if d.IsDir() && d.Name() == "objects" {
				return filepath.SkipDir
			}
			info, err := d.Info()
			if err != nil {
				return err
			}
			switch {
			case d.IsDir():
				all[path] = "folder"
			case info.Mode().IsRegular():
				content, err := os.ReadFile(path)
				all[path] = fmt.Sprint(info.Mode(), info.ModTime(), string(content))
				return err
			default:
				all[path] = info.Mode().String()
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// gitFolder is the folder that all worktrees share.
func gitFolder(t *testing.T, dir string) string {
	path := git(t, dir, "rev-parse", "--git-common-dir")
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	return path
}

func same(t *testing.T, before, after map[string]string) {
	t.Helper()
	for _, path := range slices.Sorted(maps.Keys(before)) {
		if now, ok := after[path]; !ok || now != before[path] {
			t.Errorf("%s was %q, is %q (there: %v)", path, before[path], now, ok)
		}
	}
	for path := range after {
		if _, ok := before[path]; !ok {
			t.Errorf("%s is new", path)
		}
	}
}

// empty checks that nothing is left in the folder for temporary files.
func empty(t *testing.T, temp string) {
	t.Helper()
	if left := files(t, temp); len(left) > 0 {
		t.Errorf("left behind: %q", slices.Sorted(maps.Keys(left)))
	}
}

func find(t *testing.T, dir string) *Repo {
	t.Helper()
	r, err := Find(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// fakeGit puts a git on PATH that runs script, a part of a shell script, when an
// argument is the word, with the real git as $GIT.
func fakeGit(t *testing.T, word, script string) {
	t.Helper()
	real, err := exec.LookPath("git")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	t.Setenv("GIT", real)
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	write(t, dir, "git", "#!/bin/sh\nfor a; do\nif [ \"$a\" = "+word+" ]; then\n"+script+"\nfi\ndone\nexec \"$GIT\" \"$@\"\n")
}
