//go:build unix

package worktree

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// hook is a git hook that leaves a mark in its repository.
const hook = "#!/bin/sh\necho ran >>\"$(git rev-parse --git-common-dir)/hook-ran\"\n"

func TestCheckout(t *testing.T) {
	old := map[string]string{"file": "old", "sub/": "", "sub/file": "old"}
	tests := []struct {
		name string
		// prepare gets a folder with the repository of newRepo in it, whose name
		// is "user", and returns where the user is.
		prepare func(t *testing.T, parent, user, base string) string
		sub     string // where that is in the working tree
	}{
		{name: "plain"},
		{"modified", func(t *testing.T, _, user, _ string) string {
			write(t, user, "file", "dirty")
			return user
		}, ""},
		{"staged", func(t *testing.T, _, user, _ string) string {
			write(t, user, "file", "staged")
			write(t, user, "added", "staged")
			git(t, user, "add", ".")
			git(t, user, "rm", "--quiet", "sub/file")
			write(t, user, "file", "and dirty")
			return user
		}, ""},
		{"untracked", func(t *testing.T, _, user, _ string) string {
			write(t, user, "untracked", "x")
			write(t, user, "sub/untracked", "x")
			return user
		}, ""},
		{"conflict", func(t *testing.T, _, user, base string) string {
			git(t, user, "checkout", "--quiet", "-b", "other", base)
			commit(t, user, "file", "other")
			git(t, user, "update-ref", "MERGE_HEAD", "main")
			return user
		}, ""},
		{"detached", func(t *testing.T, _, user, _ string) string {
			git(t, user, "checkout", "--quiet", "--detach")
			return user
		}, ""},
		{"linked worktree", func(t *testing.T, parent, user, _ string) string {
			git(t, user, "worktree", "add", "--quiet", "-b", "linked", filepath.Join(parent, "linked"))
			return filepath.Join(parent, "linked", "sub")
		}, "sub"},
		{"worktree of a bare repository", func(t *testing.T, parent, user, _ string) string {
			git(t, parent, "clone", "--quiet", "--bare", user, "bare")
			git(t, filepath.Join(parent, "bare"), "worktree", "add", "--quiet", "-b", "linked", filepath.Join(parent, "linked"))
			return filepath.Join(parent, "linked")
		}, ""},
		{"sub-folder", func(_ *testing.T, _, user, _ string) string { return filepath.Join(user, "sub") }, "sub"},
		{"symbolic link to it", func(t *testing.T, parent, user, _ string) string {
			link(t, user, filepath.Join(parent, "link"))
			return filepath.Join(parent, "link", "sub")
		}, "sub"},
		{"symbolic link in it", func(t *testing.T, _, user, _ string) string {
			link(t, "sub", filepath.Join(user, "link"))
			return filepath.Join(user, "link")
		}, "sub"},
		{"strange names", func(t *testing.T, parent, user, _ string) string {
			strange := filepath.Join(parent, " a b\n-c\n\n")
			if err := os.Rename(user, strange); err != nil {
				t.Fatal(err)
			}
			temp := filepath.Join(os.Getenv("TMPDIR"), "\nt e\tm")
			if err := os.Mkdir(temp, 0o700); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { os.Remove(temp) })
			t.Setenv("TMPDIR", temp)
			return strange
		}, ""},
		{"shallow", func(t *testing.T, parent, user, _ string) string {
			git(t, parent, "clone", "--quiet", "--depth=3", "file://"+user, "shallow")
			return filepath.Join(parent, "shallow")
		}, ""},
		{"hooks", func(t *testing.T, _, user, _ string) string {
			for _, name := range []string{"post-checkout", "post-index-change", "reference-transaction"} {
				write(t, user, ".git/hooks/"+name, hook)
			}
			return user
		}, ""},
		{"in a hook", func(t *testing.T, _, user, _ string) string {
			t.Setenv("GIT_DIR", ".git")
			t.Setenv("GIT_WORK_TREE", "/")
			t.Setenv("GIT_INDEX_FILE", filepath.Join(user, ".git", "index"))
			t.Setenv("GIT_PREFIX", "sub/")
			return user
		}, ""},
		{"configured against it", func(t *testing.T, parent, user, _ string) string {
			git(t, user, "config", "submodule.recurse", "true")
			git(t, user, "config", "core.fsmonitor", "echo ran >>"+filepath.Join(user, ".git/hook-ran")+";")
			git(t, user, "config", "checkout.guess", "false")
			git(t, user, "config", "worktree.guessRemote", "true")
			return user
		}, ""},
		{"in a submodule", func(t *testing.T, parent, user, _ string) string {
			outer := filepath.Join(parent, "outer")
			newRepo(t, outer)
			git(t, outer, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", user, "module")
			return filepath.Join(outer, "module", "sub")
		}, "sub"},
		{"symbolic link to the temporary folder", func(t *testing.T, parent, user, _ string) string {
			link(t, os.Getenv("TMPDIR"), filepath.Join(parent, "temp"))
			t.Setenv("TMPDIR", filepath.Join(parent, "temp"))
			return user
		}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			temp := setup(t)
			parent := t.TempDir()
			dir := filepath.Join(parent, "user")
			base := newRepo(t, dir)
			if tt.prepare != nil {
				dir = tt.prepare(t, parent, dir, base)
			}
			before := quietState(t, dir)

			r := find(t, dir)
			tree, err := r.Checkout(t.Context(), base)
			if err != nil {
				t.Fatal(err)
			}
			defer tree.Close()
			if got := files(t, tree.dir()); !maps.Equal(got, old) {
				t.Errorf("files %q, want %q", got, old)
			}
			// The folder is private.
			if info, err := os.Stat(filepath.Dir(tree.dir())); err != nil || info.Mode().Perm() != 0o700 {
				t.Errorf("%v, %v", info.Mode(), err)
			}
			for _, name := range []string{"", "file", "not there/at all"} {
				got, err := tree.Path(filepath.Join(dir, name))
				if want := filepath.Join(tree.dir(), tt.sub, name); err != nil || got != want {
					t.Errorf("path of %q is %q, %v, want %q", name, got, err, want)
				}
			}
			if got, err := tree.Path(parent); err == nil {
				t.Errorf("path outside: %q", got)
			}
			// A build may use git.
			out, err := Run(t.Context(), tree.dir(), "git rev-parse HEAD; git -c core.hooksPath=/dev/null -c core.fsmonitor= status --porcelain")
			if err != nil || out != base+"\n" {
				t.Errorf("in the worktree: %q, %v", out, err)
			}

			write(t, tree.dir(), "built/by", "it")
			write(t, tree.dir(), "file", "changed")
			for range 2 {
				if err := tree.Close(); err != nil {
					t.Error(err)
				}
			}
			same(t, before, quietState(t, dir))
			if _, err := os.Stat(filepath.Join(r.common, "hook-ran")); err == nil {
				t.Error("a hook ran")
			}
			for name := range files(t, temp) {
				if strings.Contains(name, prefix) {
					t.Errorf("left behind: %q", name)
				}
			}
		})
	}
}

