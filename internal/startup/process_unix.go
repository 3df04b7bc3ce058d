//go:build unix

package startup

import (
	"os"
	"os/exec"
	"runtime"
	"syscall"
)

// inGroup makes the end of the context end the children of the program too.
func inGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}

// peakMemory is the most that the process had resident. Until it starts the
// program, a new process shares the memory of its parent, and Linux counts that
// too: what is not more than the parent's own peak says nothing.
func peakMemory(p *os.ProcessState) uint64 {
	usage, ok := p.SysUsage().(*syscall.Rusage)
	var own syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &own); !ok || err != nil || usage.Maxrss <= own.Maxrss {
		return 0
	}
	if runtime.GOOS == "darwin" { // bytes there, kilobytes elsewhere
		return uint64(usage.Maxrss)
	}
	return uint64(usage.Maxrss) * 1024
}
