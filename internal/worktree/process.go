package worktree

import (
	"errors"
	"os/exec"
	"runtime"
	"time"
)

// pipeLimit is how long the output may stay open after a program has ended or
// was killed, in a process that it left behind.
const pipeLimit = 5 * time.Second

// runGroup runs a program that was made with a context, and at its end, or the
// context's, or this process's, kills all that is left of its process group.
func runGroup(cmd *exec.Cmd) error {
	ownGroup(cmd)
	cmd.WaitDelay = pipeLimit
	guard := newGuard(cmd)
	defer guard.end()
	// See dieToo.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := cmd.Start()
	if err == nil {
		guard.watch(cmd.Process.Pid)
		err = cmd.Wait()
	}
	killGroup(cmd)
	if errors.Is(err, exec.ErrWaitDelay) {
		// The program itself ended well.
		return nil
	}
	return err
}