// quietState is state, asked for without the variables and the settings of the
// test.
func quietState(t *testing.T, dir string) map[string]string {
	t.Helper()
	for _, name := range ofRepository {
		if value, ok := os.LookupEnv(name); ok {
			os.Unsetenv(name)
			defer os.Setenv(name, value)
		}
	}
	return state(t, dir)
}

func link(t *testing.T, target, path string) {
	t.Helper()
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
}

// TestHookRuns: the hooks of TestCheckout do run where nothing prevents it.
func TestHookRuns(t *testing.T) {
	setup(t)
	user := t.TempDir()
	newRepo(t, user)
	write(t, user, ".git/hooks/post-checkout", hook)
	git(t, user, "worktree", "add", "--quiet", "--detach", filepath.Join(t.TempDir(), "w"))
	if _, err := os.Stat(filepath.Join(user, ".git", "hook-ran")); err != nil {
		t.Error(err)
	}
}

func TestSubmodules(t *testing.T) {
	for _, relative := range []bool{false, true} {
		for _, initialised := range []bool{false, true} {
			temp := setup(t)
			allowFiles(t)
			parent := t.TempDir()
			for _, name := range []string{"inner", "library", "app"} {
				newRepo(t, filepath.Join(parent, name))
			}
			address := func(name string) string {
				if relative {
					return "../" + name
				}
				return filepath.Join(parent, name)
			}
			library, app := filepath.Join(parent, "library"), filepath.Join(parent, "app")
			git(t, library, "submodule", "--quiet", "add", address("inner"), "vendor/inner")
			git(t, library, "commit", "--quiet", "-a", "-m", "with inner")
			git(t, app, "submodule", "--quiet", "add", address("library"), "a library")
			git(t, app, "commit", "--quiet", "-a", "-m", "with library")
			base := git(t, app, "rev-parse", "HEAD")
			git(t, app, "rm", "--quiet", "a library")
			git(t, app, "commit", "--quiet", "-m", "without")
			git(t, parent, "clone", "--quiet", app, "user")
			user := filepath.Join(parent, "user")
			if initialised {
				git(t, user, "checkout", "--quiet", base)
				git(t, user, "submodule", "--quiet", "update", "--init", "--recursive")
				// With it git reset wants the submodules to be there.
				git(t, user, "config", "submodule.recurse", "true")
			}
			before := state(t, user)

			tree, err := find(t, user).Checkout(t.Context(), base)
			if err != nil {
				t.Fatal(err)
			}
			defer tree.Close()
			got := files(t, tree.dir())
			for _, name := range []string{"file", "a library/file", "a library/sub/file", "a library/vendor/inner/file"} {
				if got[name] != "new" {
					t.Errorf("%s: %q", name, got[name])
				}
			}
			if err := tree.Close(); err != nil {
				t.Error(err)
			}
			same(t, before, state(t, user))
			empty(t, temp)
		}
	}
}

