//go:build unix && !linux

package upx

import (
	"context"
	"os/exec"
	"syscall"
)

// ownGroup makes the program the leader of a process group.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}

// wait waits for the program, or kills its group at ctx's end and says so.
func wait(ctx context.Context, cmd *exec.Cmd) (killed bool) {
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
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		<-ended
	}
	return killed
}
