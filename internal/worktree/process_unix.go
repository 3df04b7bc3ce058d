//go:build unix

package worktree

import (
	"os/exec"
	"syscall"
)

// ownGroup gives a program a session, and so a process group, of its own. It has
// no terminal: nothing in it can ask for a password and wait.
func ownGroup(cmd *exec.Cmd) {
	ownSession(cmd)
	dieToo(cmd.SysProcAttr)
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}

// ownSession is for a program that outlives this one.
func ownSession(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }

// killGroup is for after the program's end. The number still belongs to the
// group if it has members; if it has none, the number would have to be given out
// again at once for another to be hit.
func killGroup(cmd *exec.Cmd) {
	if cmd.Process != nil {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	}
}