// TestSubmoduleRefused: what git does not allow stays so, and leaves nothing.
func TestSubmoduleRefused(t *testing.T) {
	temp := setup(t)
	parent := t.TempDir()
	user, library := filepath.Join(parent, "user"), filepath.Join(parent, "library")
	newRepo(t, user)
	newRepo(t, library)
	git(t, user, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", library, "library")
	git(t, user, "commit", "--quiet", "-a", "-m", "with library")
	before := state(t, user)
	_, err := find(t, user).Checkout(t.Context(), git(t, user, "rev-parse", "HEAD"))
	if want := "cannot get the submodules of the base commit: git submodule: transport 'file' not allowed"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	same(t, before, state(t, user))
	empty(t, temp)
}

func TestCheckoutErrors(t *testing.T) {
	temp := setup(t)
	user := t.TempDir()
	base := newRepo(t, user)
	r := find(t, user)
	before := state(t, user)
	for commit, want := range map[string]string{
		"main":                                 `commit "main" is not a full id`,
		"-f":                                   `commit "-f" is not a full id`,
		"":                                     `commit "" is not a full id`,
		strings.Repeat("1", 40):                "cannot check out the base commit 111111111111: git worktree: ",
		git(t, user, "rev-parse", "HEAD:file"): "cannot check out the base commit 3b6e52f8cae0: git worktree: ",
	} {
		if commit == git(t, user, "rev-parse", "HEAD:file") {
			want = strings.Replace(want, "3b6e52f8cae0", commit[:12], 1)
		}
		if _, err := r.Checkout(t.Context(), commit); err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v, want %s", commit, err, want)
		}
	}
	t.Setenv("TMPDIR", filepath.Join(temp, "missing"))
	if _, err := r.Checkout(t.Context(), base); err == nil || !strings.Contains(err.Error(), "set TMPDIR") {
		t.Error(err)
	}
	same(t, before, state(t, user))
	empty(t, temp)
}

