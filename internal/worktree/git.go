package worktree

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/oneline"
)

// settings go before every git command. Nothing of the repository's runs but
// its filters, and nothing stays running.
var settings = []string{
	"-c", "core.hooksPath=" + os.DevNull,
	// Empty and not "false", which git before 2.36 takes for a program's name.
	"-c", "core.fsmonitor=",
	"-c", "maintenance.auto=false",
	// Submodules are a step of their own.
	"-c", "submodule.recurse=false",
}

// gitError is a git command that ended badly.
type gitError struct {
	command string // "git worktree"
	code    int    // its exit status, -1 if it has none
	message string // one printable line
}

func (e *gitError) Error() string { return e.command + ": " + e.message }

// git runs a git command in dir and returns the beginning of its standard
// output. Errors are a *gitError and the cause of ctx's end.
func (r *Repo) git(ctx context.Context, dir string, args ...string) (string, error) {
	var stdout head
	var stderr tail
	cmd := exec.CommandContext(ctx, r.program, slices.Concat(settings, args)...)
	cmd.Dir = dir
	cmd.Env = environment(dir, "LC_ALL=C", "GIT_TERMINAL_PROMPT=0")
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := runGroup(cmd)
	switch {
	case ctx.Err() != nil:
		return "", context.Cause(ctx)
	case err == nil:
		return string(stdout), nil
	}
	command := "git"
	if i := slices.IndexFunc(args, func(a string) bool { return !strings.Contains(a, "=") && a != "-c" }); i >= 0 {
		command += " " + args[i]
	}
	message := explain(stderr.String())
	if message == "" {
		message = err.Error()
	}
	code := -1
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		code = exit.ExitCode()
	}
	return "", &gitError{command, code, message}
}

// explain picks the line of git's standard error that says why: the first that
// is marked as an error, because a child of git reports before its parent, else
// the last one.
func explain(stderr string) string {
	last := ""
	for line := range strings.Lines(stderr) {
		line = oneLine(line)
		for _, mark := range []string{"fatal: ", "error: "} {
			if text, ok := strings.CutPrefix(line, mark); ok && text != "" {
				return text
			}
		}
		if line != "" {
			last = line
		}
	}
	return last
}

// lineLimit is the length in runes of what is quoted from another program.
const lineLimit = 300

func oneLine(s string) string { return oneline.Quote(s, lineLimit) }

// ofRepository are the variables by which git tells its hooks, or a user tells
// git, which repository is meant. A command that runs in another tree must not
// see them. Configuration (GIT_CONFIG_COUNT, git -c) is not among them.
var ofRepository = []string{
	"GIT_ALTERNATE_OBJECT_DIRECTORIES",
	"GIT_COMMON_DIR",
	"GIT_CONFIG",
	"GIT_DIR",
	"GIT_GRAFT_FILE",
	"GIT_IMPLICIT_WORK_TREE",
	"GIT_INDEX_FILE",
	"GIT_INTERNAL_SUPER_PREFIX",
	"GIT_NAMESPACE",
	"GIT_NO_REPLACE_OBJECTS",
	"GIT_OBJECT_DIRECTORY",
	"GIT_PREFIX",
	"GIT_QUARANTINE_PATH",
	"GIT_REPLACE_REF_BASE",
	"GIT_SHALLOW_FILE",
	"GIT_WORK_TREE",
}

// environment is the caller's for a command that runs in dir, with more
// variables added, which win.
func environment(dir string, more ...string) []string {
	env := slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains(ofRepository, name)
	})
	return slices.Concat(env, []string{"PWD=" + dir}, more)
}

// notFound is the error for a program that is not on PATH.
func notFound(program, hint string, err error) error {
	if errors.Is(err, exec.ErrNotFound) {
		return fmt.Errorf("%s not found (%s)", program, hint)
	}
	return fmt.Errorf("%s cannot be used: %w", program, err)
}
