package startup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// traceOptions make the program stop as it ends, with its memory still there,
// whichever thread ends it, and end if we do (ptrace(2)).
const traceOptions = syscall.PTRACE_O_TRACEEXIT | syscall.PTRACE_O_TRACECLONE | ptraceExitKill

const ptraceExitKill = 1 << 20 // PTRACE_O_EXITKILL

// peakMemory runs the program once more and returns the most that it had
// resident, in bytes; 0 where the system does not let us look. What the program
// started in processes of its own is not in it.
//
// The figure that wait4 gives is useless for small programs: until a new
// process starts its program it shares the memory of its parent, and Linux
// counts that peak as the child's. So the program runs under ptrace, and says
// itself what its peak was in the moment it ends. That is too slow to time.
func peakMemory(ctx context.Context, path string, args []string, limit time.Duration) (uint64, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errTooLong)
	defer cancel()
	type result struct {
		peak uint64
		err  error
	}
	done := make(chan result)
	started := make(chan int, 1)
	go func() {
		runtime.LockOSThread() // requests of ptrace come from the thread that started the program; the thread ends with the goroutine
		peak, err := trace(path, args, started)
		close(started)
		done <- result{peak, err}
	}()
	stop := context.AfterFunc(ctx, func() {
		if pid, ok := <-started; ok {
			killGroup(pid)
		}
	})
	defer stop()
	r := <-done
	if err := tooLong(ctx, limit); err != nil {
		return 0, err
	}
	return r.peak, r.err
}

func trace(path string, args []string, started chan<- int) (uint64, error) {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return 0, err
	}
	defer null.Close()
	p, err := os.StartProcess(path, append([]string{path}, args...), &os.ProcAttr{
		Files: []*os.File{null, null, null},
		Sys:   &syscall.SysProcAttr{Setpgid: true, Ptrace: true},
	})
	if errors.Is(err, syscall.EPERM) {
		return 0, nil // a sandbox without ptrace
	}
	if err != nil {
		return 0, fmt.Errorf("it cannot be run: %w", err)
	}
	pid := p.Pid
	p.Release() // it is waited for below
	var status syscall.WaitStatus
	// The program is stopped before its first instruction.
	if _, err := wait(pid, &status); err != nil || !status.Stopped() {
		return 0, fmt.Errorf("it cannot be run: %v", signalled(status))
	}
	started <- pid
	if syscall.PtraceSetOptions(pid, traceOptions) != nil {
		killGroup(pid)
	}
	defer killGroup(pid)
	syscall.PtraceCont(pid, 0)
	peak := uint64(0)
	for {
		// Threads are in the process group of their program.
		thread, err := wait(-pid, &status)
		switch {
		case err != nil:
			return peak, fmt.Errorf("it was lost: %w", err)
		case status.Stopped():
			signal := 0
			switch {
			case status.StopSignal() != syscall.SIGTRAP:
				// A new thread begins with a stop that no signal made.
				if signal = int(status.StopSignal()); signal == int(syscall.SIGSTOP) {
					signal = 0
				}
			case status.TrapCause() == syscall.PTRACE_EVENT_EXIT:
				peak = max(peak, residentPeak(thread))
			}
			syscall.PtraceCont(thread, signal)
		case thread == pid && status.Signaled():
			return 0, fmt.Errorf("it cannot be run: %v", signalled(status))
		case thread == pid:
			return peak, nil
		}
	}
}

func wait(pid int, status *syscall.WaitStatus) (int, error) {
	for {
		got, err := syscall.Wait4(pid, status, syscall.WALL, nil)
		if err != syscall.EINTR {
			return got, err
		}
	}
}

func signalled(status syscall.WaitStatus) error {
	return fmt.Errorf("it was ended by a signal: %v", status.Signal())
}

// residentPeak reads VmHWM (proc_pid_status(5)).
func residentPeak(thread int) uint64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", thread))
	if err != nil {
		return 0
	}
	_, rest, _ := bytes.Cut(text, []byte("\nVmHWM:"))
	line, _, _ := bytes.Cut(rest, []byte("\n"))
	kilobytes, err := strconv.ParseUint(strings.TrimSpace(strings.TrimSuffix(string(line), "kB")), 10, 53)
	if err != nil {
		return 0
	}
	return kilobytes * 1024
}
