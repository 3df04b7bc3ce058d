//go:build unix

package startup

import (
	"os/exec"
	"syscall"
)

// inGroup makes the end of the context end the children of the program too.
func inGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	dieToo(cmd.SysProcAttr)
	cmd.Cancel = func() error { return killGroup(cmd.Process.Pid) }
}

func killGroup(pid int) error { return syscall.Kill(-pid, syscall.SIGKILL) }
