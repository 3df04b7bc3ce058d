package upx

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// outputLimit is how much is kept of each stream a program writes; the rest is
// read and dropped. UPX writes less than 2 KiB.
const outputLimit = 64 << 10

// pipeLimit is how long the streams may stay open after the program has ended,
// in a process that left the group.
const pipeLimit = 5 * time.Second

// ending is how a program ended.
type ending struct {
	code           int    // its exit status, -1 if a signal ended it
	state          string // in words
	stdout, stderr string // their first outputLimit bytes
}

func (e ending) ok() bool { return e.code == 0 }

// describe is one line about an end that was not good.
func (e ending) describe() string {
	if m := message(e); m != "" {
		return e.state + ": " + m
	}
	return e.state + ", no message"
}

// run starts a program in dir and waits for it and everything it started. The
// error is that it could not be started, or the cause of ctx's end, in which
// case it was killed.
func run(ctx context.Context, path, dir string, args ...string) (ending, error) {
	if ctx.Err() != nil {
		return ending{}, context.Cause(ctx)
	}
	var stdout, stderr head
	cmd := exec.Command(path, args...)
	cmd.Dir = dir
	cmd.Env = environment(dir)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.WaitDelay = pipeLimit
	var lead *leader
	if !startsNothing(path) {
		lead = newLeader()
	}
	defer lead.end()
	join(cmd, lead.group())

	// Linux sends the signal of a parent's death when the thread that started
	// the process ends, so that thread is held for as long.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := cmd.Start(); err != nil {
		return ending{}, err
	}
	killed := wait(ctx, cmd, lead.group())
	if killed {
		return ending{}, context.Cause(ctx)
	}
	return ending{cmd.ProcessState.ExitCode(), cmd.ProcessState.String(), stdout.String(), stderr.String()}, nil
}

// environment has nothing of the caller's but PATH, for a upx that is a wrapper
// script. Above all it has no variable UPX, which holds options for UPX.
func environment(dir string) []string {
	env := []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C"}
	if dir != "" {
		env = append(env, "TMPDIR="+dir, "TMP="+dir, "TEMP="+dir)
	}
	return env
}

// head keeps the first outputLimit bytes written to it.
type head struct{ strings.Builder }

func (h *head) Write(p []byte) (int, error) {
	h.Builder.Write(p[:min(len(p), outputLimit-h.Len())])
	return len(p), nil
}

// errTimeout is the cause of a context that ended at the time limit.
type errTimeout time.Duration

func (e errTimeout) Error() string {
	return fmt.Sprintf("stopped at the time limit of %v", time.Duration(e))
}
