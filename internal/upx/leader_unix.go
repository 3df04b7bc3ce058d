//go:build unix

package upx

import (
	"os/exec"
	"syscall"
)

// leader leads the process group that UPX is started in, and kills it should this
// process be killed: the kernel tells nobody but UPX of that, and a upx that is a
// wrapper script has started others. It is a shell that waits for the end of its
// input, which comes when this process ends, however that happens. UPX is never
// outside the group, and while the leader is not reaped the group's number cannot be
// another's. A nil *leader leads nothing.
type leader struct{ cmd *exec.Cmd }

// A group that has lost its parent is sent SIGHUP if something in it is stopped.
const leaderScript = `trap "" HUP; read -r end; kill -s KILL 0`

// newLeader returns nil where there is no shell.
func newLeader() *leader {
	shell, err := exec.LookPath("sh")
	if err != nil {
		return nil
	}
	cmd := exec.Command(shell, "-c", leaderScript)
	cmd.Dir = "/" // it keeps no folder from being removed
	cmd.Env = environment("")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if _, err := cmd.StdinPipe(); err != nil || cmd.Start() != nil {
		return nil
	}
	return &leader{cmd}
}

// group is the number of the group. It is 0, which stands for a group of the
// program's own, where there is no leader.
func (l *leader) group() int {
	if l == nil {
		return 0
	}
	return l.cmd.Process.Pid
}

// end kills all that is left of the group.
func (l *leader) end() {
	if l != nil {
		_ = syscall.Kill(-l.group(), syscall.SIGKILL)
		_ = l.cmd.Wait()
	}
}
