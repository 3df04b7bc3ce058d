//go:build unix

package worktree

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// history makes a repository and a clone of it:
//
//	first --- fork --- main          origin's main
//	              \        \
//	               topic ---- merge  refs/pull/7/merge
//
// They are the folders origin and user of parent, which may be copied. The clone
// has topic checked out. The ids are those of git commit.
func history(t *testing.T, parent string) (ids map[string]string) {
	t.Helper()
	origin, user := filepath.Join(parent, "origin"), filepath.Join(parent, "user")
	git(t, parent, "init", "--quiet", "--initial-branch=main", origin)
	ids = map[string]string{}
	ids["first"] = commit(t, origin, "file", "first")
	ids["fork"] = commit(t, origin, "file", "fork")
	git(t, origin, "checkout", "--quiet", "-b", "topic")
	commit(t, origin, "other", "begun")
	ids["topic"] = commit(t, origin, "other", "topic")
	git(t, origin, "checkout", "--quiet", "main")
	ids["main"] = commit(t, origin, "file", "main")
	git(t, origin, "checkout", "--quiet", "--detach")
	git(t, origin, "merge", "--quiet", "--no-edit", "topic")
	ids["merge"] = git(t, origin, "rev-parse", "HEAD")
	git(t, origin, "update-ref", "refs/pull/7/merge", "HEAD")
	git(t, origin, "checkout", "--quiet", "main")
	git(t, parent, "clone", "--quiet", origin, "user")
	git(t, user, "checkout", "--quiet", "topic")
	git(t, user, "remote", "set-url", "origin", "../origin")
	return ids
}

// pull checks the trial merge out as actions/checkout does.
func pull(t *testing.T, user string, depth ...string) {
	t.Helper()
	git(t, user, append([]string{"fetch", "--quiet", "origin", "+refs/pull/7/merge:refs/remotes/pull/7/merge"}, depth...)...)
	git(t, user, "checkout", "--quiet", "--force", "refs/remotes/pull/7/merge")
}