// TestGitFails: git that stops half-way leaves nothing, and its words are shown.
func TestGitFails(t *testing.T) {
	const said = `echo "Preparing worktree" >&2; printf 'fatal: \033[31mNo space left\r on device\n\n' >&2; exit 128`
	tests := []struct{ name, word, script, want string }{
		{"add, nothing done", "add", said, "git worktree: [31mNo space left on device"},
		{"add, all done", "add", `"$GIT" "$@"; ` + said, "git worktree: [31mNo space left on device"},
		{"add, no folder", "add", `"$GIT" "$@"; rm -r "$TMPDIR"/*/*; ` + said, "git worktree: [31mNo space left on device"},
		{"add, half a record", "add", `"$GIT" "$@"; rm .git/worktrees/*/*; touch .git/worktrees/*/locked; ` + said, "git worktree: [31mNo space left on device"},
		{"add, unlocked and silent", "add", `"$GIT" "$@"; exit 3`, "git worktree: Preparing worktree"},
		{"add, only said so", "add", `exit 0`, "git worktree: "},
		{"add, killed", "add", `"$GIT" "$@" 2>/dev/null; kill -9 $$`, "git worktree: signal: killed"},
		{"reset, half the files", "reset", `echo x >file; mkdir -p sub/ro; echo x >sub/ro/f; chmod 500 sub/ro; ` + said, "git reset: [31mNo space left on device"},
		{"reset, no message", "reset", `exit 5`, "git reset: exit status 5"},
		{"reset, no mark", "reset", `printf 'one\ntwo\n' >&2; exit 5`, "git reset: two"},
		{"reset, cause first", "reset", `printf 'error: disk\nfatal: so no reset\nhint: x\n' >&2; exit 5`, "git reset: disk"},
		{"reset, endless", "reset", `head -c 1000000 /dev/zero | tr '\0' x >&2; exit 5`, "git reset: " + strings.Repeat("x", lineLimit-1) + "…"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			temp := setup(t)
			user := t.TempDir()
			base := newRepo(t, user)
			before := state(t, user)
			fakeGit(t, tt.word, tt.script)
			_, err := find(t, user).Checkout(t.Context(), base)
			if err == nil || !strings.HasPrefix(err.Error(), "cannot check out the base commit "+base[:12]+": "+tt.want) ||
				strings.ContainsAny(err.Error(), "\n\r\x1b") {
				t.Errorf("%v, want %s", err, tt.want)
			}
			same(t, before, state(t, user))
			empty(t, temp)
		})
	}
}

// TestReadOnly: folders such as those of Go's module cache go too.
func TestReadOnly(t *testing.T) {
	temp := setup(t)
	user := t.TempDir()
	base := newRepo(t, user)
	tree, err := find(t, user).Checkout(t.Context(), base)
	if err != nil {
		t.Fatal(err)
	}
	outside := t.TempDir()
	write(t, outside, "kept", "x")
	if err := os.Chmod(outside, 0o500); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(outside, 0o700) })
	if _, err := Run(t.Context(), tree.dir(), `mkdir -p mod/a/b none && echo x >mod/a/b/c && ln -s "$OUTSIDE" mod/a/out && chmod 400 mod/a/b/c && chmod 500 mod/a/b mod/a mod && chmod 0 none`,
		"OUTSIDE="+outside); err != nil {
		t.Fatal(err)
	}
	if err := tree.Close(); err != nil {
		t.Error(err)
	}
	empty(t, temp)
	if info, err := os.Stat(outside); err != nil || info.Mode().Perm() != 0o500 || files(t, outside)["kept"] != "x" {
		t.Errorf("what a link pointed to: %v, %v", info.Mode(), err)
	}
}

// TestAtOnce: several runs in one repository do not meet.
func TestAtOnce(t *testing.T) {
	temp := setup(t)
	user := t.TempDir()
	base := newRepo(t, user)
	before := state(t, user)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 5 {
				r, err := Find(t.Context(), user)
				if err != nil {
					t.Error(err)
					return
				}
				tree, err := r.Checkout(t.Context(), base)
				if err != nil {
					t.Error(err)
					return
				}
				if out, err := Run(t.Context(), tree.dir(), "cat file && git rev-parse HEAD"); err != nil || out != "old"+base+"\n" {
					t.Errorf("%q, %v", out, err)
				}
				if err := tree.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	same(t, before, state(t, user))
	empty(t, temp)
}

// TestCloseAfterRemoval: what somebody else has removed is no error.
func TestCloseAfterRemoval(t *testing.T) {
	temp := setup(t)
	user := t.TempDir()
	base := newRepo(t, user)
	tree, err := find(t, user).Checkout(t.Context(), base)
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(os.RemoveAll(filepath.Dir(tree.dir())), os.RemoveAll(filepath.Join(user, ".git/worktrees")))
	if err := errors.Join(err, tree.Close()); err != nil {
		t.Error(err)
	}
	empty(t, temp)
}
