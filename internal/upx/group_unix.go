//go:build unix && !linux

package upx

import (
	"context"
	"os/exec"
	"syscall"
)

// join puts the program into the group, or into one of its own if that is 0.
func join(cmd *exec.Cmd, group int) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pgid: group}
}

// startsNothing is false: UPX itself lives on here unless its group is killed.
func startsNothing(string) bool { return false }

// wait waits for the program, or kills its group at ctx's end and says so.
func wait(ctx context.Context, cmd *exec.Cmd, group int) (killed bool) {
	if group == 0 {
		group = cmd.Process.Pid
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		// The process's state says how it ended; there is no other error that matters.
		_ = cmd.Wait()
	}()
	select {
	case <-ended:
	case <-ctx.Done():
		killed = true
		syscall.Kill(-group, syscall.SIGKILL)
		<-ended
	}
	return killed
}