func TestBase(t *testing.T) {
	actions := map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_REF": "refs/pull/7/merge", "GITHUB_BASE_REF": "main"}
	with := func(name, value string) map[string]string {
		env := map[string]string{name: value}
		for n, v := range actions {
			if n != name {
				env[n] = v
			}
		}
		return env
	}
	shallow := func(t *testing.T, origin, user string, args ...string) string {
		dir := filepath.Join(t.TempDir(), "shallow")
		git(t, user, append([]string{"clone", "--quiet", "file://" + origin, dir}, args...)...)
		return dir
	}
	tests := []struct {
		name    string
		prepare func(t *testing.T, origin, user string) string // returns where the user is; nil: the clone
		env     map[string]string
		want    string // of history
		why     string // or a part of the error
	}{
		{"branch", nil, nil, "fork", "merge-base of HEAD and origin/HEAD"},
		{"detached", func(t *testing.T, _, user string) string {
			git(t, user, "checkout", "--quiet", "--detach")
			return user
		}, nil, "fork", "merge-base of HEAD and origin/HEAD"},
		{"dirty", func(t *testing.T, _, user string) string {
			write(t, user, "other", "dirty")
			return user
		}, nil, "fork", "merge-base of HEAD and origin/HEAD"},
		{"no origin/HEAD", func(t *testing.T, _, user string) string {
			git(t, user, "remote", "set-head", "origin", "--delete")
			return user
		}, nil, "fork", "merge-base of HEAD and origin/main"},
		{"dangling origin/HEAD", func(t *testing.T, _, user string) string {
			git(t, user, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/gone")
			return user
		}, nil, "fork", "merge-base of HEAD and origin/main"},
		{"origin/master", func(t *testing.T, _, user string) string {
			git(t, user, "remote", "set-head", "origin", "--delete")
			git(t, user, "update-ref", "refs/remotes/origin/master", "refs/remotes/origin/main")
			git(t, user, "update-ref", "-d", "refs/remotes/origin/main")
			return user
		}, nil, "fork", "merge-base of HEAD and origin/master"},
		{"no remote", func(t *testing.T, _, user string) string {
			git(t, user, "checkout", "--quiet", "topic")
			git(t, user, "remote", "remove", "origin")
			return user
		}, nil, "fork", "merge-base of HEAD and main"},
		{"no remote, master", func(t *testing.T, _, user string) string {
			git(t, user, "branch", "--move", "main", "master")
			git(t, user, "remote", "remove", "origin")
			return user
		}, nil, "fork", "merge-base of HEAD and master"},
		{"on main", func(t *testing.T, _, user string) string {
			git(t, user, "checkout", "--quiet", "main")
			return user
		}, nil, "fork", "first parent of HEAD, which is on origin/HEAD"},
		{"on main, ahead", func(t *testing.T, _, user string) string {
			git(t, user, "checkout", "--quiet", "main")
			commit(t, user, "file", "local")
			commit(t, user, "file", "local 2")
			return user
		}, nil, "main", "merge-base of HEAD and origin/HEAD"},
		{"on main, behind", func(t *testing.T, _, user string) string {
			git(t, user, "checkout", "--quiet", "main")
			git(t, user, "reset", "--quiet", "--hard", "HEAD^")
			return user
		}, nil, "first", "first parent of HEAD, which is on origin/HEAD"},
		{"on main, no remote", func(t *testing.T, _, user string) string {
			git(t, user, "checkout", "--quiet", "main")
			git(t, user, "remote", "remove", "origin")
			return user
		}, nil, "fork", "first parent of HEAD, which is on main"},
		{"on a merge into main", func(t *testing.T, _, user string) string {
			git(t, user, "checkout", "--quiet", "main")
			git(t, user, "merge", "--quiet", "--no-edit", "topic")
			git(t, user, "remote", "remove", "origin")
			return user
		}, nil, "main", "first parent of HEAD, which is on main"},
		{"pull request", func(t *testing.T, _, user string) string {
			pull(t, user)
			return user
		}, actions, "main", "what pull request 7 is merged with (HEAD^1)"},
		{"pull request, its commit", func(t *testing.T, _, user string) string {
			pull(t, user)
			return user
		}, with("GITHUB_SHA", "merge"), "main", "what pull request 7 is merged with (HEAD^1)"},
		{"pull request, two deep", func(t *testing.T, origin, user string) string {
			dir := shallow(t, origin, user, "--depth=1")
			pull(t, dir, "--depth=2")
			return dir
		}, actions, "main", "what pull request 7 is merged with (HEAD^1)"},
		{"pull request, shallow", func(t *testing.T, origin, user string) string {
			dir := shallow(t, origin, user, "--depth=1", "--branch=topic")
			pull(t, dir, "--depth=1")
			return dir
		}, actions, "", "fetch-depth: 0"},
		{"pull request, the branch is checked out", nil, actions, "fork", "merge-base of HEAD and origin/main"},
		{"pull request, a merge in the branch is checked out", func(t *testing.T, _, user string) string {
			git(t, user, "merge", "--quiet", "--no-edit", "origin/main")
			return user
		}, with("GITHUB_SHA", "merge"), "main", "merge-base of HEAD and origin/main"},
		{"not GitHub", func(t *testing.T, _, user string) string {
			pull(t, user)
			return user
		}, with("GITHUB_ACTIONS", "false"), "main", "merge-base of HEAD and origin/main"},
		{"push", func(t *testing.T, _, user string) string {
			git(t, user, "checkout", "--quiet", "main")
			return user
		}, map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_REF": "refs/heads/main"}, "fork", "first parent of HEAD, which is on origin/HEAD"},
		{"push to a branch named like a pull request", nil,
			map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_REF": "refs/heads/refs/pull/7/merge"}, "fork", "merge-base of HEAD and origin/HEAD"},
		{"base branch", func(t *testing.T, origin, user string) string {
			git(t, origin, "branch", "release/1", "main~2")
			git(t, user, "fetch", "--quiet")
			return user
		}, map[string]string{"GITHUB_BASE_REF": "release/1"}, "first", "merge-base of HEAD and origin/release/1"},
		{"base branch, local", func(t *testing.T, _, user string) string {
			git(t, user, "branch", "--no-track", "local", "origin/main~2")
			return user
		}, map[string]string{"GITHUB_BASE_REF": "local"}, "first", "merge-base of HEAD and local"},
		{"base branch, missing", nil, map[string]string{"GITHUB_BASE_REF": "release/2"}, "", `the base branch "release/2" is not in this clone (set fetch-depth: 0`},
		{"base branch, hostile", nil, map[string]string{"GITHUB_BASE_REF": "-x \n\x1b"}, "", `the base branch "-x \n\x1b" is not in this clone (set fetch-depth: 0`},
		{"shallow branch", func(t *testing.T, origin, user string) string {
			return shallow(t, origin, user, "--depth=1", "--branch=topic")
		}, nil, "", "the default branch is not in this clone (the clone is shallow: set fetch-depth: 0 for actions/checkout, or run git fetch --unshallow)"},
		{"shallow branch with its base branch's name", func(t *testing.T, origin, user string) string {
			return shallow(t, origin, user, "--depth=1", "--branch=topic")
		}, map[string]string{"GITHUB_BASE_REF": "main"}, "", `the base branch "main" is not in this clone (the clone is shallow: set fetch-depth: 0`},
		{"shallow branches", func(t *testing.T, origin, user string) string {
			return shallow(t, origin, user, "--depth=1", "--branch=topic", "--no-single-branch")
		}, nil, "", "where HEAD left origin/HEAD is not in this clone (the clone is shallow: set fetch-depth: 0"},
		{"shallow main", func(t *testing.T, origin, user string) string {
			return shallow(t, origin, user, "--depth=1")
		}, nil, "", "is not in this clone (the clone is shallow: set fetch-depth: 0"},
		{"nothing in common", func(t *testing.T, _, user string) string {
			git(t, user, "checkout", "--quiet", "--orphan", "new")
			git(t, user, "commit", "--quiet", "-m", "new")
			return user
		}, nil, "", "HEAD and origin/HEAD have no commit in common (name the commit to compare with: --base REF)"},
		{"no default branch", func(t *testing.T, _, user string) string {
			git(t, user, "remote", "remove", "origin")
			git(t, user, "branch", "--move", "main", "trunk")
			return user
		}, nil, "", "no default branch is known"},
		{"damaged", func(t *testing.T, _, user string) string {
			git(t, user, "update-ref", "--no-deref", "refs/heads/topic", "HEAD")
			if err := os.WriteFile(filepath.Join(user, ".git/refs/heads/topic"), []byte(strings.Repeat("1", 40)+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			return user
		}, nil, "", "HEAD is damaged"},
	}
	setup(t)
	original := t.TempDir()
	ids := history(t, original)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			parent := t.TempDir()
			if err := os.CopyFS(parent, os.DirFS(original)); err != nil {
				t.Fatal(err)
			}
			origin, user := filepath.Join(parent, "origin"), filepath.Join(parent, "user")
			if tt.prepare != nil {
				user = tt.prepare(t, origin, user)
			}
			env := func(name string) string {
				if name == "GITHUB_SHA" {
					return ids[tt.env[name]]
				}
				return tt.env[name]
			}
			got, err := find(t, user).Base(t.Context(), env)
			switch {
			case tt.want == "" && (err == nil || errors.Is(err, ErrNoBase) || !strings.Contains(err.Error(), tt.why) || strings.Contains(err.Error(), "\n")):
				t.Errorf("%+v, %v, want an error with %q", got, err, tt.why)
			case tt.want != "" && (err != nil || got != Base{ids[tt.want], tt.why}):
				t.Errorf("%+v, %v, want %s %s, %q", got, err, tt.want, ids[tt.want], tt.why)
			}
		})
	}
}

func TestNoBase(t *testing.T) {
	setup(t)
	none := func(string) string { return "" }
	user := t.TempDir()
	git(t, user, "init", "--quiet", "--initial-branch=main")
	if got, err := find(t, user).Base(t.Context(), none); !errors.Is(err, ErrNoBase) || err.Error() != ErrNoBase.Error()+": there is no commit yet" {
		t.Errorf("unborn: %+v, %v", got, err)
	}
	if got, err := find(t, user).Resolve(t.Context(), "HEAD"); err == nil {
		t.Errorf("unborn: %s", got)
	}
	// A message may look like a parent.
	git(t, user, "commit", "--quiet", "--allow-empty", "-m", "first\n\nparent "+strings.Repeat("1", 40))
	for _, remote := range []bool{false, true} {
		if remote {
			git(t, user, "update-ref", "refs/remotes/origin/main", "HEAD")
			git(t, user, "checkout", "--quiet", "--detach")
		}
		if got, err := find(t, user).Base(t.Context(), none); !errors.Is(err, ErrNoBase) || err.Error() != ErrNoBase.Error()+": HEAD is the first one" {
			t.Errorf("single: %+v, %v", got, err)
		}
	}
}
