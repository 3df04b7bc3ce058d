package upx

import (
	"context"
	"os/exec"
	"syscall"
)

// ownGroup makes the program the leader of a process group, and has the kernel
// kill it should this process die.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// wait waits for the program, or kills it at ctx's end and says so. Either way
// the whole group is killed before the leader is reaped: until then its number,
// which is the group's, cannot be another process's.
func wait(ctx context.Context, cmd *exec.Cmd) (killed bool) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		awaitEnd(cmd.Process.Pid)
	}()
	select {
	case <-ended:
	case <-ctx.Done():
		killed = true
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		<-ended
	}
	syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	// The process's state says how it ended; there is no other error that matters.
	_ = cmd.Wait()
	return killed
}

// awaitEnd returns when the child has ended, and leaves it to be reaped.
func awaitEnd(pid int) {
	const byPID = 1 // P_PID of waitid(2)
	for {
		_, _, errno := syscall.Syscall6(syscall.SYS_WAITID, byPID, uintptr(pid), 0, syscall.WEXITED|syscall.WNOWAIT, 0, 0)
		if errno != syscall.EINTR {
			return
		}
	}
}
