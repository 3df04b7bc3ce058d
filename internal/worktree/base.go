package worktree

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
)

// Base is the commit to compare with.
type Base struct {
	Commit string // its full id
	Why    string // how it was chosen: "merge-base of HEAD and origin/main"
}

// ErrNoBase says that there is no earlier commit: this is the first-ever run.
var ErrNoBase = errors.New("no earlier commit to compare with")

// defaultBranches are where the default branch may be, the surest first.
var defaultBranches = []string{
	"refs/remotes/origin/HEAD", "refs/remotes/origin/main", "refs/remotes/origin/master", "refs/heads/main", "refs/heads/master",
}

// pullRequest is the ref of the commit by which GitHub tries a merge.
var pullRequest = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^refs/pull/([0-9]+)/merge$`)
})

// Base chooses the commit to compare HEAD with, which nobody named. env looks up
// a variable of the environment, as os.Getenv does.
//
// On GitHub's trial merge of a pull request it is the first parent: the tip of
// the branch that it was merged with. Else it is where HEAD left the default
// branch, which is GITHUB_BASE_REF if that is set. If HEAD is itself on the
// default branch, it is HEAD's first parent.
//
// Errors are one line, or wrap [ErrNoBase]; that of a shallow clone names the
// setting that gets the history.
func (r *Repo) Base(ctx context.Context, env func(string) string) (Base, error) {
	head, err := r.head(ctx)
	if err != nil {
		return Base{}, err
	}
	if m := pullRequest().FindStringSubmatch(env("GITHUB_REF")); m != nil && env("GITHUB_ACTIONS") == "true" {
		parents, err := r.parents(ctx, head)
		if err != nil {
			return Base{}, err
		}
		// A workflow may have checked out another commit, such as the branch's.
		if sha := env("GITHUB_SHA"); len(parents) > 1 && (sha == "" || sha == head) {
			return r.present(ctx, Base{parents[0], "what pull request " + m[1] + " is merged with (HEAD^1)"})
		}
	}

	branch, itself, err := r.defaultBranch(ctx, env("GITHUB_BASE_REF"))
	if err != nil {
		return Base{}, err
	}
	name := short(branch)
	if !itself {
		fork, err := r.mergeBase(ctx, head, branch)
		if err != nil {
			return Base{}, err
		}
		if fork != head {
			return Base{fork, "merge-base of HEAD and " + name}, nil
		}
	}
	parents, err := r.parents(ctx, head)
	if err != nil {
		return Base{}, err
	}
	if len(parents) == 0 {
		return Base{}, fmt.Errorf("%w: HEAD is the first one", ErrNoBase)
	}
	return r.present(ctx, Base{parents[0], "first parent of HEAD, which is on " + name})
}

// head is HEAD's commit.
func (r *Repo) head(ctx context.Context) (string, error) {
	head, err := r.commit(ctx, "HEAD")
	if err != nil || head != "" {
		return head, err
	}
	// HEAD that names an object which is missing is not the same as no commit.
	_, err = r.git(ctx, r.top, "rev-parse", "--verify", "--quiet", "HEAD")
	if e, ok := errors.AsType[*gitError](err); ok && e.code == 1 {
		return "", fmt.Errorf("%w: there is no commit yet", ErrNoBase)
	}
	if err != nil {
		return "", err
	}
	return "", errors.New("HEAD is damaged: its commit is missing (git fsck)")
}

// defaultBranch is the full name of the default branch's ref, and whether HEAD
// is that very branch. named is what GitHub says it is, or "".
func (r *Repo) defaultBranch(ctx context.Context, named string) (ref string, itself bool, err error) {
	candidates := defaultBranches
	if named != "" {
		candidates = []string{"refs/remotes/origin/" + named, "refs/heads/" + named}
	}
	current, err := r.git(ctx, r.top, "symbolic-ref", "--quiet", "HEAD")
	if _, ok := errors.AsType[*gitError](err); err != nil && !ok {
		return "", false, err
	}
	current = strings.TrimSuffix(current, "\n") // "" if HEAD is detached
	for _, ref := range candidates {
		commit, err := r.commit(ctx, ref)
		if err != nil {
			return "", false, err
		}
		if commit != "" {
			return ref, ref == current, nil
		}
	}
	shallow, err := r.shallow(ctx)
	switch {
	case err != nil:
		return "", false, err
	case shallow && named != "":
		return "", false, fmt.Errorf("the base branch %q is not in this clone (%s)", named, shallowHint)
	case shallow:
		return "", false, fmt.Errorf("the default branch is not in this clone (%s)", shallowHint)
	case named != "":
		return "", false, fmt.Errorf("the base branch %q is not in this clone (set fetch-depth: 0 for actions/checkout, or run git fetch origin)", named)
	}
	return "", false, errors.New("no default branch is known: no origin/HEAD, main or master (name the commit to compare with: --base REF)")
}

// mergeBase is where head left branch.
func (r *Repo) mergeBase(ctx context.Context, head, branch string) (string, error) {
	out, err := r.git(ctx, r.top, "merge-base", head, branch)
	if err == nil {
		// One line: of several merge-bases git names the best.
		return strings.TrimSuffix(out, "\n"), nil
	}
	if e, ok := errors.AsType[*gitError](err); !ok || e.code != 1 {
		return "", err
	}
	shallow, err := r.shallow(ctx)
	if err != nil {
		return "", err
	}
	if shallow {
		return "", fmt.Errorf("where HEAD left %s is not in this clone (%s)", short(branch), shallowHint)
	}
	return "", fmt.Errorf("HEAD and %s have no commit in common (name the commit to compare with: --base REF)", short(branch))
}

// parents are the ids in the commit itself, also of those that a shallow clone
// does not have.
func (r *Repo) parents(ctx context.Context, commit string) ([]string, error) {
	out, err := r.git(ctx, r.top, "cat-file", "commit", commit)
	if err != nil {
		return nil, err
	}
	var parents []string
	for line := range strings.Lines(out) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" { // the message follows
			break
		}
		if id, ok := strings.CutPrefix(line, "parent "); ok && isID(id) {
			parents = append(parents, id)
		}
	}
	return parents, nil
}

// present checks that the clone has the commit.
func (r *Repo) present(ctx context.Context, b Base) (Base, error) {
	commit, err := r.commit(ctx, b.Commit)
	if err != nil {
		return Base{}, err
	}
	if commit == "" {
		return Base{}, fmt.Errorf("the base commit %.12s is not in this clone (%s)", b.Commit, shallowHint)
	}
	return b, nil
}

// short is a branch's name as people write it.
func short(ref string) string {
	return strings.TrimPrefix(strings.TrimPrefix(ref, "refs/remotes/"), "refs/heads/")
}
