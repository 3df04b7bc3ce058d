//go:build unix

package worktree

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFindErrors(t *testing.T) {
	setup(t)
	parent, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	user, bare, none := filepath.Join(parent, "user"), filepath.Join(parent, "bare"), filepath.Join(parent, "none")
	newRepo(t, user)
	git(t, parent, "init", "--quiet", "--bare", bare)
	write(t, none, "file", "")
	broken := filepath.Join(parent, "broken")
	write(t, broken, ".git", "gitdir: nowhere\n")
	tests := []struct{ dir, want string }{
		{none, none + ": not in a git repository (run in a checkout, or compare with a saved report: --baseline FILE)"},
		{broken, broken + ": not in a git repository (run in a checkout, or compare with a saved report: --baseline FILE)"},
		{bare, bare + ": a bare repository has no working tree (run in a clone or a worktree of it)"},
		{filepath.Join(user, ".git"), filepath.Join(user, ".git") + ": git rev-parse: this operation must be run in a work tree"},
		{filepath.Join(user, "missing"), "lstat " + filepath.Join(user, "missing") + ": no such file or directory"},
	}
	// A repository further up is not meant.
	t.Setenv("GIT_CEILING_DIRECTORIES", parent)
	for _, tt := range tests {
		if _, err := Find(t.Context(), tt.dir); err == nil || err.Error() != tt.want {
			t.Errorf("%s: %v, want %s", tt.dir, err, tt.want)
		}
	}

	t.Run("owner", func(t *testing.T) {
		t.Setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
		if _, err := Find(t.Context(), user); err == nil || !strings.HasSuffix(err.Error(), "(git config --global --add safe.directory PATH)") {
			t.Error(err)
		}
	})
	t.Run("no git", func(t *testing.T) {
		t.Setenv("PATH", none)
		if _, err := Find(t.Context(), user); err == nil || !strings.HasPrefix(err.Error(), "git not found (") || !strings.Contains(err.Error(), "apt install git") {
			t.Error(err)
		}
	})
	t.Run("git that does not start", func(t *testing.T) {
		write(t, none, "git", "\x7fELF")
		t.Setenv("PATH", none)
		if _, err := Find(t.Context(), user); err == nil || strings.Contains(err.Error(), "\n") {
			t.Error(err)
		}
	})
}

func TestResolve(t *testing.T) {
	setup(t)
	parent := t.TempDir()
	origin, user := filepath.Join(parent, "origin"), filepath.Join(parent, "user")
	old := newRepo(t, origin)
	git(t, origin, "branch", "topic/x", old)
	git(t, parent, "clone", "--quiet", origin, "user")
	git(t, user, "tag", "-a", "-m", "annotated", "v1", old)
	git(t, user, "tag", "auto", old)
	head := git(t, user, "rev-parse", "HEAD")
	// git refuses to make such a branch, but a file is enough.
	if err := os.WriteFile(filepath.Join(user, ".git/refs/heads/-f"), []byte(old+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := find(t, filepath.Join(user, "sub"))
	for ref, want := range map[string]string{
		"main": head, "HEAD": head, "@": head, "HEAD~2": git(t, user, "rev-parse", "HEAD~2"), "v1": old, "auto": old, old: old, old[:10]: old,
		"origin/topic/x": old, "refs/remotes/origin/main": head, "main@{0}": head,
	} {
		if got, err := r.Resolve(t.Context(), ref); err != nil || got != want {
			t.Errorf("%q: %q, %v, want %q", ref, got, err, want)
		}
	}
	const (
		unknown = " is not a commit of this clone (git fetch, then name a branch, a tag or a commit)"
		never   = " is not a name that a commit can have (name a branch, a tag or a commit)"
	)
	for ref, want := range map[string]string{
		"topic/x":               `base "topic/x" is not in this clone, but "origin/topic/x" is (use that)`,
		"nothing":               `base "nothing"` + unknown,
		"main:file":             `base "main:file"` + unknown,
		"main..v1":              `base "main..v1"` + unknown,
		"^main":                 `base "^main"` + unknown,
		"main v1":               `base "main v1"` + unknown,
		"a\nb\x1b":              `base "a\nb\x1b"` + unknown,
		strings.Repeat("1", 40): `base "` + strings.Repeat("1", 40) + `"` + unknown,
		"-f":                    `base "-f"` + never,
		"--all":                 `base "--all"` + never,
		"":                      `base ""` + never,
		"a\x00b":                `base "a\x00b"` + never,
	} {
		if got, err := r.Resolve(t.Context(), ref); err == nil || err.Error() != want {
			t.Errorf("%q: %q, %v, want %s", ref, got, err, want)
		}
	}

	git(t, parent, "clone", "--quiet", "--depth=1", "file://"+origin, "shallow")
	if _, err := find(t, filepath.Join(parent, "shallow")).Resolve(t.Context(), old); err == nil ||
		!strings.Contains(err.Error(), "fetch-depth: 0") || !strings.Contains(err.Error(), "git fetch --unshallow") {
		t.Error(err)
	}
}
