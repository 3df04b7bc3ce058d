package worktree

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/sizegate/sizegate/internal/scratch"
)

// Tree is a temporary worktree. It is two folders, each with a lock that says
// that its process lives:
//
//	TMPDIR/sizegate-base-N/sizegate-base-N   the first is private (0700), the second the files
//	.git/worktrees/sizegate-base-N           git's record of it
//
// The name is the same everywhere, because git names its record after the last
// element of the path.
type Tree struct {
	repo  *Repo
	outer string // the private folder
	entry string // git's record
	locks []*os.File
	close func() error
}

// prefix begins the names of the folders.
const prefix = "sizegate-base-"

// Checkout makes a temporary worktree of a commit, which is a full id, with its
// submodules. The user's tree, index, HEAD and configuration stay as they are,
// and no hook runs. Worktrees whose process was killed are removed on the way.
//
// Errors are one line with what git said, or the cause of ctx's end; then
// nothing is left.
func (r *Repo) Checkout(ctx context.Context, commit string) (_ *Tree, err error) {
	if !isID(commit) {
		return nil, fmt.Errorf("commit %q is not a full id", commit)
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	temp, err := filepath.EvalSymlinks(os.TempDir())
	if err == nil {
		temp, err = filepath.Abs(temp)
	}
	if err != nil {
		return nil, fmt.Errorf("no folder for a worktree (set TMPDIR to one that can be written): %w", err)
	}
	removeStaleFolders(temp)
	t, err := r.newTree(temp)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			if e := t.Close(); e != nil {
				err = fmt.Errorf("%w; %w", err, e)
			}
		}
	}()
	if err := t.register(ctx, commit); err != nil {
		return nil, checkoutError(commit, err)
	}
	if _, err := r.git(ctx, t.dir(), "reset", "--quiet", "--hard"); err != nil {
		return nil, checkoutError(commit, err)
	}
	if err := t.submodules(ctx); err != nil {
		return nil, err
	}
	return t, nil
}

func checkoutError(commit string, err error) error {
	return fmt.Errorf("cannot check out the base commit %.12s: %w", commit, err)
}

// newTree makes the private folder.
func (r *Repo) newTree(temp string) (*Tree, error) {
	outer, lock, err := scratch.Make(temp, prefix)
	if err != nil {
		return nil, fmt.Errorf("no folder for a worktree (set TMPDIR to one that can be written): %w", err)
	}
	t := &Tree{repo: r, outer: outer, entry: filepath.Join(r.common, "worktrees", filepath.Base(outer))}
	if lock != nil {
		t.locks = append(t.locks, lock)
	}
	t.close = sync.OnceValue(t.remove)
	return t, nil
}

// register makes the worktree without files.
func (t *Tree) register(ctx context.Context, commit string) error {
	repository := t.repo.lock(ctx)
	defer unlock(repository)
	if repository != nil {
		removeStaleEntries(t.repo.common)
	}
	if _, err := t.repo.git(ctx, t.repo.top, "worktree", "add", "--detach", "--no-checkout", t.dir(), commit); err != nil {
		return err
	}
	lock, err := scratch.Hold(t.entry)
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("git worktree: %s was not made", t.entry)
	}
	if err == nil {
		t.locks = append(t.locks, lock)
	}
	return nil
}

// submodules gets the commit's submodules. That all count as active saves
// --init, which would write into the configuration that the user's tree shares.
func (t *Tree) submodules(ctx context.Context) error {
	if _, err := os.Lstat(filepath.Join(t.dir(), ".gitmodules")); err != nil {
		return nil
	}
	if _, err := t.repo.git(ctx, t.dir(), "-c", "submodule.active=.", "submodule", "--quiet", "update", "--recursive"); err != nil {
		return fmt.Errorf("cannot get the submodules of the base commit: %w", err)
	}
	return nil
}

// dir is the root of the worktree.
func (t *Tree) dir() string { return filepath.Join(t.outer, filepath.Base(t.outer)) }

// Path is where a file or folder of the user's tree is in this one. It need not
// exist in either. A path that, with symbolic links followed, is outside the
// user's tree is an error.
func (t *Tree) Path(path string) (string, error) {
	resolved, err := resolve(path)
	if err != nil {
		return "", err
	}
	rel, err := filepath.Rel(t.repo.top, resolved)
	if err != nil || !filepath.IsLocal(rel) {
		return "", fmt.Errorf("%s: not below %s, the root of the git repository (move it there)", path, t.repo.top)
	}
	return filepath.Join(t.dir(), rel), nil
}

// resolve makes a path absolute and follows the symbolic links in that part of
// it that exists.
func resolve(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	for at := path; ; at = filepath.Dir(at) {
		there, err := filepath.EvalSymlinks(at)
		if err == nil {
			return filepath.Join(there, strings.TrimPrefix(path, at)), nil
		}
		if !errors.Is(err, os.ErrNotExist) || filepath.Dir(at) == at {
			return "", err
		}
	}
}

// Close removes the worktree and git's record of it. Only the first call does
// something; later ones return the same. The error names what could not be
// removed.
func (t *Tree) Close() error { return t.close() }

func (t *Tree) remove() error {
	err := removeAll(t.outer)
	// Not the context of the run: that may have ended, which is no reason to
	// leave something.
	repository := t.repo.lock(context.Background())
	if e := removeEntry(t.entry); err == nil {
		err = e
	}
	unlock(repository)
	for _, lock := range t.locks {
		lock.Close()
	}
	if err != nil {
		return fmt.Errorf("the temporary worktree is not removed whole (remove it by hand): %w", err)
	}
	return nil
}
