package worktree

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// BuildError is a build command that failed.
type BuildError struct {
	Command string
	Status  string // "exit status 2", "signal: killed"
	Output  string // the end of what it printed, as it is: see [Run]
}

// Error is one printable line without the output.
func (e *BuildError) Error() string {
	return fmt.Sprintf("%s: %s", oneLine(e.Command), e.Status)
}

// Run runs a build command with sh -c in the folder dir and returns what it
// printed: standard output and standard error in the order they were written, at
// most the last 64 KiB. The bytes are as they came and may hold anything.
//
// The command has no input and no terminal. Its environment is the caller's and
// env ("NAME=value"), without what git tells its hooks about the repository. What
// it leaves running in the background is killed; if that holds the output open,
// it has five seconds to end.
//
// Errors are a *[BuildError] if the command ended badly, the cause of ctx's end,
// with which it is killed with all it started, and one line about a folder or a
// shell that is missing. The output is returned with an error, too.
func Run(ctx context.Context, dir, command string, env ...string) (string, error) {
	shell, err := exec.LookPath("sh")
	if err != nil {
		return "", notFound("sh", "build commands need a POSIX shell on PATH", err)
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return "", err
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return "", fmt.Errorf("%s: no such folder to build in", dir)
	}
	var output tail
	cmd := exec.CommandContext(ctx, shell, "-c", command)
	cmd.Dir = dir
	cmd.Env = environment(dir, env...)
	cmd.Stdout, cmd.Stderr = &output, &output
	err = runGroup(cmd)
	exit, failed := errors.AsType[*exec.ExitError](err)
	switch {
	case ctx.Err() != nil:
		return output.String(), context.Cause(ctx)
	case failed:
		return output.String(), &BuildError{command, exit.ProcessState.String(), output.String()}
	case err != nil:
		return output.String(), fmt.Errorf("%s: %w", oneLine(command), err)
	}
	return output.String(), nil
}
