package upx

import (
	"context"
	"io"
	"os"
	"os/exec"
	"syscall"
)

// join puts the program into the group, or into one of its own if that is 0, and has
// the kernel kill it should this process die.
func join(cmd *exec.Cmd, group int) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pgid: group, Pdeathsig: syscall.SIGKILL}
}

// startsNothing takes what is compiled for UPX itself, which starts no program and
// which join has killed. To have a leader takes a millisecond, a tenth of a run in
// which the cache knows the sizes.
func startsNothing(path string) bool {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a pipe is not waited for
	if err != nil {
		return false
	}
	defer f.Close()
	var magic [4]byte
	_, err = io.ReadFull(f, magic[:])
	return err == nil && string(magic[:]) == "\x7fELF"
}

// wait waits for the program, or kills it at ctx's end and says so. Either way
// the whole group is killed before the program is reaped: until then its number,
// which can be the group's, cannot be another process's.
func wait(ctx context.Context, cmd *exec.Cmd, group int) (killed bool) {
	if group == 0 {
		group = cmd.Process.Pid
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		awaitEnd(cmd.Process.Pid)
	}()
	select {
	case <-ended:
	case <-ctx.Done():
		killed = true
		syscall.Kill(-group, syscall.SIGKILL)
		<-ended
	}
	syscall.Kill(-group, syscall.SIGKILL)
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
