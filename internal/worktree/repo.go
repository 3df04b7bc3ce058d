package worktree

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
)

// Repo is a git repository and the working tree of it that the user is in.
type Repo struct {
	program string // git
	top     string // the root of the working tree, without symbolic links
	common  string // the .git folder that all worktrees share
}

// Find returns the repository that the folder dir is in. The variables by which
// git tells a hook its repository are ignored. Errors are one line: git is
// missing, dir is in no repository, or it has no working tree.
func Find(ctx context.Context, dir string) (*Repo, error) {
	program, err := exec.LookPath("git")
	if err != nil {
		return nil, notFound("git", "comparing with a base commit needs it; Debian, Ubuntu: apt install git", err)
	}
	// Git starts in other folders.
	if program, err = filepath.Abs(program); err != nil {
		return nil, err
	}
	if dir, err = filepath.Abs(dir); err == nil {
		dir, err = filepath.EvalSymlinks(dir)
	}
	if err != nil {
		return nil, err
	}
	r := &Repo{program: program}
	bare, err := r.git(ctx, dir, "rev-parse", "--is-bare-repository")
	if err != nil {
		return nil, findError(dir, err)
	}
	if bare == "true\n" {
		return nil, fmt.Errorf("%s: a bare repository has no working tree (run in a clone or a worktree of it)", dir)
	}
	if r.top, err = r.folder(ctx, dir, "--show-toplevel"); err != nil {
		return nil, findError(dir, err)
	}
	if r.common, err = r.folder(ctx, r.top, "--git-common-dir"); err != nil {
		return nil, findError(dir, err)
	}
	return r, nil
}

func findError(dir string, err error) error {
	if e, ok := errors.AsType[*gitError](err); ok {
		switch {
		case strings.Contains(e.message, "not a git repository"):
			return fmt.Errorf("%s: not in a git repository (run in a checkout, or compare with a saved report: --baseline FILE)", dir)
		case strings.Contains(e.message, "dubious ownership"):
			return fmt.Errorf("%s: git does not trust the owner of this repository (git config --global --add safe.directory PATH)", dir)
		}
	}
	return fmt.Errorf("%s: %w", dir, err)
}

// folder asks git for one path, which may be relative to dir and hold any byte.
func (r *Repo) folder(ctx context.Context, dir, which string) (string, error) {
	out, err := r.git(ctx, dir, "rev-parse", which)
	if err != nil {
		return "", err
	}
	path := strings.TrimSuffix(out, "\n")
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	return filepath.EvalSymlinks(path)
}

// Resolve returns the full id of the commit that ref names: a branch, a tag, an
// id, or a path from one such as HEAD~2.
func (r *Repo) Resolve(ctx context.Context, ref string) (string, error) {
	if ref == "" || strings.HasPrefix(ref, "-") || strings.ContainsRune(ref, 0) {
		return "", fmt.Errorf("base %q is not a name that a commit can have (name a branch, a tag or a commit)", ref)
	}
	commit, err := r.commit(ctx, ref)
	if err != nil || commit != "" {
		return commit, err
	}
	remote := "origin/" + ref
	if there, err := r.commit(ctx, "refs/remotes/"+remote); err != nil {
		return "", err
	} else if there != "" {
		return "", fmt.Errorf("base %q is not in this clone, but %q is (use that)", ref, remote)
	}
	hint := "git fetch, then name a branch, a tag or a commit"
	if shallow, err := r.shallow(ctx); err != nil {
		return "", err
	} else if shallow {
		hint = shallowHint
	}
	return "", fmt.Errorf("base %q is not a commit of this clone (%s)", ref, hint)
}

// commit is the id of the commit that a name stands for, or "" if it stands for
// none. The name does not begin with a dash.
func (r *Repo) commit(ctx context.Context, name string) (string, error) {
	out, err := r.git(ctx, r.top, "rev-parse", "--verify", "--quiet", "--end-of-options", name+"^{commit}")
	if _, ok := errors.AsType[*gitError](err); ok {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	id := strings.TrimSuffix(out, "\n")
	if !isID(id) {
		// A name that excludes a commit, such as ^main, has a caret here.
		return "", nil
	}
	return id, nil
}

// isID says whether s is the full id of an object: SHA-1 or SHA-256.
func isID(s string) bool {
	sum, err := hex.DecodeString(s)
	return err == nil && (len(sum) == 20 || len(sum) == 32)
}

const shallowHint = "the clone is shallow: set fetch-depth: 0 for actions/checkout, or run git fetch --unshallow"

func (r *Repo) shallow(ctx context.Context) (bool, error) {
	out, err := r.git(ctx, r.top, "rev-parse", "--is-shallow-repository")
	return out == "true\n", err
}
